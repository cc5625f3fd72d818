import { Modal } from '@mantine/core'
import { useState } from 'react'
import { useReturnFocus } from '../app/return-focus.ts'
import { MuteForm } from './mute-form.tsx'
import type { MuteScope } from './mute-scope.ts'

/** A rule that keeps incidents quiet. Escape closes it as long as nothing would be lost. */
export function MuteDialog({ scope, onClose }: { scope: MuteScope; onClose: () => void }) {
  useReturnFocus()
  const [isTouched, setIsTouched] = useState(false)
  return (
    <Modal
      opened
      onClose={onClose}
      title="Mute"
      size={560}
      closeOnEscape={!isTouched}
      closeOnClickOutside={!isTouched}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <MuteForm start={scope} onTouch={() => setIsTouched(true)} onClose={onClose} />
    </Modal>
  )
}

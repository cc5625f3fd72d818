import { Modal } from '@mantine/core'
import { useState } from 'react'
import { useReturnFocus } from '../app/return-focus.ts'
import { HoldForm } from './hold-form.tsx'
import type { HoldAsked } from './holding.tsx'

/** "Start nothing until then." Escape closes it as long as nothing would be lost. */
export function HoldDialog({ asked, onClose }: { asked: HoldAsked; onClose: () => void }) {
  useReturnFocus()
  const [isTouched, setIsTouched] = useState(false)
  return (
    <Modal
      opened
      onClose={onClose}
      title={'changed' in asked ? 'Change the hold' : 'Hold'}
      size={560}
      closeOnEscape={!isTouched}
      closeOnClickOutside={!isTouched}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <HoldForm asked={asked} onTouch={() => setIsTouched(true)} onClose={onClose} />
    </Modal>
  )
}

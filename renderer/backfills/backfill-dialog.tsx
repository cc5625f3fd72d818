import { Modal } from '@mantine/core'
import { useState } from 'react'
import { useReturnFocus } from '../app/return-focus.ts'
import { BackfillForm } from './backfill-form.tsx'
import type { BackfillOf } from './backfilling.tsx'

/** "Run these days again." Escape closes it as long as nothing would be lost. */
export function BackfillDialog({ asked, onClose }: { asked: BackfillOf; onClose: () => void }) {
  useReturnFocus()
  const [isTouched, setIsTouched] = useState(false)
  return (
    <Modal
      opened
      onClose={onClose}
      title="Backfill"
      size={600}
      closeOnEscape={!isTouched}
      closeOnClickOutside={!isTouched}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <BackfillForm asked={asked} onTouch={() => setIsTouched(true)} onClose={onClose} />
    </Modal>
  )
}

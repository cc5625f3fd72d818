import { Button, Modal } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import type { JobRow } from '../../../../shared/contract/jobs.ts'
import { useReturnFocus } from '../../../app/return-focus.ts'
import { counted } from '../../../components/counts.ts'
import type { Choice } from '../../../jobs/use-choice.ts'
import { useWhyNot } from '../../../run-now/why-not.ts'
import { ChangeForm } from './change-form.tsx'

/**
 * The button of the bar and the dialog that it opens, for two places: the bar goes when nothing that is chosen matches any more, and what is
 * being changed stays.
 */
export function useChangeDialog({ jobs, settle }: Choice): { readonly button: ReactNode; readonly dialog: ReactNode } {
  const whyNot = useWhyNot()
  /** As they were when it was opened: what is shown is what is changed. Null while it is closed. */
  const [seen, setSeen] = useState<readonly JobRow[] | null>(null)
  return {
    button: (
      <Button variant="default" disabled={whyNot !== null} title={whyNot ?? undefined} onClick={() => setSeen(jobs)}>
        Change…
      </Button>
    ),
    dialog: seen !== null && <ChangeDialog jobs={seen} onDone={settle} onClose={() => setSeen(null)} />,
  }
}

interface DialogProps {
  readonly jobs: readonly JobRow[]
  readonly onDone: (left: string[]) => void
  readonly onClose: () => void
}

/** Escape closes it as long as nothing would be lost. */
function ChangeDialog({ jobs, onDone, onClose }: DialogProps) {
  useReturnFocus()
  const [isTouched, setIsTouched] = useState(false)
  return (
    <Modal
      opened
      onClose={onClose}
      title={`Change ${counted(jobs.length, 'schedule')}`}
      size={640}
      closeOnEscape={!isTouched}
      closeOnClickOutside={!isTouched}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <ChangeForm
        jobs={jobs}
        onTouch={() => setIsTouched(true)}
        onDone={(left) => {
          onClose()
          onDone(left)
        }}
        onClose={onClose}
      />
    </Modal>
  )
}

import { FormDialog } from '../components/form-dialog.tsx'
import { BackfillForm } from './backfill-form.tsx'
import type { BackfillOf } from './backfilling.tsx'

/** "Run these days again." */
export function BackfillDialog({ asked, onClose }: { asked: BackfillOf; onClose: () => void }) {
  return (
    <FormDialog title="Backfill" size={600} onClose={onClose}>
      {(onTouch) => <BackfillForm asked={asked} onTouch={onTouch} onClose={onClose} />}
    </FormDialog>
  )
}

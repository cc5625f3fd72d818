import { FormDialog } from '../components/form-dialog.tsx'
import { HoldForm } from './hold-form.tsx'
import type { HoldAsked } from './holding.tsx'

/** "Start nothing until then." */
export function HoldDialog({ asked, onClose }: { asked: HoldAsked; onClose: () => void }) {
  return (
    <FormDialog title={'changed' in asked ? 'Change the hold' : 'Hold'} onClose={onClose}>
      {(onTouch) => <HoldForm asked={asked} onTouch={onTouch} onClose={onClose} />}
    </FormDialog>
  )
}

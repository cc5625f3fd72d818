import { FormDialog } from '../components/form-dialog.tsx'
import { MuteForm } from './mute-form.tsx'
import type { MuteScope } from './mute-scope.ts'

/** A rule that keeps incidents quiet. */
export function MuteDialog({ scope, onClose }: { scope: MuteScope; onClose: () => void }) {
  return (
    <FormDialog title="Mute" onClose={onClose}>
      {(onTouch) => <MuteForm start={scope} onTouch={onTouch} onClose={onClose} />}
    </FormDialog>
  )
}

import { Modal } from '@mantine/core'
import type { IncidentView } from '../../shared/contract/incidents.ts'
import { useReturnFocus } from '../app/return-focus.ts'
import { GiveForm } from './give-form.tsx'
import { incidentInWords } from './incident-words.ts'
import { useIncidentActions } from './use-incident-actions.ts'

/** Gives one incident to somebody, asked for in its row or in the palette. */
export function GiveDialog({ incident, onClose }: { incident: IncidentView; onClose: () => void }) {
  useReturnFocus()
  const { act } = useIncidentActions()
  return (
    <Modal
      opened
      onClose={onClose}
      title={`Give to somebody: ${incidentInWords(incident)}`}
      size={420}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <GiveForm
        onGive={(to) => {
          act({ action: 'give', to }, [incident])
          onClose()
        }}
      />
    </Modal>
  )
}

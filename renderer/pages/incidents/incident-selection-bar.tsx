import { Button } from '@mantine/core'
import type { IncidentView } from '../../../shared/contract/incidents.ts'
import { counted } from '../../components/counts.ts'
import { SelectionBar } from '../../components/selection-bar.tsx'
import { GiveButton } from '../../incidents/give-button.tsx'
import { type IncidentAction, incidentActionWords } from '../../incidents/incident-actions.ts'
import { SnoozeButton } from '../../incidents/snooze-button.tsx'
import { useIncidentActions, useWhyNotAct } from '../../incidents/use-incident-actions.ts'

const plainActions = ['acknowledge', 'unacknowledge', 'wake'] as const satisfies readonly IncidentAction[]

import { scopeOf } from '../../mutes/mute-scope.ts'
import { useMuting } from '../../mutes/muting.tsx'
import { useWhyNot } from '../../run-now/why-not.ts'

/** What can be done to everything that is selected; each button says to how many. All of it can be taken back. */
export function IncidentSelectionBar(props: {
  readonly incidents: readonly IncidentView[]
  /** With the ids of those that stay selected. */
  readonly onDone: (left: string[]) => void
}) {
  const { incidents, onDone } = props
  const { act, isPending } = useIncidentActions()
  const whyNot = useWhyNotAct()
  const whyNotMute = useWhyNot()
  const mute = useMuting()
  if (incidents.length === 0) return null
  const fitting = (action: IncidentAction): IncidentView[] =>
    incidents.filter((incident) => incidentActionWords[action].notFor(incident) === null)
  const toSnooze = fitting('snooze')
  const toGive = fitting('give')
  return (
    <SelectionBar label="Selected incidents" counted={counted(incidents.length, 'incident')} onClear={() => onDone([])}>
      {plainActions.map((action) => {
        const chosen = fitting(action)
        return chosen.length === 0 ? null : (
          <Button
            key={action}
            variant="default"
            disabled={whyNot !== null || isPending}
            title={whyNot ?? undefined}
            onClick={() => act({ action }, chosen, onDone)}
          >
            {`${incidentActionWords[action].verb} ${chosen.length.toLocaleString()}`}
          </Button>
        )
      })}
      {toGive.length > 0 && (
        <GiveButton
          label={`Give ${toGive.length.toLocaleString()} to…`}
          whyNot={whyNot}
          onGive={(to) => act({ action: 'give', to }, toGive, onDone)}
        />
      )}
      {toSnooze.length > 0 && (
        <SnoozeButton
          label={`${incidentActionWords.snooze.verb} ${toSnooze.length.toLocaleString()}`}
          whyNot={whyNot}
          onSnooze={(until) => act({ action: 'snooze', until }, toSnooze, onDone)}
        />
      )}
      <Button
        variant="default"
        disabled={whyNotMute !== null}
        title={whyNotMute ?? 'A rule for what all of them have in common'}
        onClick={() => mute(scopeOf(incidents))}
      >
        Mute…
      </Button>
    </SelectionBar>
  )
}

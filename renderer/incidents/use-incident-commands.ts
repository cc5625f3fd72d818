import type { IncidentView } from '../../shared/contract/incidents.ts'
import { useCommands } from '../app/commands.tsx'
import { useDatabaseClock } from '../client/now.tsx'
import { useShownZone } from '../components/time.tsx'
import { scopeOf } from '../mutes/mute-scope.ts'
import { useMuting } from '../mutes/muting.tsx'
import { useWhyNot } from '../run-now/why-not.ts'
import { useGiving } from './giving.tsx'
import { type IncidentChange, incidentActionWords } from './incident-actions.ts'
import { inOneHour, tomorrowMorning } from './snooze-times.ts'
import { useIncidentActions, useWhyNotAct } from './use-incident-actions.ts'

/** Offers what can be done to the incident that is open in the palette; what does not apply is listed with its reason. */
export function useIncidentCommands(incident: IncidentView): void {
  const { act } = useIncidentActions()
  const clock = useDatabaseClock()
  const { zone } = useShownZone()
  const whyNot = useWhyNotAct()
  const whyNotMute = useWhyNot()
  const mute = useMuting()
  const give = useGiving()
  const choices: readonly (readonly [string, () => IncidentChange])[] = [
    ['Acknowledge this incident', () => ({ action: 'acknowledge' })],
    ['Take the acknowledgement of this incident back', () => ({ action: 'unacknowledge' })],
    ['Snooze this incident for 1 hour', () => ({ action: 'snooze', until: inOneHour(clock.now()) })],
    ['Snooze this incident until tomorrow', () => ({ action: 'snooze', until: tomorrowMorning(clock.now(), zone) })],
    ['Snooze this incident until it recovers', () => ({ action: 'snooze', until: null })],
    ['Wake this incident', () => ({ action: 'wake' })],
  ]
  useCommands([
    ...choices.map(([label, change]) => ({
      id: `incident ${label}`,
      label,
      disabledReason: whyNot ?? incidentActionWords[change().action].notFor(incident),
      run: () => act(change(), [incident]),
    })),
    {
      id: 'incident give',
      label: 'Give this incident to…',
      disabledReason: whyNot ?? incidentActionWords.give.notFor(incident),
      run: () => give(incident),
    },
    {
      id: 'incident mute',
      label: 'Mute what is like this incident…',
      disabledReason: whyNotMute,
      run: () => mute(scopeOf([incident])),
    },
  ])
}

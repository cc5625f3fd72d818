import { ActionIcon, Menu } from '@mantine/core'
import { IconDots } from '@tabler/icons-react'
import type { IncidentView } from '../../shared/contract/incidents.ts'
import { copyLinkTo } from '../app/copy-link.ts'
import { useDatabaseClock } from '../client/now.tsx'
import { useShownZone } from '../components/time.tsx'
import { scopeOf } from '../mutes/mute-scope.ts'
import { useMuting } from '../mutes/muting.tsx'
import { useWhyNot } from '../run-now/why-not.ts'
import { useGiving } from './giving.tsx'
import { type IncidentChange, incidentActionWords } from './incident-actions.ts'
import { incidentInWords } from './incident-words.ts'
import { inOneHour, tomorrowMorning } from './snooze-times.ts'
import { useIncidentActions, useWhyNotAct } from './use-incident-actions.ts'

/** What can be done to one incident, in its row; what does not apply is there, with its reason. */
export function IncidentMenu({ incident }: { incident: IncidentView }) {
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon
          aria-label={`Actions for ${incidentInWords(incident)}`}
          onClick={(event) => event.stopPropagation()}
        >
          <IconDots size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown onClick={(event) => event.stopPropagation()}>
        <Items incident={incident} />
      </Menu.Dropdown>
    </Menu>
  )
}

function Items({ incident }: { incident: IncidentView }) {
  const { act } = useIncidentActions()
  const whyNot = useWhyNotAct()
  const whyNotMute = useWhyNot()
  const mute = useMuting()
  const give = useGiving()
  const whyNotGive = whyNot ?? incidentActionWords.give.notFor(incident)
  const clock = useDatabaseClock()
  const { zone } = useShownZone()
  const choices: readonly (readonly [string, () => IncidentChange])[] = [
    [incidentActionWords.acknowledge.verb, () => ({ action: 'acknowledge' })],
    ['Snooze for 1 hour', () => ({ action: 'snooze', until: inOneHour(clock.now()) })],
    ['Snooze until tomorrow, 9:00', () => ({ action: 'snooze', until: tomorrowMorning(clock.now(), zone) })],
    ['Snooze until it recovers', () => ({ action: 'snooze', until: null })],
    [incidentActionWords.wake.verb, () => ({ action: 'wake' })],
    [incidentActionWords.unacknowledge.verb, () => ({ action: 'unacknowledge' })],
  ]
  return (
    <>
      {whyNot !== null && <Menu.Label>{whyNot}</Menu.Label>}
      {choices.map(([label, change]) => {
        const reason = whyNot ?? incidentActionWords[change().action].notFor(incident)
        return (
          <Menu.Item key={label} disabled={reason !== null} onClick={() => act(change(), [incident])}>
            {label}
            {reason !== null && whyNot === null && <span className="pm-dim"> · {reason}</span>}
          </Menu.Item>
        )
      })}
      <Menu.Item disabled={whyNotGive !== null} onClick={() => give(incident)}>
        {incidentActionWords.give.verb}
        {whyNotGive !== null && whyNot === null && <span className="pm-dim"> · {whyNotGive}</span>}
      </Menu.Item>
      <Menu.Divider />
      <Menu.Item disabled={whyNotMute !== null} onClick={() => mute(scopeOf([incident]))}>
        Mute…
        {whyNotMute !== null && whyNot === null && <span className="pm-dim"> · {whyNotMute}</span>}
      </Menu.Item>
      <Menu.Item onClick={() => copyLinkTo({ kind: 'incident', incidentId: incident.id })}>Copy link</Menu.Item>
    </>
  )
}

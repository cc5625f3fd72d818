import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import type { IncidentView } from '../../shared/contract/incidents.ts'
import { openedText, pagePath, useOrganizationId } from '../app/places.ts'
import { useQueries } from '../client/context.tsx'
import { useDatabaseClock } from '../client/now.tsx'
import { StateMark } from '../components/state-mark.tsx'
import { incidentActionWords } from './incident-actions.ts'
import { stateOfIncident } from './incident-words.ts'
import classes from './open-incidents.module.css'
import { inOneHour } from './snooze-times.ts'
import { useIncidentActions, useWhyNotAct } from './use-incident-actions.ts'
import { useWaitingWords } from './waiting.tsx'

/** What the incidents are of. */
export type IncidentsOf =
  | { readonly brandId: string; readonly dataset: string }
  | { readonly jobId: string }
  | { readonly agentId: string }

const shown = 5

/** The open incidents of one thing, where the thing is shown; nothing while nothing is wrong. `onFollow`: what is shown is left. */
export function OpenIncidents({ of, onFollow }: { of: IncidentsOf; onFollow?: () => void }) {
  const organizationId = useOrganizationId()
  const { data } = useQuery(
    useQueries().incidents.list.queryOptions({ input: { organizationId, ...of, limit: shown } }),
  )
  const incidents = data?.incidents ?? []
  if (incidents.length === 0) return null
  return (
    <ul className={classes['list']} aria-label="Open incidents">
      {incidents.map((incident) => (
        <Item key={incident.id} incident={incident} onFollow={onFollow} />
      ))}
    </ul>
  )
}

function Item({ incident, onFollow }: { incident: IncidentView; onFollow: (() => void) | undefined }) {
  const { act, isPending } = useIncidentActions()
  const whyNot = useWhyNotAct()
  const clock = useDatabaseClock()
  const organizationId = useOrganizationId()
  const waiting = useWaitingWords(incident.id)
  const isTaken = incident.acknowledged !== null
  const isAsleep = incident.snoozed !== null
  const open = openedText({ kind: 'incident', incidentId: incident.id })
  return (
    <li className={classes['item']}>
      <StateMark withWord {...stateOfIncident(incident)} />
      <Link
        className={`pm-link ${classes['what']}`}
        href={pagePath(organizationId, 'incidents', { open })}
        onClick={onFollow}
      >
        <bdi>{incident.summary.slice(0, 300)}</bdi>
      </Link>
      {waiting !== null && <span className="pm-dim">{waiting}</span>}
      <span className={classes['buttons']}>
        <Button
          variant="default"
          disabled={whyNot !== null || isPending}
          title={whyNot ?? undefined}
          onClick={() => act({ action: isTaken ? 'unacknowledge' : 'acknowledge' }, [incident])}
        >
          {isTaken ? 'Not on it after all' : incidentActionWords.acknowledge.verb}
        </Button>
        <Button
          variant="default"
          disabled={whyNot !== null || isPending}
          title={whyNot ?? undefined}
          onClick={() =>
            act(isAsleep ? { action: 'wake' } : { action: 'snooze', until: inOneHour(clock.now()) }, [incident])
          }
        >
          {isAsleep ? incidentActionWords.wake.verb : 'Snooze for 1 hour'}
        </Button>
      </span>
    </li>
  )
}

import type { IncidentEventType } from '../../../shared/incidents.ts'
import { Age, absoluteText, useShownZone } from '../../components/time.tsx'
import { Name } from '../../components/untrusted.tsx'
import type { WholeIncident } from './incident-answer.ts'
import classes from './incident-details.module.css'

const words: Readonly<Record<IncidentEventType, string>> = {
  opened: 'Opened',
  reminded: 'Still open: told again',
  resolved: 'Resolved',
  escalated: 'Escalated',
  acknowledged: 'Acknowledged',
  unacknowledged: 'Acknowledgement taken back',
  snoozed: 'Snoozed',
  woken: 'Awake again',
  noted: 'Note',
}

/** What happened to it and who did it, the newest first. */
export function Timeline({ incident: { events } }: { incident: WholeIncident }) {
  const { zone } = useShownZone()
  return (
    <section aria-labelledby="timeline-title">
      <h3 id="timeline-title">What happened</h3>
      <ol className={classes['timeline']}>
        {events.map(({ id, type, happenedAt, operator, assignee, note, until }) => (
          <li key={id}>
            <span className={classes['event']}>
              <strong>{words[type]}</strong>
              {assignee !== null && (
                <>
                  {' '}
                  for <Name text={assignee} />
                </>
              )}
              {type === 'snoozed' && ` until ${until === null ? 'it recovers' : absoluteText(until, zone)}`}
              {operator !== null && (
                <span className="pm-dim">
                  {' '}
                  by <Name text={operator} />
                </span>
              )}
            </span>
            <Age at={happenedAt} />
            {note !== null && <bdi className={classes['note']}>{note}</bdi>}
          </li>
        ))}
      </ol>
    </section>
  )
}

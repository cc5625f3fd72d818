import { ActionIcon, Popover } from '@mantine/core'
import { IconBell } from '@tabler/icons-react'
import { useState } from 'react'
import { Link } from 'wouter'
import { kindRules } from '../../../shared/incidents.ts'
import { counted } from '../../components/counts.ts'
import { Failure } from '../../components/failure.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { Age } from '../../components/time.tsx'
import { TimesInText } from '../../components/times-in-text.tsx'
import { incidentInWords, stateOfIncident } from '../../incidents/incident-words.ts'
import { type CentreEvent, useCentre } from '../../incidents/use-centre.ts'
import { useOrganization } from '../organization.ts'
import { openedText, pagePath } from '../places.ts'
import classes from './notification-centre.module.css'
import { together } from './together.ts'
import { latestOfEach, useUnread } from './unread.ts'

/** What was opened and resolved lately, one line for each cause; what this device has not shown yet is marked. It never takes the focus. */
export function NotificationCentre() {
  const [isOpen, setIsOpen] = useState(false)
  const { hasSection } = useOrganization()
  const { events, isCut, error, isPending } = useCentre()
  const { isUnread, readAll } = useUnread(events, isOpen)
  const latest = latestOfEach(events)
  const unread = latest.filter(isUnread)
  const change = (next: boolean): void => {
    setIsOpen(next)
    readAll()
  }
  if (!hasSection) return null
  const words = unread.length === 0 ? 'nothing new' : `${unread.length.toLocaleString()} new`
  return (
    <>
      <Popover
        opened={isOpen}
        onChange={change}
        position="bottom-end"
        width={400}
        trapFocus
        returnFocus
        classNames={{ dropdown: classes['panel'] ?? '' }}
      >
        <Popover.Target>
          <ActionIcon
            size={30}
            className={classes['bell'] ?? ''}
            aria-label={`Notifications, ${words}`}
            onClick={() => change(!isOpen)}
          >
            <IconBell size={16} />
            {unread.length > 0 && (
              <span className={classes['unread']} aria-hidden>
                {unread.length}
              </span>
            )}
          </ActionIcon>
        </Popover.Target>
        <Popover.Dropdown aria-label="Notifications">
          <h2 data-autofocus tabIndex={-1}>
            Notifications
          </h2>
          {error !== null && <Failure error={error} />}
          <Latest events={latest} isCut={isCut} isUnread={isUnread} onFollow={() => change(false)} />
        </Popover.Dropdown>
      </Popover>
      {!isPending && <Announcement event={unread[0] ?? null} />}
    </>
  )
}

interface LatestProps {
  readonly events: readonly CentreEvent[]
  readonly isCut: boolean
  readonly isUnread: (event: CentreEvent) => boolean
  readonly onFollow: () => void
}

function Latest({ events, isCut, isUnread, onFollow }: LatestProps) {
  const { id: organizationId } = useOrganization()
  return (
    <>
      {events.length === 0 && (
        <p>
          Nothing has been opened or resolved yet. What goes wrong is told here: a stale dataset, a job that failed for
          good, a lost agent.
        </p>
      )}
      <ul className={classes['list']}>
        {together(events).map(([event, ...others]) =>
          others.length === 0 ? (
            <One key={event.id} event={event} isUnread={isUnread(event)} onFollow={onFollow} />
          ) : (
            <Many
              key={event.id}
              event={event}
              count={others.length + 1}
              isCut={isCut}
              isUnread={[event, ...others].some(isUnread)}
              onFollow={onFollow}
            />
          ),
        )}
      </ul>
      <Link className={classes['all'] ?? ''} href={pagePath(organizationId, 'incidents')} onClick={onFollow}>
        All incidents
      </Link>
      <Link className={classes['all'] ?? ''} href={pagePath(organizationId, 'notifications')} onClick={onFollow}>
        Channels, routes and quiet hours
      </Link>
    </>
  )
}

interface ItemProps {
  readonly event: CentreEvent
  readonly isUnread: boolean
  readonly onFollow: () => void
}

function One({ event, isUnread, onFollow }: ItemProps) {
  const { id: organizationId } = useOrganization()
  const open = openedText({ kind: 'incident', incidentId: event.incidentId })
  return (
    <li data-unread={isUnread || undefined}>
      <Link className={classes['item'] ?? ''} href={pagePath(organizationId, 'incidents', { open })} onClick={onFollow}>
        <StateMark {...stateOfIncident(event.incident)} />
        <span className={classes['what']}>
          {isUnread && <span className="pm-visually-hidden">New: </span>}
          <strong>
            <bdi>{incidentInWords(event.incident).slice(0, 200)}</bdi>
          </strong>
          <bdi className={classes['summary']}>
            <TimesInText text={(event.incident.resolution ?? event.incident.summary).slice(0, 300)} />
          </bdi>
          <span className="pm-dim">
            {event.type === 'resolved' ? 'Resolved' : 'Opened'} <Age at={event.happenedAt} />
            {event.incident.effects > 0 && `, with ${counted(event.incident.effects, 'effect')}`}
          </span>
        </span>
      </Link>
    </li>
  )
}

/** Many that say the same, as one line that leads to all of them. `event` is the newest. */
function Many({
  event,
  count,
  isCut,
  isUnread,
  onFollow,
}: ItemProps & { readonly count: number; readonly isCut: boolean }) {
  const { id: organizationId } = useOrganization()
  const { kind, dataset } = event.incident
  const isResolved = event.type === 'resolved'
  const search = {
    kind,
    ...(dataset === null ? {} : { dataset: dataset.key }),
    ...(isResolved ? { state: 'resolved' } : {}),
  }
  return (
    <li data-unread={isUnread || undefined}>
      <Link className={classes['item'] ?? ''} href={pagePath(organizationId, 'incidents', search)} onClick={onFollow}>
        <StateMark {...stateOfIncident(event.incident)} />
        <span className={classes['what']}>
          {isUnread && <span className="pm-visually-hidden">New: </span>}
          <strong>
            {isCut && 'At least '}
            {counted(count, kindRules[kind].one, kindRules[kind].many)}
            {dataset !== null && (
              <>
                : <bdi>{dataset.label.slice(0, 200)}</bdi>
              </>
            )}
          </strong>
          <span className="pm-dim">
            {isResolved ? 'Resolved' : 'Opened'} lately, the newest <Age at={event.happenedAt} />
          </span>
        </span>
      </Link>
    </li>
  )
}

/** Says politely what came while the page was open; what was there when it was opened is no news. */
function Announcement({ event }: { event: CentreEvent | null }) {
  const [first] = useState(event?.id ?? null)
  const isNews = event !== null && event.id !== first
  return (
    <span className="pm-visually-hidden" aria-live="polite">
      {isNews && `${event.type === 'resolved' ? 'Resolved' : 'New incident'}: ${incidentInWords(event.incident)}`}
    </span>
  )
}

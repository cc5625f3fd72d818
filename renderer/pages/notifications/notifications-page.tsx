import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { choiceFilter } from '../../app/filters.ts'
import { useOrganization } from '../../app/organization.ts'
import { pagePath, useBrandId, useSearchParameters } from '../../app/places.ts'
import { useQueries } from '../../client/context.tsx'
import { AnswerLine } from '../../components/answer-line.tsx'
import { useWhyNot } from '../../run-now/why-not.ts'
import classes from '../page.module.css'
import { answerOf } from './answer.ts'
import { ChannelsSection } from './channels-section.tsx'
import { DeliveriesSection } from './deliveries-section.tsx'
import { MutesSection } from './mutes-section.tsx'
import own from './notifications.module.css'
import { type NotificationsPart, notificationsParts, partLabels } from './parts.ts'
import { QuietHoursSection } from './quiet-hours-section.tsx'
import { RoutesSection } from './routes-section.tsx'
import { WatchSection } from './watch-section.tsx'

const partFilter = choiceFilter(notificationsParts, 'channels')

/** Who is told of what, when, and what became of it. Each part has its own address. */
export function NotificationsPage() {
  const [parameters] = useSearchParameters()
  const part = partFilter.read(parameters.get('show'))
  const whyNot = useWhyNot()
  return (
    <>
      <Answer />
      <Parts shown={part} />
      {whyNot !== null && part !== 'deliveries' && <p className={own['whyNot']}>{whyNot}</p>}
      <Part part={part} />
    </>
  )
}

function Answer() {
  const { id: organizationId } = useOrganization()
  const queries = useQueries()
  const channels = useQuery(queries.notifications.channels.queryOptions({ input: { organizationId } }))
  const routes = useQuery(queries.notifications.routes.queryOptions({ input: { organizationId } }))
  const isLoading = channels.isPending || routes.isPending
  return (
    <AnswerLine isLoading={isLoading}>
      {channels.data === undefined || routes.data === undefined
        ? 'Who is told is not known now.'
        : answerOf(channels.data.channels, routes.data.routes)}
    </AnswerLine>
  )
}

function Parts({ shown }: { shown: NotificationsPart }) {
  const { id } = useOrganization()
  const [brandId] = useBrandId()
  const brand: Record<string, string> = brandId === null ? {} : { brand: brandId }
  return (
    <nav className={own['parts']} aria-label="Parts of Notifications">
      {notificationsParts.map((part) => (
        <Link
          key={part}
          href={pagePath(id, 'notifications', part === 'channels' ? brand : { ...brand, show: part })}
          aria-current={part === shown ? 'page' : undefined}
        >
          {partLabels[part]}
        </Link>
      ))}
    </nav>
  )
}

function Part({ part }: { part: NotificationsPart }) {
  if (part === 'deliveries') return <DeliveriesSection />
  return (
    <div className={classes['page']}>
      {part === 'channels' && (
        <>
          <ChannelsSection />
          <RoutesSection />
        </>
      )}
      {part === 'when' && (
        <>
          <QuietHoursSection />
          <WatchSection />
        </>
      )}
      {part === 'mutes' && <MutesSection />}
    </div>
  )
}

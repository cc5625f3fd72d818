import { useQuery } from '@tanstack/react-query'
import { choiceFilter } from '../../app/filters.ts'
import { useOrganization } from '../../app/organization.ts'
import { notificationsPage } from '../../app/pages.ts'
import { useSearchParameters } from '../../app/places.ts'
import { useQueries } from '../../client/context.tsx'
import { AnswerLine } from '../../components/answer-line.tsx'
import { PartsNav } from '../../components/parts-nav.tsx'
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
const parts = notificationsParts.map((key) => ({ key, label: partLabels[key] }))

/** Who is told of what, when, and what became of it. Each part has its own address. */
export function NotificationsPage() {
  const [parameters] = useSearchParameters()
  const part = partFilter.read(parameters.get('show'))
  const whyNot = useWhyNot()
  return (
    <>
      <Answer />
      <PartsNav page={notificationsPage} parts={parts} shown={part} />
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

/** Deliveries and channels as consoles and the command line show them. */
import type { ChannelType, DeliveryState, ToldTransition } from '../../shared/incidents.ts'
import type { NotificationMessage } from '../../shared/notifications/message.ts'
import type { Database, Statement } from './database.ts'
import type { Viewpoint } from './incident-columns.ts'

export interface ListedDelivery {
  readonly id: string
  /** In the order of the list; a bigint as text. */
  readonly sequence: string
  readonly organizationId: string | null
  readonly channel: string
  readonly channelType: ChannelType | null
  readonly state: DeliveryState
  readonly transition: ToldTransition | null
  readonly isTest: boolean
  readonly incidentId: string | null
  readonly title: string
  readonly transitions: number
  readonly createdAt: Date
  readonly nextTryAt: Date | null
  readonly attempts: number
  readonly endedAt: Date | null
  readonly answer: string | null
  readonly failure: string | null
}

const columns = `
  id, sequence::text as sequence, organization_id as "organizationId", channel, channel_type as "channelType", state,
  transition, is_test as "isTest", incident_id as "incidentId", title, transitions, created_at as "createdAt",
  next_try_at as "nextTryAt", attempts, ended_at as "endedAt", answer, failure`

/** Of a delivery without an organization, as `isShared` of an incident: a test, or one that tells of nothing but lost agents. */
const isSharedDelivery = (notification: string): string => `(
  ${notification}.is_test or coalesce((
    select bool_and(incident.kind = 'agent_lost') from notification_events told
    join incident_events event on event.id = told.event_id
    join incidents incident on incident.id = event.incident_id
    where told.notification_id = ${notification}.id
  ), false)
)`

const getStatement: Statement = {
  name: 'get_delivery',
  text: `
select ${columns} from notifications notification
where id = $1::uuid and (organization_id is not null or $2::boolean or ${isSharedDelivery('notification')})`,
}

/** `withPlatform`: also when it tells of platform-level jobs (J12). */
export async function getDelivery(
  database: Database,
  id: string,
  { withPlatform }: Pick<Viewpoint, 'withPlatform'>,
): Promise<ListedDelivery | null> {
  const [row] = await database.query<ListedDelivery>(getStatement, [id, withPlatform])
  return row ?? null
}

export interface DeliveryQuestion {
  readonly organizationId: string
  /** With what tells of platform-level jobs (J12). */
  readonly withPlatform: boolean
  readonly channel: string | null
  /** None: all. */
  readonly states: readonly DeliveryState[]
  readonly incidentId: string | null
  /** Older than this one; null = from the newest. */
  readonly before: string | null
  readonly limit: number
}

const pageStatement: Statement = {
  name: 'page_deliveries',
  text: `
select ${columns} from (
  select * from notifications where organization_id = $1::uuid
  union all
  select * from notifications platform
  where organization_id is null and ($7::boolean or ${isSharedDelivery('platform')})
) notification
where ($2::text is null or channel = $2::text)
  and (cardinality($3::text[]) = 0 or state = any($3::text[]))
  and ($4::uuid is null or incident_id = $4::uuid or exists (
    select from notification_events told join incident_events event on event.id = told.event_id
    where told.notification_id = notification.id and event.incident_id = $4::uuid
  ))
  and ($5::bigint is null or sequence < $5::bigint)
order by notification.sequence desc
limit $6::int`,
}

/** Of the organization and those that concern all of them, the newest first; of an incident also the summaries that tell of it. */
export async function pageDeliveries(database: Database, question: DeliveryQuestion): Promise<ListedDelivery[]> {
  const { organizationId, withPlatform, channel, states, incidentId, before, limit } = question
  const values = [organizationId, channel, states, incidentId, before, limit, withPlatform]
  return database.query<ListedDelivery>(pageStatement, values)
}

const insertTestStatement: Statement = {
  name: 'insert_test_delivery',
  text: `
insert into notifications (organization_id, channel, channel_type, is_test, for_agent, title, message, requested_by, transitions)
values ($1::uuid, $2::text, $3::text, true, $4::text, $5::text, $6::jsonb, $7::text, 0)
returning id`,
}

/** A test that waits for an agent with the channel; for `forAgent` alone where one is named. Returns its id. */
export async function insertTestDelivery(
  database: Database,
  test: {
    readonly organizationId: string | null
    readonly channel: string
    readonly channelType: ChannelType
    readonly forAgent: string | null
    readonly message: NotificationMessage
    readonly requestedBy: string
  },
): Promise<string> {
  const { organizationId, channel, channelType, forAgent, message, requestedBy } = test
  const [row] = await database.query<{ id: string }>(insertTestStatement, [
    organizationId,
    channel,
    channelType,
    forAgent,
    message.title,
    JSON.stringify(message),
    requestedBy,
  ])
  if (row === undefined) throw new Error('insert_test_delivery returned no row')
  return row.id
}

/** A channel that an agent has published, by a name and a type that it chose: checked before use. */
export interface PublishedChannel {
  readonly name: string
  readonly type: unknown
  readonly agent: string
  readonly isAlive: boolean
}

const publishedStatement: Statement = {
  name: 'list_published_channels',
  text: `
select channel.key as name, channel.value -> 'type' as type, agent.name as agent,
  agent.state <> 'stopped' and agent.heartbeat_at > now() - $1::double precision * interval '1 second' as "isAlive"
from agents agent
cross join lateral jsonb_each(
  case when jsonb_typeof(agent.catalog -> 'channels') = 'object' then agent.catalog -> 'channels' else '{}' end
) channel
where agent.heartbeat_at > now() - interval '30 days'
order by "isAlive" desc, agent.heartbeat_at desc, agent.id, name`,
}

/** Of agents of the last 30 days, the living first. Alive = heard of within `aliveSeconds` and not stopped. */
export async function listPublishedChannels(database: Database, aliveSeconds: number): Promise<PublishedChannel[]> {
  return database.query<PublishedChannel>(publishedStatement, [aliveSeconds])
}

/** How a channel does. */
export interface ChannelRecord {
  readonly name: string
  readonly pending: number
  readonly held: number
  readonly lastDeliveredAt: Date | null
  readonly lastFailedAt: Date | null
  readonly lastFailure: string | null
}

const isInView = `($2::uuid is null or organization_id = $2::uuid
    or organization_id is null and ($3::boolean or ${isSharedDelivery('notification')}))`

const recordStatement: Statement = {
  name: 'list_channel_records',
  text: `
select wanted.name, waiting.pending, waiting.held, delivered.ended_at as "lastDeliveredAt",
  failed.ended_at as "lastFailedAt", failed.failure as "lastFailure"
from unnest($1::text[]) as wanted (name)
cross join lateral (
  select count(*) filter (where state in ('pending', 'sending')) as pending, count(*) filter (where state = 'held') as held
  from notifications notification
  where channel = wanted.name and state in ('pending', 'sending', 'held') and ${isInView}
) waiting
left join lateral (
  select ended_at from notifications notification
  where channel = wanted.name and state = 'delivered' and ${isInView}
  order by sequence desc limit 1
) delivered on true
left join lateral (
  select ended_at, failure from notifications notification
  where channel = wanted.name and state = 'failed' and ${isInView}
  order by ended_at desc limit 1
) failed on true`,
}

/** Of each named channel, what was and is to be told, as the viewpoint has it. */
export async function listChannelRecords(
  database: Database,
  names: readonly string[],
  { organizationId, withPlatform }: Viewpoint,
): Promise<ChannelRecord[]> {
  return database.query<ChannelRecord>(recordStatement, [names, organizationId, withPlatform])
}

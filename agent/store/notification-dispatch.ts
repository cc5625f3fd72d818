/** What a round of the dispatch reads and writes besides the events; all of it in one transaction. */
import type { ChannelType } from '../../shared/incidents.ts'
import type { HoldReason, KnownRoute } from '../../shared/notifications/dispatch-plan.ts'
import type { NotificationMessage } from '../../shared/notifications/message.ts'
import type { Database, Statement } from './database.ts'
import { pipelineManagerFeature } from './organization-features.ts'

const lockStatement: Statement = {
  name: 'try_dispatch_lock',
  text: `select pg_try_advisory_xact_lock(hashtext('pipeline-manager dispatch')) as locked, now()`,
}

/** One round at a time in the whole database, until the transaction ends. The database's clock; null = another one is under way. */
export async function tryDispatchLock(database: Database): Promise<Date | null> {
  const [row] = await database.query<{ locked: boolean; now: Date }>(lockStatement, [])
  return row?.locked === true ? row.now : null
}

/** What an organization with the section switched on has decided; `quietHours` as stored. */
export interface StoredRules {
  readonly organizationId: string
  readonly quietHours: unknown
  readonly routes: readonly KnownRoute[]
}

const rulesStatement: Statement = {
  name: 'list_notification_rules',
  text: `
select feature.organization_id as "organizationId", settings.quiet_hours as "quietHours",
  coalesce((
    select jsonb_agg(jsonb_build_object(
      'id', route.id, 'channel', route.channel, 'kinds', route.kinds, 'brandIds', route.brand_ids,
      'groups', route.brand_groups,
      'tellsResolved', route.tells_resolved, 'enabled', route.enabled, 'afterMinutes', route.after_minutes,
      'repeatMinutes', route.repeat_minutes, 'person', route.person
    ) order by route.id)
    from notification_routes route where route.organization_id = feature.organization_id
  ), '[]') as routes
from organization_features feature
left join notification_settings settings on settings.organization_id = feature.organization_id
where feature.feature = $1::text and feature.enabled
order by feature.organization_id`,
}

export async function listNotificationRules(database: Database): Promise<StoredRules[]> {
  return database.query<StoredRules>(rulesStatement, [pipelineManagerFeature])
}

export interface HeldNotification {
  readonly id: string
  readonly organizationId: string | null
  readonly channel: string
  readonly reason: HoldReason
  readonly since: Date
}

const heldStatement: Statement = {
  name: 'list_held_notifications',
  text: `
select id, organization_id as "organizationId", channel, held_for as reason, created_at as since
from notifications where state = 'held' order by sequence`,
}

export async function listHeldNotifications(database: Database): Promise<HeldNotification[]> {
  return database.query<HeldNotification>(heldStatement, [])
}

/** A message and how it begins: waiting for its channel, or handed to whoever reads on (desktops). */
export interface NewNotification {
  readonly id: string
  readonly organizationId: string | null
  readonly channel: string
  /** Null = no agent has said. */
  readonly channelType: ChannelType | null
  readonly state: 'pending' | 'delivered'
  readonly message: NotificationMessage
  readonly transitions: number
}

/** Of the columns that a message fills when it is told now; `given` has them as the fields above. */
const tellingColumns = 'state, transition, incident_id, transitions, title, message, queued_at, next_try_at, ended_at'
const telling = `
  given.state, given.transition, given.incident_id, given.transitions, given.title, given.message, now(),
  case when given.state = 'pending' then now() end, case when given.state = 'delivered' then now() end`
const givenColumns = `
  id uuid, organization_id uuid, channel text, channel_type text, state text, transition text, incident_id uuid,
  transitions integer, title text, message jsonb`

function given(notification: Omit<NewNotification, 'organizationId' | 'channel' | 'channelType'>) {
  const { id, state, message, transitions } = notification
  const only = message.type === 'summary' ? null : (message.incidents[0] ?? null)
  const kinds = new Set((only === null ? message.counts : [only]).map(({ transition }) => transition))
  const [transition = null] = kinds.size === 1 ? kinds : []
  return { id, state, transitions, title: message.title, message, transition, incident_id: only?.id ?? null }
}

const insertStatement: Statement = {
  name: 'insert_notifications',
  text: `
insert into notifications (id, organization_id, channel, channel_type, ${tellingColumns})
select given.id, given.organization_id, given.channel, given.channel_type, ${telling}
from rows from (jsonb_to_recordset($1::jsonb) as (${givenColumns})) with ordinality as given (
  id, organization_id, channel, channel_type, state, transition, incident_id, transitions, title, message, place
)
order by given.place`,
}

/** In this order. */
export async function insertNotifications(
  database: Database,
  notifications: readonly NewNotification[],
): Promise<void> {
  const rows = notifications.map((notification) => ({
    ...given(notification),
    organization_id: notification.organizationId,
    channel: notification.channel,
    channel_type: notification.channelType,
  }))
  await database.query(insertStatement, [JSON.stringify(rows)])
}

const releaseStatement: Statement = {
  name: 'release_held_notification',
  text: `
update notifications set (${tellingColumns}) = (select ${telling}), sequence = default, channel_type = given.channel_type
from jsonb_to_record($1::jsonb) as given (${givenColumns})
where notifications.id = given.id and notifications.state = 'held'`,
}

/** What was held is told now, as the newest. */
export async function releaseHeldNotification(
  database: Database,
  notification: Omit<NewNotification, 'organizationId' | 'channel'>,
): Promise<void> {
  const row = { ...given(notification), channel_type: notification.channelType }
  await database.query(releaseStatement, [JSON.stringify(row)])
}

const holdStatement: Statement = {
  name: 'hold_notification',
  text: `
insert into notifications (
  organization_id, channel, channel_type, state, transitions, title, held_for, queued_at, next_try_at
)
values ($1::uuid, $2::text, $3::text, 'held', $4::int, $5::text, $6::text, null, null)
on conflict (coalesce(organization_id, '00000000-0000-0000-0000-000000000000'), channel, held_for) where state = 'held'
do update set transitions = notifications.transitions + excluded.transitions
returning id`,
}

/** Adds transitions to what is held for the same reason. Returns the id of the message they will be part of. */
export async function holdNotification(
  database: Database,
  held: {
    readonly organizationId: string | null
    readonly channel: string
    readonly channelType: ChannelType | null
    readonly reason: HoldReason
    readonly transitions: number
    readonly title: string
  },
): Promise<string> {
  const { organizationId, channel, channelType, transitions, title, reason } = held
  const values = [organizationId, channel, channelType, transitions, title, reason]
  const [row] = await database.query<{ id: string }>(holdStatement, values)
  if (row === undefined) throw new Error('hold_notification returned no row')
  return row.id
}

/** One transition told, or held, on one channel. */
export interface ToldEvent {
  readonly eventId: string
  readonly channel: string
  readonly notificationId: string
}

const toldStatement: Statement = {
  name: 'insert_notification_events',
  text: `
insert into notification_events (event_id, channel, notification_id)
select * from unnest($1::bigint[], $2::text[], $3::uuid[])`,
}

/** Fails, and with it the round, when one of them was told on its channel before (N2). */
export async function insertNotificationEvents(database: Database, told: readonly ToldEvent[]): Promise<void> {
  await database.query(toldStatement, [
    told.map(({ eventId }) => eventId),
    told.map(({ channel }) => channel),
    told.map(({ notificationId }) => notificationId),
  ])
}

const dropEmptyStatement: Statement = {
  name: 'drop_held_notification',
  text: `
update notifications set state = 'dropped', ended_at = now(), failure = $2::text
where id = $1::uuid and state = 'held'`,
}

export async function dropHeldNotification(database: Database, id: string, why: string): Promise<void> {
  await database.query(dropEmptyStatement, [id, why])
}

const dropOldStatement: Statement = {
  name: 'drop_old_notifications',
  text: `
update notifications set state = 'dropped', ended_at = now(), next_try_at = null, failure = concat_ws(' ', $2::text, failure)
where state in ('pending', 'sending') and queued_at < now() - make_interval(hours => $1::int)
  and (state = 'pending' or sending_at < now() - interval '1 hour')`,
}

/** What could not be told for so long is news no more; nor is what an agent was lost with, when no other has its channel. */
export async function dropOldNotifications(database: Database, hours: number, why: string): Promise<void> {
  await database.query(dropOldStatement, [hours, why])
}

const wakeStatement: Statement = { name: 'wake_deliveries', text: `select pg_notify('pipeline_manager', 'deliveries')` }

/** Tells every agent that there is something to deliver. */
export async function wakeDeliveries(database: Database): Promise<void> {
  await database.query(wakeStatement, [])
}

import type { Database, Statement } from '../database.ts'
import { type Batch, type BatchRequest, type BatchRow, beforeAll, progress } from './batch.ts'
import { cutoff } from './cutoff.ts'

/** What is open stays, however old. So does a cause as long as one of its effects is on record. */
const statement: Statement = {
  name: 'sweep_incidents',
  text: `
with old as materialized (
  select incident.id, incident.opened_at, incident.resolved_at
  from incidents incident
  where incident.opened_at < ${cutoff('$1::integer')} and (incident.opened_at, incident.id) > ($2::timestamptz, $3::uuid)
  order by incident.opened_at, incident.id
  limit $4::integer
), over as materialized (
  select old.id
  from old
  where old.resolved_at < ${cutoff('$1::integer')} and $5::boolean
    and not exists (select from incidents effect where effect.cause_id = old.id)
), events as (
  delete from incident_events event using over where event.incident_id = over.id returning event.id
), told as (
  delete from notifications notification using over where notification.incident_id = over.id returning notification.id
), gone as (
  delete from incidents incident using over where incident.id = over.id returning incident.id
)
select (select count(*) from old) as looked, last.opened_at::text as first, last.id::text as second, false as again,
  (select count(*) from gone) as incidents, (select count(*) from events) as events, (select count(*) from told) as told
from (select 1) one
left join (select * from old order by opened_at desc, id desc limit 1) last on true`,
}

interface Row extends BatchRow {
  readonly incidents: number
  readonly events: number
  readonly told: number
}

/** Removes incidents that were resolved more than `keepDays` ago, with all that happened to them and was told about them. */
export async function sweepIncidents(database: Database, keepDays: number, request: BatchRequest): Promise<Batch> {
  const { after, limit, removes } = request
  const [row] = await database.query<Row>(statement, [keepDays, ...(after ?? beforeAll), limit, removes])
  if (row === undefined) throw new Error('sweep_incidents returned no row')
  const removed = { incidents: row.incidents, incident_events: row.events, notifications: row.told }
  return { removed, ...progress(row, request) }
}

const notificationsStatement: Statement = {
  name: 'sweep_notifications',
  text: `
with old as materialized (
  select notification.id, notification.created_at
  from notifications notification
  where notification.created_at < ${cutoff('$1::integer')} and notification.created_at >= $2::timestamptz
    and (notification.created_at, notification.id) > ($2::timestamptz, $3::uuid)
  order by notification.created_at, notification.id
  limit $4::integer
), gone as (
  delete from notifications notification
  using old
  where notification.id = old.id and $5::boolean and not exists (
    select from notification_events told
    join incident_events event on event.id = told.event_id
    join incidents incident on incident.id = event.incident_id
    -- An end is dispatched a moment later.
    where told.notification_id = old.id and (incident.resolved_at is null or incident.resolved_at > now() - interval '1 day')
  )
  returning notification.id
)
select (select count(*) from old) as looked, last.created_at::text as first, last.id::text as second, false as again,
  (select count(*) from gone) as removed
from (select 1) one
left join (select * from old order by created_at desc, id desc limit 1) last on true`,
}

/** Removes what was told more than `keepDays` ago, but for what is open: its end is told where its opening was. */
export async function sweepNotifications(database: Database, keepDays: number, request: BatchRequest): Promise<Batch> {
  const { after, limit, removes } = request
  const values = [keepDays, ...(after ?? beforeAll), limit, removes]
  const [row] = await database.query<BatchRow & { readonly removed: number }>(notificationsStatement, values)
  if (row === undefined) throw new Error('sweep_notifications returned no row')
  return { removed: { notifications: row.removed }, ...progress(row, request) }
}

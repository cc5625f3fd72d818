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
with gone as (
  delete from notifications notification
  using (
    select old.id from notifications old where old.created_at < ${cutoff('$1::integer')} order by old.created_at limit $2::integer
  ) old
  where notification.id = old.id and $3::boolean
  returning notification.id
)
select count(*) as removed from gone`,
}

/** Removes what was told more than `keepDays` ago, also about an incident that is still open. */
export async function sweepNotifications(database: Database, keepDays: number, request: BatchRequest): Promise<Batch> {
  const { limit, removes } = request
  const [row] = await database.query<{ removed: number }>(notificationsStatement, [keepDays, limit, removes])
  const removed = row?.removed ?? 0
  return { removed: { notifications: removed }, next: null, isLast: removed < limit }
}

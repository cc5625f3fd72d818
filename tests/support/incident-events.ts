/** Incidents and their transitions as the evaluation writes them, by plain SQL. */
import type pg from 'pg'
import { type Columns, only } from './job-rows.ts'

/** An open incident, without its transition. Returns its id. */
export async function addIncident(sql: pg.ClientBase, columns: Columns = {}): Promise<string> {
  const all: Columns = { kind: 'dataset_stale', dataset_key: 'orders', summary: 'Orders is stale.', ...columns }
  const names = Object.keys(all)
  const { rows } = await sql.query<{ id: string }>(
    `insert into incidents (${names.join(', ')}) values (${names.map((_, index) => `$${index + 1}`).join(', ')}) returning id`,
    Object.values(all),
  )
  return only(rows).id
}

/** A transition that nobody has told yet. Returns its id. */
export async function addEvent(
  sql: pg.ClientBase,
  incidentId: string,
  type: 'opened' | 'reminded' | 'resolved' = 'opened',
): Promise<string> {
  if (type === 'resolved') {
    await sql.query(`update incidents set resolved_at = now(), resolution = 'It succeeded.' where id = $1`, [
      incidentId,
    ])
  }
  const { rows } = await sql.query<{ id: string }>(
    'insert into incident_events (incident_id, type) values ($1, $2) returning id::text as id',
    [incidentId, type],
  )
  return only(rows).id
}

/** An incident and that it opened. Returns the id of the incident. */
export async function openIncident(sql: pg.ClientBase, columns: Columns = {}): Promise<string> {
  const id = await addIncident(sql, columns)
  await addEvent(sql, id)
  return id
}

/** As many incidents of one brand as asked for, opened in one statement, each with a dataset of its own. */
export async function openMany(
  sql: pg.ClientBase,
  count: number,
  brand: { readonly organizationId: string; readonly brandId: string },
): Promise<void> {
  await sql.query(
    `with opened as (
       insert into incidents (kind, organization_id, brand_id, dataset_key, summary)
       select 'dataset_stale', $2, $3, 'dataset_' || n, 'Dataset ' || n || ' is stale.' from generate_series(1, $1) n
       returning id
     )
     insert into incident_events (incident_id, type) select id, 'opened' from opened`,
    [count, brand.organizationId, brand.brandId],
  )
}

/** A route of everything to a channel, unless told otherwise. */
export async function addRoute(
  sql: pg.ClientBase,
  organizationId: string,
  channel: string,
  columns: Columns = {},
): Promise<void> {
  const all: Columns = {
    organization_id: organizationId,
    channel,
    tells_resolved: true,
    enabled: true,
    changed_by: 'test',
    ...columns,
  }
  const names = Object.keys(all)
  await sql.query(
    `insert into notification_routes (${names.join(', ')}) values (${names.map((_, index) => `$${index + 1}`).join(', ')})`,
    Object.values(all),
  )
}

export interface NotificationRow {
  readonly id: string
  readonly organization_id: string | null
  readonly channel: string
  readonly channel_type: string | null
  readonly state: string
  readonly transition: string | null
  readonly incident_id: string | null
  readonly transitions: number
  readonly title: string
  readonly held_for: string | null
  readonly attempts: number
  readonly was_lost: boolean
  readonly answer: string | null
  readonly failure: string | null
  readonly next_try_at: Date | null
  readonly ended_at: Date | null
}

/** In their order; of one channel where it is named. */
export async function notificationRows(sql: pg.ClientBase, channel: string | null = null): Promise<NotificationRow[]> {
  const { rows } = await sql.query<NotificationRow>(
    'select * from notifications where $1::text is null or channel = $1 order by sequence',
    [channel],
  )
  return rows
}

/** Transitions that wait for the dispatch. */
export async function undispatched(sql: pg.ClientBase): Promise<number> {
  const { rows } = await sql.query<{ count: number }>(
    'select count(*)::int as count from incident_events where dispatched_at is null',
  )
  return only(rows).count
}

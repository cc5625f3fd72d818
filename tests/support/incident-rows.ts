/** Incidents by plain SQL, for tests of what shows and changes them. */
import type pg from 'pg'
import { type Columns, insert, only } from './job-rows.ts'

/** An open incident, a stale dataset unless the columns say otherwise, with the event of its opening. Returns its id. */
export async function addIncident(client: pg.ClientBase, columns: Columns = {}): Promise<string> {
  const id = await insert(client, 'incidents', {
    kind: 'dataset_stale',
    dataset_key: `dataset_${Math.random()}`,
    summary: 'It is stale.',
    ...columns,
  })
  await client.query(
    `insert into incident_events (incident_id, organization_id, type, happened_at, told)
     select id, organization_id, 'opened', opened_at, cause_id is null from incidents where id = $1`,
    [id],
  )
  return id
}

export interface IncidentRow {
  readonly id: string
  readonly kind: string
  readonly organization_id: string | null
  readonly brand_id: string | null
  readonly dataset_key: string | null
  readonly scheduled_job_id: string | null
  readonly job_type: string | null
  readonly agent_id: string | null
  readonly run_id: string | null
  readonly cause_id: string | null
  readonly summary: string
  readonly next_step: string | null
  readonly details: Record<string, unknown>
  readonly opened_at: Date
  readonly acknowledged_by: string | null
  readonly snoozed_until: Date | number | null
  readonly resolved_at: Date | null
  readonly resolution: string | null
}

/** In the order they were opened; of one round causes first. */
export async function incidentRows(client: pg.ClientBase): Promise<IncidentRow[]> {
  const { rows } = await client.query<IncidentRow>(
    'select * from incidents order by opened_at, cause_id is not null, kind, dataset_key',
  )
  return rows
}

export interface EventRow {
  readonly id: string
  readonly incident_id: string
  readonly type: string
  readonly told: boolean
  readonly happened_at: Date
  readonly dispatched_at: Date | null
  readonly operator: string | null
  readonly note: string | null
}

/** Of all incidents or of one, in the order they happened. */
export async function eventRows(client: pg.ClientBase, incidentId: string | null = null): Promise<EventRow[]> {
  const { rows } = await client.query<EventRow>(
    'select * from incident_events where $1::uuid is null or incident_id = $1 order by id',
    [incidentId],
  )
  return rows
}

/** Adds a delivery that waits, as of a channel that is not there; returns its id. */
export async function addDelivery(client: pg.Client, organizationId: string): Promise<string> {
  const { rows } = await client.query<{ id: string }>(
    `insert into notifications (organization_id, channel, title) values ($1, 'ops_slack', 'Told') returning id`,
    [organizationId],
  )
  return only(rows).id
}

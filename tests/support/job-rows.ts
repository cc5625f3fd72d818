/** Rows as people and other programs write them, by plain SQL. */
import type pg from 'pg'

export interface Brand {
  readonly organizationId: string
  readonly brandId: string
}

export async function addBrand(client: pg.ClientBase, name = 'Brand'): Promise<Brand> {
  const { rows } = await client.query<Brand>(
    `with organization as (insert into organizations (name) values ($1) returning id)
     insert into brands (organization_id, name) select id, $1 from organization
     returning organization_id as "organizationId", id as "brandId"`,
    [name],
  )
  return only(rows)
}

export type Columns = Readonly<Record<string, unknown>>

/** A job of type `work`, one-time and due since a second ago, unless the columns say otherwise. Returns its id. */
export async function addJob(client: pg.ClientBase, columns: Columns = {}): Promise<string> {
  const all: Columns = {
    name: 'Job',
    job_type: 'work',
    schedule_type: 'cron_expression' in columns ? 'recurring' : 'one_time',
    next_run_at: new Date(0),
    ...columns,
  }
  return insert(client, 'scheduled_jobs', all)
}

/** A run row as another program writes it: no agent, no token, no lease. Returns its id. */
export async function addRun(client: pg.ClientBase, jobId: string, columns: Columns = {}): Promise<string> {
  return insert(client, 'scheduled_job_runs', { scheduled_job_id: jobId, status: 'running', ...columns })
}

/** Returns the id. */
export async function insert(client: pg.ClientBase, table: string, columns: Columns): Promise<string> {
  const names = Object.keys(columns)
  const places = names.map((_, index) => `$${index + 1}`)
  const { rows } = await client.query<{ id: string }>(
    `insert into ${table} (${names.join(', ')}) values (${places.join(', ')}) returning id`,
    Object.values(columns),
  )
  return only(rows).id
}

export interface JobRow {
  readonly status: string
  readonly cron_expression: string | null
  readonly next_run_at: Date | null
  readonly next_attempt: number | null
  readonly current_run_id: string | null
  readonly first_run_id: string | null
  readonly runs_completed: number
  readonly last_error: string | null
  readonly last_run_status: string | null
  readonly version: number
}

export async function jobRow(client: pg.ClientBase, jobId: string): Promise<JobRow> {
  const { rows } = await client.query<JobRow>('select * from scheduled_jobs where id = $1', [jobId])
  return only(rows)
}

export interface RunRow {
  readonly id: string
  readonly status: string
  readonly problem: string | null
  readonly attempt_number: number
  readonly error_message: string | null
  readonly logs: string | null
  readonly metadata: unknown
  readonly records_affected: number | null
  readonly agent_id: string | null
  readonly run_token: string | null
  readonly started_at: Date
  readonly completed_at: Date | null
  readonly scheduled_for: Date | null
  readonly lease_expires_at: Date | null
}

/** Oldest first. */
export async function runsOf(client: pg.ClientBase, jobId: string): Promise<RunRow[]> {
  const { rows } = await client.query<RunRow>(
    'select * from scheduled_job_runs where scheduled_job_id = $1 order by started_at, id',
    [jobId],
  )
  return rows
}

/** The one run of a job. */
export async function runOf(client: pg.ClientBase, jobId: string): Promise<RunRow> {
  return only(await runsOf(client, jobId))
}

export interface DatasetRow {
  readonly dataset_key: string
  readonly last_success_at: Date | null
  readonly last_attempt_at: Date | null
  readonly last_status: string
  readonly last_run_id: string | null
  readonly records_affected: string | null
  readonly error_message: string | null
  readonly metadata: Record<string, unknown>
}

export async function datasetRow(client: pg.ClientBase, brandId: string, key: string): Promise<DatasetRow | null> {
  const { rows } = await client.query<DatasetRow>(
    'select * from dataset_status where brand_id = $1 and dataset_key = $2',
    [brandId, key],
  )
  return rows[0] ?? null
}

export interface StepRow {
  readonly step_key: string
  readonly status: string
  readonly error_message: string | null
  readonly metadata: Record<string, unknown>
}

export async function stepsOf(client: pg.ClientBase, runId: string): Promise<StepRow[]> {
  const { rows } = await client.query<StepRow>(
    'select step_key, status, error_message, metadata from run_steps where run_id = $1 order by position',
    [runId],
  )
  return rows
}

export function only<T>(rows: readonly T[]): T {
  const [first, second] = rows
  if (first === undefined || second !== undefined) throw new Error(`expected one row, got ${rows.length}`)
  return first
}

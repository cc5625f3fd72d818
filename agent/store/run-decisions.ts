import { type RunDecision, storedDecision } from '../../shared/run-decision.ts'
import type { Database, Statement } from './database.ts'
import { finite } from './job-columns.ts'

export interface UndecidedRun {
  readonly startedAt: Date | null
  readonly problem: string | null
  readonly decision: RunDecision | null
  /** Of the database, when the row was read. */
  readonly asOf: Date
}

const readStatement: Statement = {
  name: 'read_run_decision',
  text: `select problem, decision, ${finite('started_at')} as "startedAt", now() as "asOf" from scheduled_job_runs where id = $1::uuid`,
}

/** Call it with the job held: whoever decides holds it. Null = there is no such run. */
export async function readDecision(database: Database, runId: string): Promise<UndecidedRun | null> {
  const [row] = await database.query<Omit<UndecidedRun, 'decision'> & { decision: unknown }>(readStatement, [runId])
  return row === undefined ? null : { ...row, decision: storedDecision(row.decision) }
}

const writeStatement: Statement = {
  name: 'write_run_decision',
  text: `
update scheduled_job_runs set decision = $2::jsonb
where id = $1::uuid and problem = 'outcome_unknown' and decision is null and completed_at is not null
returning id`,
}

/** False when somebody has decided already, or nobody was asked. */
export async function writeDecision(database: Database, runId: string, decision: RunDecision): Promise<boolean> {
  return (await database.query(writeStatement, [runId, JSON.stringify(decision)])).length > 0
}

export interface ConfirmedDataset {
  readonly brandId: string
  readonly organizationId: string
  readonly datasetKey: string
  readonly runId: string
  readonly doneAt: Date
  /** As of when the data is: `doneAt`, or before it where the run was for days that were over. */
  readonly freshAt: Date
  readonly records: number | null
}

/**
 * F2, as of the time that a person states: only forwards, never later than now. The attempt half is settled only where it still is that of the run,
 * or older. The history has the result beside what the run itself left there, under an id that names no run.
 */
const datasetStatement: Statement = {
  name: 'confirm_dataset',
  text: `
with event as (
  select least($4::timestamptz, now()) as happened_at, least($7::timestamptz, $4::timestamptz, now()) as fresh_at
), status as (
  insert into dataset_status as known (
    brand_id, dataset_key, organization_id, last_status, last_attempt_at, last_success_at, last_run_id, records_affected
  )
  select $1::uuid, $2::text, $3::uuid, 'completed', event.happened_at, event.fresh_at, $5::uuid, $6::bigint
  from event
  on conflict (brand_id, dataset_key) do update set
    last_success_at = greatest(case when isfinite(known.last_success_at) then known.last_success_at end, excluded.last_success_at),
    records_affected = case when known.last_success_at > excluded.last_success_at then known.records_affected else excluded.records_affected end,
    metadata = case when known.last_success_at > excluded.last_success_at then known.metadata else '{}' end,
    last_status = case when ${isItsAttempt()} then 'completed' else known.last_status end,
    error_message = case when ${isItsAttempt()} then null else known.error_message end,
    last_run_id = case when ${isItsAttempt()} then excluded.last_run_id else known.last_run_id end,
    attempt_key = case when ${isItsAttempt()} then null else known.attempt_key end,
    last_attempt_at = greatest(known.last_attempt_at, excluded.last_attempt_at)
)
insert into dataset_status_history (
  run_id, step_position, brand_id, dataset_key, happened_at, fresh_at, status, records_affected
)
select gen_random_uuid(), 0, $1::uuid, $2::text, event.happened_at,
  case when event.fresh_at < event.happened_at then event.fresh_at end, 'completed', $6::bigint
from event`,
}

function isItsAttempt(): string {
  return `(known.last_run_id = excluded.last_run_id or known.last_attempt_at is null or known.last_attempt_at <= excluded.last_attempt_at)`
}

export async function confirmDataset(database: Database, confirmed: ConfirmedDataset): Promise<void> {
  const { brandId, datasetKey, organizationId, doneAt, freshAt, runId, records } = confirmed
  await database.query(datasetStatement, [brandId, datasetKey, organizationId, doneAt, runId, records, freshAt])
}

const settleStatement: Statement = {
  name: 'settle_confirmed_job',
  text: `
update scheduled_jobs
set status = $2::text, runs_completed = $3::integer, last_error = null, updated_at = now(),
  next_run_at = case when not $4::boolean then next_run_at end
where id = $1::uuid`,
}

/** J6, of a job whose last run did its work after all. Call it with the job held. */
export async function settleConfirmedJob(
  database: Database,
  jobId: string,
  {
    status,
    isOver,
    runsCompleted,
  }: { readonly status: string; readonly isOver: boolean; readonly runsCompleted: number },
): Promise<void> {
  await database.query(settleStatement, [jobId, status, runsCompleted, isOver])
}

import type { JobStatus, JsonObject, LogLevel, RunProblem, RunStatus, StepStatus } from '../../shared/domain.ts'
import type { Database, Statement } from './database.ts'
import { known } from './dataset-record.ts'

/**
 * The writing side of a run. Both statements take a batch of runs as one JSON document, fence every run by its token
 * (J3) and write all of its children from that row, so that nothing of a lost run gets in.
 *
 * One document and not an array for each column: every parameter and every set-returning function costs about 6 µs per
 * statement, so that fifty arrays for ten runs took 430 µs to read and the document 350 (for a hundred runs 1,050 and 2,800).
 *
 * Times are ages: milliseconds on the agent's monotonic clock between the event and this write. The database subtracts
 * them from its own clock, so a result that is delivered late still says when it happened (F2) and no wall clock of an
 * agent is ever stored.
 */
export interface RunProgress {
  readonly runId: string
  readonly runToken: string
  /** Null for platform-level jobs: they refresh no dataset. */
  readonly organizationId: string | null
  /** Nothing of this run was ever sent: then its children cannot be on record yet. */
  readonly isFirstWrite: boolean
  readonly steps: readonly StepRecord[]
  readonly lines: readonly LogRecord[]
  readonly datasets: readonly DatasetRecord[]
  readonly history: readonly DatasetResult[]
}

export interface StepRecord {
  readonly position: number
  readonly stepKey: string
  readonly status: StepStatus
  readonly fatal: boolean
  readonly datasetKey: string | null
  readonly startedAgeMs: number | null
  readonly completedAgeMs: number | null
  readonly recordsAffected: number | null
  readonly progressDone: number | null
  readonly progressTotal: number | null
  readonly errorMessage: string | null
  readonly metadata: JsonObject
}

export interface LogRecord {
  readonly seq: number
  readonly ageMs: number
  readonly level: LogLevel
  readonly stepKey: string | null
  readonly message: string
}

/** The newest state of one dataset after this run's events so far (F1 to F4); one entry per dataset and batch. */
export interface DatasetRecord {
  readonly datasetKey: string
  readonly status: 'running' | 'completed' | 'failed' | 'unknown'
  readonly attemptAgeMs: number
  /** When this attempt began, if this very write brings its start; null = that is on record already. */
  readonly startAgeMs: number | null
  /** Null unless one of the events was a success. */
  readonly successAgeMs: number | null
  /** Null keeps what is there. */
  readonly recordsAffected: number | null
  readonly errorMessage: string | null
  /** Null keeps what is there. */
  readonly metadata: JsonObject | null
}

export interface DatasetResult {
  readonly stepPosition: number
  readonly datasetKey: string
  readonly status: 'completed' | 'failed' | 'unknown'
  readonly ageMs: number
  /** Of a success: how old the data is, where that is older than `ageMs`; absent = `ageMs`, as in what an earlier version has kept on the device. */
  readonly freshAgeMs?: number
  readonly recordsAffected: number | null
  readonly suspicious: boolean
  readonly errorMessage: string | null
}

export interface RunEnd extends RunProgress {
  readonly status: RunStatus
  readonly problem: RunProblem | null
  readonly endedAgeMs: number
  readonly errorMessage: string | null
  /** The older `logs` column: the whole log as text, capped by the writer. */
  readonly logs: string | null
  readonly metadata: JsonObject
  readonly recordsAffected: number | null
  /** What becomes of the job (J5, J6, J10, J11). */
  readonly job: {
    /** The version that was claimed; an edit since then wins over the next fire computed here. */
    readonly version: number
    /** `active` leaves the job's status alone, so that a pause during the run holds. */
    readonly status: JobStatus
    /** ISO 8601, or null for no next run. */
    readonly nextRunAt: string | null
    /** 1 = what comes next is a fire of the cadence; see `askedFor`. */
    readonly nextAttempt: number
    readonly lastError: string | null
    readonly completedIncrement: 0 | 1
  }
  /** J11: used instead of `job` when a cancel request is found and the run did not complete; null for a success. */
  readonly ifCancelled: RunEnd['job'] | null
}

/** The upsert behind F1 to F4. */
function datasetWrites(source: string): string {
  return `datasets as (
  insert into dataset_status as known (
    brand_id, dataset_key, organization_id, last_success_at, last_attempt_at, last_status, last_run_id,
    records_affected, error_message, metadata, created_at
  )
  select run.brand_id, dataset."datasetKey", run."organizationId",
    coalesce($1::timestamptz, now()) - dataset."successAgeMs" * interval '1 millisecond',
    coalesce($1::timestamptz, now()) - dataset."attemptAgeMs" * interval '1 millisecond',
    dataset.status, run.id, dataset."recordsAffected", dataset."errorMessage", coalesce(dataset.metadata, '{}'),
    coalesce(
      coalesce($1::timestamptz, now()) - dataset."startAgeMs" * interval '1 millisecond',
      case when dataset.status = 'unknown' then 'epoch'::timestamptz else coalesce($1::timestamptz, now()) end
    )
  from ${source} run
  cross join lateral jsonb_to_recordset(run.datasets) as dataset (
    "datasetKey" text, status text, "attemptAgeMs" double precision, "startAgeMs" double precision,
    "successAgeMs" double precision,
    "recordsAffected" bigint, "errorMessage" text, metadata jsonb
  )
  where run.brand_id is not null
  order by run.brand_id, dataset."datasetKey"
  on conflict (brand_id, dataset_key) do update set
    last_success_at = greatest(${known('last_success_at')}, excluded.last_success_at),
    records_affected = ${ofNewestSuccess('records_affected')},
    metadata = ${ofNewestSuccess('metadata')},
    last_attempt_at = ${ofNewestAttempt('last_attempt_at', `greatest(${known('last_attempt_at')}, excluded.last_attempt_at)`)},
    last_status = ${ofNewestAttempt('last_status')},
    last_run_id = ${ofNewestAttempt('last_run_id')},
    error_message = ${ofNewestAttempt('error_message')},
    organization_id = coalesce(excluded.organization_id, known.organization_id)
)`
}

/**
 * Steps, log lines, dataset status and history of the runs in `source`, one row each with its children as JSON.
 * `first`: nothing of these runs was sent before, so nothing can be in the way. Looking for a conflict all the same is a look
 * into the index, a lock and a second log record for each row (4 % of the server's work for a run).
 */
function childWrites(source: string, first: boolean): string {
  const ifWritten = (action: string): string => (first ? '' : `on conflict ${action}`)
  return `
steps as (
  insert into run_steps as known (
    run_id, position, step_key, status, fatal, dataset_key, started_at, completed_at, records_affected,
    progress_done, progress_total, error_message, metadata
  )
  select run.id, step.position, step."stepKey", step.status, step.fatal, step."datasetKey",
    coalesce($1::timestamptz, now()) - step."startedAgeMs" * interval '1 millisecond',
    coalesce($1::timestamptz, now()) - step."completedAgeMs" * interval '1 millisecond',
    step."recordsAffected", step."progressDone", step."progressTotal", step."errorMessage",
    coalesce(step.metadata, '{}')
  from ${source} run
  cross join lateral jsonb_to_recordset(run.steps) as step (
    position smallint, "stepKey" text, status text, fatal boolean, "datasetKey" text, "startedAgeMs" double precision,
    "completedAgeMs" double precision, "recordsAffected" bigint, "progressDone" bigint, "progressTotal" bigint,
    "errorMessage" text, metadata jsonb
  )
  ${ifWritten(`(run_id, position) do update set
    status = excluded.status, started_at = coalesce(known.started_at, excluded.started_at),
    completed_at = excluded.completed_at, records_affected = excluded.records_affected,
    progress_done = excluded.progress_done, progress_total = excluded.progress_total,
    error_message = excluded.error_message, metadata = excluded.metadata`)}
), lines as (
  insert into run_logs (run_id, seq, logged_at, level, step_key, message)
  select run.id, line.seq, coalesce($1::timestamptz, now()) - line."ageMs" * interval '1 millisecond',
    line.level, line."stepKey", line.message
  from ${source} run
  cross join lateral jsonb_to_recordset(run.lines) as line (
    seq integer, "ageMs" double precision, level text, "stepKey" text, message text
  )
  ${ifWritten('do nothing')}
), ${datasetWrites(source)}, history as (
  insert into dataset_status_history (
    run_id, step_position, brand_id, dataset_key, happened_at, fresh_at, status, records_affected, suspicious, error_message
  )
  select run.id, result."stepPosition", run.brand_id, result."datasetKey",
    coalesce($1::timestamptz, now()) - result."ageMs" * interval '1 millisecond',
    coalesce($1::timestamptz, now()) - result."freshAgeMs" * interval '1 millisecond',
    result.status, result."recordsAffected", result.suspicious, result."errorMessage"
  from ${source} run
  cross join lateral jsonb_to_recordset(run.history) as result (
    "stepPosition" smallint, "datasetKey" text, status text, "ageMs" double precision, "freshAgeMs" double precision,
    "recordsAffected" bigint, suspicious boolean, "errorMessage" text
  )
  where run.brand_id is not null
  ${ifWritten('do nothing')}
)`
}

/** The success half moves only by a success, and only forwards. `shared/dataset-status.ts` specifies both halves. */
function ofNewestSuccess(column: string): string {
  return `case when excluded.last_success_at >= coalesce(${known('last_success_at')}, '-infinity')
      then excluded.${column} else known.${column} end`
}

/**
 * The attempt half follows the newest attempt: one that is older than the one on record (a late delivery) does not replace
 * it. A run's own end always replaces its own start. A run that was stopped settles only its own attempt: when its start
 * comes with this write, what counts is that start, or it would pass for the end of another run's attempt that began after
 * it; when the start was written before, only a row that still names this run is settled. (The row to insert carries the
 * start as `created_at`, which an update leaves alone; the epoch stands for a start that was written before.)
 */
function ofNewestAttempt(column: string, value = `excluded.${column}`): string {
  return `case
      when ${known('last_attempt_at')} is null or known.last_run_id = excluded.last_run_id
        or case when excluded.last_status = 'unknown' then excluded.created_at else excluded.last_attempt_at end
          >= known.last_attempt_at
      then ${value} else known.${column} end`
}

/**
 * True of every run, and tells the planner to expect one. Then it looks every run up by its id, whatever it believes about the
 * size of the tables: a plan made while the table was empty walked all of it for every batch (4 ms instead of 0.1), and one
 * that compares each run of the batch with each row found cost 55 µs more per run at a hundred runs.
 */
const fewRuns = `input."runId" between '00000000-0000-0000-0000-000000000000' and 'ffffffff-ffff-ffff-ffff-ffffffffffff'`

const progressStatement: Statement = {
  name: 'record_progress',
  text: `
with alive as materialized (
  select run.id, run.brand_id, input."organizationId", input.steps, input.lines, input.datasets, input.history
  from jsonb_to_recordset($2::jsonb) as input (
    "runId" uuid, "runToken" uuid, "organizationId" uuid, steps jsonb, lines jsonb, datasets jsonb, history jsonb
  )
  join scheduled_job_runs run on run.id = input."runId"
  where ${fewRuns} and run.run_token = input."runToken" and run.completed_at is null
  -- A recovery that ends the run at this instant is waited for and then seen.
  for no key update of run
), ${childWrites('alive', false)}
select id as "runId" from alive`,
}

/**
 * Writes what running runs did since the last write. Returns the ids of the runs that are still held; a run that is
 * missing has lost its lease (J3). May be repeated after an unanswered try.
 */
export async function recordProgress(
  database: Database,
  runs: readonly RunProgress[],
  now: Date | null,
): Promise<string[]> {
  const rows = await database.query<{ runId: string }>(progressStatement, [now, JSON.stringify(runs)])
  return rows.map((row) => row.runId)
}

/** Edited while it ran, and the edit gives it more to do: it is not over, whatever was decided from the older row. */
const editedToGoOn = `(
  job.version <> (ended.job ->> 'version')::integer and case
    when job.schedule_type = 'recurring' then coalesce(coalesce(job.runs_completed, 0) + 1 < job.max_runs, true)
    else job.next_run_at is not null
  end
)`

/**
 * J11: a cancel request that came too late for the work to hear of it still decides what becomes of the job: a run that fails
 * or is given back is not begun again. A success stands, and so does an outcome that nobody knows.
 */
const cancelWins = `(
    run.cancel_requested_at is not null and input.status <> 'completed'
    and input.problem is distinct from 'outcome_unknown'
  )`

/** What stands on a run that was to be given back, and is not begun again because somebody had asked for its end. */
const cancelledWords = `concat('Cancelled', ' by ' || run.cancel_requested_by, '.')`

const endStatements = { first: endStatement(true), later: endStatement(false) }

function endStatement(first: boolean): Statement {
  return {
    name: first ? 'record_end_first' : 'record_end',
    text: `
with ended as (
  update scheduled_job_runs run
  set status = case when ${cancelWins} then 'cancelled' else input.status end,
    problem = case when ${cancelWins} then 'cancelled' else input.problem end,
    error_message = case when ${cancelWins} and input.problem in ('released', 'snoozed') then ${cancelledWords}
      else input."errorMessage" end,
    logs = input.logs,
    metadata = coalesce(run.metadata, '{}') || input.metadata, records_affected = input."recordsAffected",
    completed_at = greatest(
      run.started_at, coalesce($1::timestamptz, now()) - input."endedAgeMs" * interval '1 millisecond'
    )
  from jsonb_to_recordset($2::jsonb) as input (
    "runId" uuid, "runToken" uuid, "organizationId" uuid, steps jsonb, lines jsonb, datasets jsonb, history jsonb,
    status text, problem text, "endedAgeMs" double precision, "errorMessage" text, logs text, metadata jsonb,
    "recordsAffected" bigint, job jsonb, "ifCancelled" jsonb
  )
  where ${fewRuns} and run.id = input."runId" and run.run_token = input."runToken"
    and run.completed_at is null
  returning run.id, run.scheduled_job_id, run.brand_id, run.status, run.started_at, run.completed_at, run.parameters,
    input."organizationId", input.steps, input.lines, input.datasets, input.history,
    case when ${cancelWins} then input."ifCancelled" else input.job end as job
), job as (
  update scheduled_jobs job
  set current_run_id = null,
    status = case
      when ended.job ->> 'status' = 'active' or job.status = 'archived' or ${editedToGoOn} then job.status
      else ended.job ->> 'status'
    end,
    next_run_at = case
      when ended.job ->> 'status' <> 'active' and not ${editedToGoOn} then null
      -- The edit's plan is for the fires to come; the attempt under way is still repeated when it is to be.
      when job.version <> (ended.job ->> 'version')::integer and ended.job ->> 'nextAttempt' = '1' then job.next_run_at
      else least(job.next_run_at, (ended.job ->> 'nextRunAt')::timestamptz)
    end,
    runs_completed = coalesce(job.runs_completed, 0) + (ended.job ->> 'completedIncrement')::integer,
    next_attempt = (ended.job ->> 'nextAttempt')::integer,
    first_run_id = case when job.continues_run_id is not null then job.first_run_id
      -- With other parameters, what comes next is other work.
      when ended.job ->> 'nextAttempt' <> '1' and ended.parameters = coalesce(job.parameters, '{}')
      then coalesce(job.first_run_id, ended.id) end,
    last_error = ended.job ->> 'lastError',
    last_run_id = ended.id,
    last_run_status = ended.status,
    last_run_finished_at = ended.completed_at,
    last_run_duration_ms = extract(epoch from ended.completed_at - ended.started_at) * 1000,
    updated_at = coalesce($1::timestamptz, now())
  from ended
  where job.id = ended.scheduled_job_id and job.current_run_id = ended.id
  returning job.id, job.next_run_at is null and job.version <> (ended.job ->> 'version')::integer as edited
), ${childWrites('ended', first)}
select id as "runId", scheduled_job_id as "jobId", scheduled_job_id in (select id from job where edited) as edited
from ended`,
  }
}

export interface EndedRun {
  readonly runId: string
  readonly jobId: string
  /** Somebody edited the job while it ran: its next run has to be computed again from the row. */
  readonly edited: boolean
}

/** Ends runs and reschedules their jobs. One that is missing from the answer had lost its lease: nothing was written. */
export async function recordEnd(database: Database, runs: readonly RunEnd[], now: Date | null): Promise<EndedRun[]> {
  const statement = runs.every((run) => run.isFirstWrite) ? endStatements.first : endStatements.later
  return database.query<EndedRun>(statement, [now, JSON.stringify(runs)])
}

const wasRecordedStatement: Statement = {
  name: 'was_recorded',
  text: `
select run.id as "runId"
from scheduled_job_runs run
where run.id = $1::uuid and run.run_token = $2::uuid and run.completed_at is not null
  and (
    run.status = $3::text and run.problem is not distinct from $4::text and run.error_message is not distinct from $5::text
    -- J11: what was sent was overruled by a cancel request.
    or run.status = 'cancelled' and run.problem = 'cancelled' and run.cancel_requested_at is not null
      and run.error_message is not distinct from
        case when $4::text in ('released', 'snoozed') then ${cancelledWords} else $5::text end
  )`,
}

/**
 * Whether the run ended as this end says. Asked after a commit whose answer was lost: the repeated write finds the
 * run ended, and this tells "my own write got through" from "somebody took it away", whatever they made of it.
 */
export async function wasRecorded(database: Database, end: RunEnd): Promise<boolean> {
  const { runId, runToken, status, problem, errorMessage } = end
  const rows = await database.query(wasRecordedStatement, [runId, runToken, status, problem, errorMessage])
  return rows.length > 0
}

const renewStatement: Statement = {
  name: 'renew_leases',
  text: `
update scheduled_job_runs run
set heartbeat_at = coalesce($1::timestamptz, now()),
  lease_expires_at = coalesce($1::timestamptz, now()) + $2::double precision * interval '1 second'
from unnest($3::uuid[], $4::uuid[]) as held (run_id, run_token)
where run.id = held.run_id and run.run_token = held.run_token and run.completed_at is null
returning run.id as "runId", run.cancel_requested_at is not null as "cancelRequested",
  run.cancel_requested_by as "cancelRequestedBy"`,
}

export interface RenewedLease {
  readonly runId: string
  readonly cancelRequested: boolean
  readonly cancelRequestedBy: string | null
}

/** Renews the leases of the given runs (J3). A run that is missing from the answer is lost. Also brings cancel requests (J11). */
export async function renewLeases(
  database: Database,
  held: readonly { runId: string; runToken: string }[],
  leaseSeconds: number,
  now: Date | null,
): Promise<RenewedLease[]> {
  const [ids, tokens] = [held.map(({ runId }) => runId), held.map(({ runToken }) => runToken)]
  return database.query<RenewedLease>(renewStatement, [now, leaseSeconds, ids, tokens])
}

import type { JobStatus, ScheduleType, TriggerSource } from '../../shared/domain.ts'
import { overtaken } from './claim.ts'
import { concurrencyKeyOf } from './concurrency-key.ts'
import type { Database, Statement } from './database.ts'

/** What the rules J5 and J7 need to decide about a job whose run is gone. */
export interface StuckRun {
  readonly runId: string
  /** Null for runs of other programs. */
  readonly runToken: string | null
  readonly jobId: string
  readonly jobStatus: JobStatus
  readonly agentName: string | null
  readonly attempt: number
  readonly maxRetries: number
  readonly scheduleType: ScheduleType
  readonly cronExpression: string | null
  readonly timeZone: string | null
  /** J5: a step marked `retry: never` was running, so nobody knows whether it took effect. */
  readonly outcomeUnknown: boolean
  /** J7: its job has no later run, stuck as well or not. */
  readonly isLatest: boolean
  readonly triggerSource: TriggerSource
  readonly cancelRequested: boolean
}

export interface Recovery {
  readonly runId: string
  readonly jobId: string
  /** `cancelled`: somebody had asked for it, and that is what became of the run (J11). */
  readonly problem: 'agent_lost' | 'outcome_unknown' | 'cancelled'
  readonly errorMessage: string
  /** Null: a later run of the same job decides (J7). */
  readonly reschedule: {
    /** ISO 8601, or null. */
    readonly nextRunAt: string | null
    readonly nextAttempt: number
    readonly lastError: string | null
    /** `active` leaves the job's status alone. */
    readonly jobStatus: JobStatus
  } | null
}

const stuckColumns = `
  run.id as "runId", run.run_token as "runToken", job.id as "jobId", job.status as "jobStatus",
  agent.name as "agentName", run.attempt_number as attempt, coalesce(job.max_retries, 3) as "maxRetries",
  job.schedule_type as "scheduleType", job.cron_expression as "cronExpression", job.time_zone as "timeZone",
  exists (
    select from run_steps step
    where step.run_id = run.id and step.status = 'running' and step.metadata ->> 'retry' = 'never'
  ) as "outcomeUnknown", job.trigger_source as "triggerSource",
  run.cancel_requested_at is not null as "cancelRequested"`

const expiredRuns = (restartGraceSeconds: string): string => `
from scheduled_jobs job
join scheduled_job_runs run on run.id = job.current_run_id
left join agents agent on agent.id = run.agent_id
where job.current_run_id is not null and run.completed_at is null
  and run.lease_expires_at < coalesce($1::timestamptz, now())
  -- After a restart of the server, agents that kept working get a chance to renew first.
  and clock_timestamp() - pg_postmaster_start_time() > ${restartGraceSeconds}::double precision * interval '1 second'`

const expiredStatement: Statement = {
  name: 'list_expired_runs',
  text: `select ${stuckColumns}, true as "isLatest" ${expiredRuns('$2')} limit 200`,
}

/** J7: our runs whose lease has run out. `restartGraceSeconds`: nobody is declared lost so soon after a server start. */
export async function listExpiredRuns(
  database: Database,
  restartGraceSeconds: number,
  now: Date | null,
): Promise<StuckRun[]> {
  return database.query<StuckRun>(expiredStatement, [now, restartGraceSeconds])
}

const foreignStuckRuns = (since: string): string => `
from scheduled_job_runs run
join scheduled_jobs job on job.id = run.scheduled_job_id
left join agents agent on agent.id = run.agent_id
where run.agent_id is null and run.status = 'running' and run.completed_at is null
  and run.started_at < coalesce($1::timestamptz, now()) - interval '30 minutes'
  and run.started_at >= ${since}::timestamptz`

const foreignStatement: Statement = {
  name: 'list_foreign_stuck_runs',
  text: `
select ${stuckColumns}, not exists (
    select from scheduled_job_runs later
    where later.scheduled_job_id = run.scheduled_job_id and (later.started_at, later.id) > (run.started_at, run.id)
      and later.started_at <= coalesce($1::timestamptz, now())
  ) as "isLatest"
${foreignStuckRuns('$2')}
order by run.started_at
limit 200`,
}

/** J7: runs of other programs that have been running for more than 30 minutes; only those started since `since`. */
export async function listForeignStuckRuns(database: Database, since: Date, now: Date | null): Promise<StuckRun[]> {
  return database.query<StuckRun>(foreignStatement, [now, since])
}

/** What becomes of the jobs of the runs in `lost`. */
const rescheduledJobs = `update scheduled_jobs job
  set current_run_id = null,
    status = case
      when lost.reschedule ->> 'jobStatus' = 'active' then job.status else lost.reschedule ->> 'jobStatus'
    end,
    next_run_at = case
      when lost.reschedule ->> 'jobStatus' = 'active'
        then least(job.next_run_at, (lost.reschedule ->> 'nextRunAt')::timestamptz)
    end,
    next_attempt = (lost.reschedule ->> 'nextAttempt')::integer,
    first_run_id = case
      when job.continues_run_id is not null then job.first_run_id
      when lost.reschedule ->> 'nextAttempt' <> '1' and coalesce(lost.parameters, '{}') = coalesce(job.parameters, '{}')
      then coalesce(job.first_run_id, lost.id)
    end,
    last_error = lost.reschedule ->> 'lastError',
    -- What another program ran is read from its runs; here it would stand for ever, however many more follow.
    last_run_id = case when lost.agent_id is null then job.last_run_id else lost.id end,
    last_run_status = case when lost.agent_id is null then job.last_run_status else lost.status end,
    last_run_finished_at = case when lost.agent_id is null then job.last_run_finished_at else lost.completed_at end,
    last_run_duration_ms = case when lost.agent_id is null then job.last_run_duration_ms
      else extract(epoch from lost.completed_at - lost.started_at) * 1000 end,
    updated_at = coalesce($1::timestamptz, now())
  from lost
  where job.id = lost.scheduled_job_id and lost.reschedule is not null and lost.reschedule <> 'null'
    and (job.current_run_id = lost.id or (lost.agent_id is null and job.current_run_id is null))`

const recoverStatement: Statement = {
  name: 'recover_runs',
  text: `
with lost as (
  update scheduled_job_runs run
  set status = case when input.problem = 'cancelled' then 'cancelled' else 'failed' end, problem = input.problem,
    completed_at = coalesce($1::timestamptz, now()),
    error_message = input."errorMessage"
  from jsonb_to_recordset($2::jsonb) as input (
    "runId" uuid, "jobId" uuid, problem text, "errorMessage" text, reschedule jsonb
  )
  where run.id = input."runId" and run.completed_at is null
    -- Renewed since it was listed: then it is not lost.
    and (run.lease_expires_at < coalesce($1::timestamptz, now()) or run.agent_id is null)
  returning run.id, run.scheduled_job_id, run.agent_id, run.brand_id, run.status, run.started_at, run.completed_at,
    run.parameters, input.reschedule, input."errorMessage"
), job as (
  ${rescheduledJobs}
), open_steps as (
  update run_steps step
  set status = case when lost.status = 'cancelled' then 'cancelled' else 'unknown' end,
    completed_at = lost.completed_at, error_message = lost."errorMessage"
  from lost
  where step.run_id = lost.id and step.status = 'running'
), datasets as (
  -- F4: a lost lease leaves the datasets it was refreshing as failed, a cancelled run unknown; last success is not touched.
  update dataset_status status
  set last_status = case when lost.status = 'cancelled' then 'unknown' else 'failed' end, last_attempt_at = greatest(status.last_attempt_at, lost.completed_at), error_message = lost."errorMessage"
  from lost
  join run_steps step on step.run_id = lost.id
  where status.brand_id = lost.brand_id and status.dataset_key = step.dataset_key
    and status.last_run_id = lost.id and status.last_status = 'running'
  returning lost.id as run_id, step.position, status.brand_id, status.dataset_key, status.last_status,
    lost.completed_at, lost."errorMessage"
), history as (
  insert into dataset_status_history (
    run_id, step_position, brand_id, dataset_key, happened_at, status, error_message
  )
  select run_id, position, brand_id, dataset_key, completed_at, last_status, "errorMessage" from datasets
  on conflict do nothing
)
select id as "runId" from lost`,
}

/** Ends the given stuck runs and reschedules their jobs, in one statement. Returns those that were still stuck. */
export async function recoverRuns(
  database: Database,
  recoveries: readonly Recovery[],
  now: Date | null,
): Promise<string[]> {
  const rows = await database.query<{ runId: string }>(recoverStatement, [now, JSON.stringify(recoveries)])
  return rows.map((row) => row.runId)
}

const endedStatement: Statement = {
  name: 'list_runs_failed_by_hand',
  text: `
select ${stuckColumns}, true as "isLatest", run.error_message as "errorMessage"
from scheduled_jobs job
join scheduled_job_runs run on run.id = job.current_run_id
left join agents agent on agent.id = run.agent_id
where job.current_run_id is not null and run.status = 'failed' and isfinite(run.completed_at) and isfinite(run.started_at)
limit 200`,
}

/** Runs of ours that somebody ended as failed with plain SQL, as an older worker does after 30 minutes; their jobs are still held. */
export async function listRunsFailedByHand(
  database: Database,
): Promise<(StuckRun & { readonly errorMessage: string | null })[]> {
  return database.query(endedStatement, [])
}

const rescheduleEndedStatement: Statement = {
  name: 'reschedule_after_runs_failed_by_hand',
  text: `
with lost as (
  select run.id, run.scheduled_job_id, run.agent_id, run.status, run.started_at, run.completed_at, run.parameters, input.reschedule
  from jsonb_to_recordset($2::jsonb) as input ("runId" uuid, reschedule jsonb)
  join scheduled_job_runs run on run.id = input."runId"
  where run.status = 'failed' and run.completed_at is not null
)
${rescheduledJobs}
returning job.id as "jobId"`,
}

/** J5: their jobs go on as after any failure. Returns the ids of the jobs that were still held. */
export async function rescheduleAfter(
  database: Database,
  recoveries: readonly Pick<Recovery, 'runId' | 'reschedule'>[],
  now: Date | null,
): Promise<string[]> {
  const rows = await database.query<{ jobId: string }>(rescheduleEndedStatement, [now, JSON.stringify(recoveries)])
  return rows.map((row) => row.jobId)
}

const releaseOrphansStatement: Statement = {
  name: 'release_orphaned_jobs',
  text: `
update scheduled_jobs job
set current_run_id = null,
  next_run_at = case when job.status = 'active' then coalesce(job.next_run_at, coalesce($1::timestamptz, now())) end
where job.current_run_id is not null
  and not exists (
    select from scheduled_job_runs run where run.id = job.current_run_id and run.completed_at is null
  )
returning job.id as "jobId"`,
}

/**
 * Frees jobs whose run was deleted or otherwise ended by hand with plain SQL; they would hold their concurrency key for ever.
 * Our own statements always change both rows together, so none of ours is ever seen here.
 */
export async function releaseOrphanedJobs(database: Database, now: Date | null): Promise<string[]> {
  const rows = await database.query<{ jobId: string }>(releaseOrphansStatement, [now])
  return rows.map((row) => row.jobId)
}

/** A due job that its policies say to skip rather than to run (J10), or one that lacks its next run. */
export interface UnplannedJob {
  readonly jobId: string
  readonly version: number
  readonly reason: 'missed' | 'overlap' | 'unplanned'
  readonly nextRunAt: Date | null
  readonly cronExpression: string | null
  readonly timeZone: string | null
}

const skippableJobs = (jobTypes: string): string => `
from (values (3::smallint), (2::smallint), (1::smallint), (0::smallint)) as level (priority)
join scheduled_jobs j on j.priority = level.priority
where j.status = 'active' and j.schedule_type = 'recurring'
  and j.next_run_at <= coalesce($1::timestamptz, now())
  and j.job_type = any (${jobTypes}::text[])
  and coalesce(j.next_attempt, 1) = 1
  and (
    (j.catch_up_policy = 'skip' and j.next_run_at <= coalesce($1::timestamptz, now()) - interval '1 minute')
    or ${overtaken('j')}
    or (j.overlap_policy = 'skip' and exists (
      select from scheduled_jobs busy
      where ${concurrencyKeyOf('busy')} = ${concurrencyKeyOf('j')} and busy.current_run_id is not null
    ))
  )`

const skippableStatement: Statement = {
  name: 'list_skippable_jobs',
  text: `
select j.id as "jobId", j.version, j.next_run_at as "nextRunAt", j.cron_expression as "cronExpression",
  j.time_zone as "timeZone",
  case when j.catch_up_policy = 'skip' and j.next_run_at <= coalesce($1::timestamptz, now()) - interval '1 minute'
    then 'missed' else 'overlap' end as reason
${skippableJobs('$2')}
limit 200`,
}

/** J10: due jobs that are to be skipped: missed with catch-up `skip`, or overtaken by a busy key with overlap `skip`. */
export async function listSkippableJobs(
  database: Database,
  jobTypes: readonly string[],
  now: Date | null,
): Promise<UnplannedJob[]> {
  return database.query<UnplannedJob>(skippableStatement, [now, jobTypes])
}

const unplannedJobs = (jobTypes: string): string => `
from scheduled_jobs j
where j.status = 'active' and j.schedule_type = 'recurring' and j.next_run_at is null and j.current_run_id is null
  and j.job_type = any (${jobTypes}::text[])
  and not exists (
    select from scheduled_job_runs run where run.scheduled_job_id = j.id and run.status = 'running'
  )`

const unplannedStatement: Statement = {
  name: 'list_unplanned_jobs',
  text: `
select j.id as "jobId", j.version, null::timestamptz as "nextRunAt", j.cron_expression as "cronExpression",
  j.time_zone as "timeZone", 'unplanned' as reason
${unplannedJobs('$1')} and j.id > $2::uuid
order by j.id
limit 500`,
}

const beforeAllIds = '00000000-0000-0000-0000-000000000000'

/**
 * Recurring jobs of our types that nobody gave a next run: rows by other programs, or an edit whose author died. Up to 500
 * at a time, by id; `after` is the last id of the batch before, null for the first one.
 */
export async function listUnplannedJobs(
  database: Database,
  jobTypes: readonly string[],
  after: string | null,
): Promise<UnplannedJob[]> {
  return database.query<UnplannedJob>(unplannedStatement, [jobTypes, after ?? beforeAllIds])
}

const anythingStatement: Statement = {
  name: 'is_anything_to_recover',
  text: `
select exists (select ${expiredRuns('$2')}) or exists (select ${foreignStuckRuns('$3')})
  or exists (select ${skippableJobs('$4')})
  or exists (select ${unplannedJobs('$4')} and j.id <> all ($5::uuid[])) as found`,
}

/**
 * Whether one of the four lists above has something in it: one question for an agent that has nothing to do. `unplannable`: ids of jobs
 * that lack their next run because nobody can compute one.
 */
export async function isAnythingToRecover(
  database: Database,
  about: {
    readonly restartGraceSeconds: number
    readonly since: Date
    readonly jobTypes: readonly string[]
    readonly unplannable: readonly string[]
  },
  now: Date | null,
): Promise<boolean> {
  const { restartGraceSeconds, since, jobTypes, unplannable } = about
  const values = [now, restartGraceSeconds, since, jobTypes, unplannable]
  const [row] = await database.query<{ found: boolean }>(anythingStatement, values)
  return row?.found === true
}

const planStatement: Statement = {
  name: 'plan_job',
  text: `
update scheduled_jobs j
set next_run_at = $3::timestamptz, last_error = coalesce($4::text, j.last_error),
  -- A fire, whatever attempt was planned before. What other programs run is counted from its runs (J4).
  next_attempt = case when $3::timestamptz is not null and j.next_attempt is not null then 1 else j.next_attempt end
where j.id = $1::uuid and j.version = $2::integer and j.current_run_id is null and j.status = 'active'
  and (j.next_run_at is null or $5::timestamptz is not null)
  -- Dates carry milliseconds, the column microseconds.
  and (j.next_run_at is null or date_trunc('milliseconds', j.next_run_at) = $5::timestamptz)
  and (j.next_run_at is distinct from $3::timestamptz or j.last_error is distinct from coalesce($4::text, j.last_error))
returning j.id`,
}

/** Gives an unplanned or skipped job its next run, unless it was edited, claimed or planned in the meantime. */
export async function planJob(
  database: Database,
  job: Pick<UnplannedJob, 'jobId' | 'version' | 'nextRunAt'>,
  nextRunAt: Date | null,
  lastError: string | null,
): Promise<boolean> {
  const rows = await database.query(planStatement, [job.jobId, job.version, nextRunAt, lastError, job.nextRunAt])
  return rows.length > 0
}

import type {
  CatchUpPolicy,
  JobStatus,
  JsonObject,
  OverlapPolicy,
  RunStatus,
  ScheduleType,
  TriggerSource,
} from '../../shared/domain.ts'
import { concurrencyKeyOf } from './concurrency-key.ts'
import type { Database, Statement } from './database.ts'

/** What a job is at the moment. `dead` (J5): active, but nothing runs, nothing is planned, and the last run failed. */
export type JobState = JobStatus | 'dead' | 'running'

export interface Job {
  readonly id: string
  /** The job type where another program gave no name. */
  readonly name: string
  readonly jobType: string
  /** Null for platform-level jobs. */
  readonly brandId: string | null
  readonly brandName: string | null
  readonly organizationId: string | null
  readonly scheduleType: ScheduleType
  readonly cronExpression: string | null
  readonly timeZone: string | null
  /** What a person chose. */
  readonly status: JobStatus
  readonly state: JobState
  /** Null also for what no calendar has ('infinity'). */
  readonly nextRunAt: Date | null
  readonly parameters: JsonObject
  /** 0 low, 1 normal, 2 high, 3 urgent. */
  readonly priority: number
  readonly concurrencyKey: string
  readonly overlapPolicy: OverlapPolicy
  readonly catchUpPolicy: CatchUpPolicy
  readonly maxRetries: number
  readonly nextAttempt: number | null
  readonly lastError: string | null
  readonly currentRunId: string | null
  readonly lastRunId: string | null
  readonly lastRunStatus: RunStatus | null
  readonly lastRunFinishedAt: Date | null
  readonly lastRunDurationMs: number | null
  readonly triggerSource: TriggerSource
  readonly requestedBy: string | null
  readonly version: number
  readonly createdAt: Date | null
  readonly updatedAt: Date | null
  /** Of the database, when the row was read. */
  readonly asOf: Date
}

/** A timestamp as pg can read it: other programs may write `infinity` or the year 290000 (bad input 26). */
const finite = (column: string): string =>
  `case when ${column} between '0001-01-01 00:00+00' and '9999-12-31 00:00+00' then ${column} end`

/** Runs of other programs do not show on the job; there are few of them at any time, so they are read once. */
const foreignRunning = `
foreign_running as materialized (
  select distinct on (run.scheduled_job_id) run.scheduled_job_id, run.id
  from scheduled_job_runs run
  where run.agent_id is null and run.status = 'running' and run.completed_at is null
  order by run.scheduled_job_id, run.started_at desc
)`

/** The last run of a job that no agent of ours has run yet. */
const lastForeignRun = `
left join lateral (
  select run.id, run.status, run.completed_at,
    extract(epoch from run.completed_at - run.started_at) * 1000 as duration_ms
  from scheduled_job_runs run
  where run.scheduled_job_id = j.id and run.completed_at is not null
  order by run.started_at desc, run.id desc
  limit 1
) last on j.last_run_id is null`

/** Asked for every job of a list, so the runs are looked at only where the columns do not say it. */
const state = `
case
  when coalesce(j.current_run_id, busy.id) is not null then 'running'
  when j.status = 'active' and j.next_run_at is null and coalesce(j.last_run_status, (
    select run.status from scheduled_job_runs run
    where run.scheduled_job_id = j.id and run.completed_at is not null
    order by run.started_at desc, run.id desc
    limit 1
  )) = 'failed' then 'dead'
  else j.status
end`

const columns = `
  j.id, coalesce(nullif(btrim(j.name), ''), j.job_type) as name, j.job_type as "jobType", j.brand_id as "brandId", brand.name as "brandName",
  brand.organization_id as "organizationId", j.schedule_type as "scheduleType",
  j.cron_expression as "cronExpression", j.time_zone as "timeZone", j.status, ${state} as state,
  ${finite('j.next_run_at')} as "nextRunAt", coalesce(j.parameters, '{}') as parameters, j.priority,
  ${concurrencyKeyOf('j')} as "concurrencyKey", j.overlap_policy as "overlapPolicy",
  j.catch_up_policy as "catchUpPolicy", coalesce(j.max_retries, 3) as "maxRetries", j.next_attempt as "nextAttempt",
  j.last_error as "lastError", coalesce(j.current_run_id, busy.id) as "currentRunId",
  coalesce(j.last_run_id, last.id) as "lastRunId", coalesce(j.last_run_status, last.status) as "lastRunStatus",
  coalesce(j.last_run_finished_at, last.completed_at) as "lastRunFinishedAt",
  coalesce(j.last_run_duration_ms, last.duration_ms)::double precision as "lastRunDurationMs",
  j.trigger_source as "triggerSource", j.requested_by as "requestedBy", j.version,
  ${finite('j.created_at')} as "createdAt", ${finite('j.updated_at')} as "updatedAt", now() as "asOf"`

const source = `
from scheduled_jobs j
left join brands brand on brand.id = j.brand_id
left join foreign_running busy on busy.scheduled_job_id = j.id
${lastForeignRun}`

export interface JobFilter {
  readonly brandId: string | null
  readonly jobType: string | null
  /** `all` never shows archived jobs (J12). */
  readonly state: JobState | 'all'
  /** 1 to 500; clamped (bad input 30). */
  readonly limit: number
}

const worstFirst = `
case page.state when 'dead' then 0 when 'running' then 1 when 'active' then 2 when 'paused' then 3 else 4 end,
  page.next_run_at nulls last, page.id`

const listStatement: Statement = {
  name: 'list_jobs',
  text: `
with ${foreignRunning}, page as materialized (
  select * from (
    select j.id, j.next_run_at, j.status, ${state} as state
    from scheduled_jobs j
    left join foreign_running busy on busy.scheduled_job_id = j.id
    where ($1::uuid is null or j.brand_id = $1::uuid) and ($2::text is null or j.job_type = $2::text)
      and (j.status = 'archived') = ($3::text = 'archived')
  ) page
  where $3::text = 'all' or ($3::text in ('dead', 'running') and page.state = $3::text)
    or ($3::text in ('active', 'paused', 'completed', 'archived') and page.status = $3::text)
  order by ${worstFirst}
  limit least(greatest($4::integer, 1), 500)
)
select ${columns}
from page
join scheduled_jobs j on j.id = page.id
left join brands brand on brand.id = j.brand_id
left join foreign_running busy on busy.scheduled_job_id = j.id
${lastForeignRun}
order by ${worstFirst}`,
}

/** Jobs with what is known of their last run, those that need a person first. */
export async function listJobs(database: Database, filter: JobFilter): Promise<Job[]> {
  return database.query<Job>(listStatement, [filter.brandId, filter.jobType, filter.state, filter.limit])
}

const findStatement: Statement = {
  name: 'find_jobs',
  text: `
with ${foreignRunning}
select ${columns}
${source}
where ($1::uuid is null or j.brand_id = $1::uuid)
  and (($2::text <> '' and (starts_with(j.id::text, $2::text) or right(j.id::text, length($2::text)) = $2::text))
    or ($3::text <> '' and j.name = $3::text))
order by j.status = 'archived', j.created_at desc, j.id
limit 20`,
}

/**
 * Jobs whose id begins or ends with `idPart` (lower case hexadecimal; empty = none), or with exactly this name (empty = none); those that
 * are not archived first; at most 20.
 */
export async function findJobs(
  database: Database,
  wanted: { idPart: string; name: string; brandId: string | null },
): Promise<Job[]> {
  return database.query<Job>(findStatement, [wanted.brandId, wanted.idPart, wanted.name])
}

const lockStatement: Statement = {
  name: 'lock_job',
  text: `select id from scheduled_jobs where id = $1::uuid for no key update`,
}

const getStatement: Statement = {
  name: 'get_job',
  text: `
with ${foreignRunning}
select ${columns}
${source}
where j.id = $1::uuid`,
}

/**
 * The job, held against claims and edits until the end of the transaction; null = there is none. Two statements: after
 * waiting for the lock, the second sees what the one before us has written.
 */
export async function lockJob(database: Database, jobId: string): Promise<Job | null> {
  await database.query(lockStatement, [jobId])
  const [row] = await database.query<Job>(getStatement, [jobId])
  return row ?? null
}

const lockKeyStatement: Statement = {
  name: 'lock_recurring_key',
  text: `select pg_advisory_xact_lock(hashtextextended('recurring job ' || $1::text || ' ' || $2::text, 0))`,
}

const recurringStatement: Statement = {
  name: 'list_recurring_jobs',
  text: `
with ${foreignRunning}
select ${columns}
${source}
where j.brand_id is not distinct from $1::uuid and j.job_type = $2::text and j.schedule_type = 'recurring'
  and j.status in ('active', 'paused')
order by j.created_at, j.id`,
}

/** The recurring jobs of (brand, job type) that are not over, held so that two callers cannot both find none (J12). */
export async function lockRecurringJobs(database: Database, brandId: string | null, jobType: string): Promise<Job[]> {
  await database.query(lockKeyStatement, [brandId ?? 'platform', jobType])
  return database.query<Job>(recurringStatement, [brandId, jobType])
}

export interface NewJob {
  readonly brandId: string | null
  readonly name: string
  readonly jobType: string
  readonly scheduleType: ScheduleType
  readonly cronExpression: string | null
  readonly timeZone: string | null
  /** Null = due at once, by the database clock. */
  readonly nextRunAt: Date | null
  readonly parameters: JsonObject
  readonly priority: number
  readonly triggerSource: TriggerSource
  readonly requestedBy: string | null
}

const insertStatement: Statement = {
  name: 'insert_job',
  text: `
insert into scheduled_jobs (
  brand_id, name, job_type, schedule_type, cron_expression, time_zone, next_run_at, status, parameters, priority,
  trigger_source, requested_by
)
values ($1::uuid, $2::text, $3::text, $4::text, $5::text, $6::text, coalesce($7::timestamptz, now()), 'active',
  $8::jsonb, $9::smallint, $10::text, $11::text)
returning id`,
}

/** Returns the id. */
export async function insertJob(database: Database, job: NewJob): Promise<string> {
  const [row] = await database.query<{ id: string }>(insertStatement, [
    job.brandId,
    job.name,
    job.jobType,
    job.scheduleType,
    job.cronExpression,
    job.timeZone,
    job.nextRunAt,
    JSON.stringify(job.parameters),
    job.priority,
    job.triggerSource,
    job.requestedBy,
  ])
  if (row === undefined) throw new Error('insert_job returned no row')
  return row.id
}

export interface JobSchedule {
  readonly name: string
  readonly cronExpression: string
  readonly timeZone: string
  readonly nextRunAt: Date | null
  readonly parameters: JsonObject
  readonly priority: number
}

const rescheduleStatement: Statement = {
  name: 'reschedule_job',
  text: `
update scheduled_jobs
set name = $2::text, cron_expression = $3::text, time_zone = $4::text, next_run_at = $5::timestamptz,
  parameters = $6::jsonb, priority = $7::smallint, version = version + 1, updated_at = now()
where id = $1::uuid`,
}

/** An edit: the version grows, so that a run in progress leaves the new plan alone. Call it with the job held. */
export async function rescheduleJob(database: Database, jobId: string, schedule: JobSchedule): Promise<void> {
  const { name, cronExpression, timeZone, nextRunAt, parameters, priority } = schedule
  const values = [jobId, name, cronExpression, timeZone, nextRunAt, JSON.stringify(parameters), priority]
  await database.query(rescheduleStatement, values)
}

const statusStatement: Statement = {
  name: 'set_job_status',
  text: `
update scheduled_jobs
set status = $2::text, next_run_at = $3::timestamptz, next_attempt = $4::integer, updated_at = now()
where id = $1::uuid`,
}

/** What a person decided. Call it with the job held; the plan is computed by the caller. */
export async function setJobStatus(
  database: Database,
  jobId: string,
  change: { status: JobStatus; nextRunAt: Date | null; nextAttempt: number | null },
): Promise<void> {
  await database.query(statusStatement, [jobId, change.status, change.nextRunAt, change.nextAttempt])
}

export interface BusyKey {
  readonly runId: string
  readonly jobName: string
  readonly jobType: string
  readonly startedAt: Date
}

const busyStatement: Statement = {
  name: 'find_busy_key',
  text: `
select run.id as "runId", j.name as "jobName", j.job_type as "jobType", run.started_at as "startedAt"
from scheduled_jobs j
join scheduled_job_runs run on run.id = j.current_run_id
where ${concurrencyKeyOf('j')} = $1::text and j.current_run_id is not null`,
}

/** The run that holds a concurrency key now; null = it is free. */
export async function findBusyKey(database: Database, concurrencyKey: string): Promise<BusyKey | null> {
  const [row] = await database.query<BusyKey>(busyStatement, [concurrencyKey])
  return row ?? null
}

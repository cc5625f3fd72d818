import type {
  CatchUpPolicy,
  JobStatus,
  JsonObject,
  LastResult,
  OverlapPolicy,
  ScheduleType,
  TriggerSource,
} from '../../shared/domain.ts'
import { askedFor } from '../../shared/retry.ts'
import { concurrencyKeyOf } from './concurrency-key.ts'
import type { Database, Statement } from './database.ts'
import {
  foreignRunning,
  type Job,
  type JobState,
  jobColumns,
  jobState,
  lastForeignRun,
  lastResult,
  listedJobs,
  singleJobs,
} from './job-columns.ts'

export type { Job, JobState } from './job-columns.ts'

export interface JobFilter {
  readonly brandId: string | null
  /** Only of these, where no brand is named; null or absent = all. */
  readonly brandIds?: readonly string[] | null
  readonly jobType: string | null
  /** `all` never shows archived jobs (J12). */
  readonly state: JobState | 'all'
  /** Null = all. */
  readonly lastResult?: LastResult | null
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
    select j.id, j.next_run_at, j.status, ${jobState} as state
    from scheduled_jobs j
    left join foreign_running busy on busy.scheduled_job_id = j.id
    where ($1::uuid[] is null or j.brand_id = any ($1::uuid[])) and ($2::text is null or j.job_type = $2::text)
      and (j.status = 'archived') = ($3::text = 'archived')
      and ($5::text is null or ${lastResult} = $5::text)
  ) page
  where $3::text = 'all' or ($3::text in ('dead', 'running') and page.state = $3::text)
    or ($3::text in ('active', 'paused', 'completed', 'archived') and page.status = $3::text)
  order by ${worstFirst}
  limit least(greatest($4::integer, 1), 500)
)
select ${jobColumns()}
from page
join scheduled_jobs j on j.id = page.id
left join brands brand on brand.id = j.brand_id
left join foreign_running busy on busy.scheduled_job_id = j.id
${lastForeignRun}
order by ${worstFirst}`,
}

/** Jobs with what is known of their last run, those that need a person first. */
export async function listJobs(database: Database, filter: JobFilter): Promise<Job[]> {
  const { brandId, brandIds = null, jobType, state, lastResult: last = null, limit } = filter
  return database.query<Job>(listStatement, [brandId === null ? brandIds : [brandId], jobType, state, limit, last])
}

const findStatement: Statement = {
  name: 'find_jobs',
  text: `
with ${foreignRunning}
select ${jobColumns()}
${listedJobs}
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
select ${jobColumns()}
${singleJobs}
where j.id = $1::uuid`,
}

/** Null = there is none. */
export async function getJob(database: Database, jobId: string): Promise<Job | null> {
  const [row] = await database.query<Job>(getStatement, [jobId])
  return row ?? null
}

const getManyStatement: Statement = {
  name: 'get_jobs',
  text: `
select ${jobColumns()}
${singleJobs}
where j.id = any ($1::uuid[])`,
}

/** The given jobs, in no order; those that do not exist are left out. */
export async function getJobs(database: Database, jobIds: readonly string[]): Promise<Job[]> {
  return database.query<Job>(getManyStatement, [jobIds])
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
select ${jobColumns()}
${singleJobs}
where j.brand_id is not distinct from $1::uuid and j.job_type = $2::text and j.schedule_type = 'recurring'
  and j.status in ('active', 'paused')
order by j.created_at, j.id`,
}

/** The recurring jobs of (brand, job type) that are not over, held so that two callers cannot both find none (J12). */
export async function lockRecurringJobs(database: Database, brandId: string | null, jobType: string): Promise<Job[]> {
  await database.query(lockKeyStatement, [brandId ?? 'platform', jobType])
  return database.query<Job>(recurringStatement, [brandId, jobType])
}

/** J10 and the like: how a job behaves. Null or absent = the default of the column. */
export interface JobRules {
  readonly overlapPolicy?: OverlapPolicy | undefined
  readonly catchUpPolicy?: CatchUpPolicy | undefined
  readonly maxRetries?: number | undefined
  readonly alertAfter?: number | undefined
  /** Null = the job type's own limit. */
  readonly timeoutMinutes?: number | null | undefined
  /** Null = the usual one, of brand and job type. */
  readonly concurrencyKey?: string | null | undefined
}

export interface NewJob extends JobRules {
  /** Chosen by whoever may ask twice; absent = a new one. */
  readonly id?: string | undefined
  readonly brandId: string | null
  /** What another program calls a product; null or absent = for none. */
  readonly productId?: string | null | undefined
  /** The job whose work it does once more: its retries, time limit, product and concurrency key hold where nothing else is said, and its zone if it is a one-time job. */
  readonly likeJobId?: string | null | undefined
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
  /** The run that it goes on with, at which step, and the run that the work of that one began with. Absent = it begins at the beginning. */
  readonly continues?: { readonly runId: string; readonly atStep: string; readonly firstRunId: string } | undefined
}

const insertStatement: Statement = {
  name: 'insert_job',
  text: `
insert into scheduled_jobs (
  id, brand_id, name, job_type, schedule_type, cron_expression, time_zone, next_run_at, status, parameters, priority,
  trigger_source, requested_by, overlap_policy, catch_up_policy, max_retries, timeout_minutes, product_id,
  concurrency_key, continues_run_id, continues_at_step, first_run_id, next_attempt, alert_after
)
select coalesce($1::uuid, gen_random_uuid()), $2::uuid, $3::text, $4::text, $5::text, $6::text,
  coalesce($7::text, case when $5::text = 'one_time' then alike.time_zone end),
  coalesce($8::timestamptz, now()), 'active', $9::jsonb, $10::smallint, $11::text, $12::text,
  coalesce($13::text, 'queue'), coalesce($14::text, 'latest'), coalesce($15::integer, alike.max_retries, 3),
  coalesce($16::integer, alike.timeout_minutes), coalesce($17::uuid, alike.product_id), coalesce($19::text, alike.concurrency_key),
  $20::uuid, $21::text, $22::uuid, case when $20::uuid is not null then ${askedFor} end, $23::integer
from (values ($18::uuid)) as asked (like_id)
left join scheduled_jobs alike on alike.id = asked.like_id
on conflict (id) do nothing
returning id`,
}

/** Returns the id; null = there is a job with this id already, and nothing was written. */
export async function insertJob(database: Database, job: NewJob): Promise<string | null> {
  const [row] = await database.query<{ id: string }>(insertStatement, [
    job.id ?? null,
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
    job.overlapPolicy ?? null,
    job.catchUpPolicy ?? null,
    job.maxRetries ?? null,
    job.timeoutMinutes ?? null,
    job.productId ?? null,
    job.likeJobId ?? null,
    job.concurrencyKey ?? null,
    job.continues?.runId ?? null,
    job.continues?.atStep ?? null,
    job.continues?.firstRunId ?? null,
    job.alertAfter ?? null,
  ])
  return row?.id ?? null
}

export interface JobSchedule
  extends Pick<
    Job,
    'overlapPolicy' | 'catchUpPolicy' | 'maxRetries' | 'alertAfter' | 'timeoutMinutes' | 'ownConcurrencyKey'
  > {
  readonly name: string
  /** As it was where another program wrote one that cannot be read. */
  readonly cronExpression: string | null
  readonly timeZone: string | null
  readonly nextRunAt: Date | null
  /** 1 where the next run is a fire of the cadence; null where the runs of another program tell. */
  readonly nextAttempt: number | null
  readonly parameters: JsonObject
  readonly priority: number
}

const rescheduleStatement: Statement = {
  name: 'reschedule_job',
  text: `
update scheduled_jobs
set name = $2::text, cron_expression = $3::text, time_zone = $4::text, next_run_at = $5::timestamptz,
  parameters = $6::jsonb, priority = $7::smallint, overlap_policy = $8::text, catch_up_policy = $9::text,
  max_retries = $10::integer, timeout_minutes = $11::integer, next_attempt = $12::integer,
  concurrency_key = $13::text, alert_after = $14::integer,
  -- A retry with other parameters is other work. A run in progress settles that when it ends.
  first_run_id = case
    when current_run_id is not null or $12::integer is distinct from 1 and parameters = $6::jsonb then first_run_id
  end,
  version = version + 1, updated_at = now()
where id = $1::uuid`,
}

/** An edit: the version grows, so that a run in progress leaves the new plan alone. Call it with the job held, and its key only while it does not run. */
export async function rescheduleJob(database: Database, jobId: string, schedule: JobSchedule): Promise<void> {
  await database.query(rescheduleStatement, [
    jobId,
    schedule.name,
    schedule.cronExpression,
    schedule.timeZone,
    schedule.nextRunAt,
    JSON.stringify(schedule.parameters),
    schedule.priority,
    schedule.overlapPolicy,
    schedule.catchUpPolicy,
    schedule.maxRetries,
    schedule.timeoutMinutes,
    schedule.nextAttempt,
    schedule.ownConcurrencyKey,
    schedule.alertAfter,
  ])
}

const statusStatement: Statement = {
  name: 'set_job_status',
  text: `
update scheduled_jobs
set status = $2::text, next_run_at = $3::timestamptz, next_attempt = $4::integer,
  first_run_id = case
    when current_run_id is not null or continues_run_id is not null or $5::boolean then first_run_id
  end, updated_at = now()
where id = $1::uuid`,
}

export interface StatusChange {
  readonly status: JobStatus
  readonly nextRunAt: Date | null
  readonly nextAttempt: number | null
  /** The next run is what was planned before, an attempt at earlier work included; false = it begins anew. */
  readonly keepsWork: boolean
}

/** What a person decided. Call it with the job held; the plan is computed by the caller. */
export async function setJobStatus(database: Database, jobId: string, change: StatusChange): Promise<void> {
  const { status, nextRunAt, nextAttempt, keepsWork } = change
  await database.query(statusStatement, [jobId, status, nextRunAt, nextAttempt, keepsWork])
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
where ${concurrencyKeyOf('j')} = $2::text and j.current_run_id is not null and j.id <> $1::uuid`,
}

/**
 * The run of another job that holds the concurrency key of this job now; null = nobody else holds it. Its own run does not count:
 * an agent may have claimed the job before anybody asks.
 */
export async function findBusyKey(
  database: Database,
  { id, concurrencyKey }: Pick<Job, 'id' | 'concurrencyKey'>,
): Promise<BusyKey | null> {
  const [row] = await database.query<BusyKey>(busyStatement, [id, concurrencyKey])
  return row ?? null
}

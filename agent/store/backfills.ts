import type { JsonObject } from '../../shared/domain.ts'
import type { Database, Statement } from './database.ts'

/** How many of its runs stand where. Together as many as `runs`. */
export interface BackfillProgress {
  /** Completed, with warnings or without, or found done by a person; housekeeping changes none of these counts. */
  readonly done: number
  /** Failed for good: nothing is planned for them. */
  readonly failed: number
  readonly running: number
  /** Not begun, or waiting for another attempt. */
  readonly waiting: number
  /** Called off, or put away without having completed. */
  readonly cancelled: number
}

export interface Backfill extends BackfillProgress {
  readonly id: string
  readonly organizationId: string
  readonly brandId: string
  readonly brandName: string
  readonly jobType: string
  /** Days, both included. */
  readonly firstDay: string
  readonly lastDay: string
  readonly daysPerRun: number
  readonly newestFirst: boolean
  readonly onlyMissing: boolean
  /** It has a concurrency key of its own. */
  readonly isBeside: boolean
  /** How many were made. */
  readonly runs: number
  /** Those that say no days. */
  readonly parameters: JsonObject
  readonly requestedBy: string
  readonly createdAt: Date
  readonly cancelledAt: Date | null
  readonly cancelledBy: string | null
  /** When the last of its runs ended; null = none has. */
  readonly lastEndedAt: Date | null
  /** Of the database, when the row was read. */
  readonly asOf: Date
}

/** Where the job stands that is one run of a backfill. What a person has found done (J5) is done. */
export const standing = `
case
  when job.current_run_id is not null then 'running'
  when job.status in ('archived', 'completed') then case
    when job.last_run_status = 'completed' then 'done'
    when exists (select from scheduled_job_runs last where last.id = job.last_run_id and last.decision ->> 'outcome' = 'done') then 'done'
    else 'cancelled' end
  when job.next_run_at is null and job.last_run_status = 'failed' then 'failed'
  else 'waiting'
end`

/** Remembers of jobs that housekeeping removes how many had not been done. `removed`: a question for backfill_id and cancelled. */
export const countRemoved = (removed: string): string => `
  update backfills backfill set removed_cancelled = backfill.removed_cancelled + removed.cancelled
  from (${removed}) removed
  where backfill.id = removed.backfill_id`

const columns = `
  backfill.id, backfill.organization_id as "organizationId", backfill.brand_id as "brandId", brand.name as "brandName",
  backfill.job_type as "jobType", backfill.first_day::text as "firstDay", backfill.last_day::text as "lastDay",
  backfill.days_per_run as "daysPerRun", backfill.newest_first as "newestFirst", backfill.only_missing as "onlyMissing",
  backfill.is_beside as "isBeside", backfill.runs, backfill.parameters, backfill.requested_by as "requestedBy",
  backfill.created_at as "createdAt", backfill.cancelled_at as "cancelledAt", backfill.cancelled_by as "cancelledBy",
  progress.done + backfill.runs - backfill.removed_cancelled - progress.kept as done, progress.failed, progress.running, progress.waiting,
  progress.cancelled + backfill.removed_cancelled as cancelled, progress."lastEndedAt", now() as "asOf"`

const source = `
from backfills backfill
join brands brand on brand.id = backfill.brand_id
cross join lateral (
  select count(*) as kept, count(*) filter (where standing = 'done') as done, count(*) filter (where standing = 'failed') as failed,
    count(*) filter (where standing = 'running') as running, count(*) filter (where standing = 'waiting') as waiting,
    count(*) filter (where standing = 'cancelled') as cancelled, max(ended_at) as "lastEndedAt"
  from (
    select ${standing} as standing, job.last_run_finished_at as ended_at
    from scheduled_jobs job where job.backfill_id = backfill.id
  ) one
) progress`

/** How long backfills that are over are listed, days. */
export const listedDays = 30

const listStatement: Statement = {
  name: 'list_backfills',
  text: `
select ${columns}
${source}
where ($1::uuid is null or backfill.organization_id = $1::uuid) and ($2::uuid is null or backfill.brand_id = $2::uuid)
  and (progress.running + progress.waiting > 0
    or greatest(backfill.created_at, backfill.cancelled_at, progress."lastEndedAt") > now() - interval '${listedDays} days')
order by progress.running + progress.waiting > 0 desc, backfill.created_at desc, backfill.id
limit 200`,
}

/** Those under way first, then those over since at most 30 days; of each the newest first, 200 at most. Null = of all. */
export async function listBackfills(
  database: Database,
  { organizationId, brandId }: { readonly organizationId: string | null; readonly brandId: string | null },
): Promise<Backfill[]> {
  return database.query<Backfill>(listStatement, [organizationId, brandId])
}

const getStatement: Statement = {
  name: 'get_backfill',
  text: `select ${columns} ${source} where backfill.id = $1::uuid`,
}

/** Null = there is none. */
export async function getBackfill(database: Database, backfillId: string): Promise<Backfill | null> {
  const [row] = await database.query<Backfill>(getStatement, [backfillId])
  return row ?? null
}

const pausedStatement: Statement = {
  name: 'count_paused_of_backfill',
  text: `
select count(*) as paused from scheduled_jobs job
where job.backfill_id = $1::uuid and job.status = 'paused' and ${standing} = 'waiting'`,
}

/** How many of those that wait are paused, and so never begin by themselves. */
export async function countPaused(database: Database, backfillId: string): Promise<number> {
  const [row] = await database.query<{ paused: number }>(pausedStatement, [backfillId])
  return row?.paused ?? 0
}

export interface BackfillJob {
  readonly jobId: string
  readonly name: string
  readonly parameters: JsonObject
  readonly standing: keyof BackfillProgress
  /** The run in progress, else the last one; null = it has not begun. */
  readonly runId: string | null
  readonly lastError: string | null
  /** When it is due; null = nothing is planned. */
  readonly nextRunAt: Date | null
}

const jobsStatement: Statement = {
  name: 'list_jobs_of_backfill',
  text: `
select job.id as "jobId", coalesce(job.name, job.job_type) as name, coalesce(job.parameters, '{}') as parameters,
  ${standing} as standing, coalesce(job.current_run_id, job.last_run_id) as "runId", left(job.last_error, 2000) as "lastError",
  job.next_run_at as "nextRunAt"
from scheduled_jobs job
where job.backfill_id = $1::uuid
order by job.created_at, job.parameters ->> $2::text collate "C", job.id
limit 1000`,
}

/** Its runs that are kept, by the days that the parameter `from` says. */
export async function listBackfillJobs(database: Database, backfillId: string, from: string): Promise<BackfillJob[]> {
  return database.query<BackfillJob>(jobsStatement, [backfillId, from])
}

const insertStatement: Statement = {
  name: 'insert_backfill',
  text: `
insert into backfills (
  id, organization_id, brand_id, job_type, first_day, last_day, days_per_run, newest_first, only_missing, is_beside, runs,
  parameters, requested_by
)
values (coalesce($1::uuid, gen_random_uuid()), $2::uuid, $3::uuid, $4::text, $5::date, $6::date, $7::integer, $8::boolean, $9::boolean,
  $10::boolean, $11::integer, $12::jsonb, $13::text)
on conflict (id) do nothing
returning id`,
}

export interface NewBackfill
  extends Pick<
    Backfill,
    | 'organizationId'
    | 'brandId'
    | 'jobType'
    | 'firstDay'
    | 'lastDay'
    | 'daysPerRun'
    | 'newestFirst'
    | 'onlyMissing'
    | 'isBeside'
    | 'runs'
    | 'parameters'
    | 'requestedBy'
  > {
  /** Chosen by who may ask twice; absent = a new one. */
  readonly id?: string | undefined
}

/** Returns its id; null = there is one with this id already, and nothing was written. */
export async function insertBackfill(database: Database, backfill: NewBackfill): Promise<string | null> {
  const { id = null, organizationId, brandId, jobType, firstDay, lastDay, daysPerRun } = backfill
  const { newestFirst, onlyMissing, isBeside, runs, parameters, requestedBy } = backfill
  const [row] = await database.query<{ id: string }>(insertStatement, [
    id,
    organizationId,
    brandId,
    jobType,
    firstDay,
    lastDay,
    daysPerRun,
    newestFirst,
    onlyMissing,
    isBeside,
    runs,
    JSON.stringify(parameters),
    requestedBy,
  ])
  return row?.id ?? null
}

/** They fall due a millisecond apart, so that they are claimed in this order; all of them before now, so that the first may begin at once. */
const insertJobsStatement: Statement = {
  name: 'insert_jobs_of_backfill',
  text: `
insert into scheduled_jobs (
  brand_id, name, job_type, schedule_type, time_zone, next_run_at, status, parameters, priority, trigger_source, requested_by,
  max_retries, timeout_minutes, product_id, concurrency_key, backfill_id
)
select backfill.brand_id, made.name, backfill.job_type, 'one_time', alike.time_zone,
  now() - (backfill.runs - made.place) * interval '1 millisecond', 'active', made.parameters, $3::smallint, $4::text,
  backfill.requested_by, coalesce(alike.max_retries, 3), alike.timeout_minutes, alike.product_id,
  case when backfill.is_beside then 'backfill:' || backfill.id
    -- That of another backfill beside the regular runs is nobody else's.
    when alike.concurrency_key not like 'backfill:%' then alike.concurrency_key end, backfill.id
from backfills backfill
cross join jsonb_to_recordset($2::jsonb) as made (place integer, name text, parameters jsonb)
left join scheduled_jobs alike on alike.id = $5::uuid
where backfill.id = $1::uuid`,
}

export interface BackfillJobs {
  /** In the order in which they are to be done. */
  readonly jobs: readonly { readonly name: string; readonly parameters: JsonObject }[]
  readonly priority: number
  readonly triggerSource: 'manual' | 'api'
  /** The schedule by whose retries, time limit, product and key they run; null = by the usual ones. */
  readonly likeJobId: string | null
}

/** Its runs, as one-time jobs that are due. */
export async function insertBackfillJobs(database: Database, backfillId: string, made: BackfillJobs): Promise<void> {
  const jobs = made.jobs.map((job, place) => ({ ...job, place }))
  const { priority, triggerSource, likeJobId } = made
  await database.query(insertJobsStatement, [backfillId, JSON.stringify(jobs), priority, triggerSource, likeJobId])
}

const lockStatement: Statement = {
  name: 'lock_backfill',
  text: 'select id from backfills where id = $1::uuid for update',
}

/** The backfill, kept from other commands until the end of the transaction; null = there is none. */
export async function lockBackfill(database: Database, backfillId: string): Promise<Backfill | null> {
  await database.query(lockStatement, [backfillId])
  return getBackfill(database, backfillId)
}

const cancelStatement: Statement = {
  name: 'cancel_jobs_of_backfill',
  text: `
with waiting as (
  select job.id from scheduled_jobs job
  where job.backfill_id = $1::uuid and ${standing} = 'waiting'
  order by job.id
  for no key update
), put_away as (
  update scheduled_jobs job set status = 'archived', next_run_at = null, updated_at = now()
  from waiting where job.id = waiting.id
  returning job.id
), marked as (
  update backfills set cancelled_at = now(), cancelled_by = $2::text
  where id = $1::uuid and exists (select from put_away)
)
select count(*) as jobs from put_away`,
}

/** Puts away what waits; returns how many. Call it with the backfill locked. */
export async function cancelBackfillJobs(database: Database, backfillId: string, by: string): Promise<number> {
  const [row] = await database.query<{ jobs: number }>(cancelStatement, [backfillId, by])
  return row?.jobs ?? 0
}

/** In the order of the backfill: names end with the days. */
const retryStatement: Statement = {
  name: 'retry_jobs_of_backfill',
  text: `
with dead as (
  select job.id, job.last_run_id,
    row_number() over (order by job.name collate "C" desc, job.id) as from_the_end, row_number() over (order by job.name collate "C", job.id) as place
  from scheduled_jobs job
  where job.backfill_id = $1::uuid and job.status = 'active' and job.current_run_id is null and job.next_run_at is null
    and job.last_run_status = 'failed'
), asks as (
  select dead.id from dead join scheduled_job_runs run on run.id = dead.last_run_id where run.problem = 'outcome_unknown'
), due as (
  update scheduled_jobs job
  set next_run_at = now() - interval '1 millisecond' * case when backfill.newest_first then dead.place else dead.from_the_end end,
    next_attempt = $2::integer, first_run_id = case when job.continues_run_id is not null then job.first_run_id end, updated_at = now()
  from dead, backfills backfill
  where backfill.id = $1::uuid and job.id = dead.id and job.current_run_id is null and job.next_run_at is null and job.status = 'active'
    and job.id not in (select asks.id from asks)
  returning job.id
)
select (select count(*) from due) as due, (select count(*) from asks) as asks, (
  select count(*) from scheduled_jobs job where job.backfill_id = $1::uuid and job.status = 'paused' and ${standing} = 'failed'
) as paused`,
}

export interface RetriedJobs {
  readonly due: number
  /** Left as they are: nobody knows whether their last run did its work, so a person looks at it first. */
  readonly asks: number
  /** Left as they are: somebody has paused them. */
  readonly paused: number
}

/** Makes those due that have failed for good, as a first attempt. Call it with the backfill locked. `attempt`: of what a person asked for. */
export async function retryBackfillJobs(database: Database, backfillId: string, attempt: number): Promise<RetriedJobs> {
  const [row] = await database.query<RetriedJobs>(retryStatement, [backfillId, attempt])
  return row ?? { due: 0, asks: 0, paused: 0 }
}

const moveStatement: Statement = {
  name: 'move_to_backfill_of',
  text: `
with moved as (
  update scheduled_jobs earlier set backfill_id = null
  from scheduled_jobs before
  where earlier.id = $1::uuid and before.id = earlier.id and before.backfill_id is not null
  returning before.backfill_id
)
update scheduled_jobs job set backfill_id = moved.backfill_id
from moved
where job.id = $2::uuid`,
}

/** The second job takes the place of the first in its backfill, if that is one of one. Call it with the first one held. */
export async function moveToBackfillOf(database: Database, jobId: string, toJobId: string): Promise<void> {
  await database.query(moveStatement, [jobId, toJobId])
}

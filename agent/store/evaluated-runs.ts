/**
 * Runs that may take too long, and fires that may be late, by the database's clock, with the incidents that are open about them. The rules are those
 * of shared/overdue-runs.ts; here is only what can be either: the few jobs that run, and those that are due for five minutes. No other job is looked at.
 */
import { lateRunLimits, longestSurplusMs, usualRuns } from '../../shared/overdue-runs.ts'
import { concurrencyKeyOf } from './concurrency-key.ts'
import type { Database, Statement } from './database.ts'
import { foreignRunningJobs } from './evaluated-datasets.ts'
import { isFree } from './hold-conditions.ts'
import { finite } from './job-columns.ts'
import { watchedOrganizations } from './watched-organizations.ts'

interface EvaluatedThing {
  readonly jobId: string
  readonly jobName: string
  readonly jobType: string
  readonly brandId: string | null
  readonly brandName: string | null
  /** Null for platform-level jobs, and for those whose brand is gone. */
  readonly organizationId: string | null
  /** Its open incident. */
  readonly incidentId: string | null
  readonly isWatched: boolean
}

export interface RunningRun extends EvaluatedThing {
  readonly runId: string
  readonly startedAt: Date
  readonly agentId: string | null
  /** Of the last completed runs of its job, newest first, ms; null where that is not asked yet, because it is young. */
  readonly durationsMs: readonly number[] | null
}

/** As many runs are looked back through for successful ones: a job that has failed for weeks is no reason to read all of them. */
const lookedBack = 200

/** Of `job` with `brand` and `watched`. */
const thing = (watch: string, kind: string): string => `
  job.id as "jobId", coalesce(nullif(btrim(job.name), ''), job.job_type) as "jobName", job.job_type as "jobType",
  brand.id as "brandId", brand.name as "brandName", brand.organization_id as "organizationId", known.id as "incidentId",
  coalesce(watched.${watch}, brand.id is null and $2::jsonb -> '${kind}' = 'true') as "isWatched"`

const ofBrand = `
left join brands brand on brand.id = job.brand_id
left join watched on watched.id = brand.organization_id and brand.archived_at is null`

const known = (kind: string): string => `
known as materialized (
  select id, scheduled_job_id as job_id, run_id, details from incidents
  where resolved_at is null and kind = '${kind}' and scheduled_job_id is not null
)`

const runningStatement: Statement = {
  name: 'evaluate_running_runs',
  text: `
with moment as materialized (select coalesce($1::timestamptz, now()) as now),
${watchedOrganizations('$2', { watches_long: 'run_long' })}, ${known('run_long')}
select ${thing('watches_long', 'run_long')}, run.id as "runId", run.started_at as "startedAt", run.agent_id as "agentId",
  case when known.id is null and run.started_at < moment.now - interval '${longestSurplusMs / 1_000} seconds' then array(
    select extract(epoch from past.completed_at - past.started_at)::double precision * 1000
    from (
      select earlier.status, earlier.started_at, earlier.completed_at
      from scheduled_job_runs earlier
      where earlier.scheduled_job_id = job.id and earlier.started_at < run.started_at
      order by earlier.started_at desc, earlier.id desc
      limit ${lookedBack}
    ) past
    where past.status = 'completed' and isfinite(past.completed_at) and isfinite(past.started_at)
    order by past.started_at desc
    limit ${usualRuns}
  ) end as "durationsMs"
from scheduled_jobs job
cross join moment
join scheduled_job_runs run on run.id = job.current_run_id
left join known on known.job_id = job.id and known.run_id = run.id
${ofBrand}
where job.current_run_id is not null and run.completed_at is null and ${finite('run.started_at')} is not null`,
}

/** Every run of ours under way, without those of other programs, which say nothing for certain until they end. */
export async function evaluateRunningRuns(
  database: Database,
  now: Date | null,
  defaults: Readonly<Record<string, boolean>>,
): Promise<RunningRun[]> {
  return database.query<RunningRun>(runningStatement, [now, JSON.stringify(defaults)])
}

/** A run that was told to be long, and is not under way any more. */
export interface EndedLongRun {
  readonly incidentId: string
  readonly jobName: string | null
  /** Null: it is not on record any more. */
  readonly status: string | null
  readonly completedAt: Date | null
}

const endedStatement: Statement = {
  name: 'list_ended_long_runs',
  text: `
select known.id as "incidentId", coalesce(nullif(btrim(job.name), ''), job.job_type) as "jobName", run.status,
  ${finite('run.completed_at')} as "completedAt"
from incidents known
left join scheduled_jobs job on job.id = known.scheduled_job_id
left join scheduled_job_runs run on run.id = known.run_id
where known.resolved_at is null and known.kind = 'run_long'
  and (job.current_run_id is distinct from known.run_id or run.completed_at is not null)`,
}

export async function listEndedLongRuns(database: Database): Promise<EndedLongRun[]> {
  return database.query<EndedLongRun>(endedStatement, [])
}

export interface LateFire extends EvaluatedThing {
  readonly dueAt: Date
  /** When nothing was in its way any more: it was due, the last hold was over, and so was the last run that had its concurrency key. */
  readonly freeSince: Date
  readonly cronExpression: string | null
  readonly timeZone: string | null
}

/** When the run that it waited behind has ended, of `job`; the index of each of the two kinds of key finds it. */
const keyFreeSince = `greatest(
  case when job.concurrency_key is null then (
    select max(${finite('other.last_run_finished_at')}) from scheduled_jobs other
    where other.brand_id = job.brand_id and other.job_type = job.job_type and other.concurrency_key is null
  ) end,
  case when job.concurrency_key is not null then (
    select max(${finite('other.last_run_finished_at')}) from scheduled_jobs other
    where other.concurrency_key = job.concurrency_key
  ) end
)`

const holdFreeSince = `(
  select max(least(hold.ended_at, hold.ends_at)) from holds hold
  where hold.organization_id = brand.organization_id and (hold.brand_id is null or hold.brand_id = job.brand_id)
    and (hold.job_type is null or hold.job_type = job.job_type)
    and least(hold.ended_at, hold.ends_at) > job.next_run_at and hold.starts_at <= least(hold.ended_at, hold.ends_at)
    and least(hold.ended_at, hold.ends_at) <= moment.now
)`

/** A fire that no run has taken, of an active recurring job: no retry, and nothing that was given back. */
const isDueFire = `job.status = 'active' and job.schedule_type = 'recurring' and job.current_run_id is null
  and coalesce(job.next_attempt, 1) = 1 and ${finite('job.next_run_at')} is not null`

const lateStatement: Statement = {
  name: 'evaluate_late_fires',
  text: `
with moment as materialized (select coalesce($1::timestamptz, now()) as now),
${watchedOrganizations('$2', { watches_late: 'run_late' })}, ${foreignRunningJobs}, ${known('run_late')}
select ${thing('watches_late', 'run_late')}, job.next_run_at as "dueAt",
  greatest(job.next_run_at, ${finite('job.last_run_finished_at')}, ${holdFreeSince}, ${keyFreeSince}) as "freeSince",
  job.cron_expression as "cronExpression", job.time_zone as "timeZone"
from scheduled_jobs job
cross join moment
${ofBrand}
left join known on known.job_id = job.id
where ${isDueFire} and job.next_run_at < moment.now - interval '${lateRunLimits.leastMs / 1_000} seconds'
  and known.id is null and job.job_type = any ($3::text[])
  and coalesce(watched.watches_late, brand.id is null and $2::jsonb -> 'run_late' = 'true')
  and ${isFree('job', 'coalesce($1::timestamptz, now())')}
  and not exists (select from foreign_running where foreign_running.job_id = job.id)
  and not exists (
    select from scheduled_jobs running
    where running.current_run_id is not null and ${concurrencyKeyOf('running')} = ${concurrencyKeyOf('job')}
  )`,
}

/** What is due for five minutes, may start, is of a type among `runnable`, and is no incident yet. */
export async function evaluateLateFires(
  database: Database,
  now: Date | null,
  defaults: Readonly<Record<string, boolean>>,
  runnable: readonly string[],
): Promise<LateFire[]> {
  return database.query<LateFire>(lateStatement, [now, JSON.stringify(defaults), runnable])
}

/** An open incident about a fire that is late no more. */
export interface EndedLateFire {
  readonly incidentId: string
  readonly jobName: string | null
  /** Null: the job is gone. */
  readonly status: string | null
  readonly isWatched: boolean
  readonly isHeld: boolean
  /** Of the run that began since it was due; null = none did. */
  readonly beganAt: Date | null
  readonly nextRunAt: Date | null
}

const endedLateStatement: Statement = {
  name: 'list_ended_late_fires',
  text: `
with moment as materialized (select coalesce($1::timestamptz, now()) as now),
${watchedOrganizations('$2', { watches_late: 'run_late' })}, ${known('run_late')}, judged as (
  select known.id, coalesce(nullif(btrim(job.name), ''), job.job_type) as name, job.status,
    coalesce(watched.watches_late, brand.id is null and $2::jsonb -> 'run_late' = 'true') as watched,
    job.id is not null and not ${isFree('job', 'coalesce($1::timestamptz, now())')} as held,
    coalesce(${isDueFire} and date_trunc('milliseconds', job.next_run_at) = (known.details ->> 'dueAt')::timestamptz, false) as late,
    (
      select max(run.started_at) from scheduled_job_runs run
      where run.scheduled_job_id = job.id and run.started_at >= (known.details ->> 'dueAt')::timestamptz and isfinite(run.started_at)
    ) as began_at, ${finite('job.next_run_at')} as next_run_at
  from known
  left join scheduled_jobs job on job.id = known.job_id
  ${ofBrand}
)
select id as "incidentId", name as "jobName", status, watched as "isWatched", held as "isHeld", began_at as "beganAt",
  next_run_at as "nextRunAt"
from judged
where not (watched and late and not held)`,
}

export async function listEndedLateFires(
  database: Database,
  now: Date | null,
  defaults: Readonly<Record<string, boolean>>,
): Promise<EndedLateFire[]> {
  return database.query<EndedLateFire>(endedLateStatement, [now, JSON.stringify(defaults)])
}

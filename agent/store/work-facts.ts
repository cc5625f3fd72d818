import { concurrencyKeyOf } from './concurrency-key.ts'
import type { Database, Statement } from './database.ts'
import { isFree } from './hold-conditions.ts'

/*
 * Questions of `pm doctor` about rows that other programs may have written. They are asked by hand and rarely, so they may
 * read whole tables; every answer is bounded.
 */

export interface CheckedJob {
  readonly id: string
  readonly name: string
  readonly brandId: string | null
  readonly brandName: string | null
  readonly jobType: string
  readonly scheduleType: string
  readonly status: string
  readonly cronExpression: string | null
  readonly timeZone: string | null
  readonly parameters: unknown
  /** Not a time that a calendar has, or more than five years away. */
  readonly oddNextRun: boolean
}

const jobsStatement: Statement = {
  name: 'list_jobs_to_check',
  text: `
select j.id, coalesce(nullif(btrim(j.name), ''), j.job_type) as name, j.brand_id as "brandId", brand.name as "brandName", j.job_type as "jobType",
  j.schedule_type as "scheduleType", j.status, j.cron_expression as "cronExpression", j.time_zone as "timeZone",
  j.parameters,
  coalesce(not isfinite(j.next_run_at) or j.next_run_at > now() + interval '5 years', false) as "oddNextRun"
from scheduled_jobs j
left join brands brand on brand.id = j.brand_id
where j.status in ('active', 'paused') or j.status not in ('active', 'paused', 'completed', 'archived')
order by j.id
limit 20000`,
}

/** Jobs that may still run, and those whose status is no known word. */
export async function listJobsToCheck(database: Database): Promise<CheckedJob[]> {
  return database.query<CheckedJob>(jobsStatement, [])
}

export interface StuckRunFact {
  readonly runId: string
  readonly jobName: string
  readonly brandName: string | null
  readonly startedAt: Date
}

const stuckStatement: Statement = {
  name: 'list_stuck_runs',
  text: `
select run.id as "runId", j.name as "jobName", brand.name as "brandName", run.started_at as "startedAt"
from scheduled_job_runs run
join scheduled_jobs j on j.id = run.scheduled_job_id
left join brands brand on brand.id = j.brand_id
where run.status = 'running' and run.completed_at is null and run.started_at is not null and (
  run.lease_expires_at < now() - interval '2 minutes'
  or (run.lease_expires_at is null and run.started_at < now() - interval '30 minutes')
)
order by run.started_at
limit 50`,
}

/** Runs that an agent should have recovered by now (J7). */
export async function listStuckRuns(database: Database): Promise<StuckRunFact[]> {
  return database.query<StuckRunFact>(stuckStatement, [])
}

export interface OverdueFact {
  readonly jobType: string
  readonly jobs: number
  readonly since: Date
}

const overdueStatement: Statement = {
  name: 'list_overdue_jobs',
  text: `
select j.job_type as "jobType", count(*) as jobs, min(j.next_run_at) as since
from scheduled_jobs j
where j.status = 'active' and isfinite(j.next_run_at) and j.next_run_at < now() - interval '5 minutes'
  and not exists (
    select from scheduled_jobs busy
    where ${concurrencyKeyOf('busy')} = ${concurrencyKeyOf('j')} and busy.current_run_id is not null
  )
  and ${isFree('j', 'now()')}
group by j.job_type
order by j.job_type`,
}

/** Jobs due for more than five minutes that nothing keeps from running, no hold either. */
export async function listOverdueJobs(database: Database): Promise<OverdueFact[]> {
  return database.query<OverdueFact>(overdueStatement, [])
}

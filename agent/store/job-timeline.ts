import type { OverlapPolicy, ScheduleType } from '../../shared/domain.ts'
import { concurrencyKeyOf } from './concurrency-key.ts'
import type { Database, Statement } from './database.ts'
import { finite } from './job-columns.ts'
import type { JobScope } from './job-pages.ts'

/** A job that will run by itself, with what says when. */
export interface PlannedJob {
  readonly id: string
  readonly name: string
  readonly jobType: string
  readonly brandId: string | null
  readonly brandName: string | null
  readonly scheduleType: ScheduleType
  readonly cronExpression: string | null
  readonly timeZone: string | null
  readonly concurrencyKey: string
  readonly overlapPolicy: OverlapPolicy
  /** Null while its run is in progress: the next one is planned when that ends. */
  readonly nextRunAt: Date | null
  readonly asOf: Date
}

const candidates = `
select j.id
from scheduled_jobs j
left join brands brand on brand.id = j.brand_id
where j.status = 'active' and ($1::uuid[] is null or j.brand_id = any ($1::uuid[]))
  and (brand.organization_id = $2::uuid or ($3::boolean and brand.id is null))`

const plannedStatement: Statement = {
  name: 'list_planned_jobs',
  text: `
with chosen as (
  (${candidates} and j.next_run_at <= now() + $4::double precision * interval '1 hour'
  order by j.next_run_at, j.id
  limit $5::integer)
  union all
  (${candidates} and j.next_run_at is null and j.schedule_type = 'recurring'
  limit 1000)
)
select j.id, left(coalesce(nullif(btrim(j.name), ''), j.job_type), 500) as name, j.job_type as "jobType",
  j.brand_id as "brandId", brand.name as "brandName", j.schedule_type as "scheduleType",
  j.cron_expression as "cronExpression", j.time_zone as "timeZone", ${concurrencyKeyOf('j')} as "concurrencyKey",
  j.overlap_policy as "overlapPolicy", ${finite('j.next_run_at')} as "nextRunAt", now() as "asOf"
from chosen
join scheduled_jobs j on j.id = chosen.id
left join brands brand on brand.id = j.brand_id`,
}

/** The `limit` active jobs whose run within the coming `hours` is the earliest, and recurring ones whose run is in progress. */
export async function listPlannedJobs(
  database: Database,
  { organizationId, brandId, brandIds = null, withPlatform }: JobScope,
  { hours, limit }: { readonly hours: number; readonly limit: number },
): Promise<PlannedJob[]> {
  return database.query<PlannedJob>(plannedStatement, [
    brandId === null ? brandIds : [brandId],
    organizationId,
    withPlatform,
    hours,
    limit,
  ])
}

export interface ExpectedDuration {
  readonly jobId: string
  readonly expectedMs: number
}

/** How long the completed ones of the latest runs of `job` took, the latest first. */
const latestDurations = (runs: number): string => `
  select latest.started_at,
    extract(epoch from latest.completed_at - latest.started_at)::double precision * 1000 as duration_ms
  from (
    select run.status, run.started_at, run.completed_at
    from scheduled_job_runs run
    where run.scheduled_job_id = job.id
    order by run.started_at desc, run.id desc
    limit ${runs}
  ) latest
  where latest.status = 'completed' and isfinite(latest.completed_at) and isfinite(latest.started_at)`

const expectedStatement: Statement = {
  name: 'list_expected_durations',
  text: `
select job.id as "jobId", percentile_disc(0.9) within group (order by run.duration_ms) as "expectedMs"
from unnest($1::uuid[]) as job (id)
cross join lateral (${latestDurations(60)}
  limit 20
) run
group by job.id`,
}

/**
 * The p90 (nearest rank) of each job's last 20 completed runs, among its last 60; a job without one is left out. Asked job by job: the
 * index by job has exactly these rows side by side, where one by brand would walk over the runs of its other jobs.
 */
export async function listExpectedDurations(
  database: Database,
  jobIds: readonly string[],
): Promise<ExpectedDuration[]> {
  return jobIds.length === 0 ? [] : database.query<ExpectedDuration>(expectedStatement, [jobIds])
}

const typeStatement: Statement = {
  name: 'list_expected_durations_of_types',
  text: `
select wanted.brand_id as "brandId", wanted.job_type as "jobType",
  percentile_disc(0.9) within group (order by run.duration_ms) as "expectedMs"
from unnest($1::uuid[], $2::text[]) as wanted (brand_id, job_type)
cross join lateral (
  select of_job.duration_ms
  from (
    select id from scheduled_jobs
    where brand_id = wanted.brand_id and job_type = wanted.job_type
    order by created_at desc, id
    limit 60
  ) job
  cross join lateral (${latestDurations(20)}) of_job
  order by of_job.started_at desc
  limit 20
) run
group by wanted.brand_id, wanted.job_type`,
}

export interface TypeOfBrand {
  readonly brandId: string
  readonly jobType: string
}

/**
 * The same of job types of brands, over the runs of the 60 newest jobs of that type of the brand, also of those that are done. Asked by way
 * of the jobs: the runs of a brand have to be walked over to learn that a type never ran.
 */
export async function listExpectedDurationsOfTypes(
  database: Database,
  wanted: readonly TypeOfBrand[],
): Promise<(TypeOfBrand & { readonly expectedMs: number })[]> {
  if (wanted.length === 0) return []
  return database.query(typeStatement, [wanted.map(({ brandId }) => brandId), wanted.map(({ jobType }) => jobType)])
}

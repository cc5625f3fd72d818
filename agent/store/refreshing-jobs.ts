import type { JsonObject, ScheduleType } from '../../shared/domain.ts'
import { concurrencyKeyOf } from './concurrency-key.ts'
import type { Database, Statement } from './database.ts'
import { finite } from './job-columns.ts'
import { isForOldDays } from './old-days.ts'

/** A job that may refresh datasets of a brand, with what explains why it has not. Runs of a backfill for old days refresh none. */
export interface RefreshingJob {
  readonly id: string
  readonly name: string
  readonly brandId: string
  readonly jobType: string
  readonly scheduleType: ScheduleType
  readonly status: 'active' | 'paused'
  readonly parameters: JsonObject
  readonly nextRunAt: Date | null
  /** The job whose run has its concurrency key, when it is due and has to wait for that; null = it waits for none. */
  readonly waitsBehind: string | null
  readonly cronExpression: string | null
  readonly timeZone: string | null
  /** J10: what is planned is a fire of its cadence that is left out when it is more than a minute late. */
  readonly skipsLate: boolean
  /** The run in progress, of whatever program. */
  readonly runningId: string | null
  /** Start of the run in progress, of whatever program; null = nothing runs. */
  readonly runningSince: Date | null
  readonly runningStep: string | null
  readonly lastRunId: string | null
  /** What a person has found done (J5) is `completed`. */
  readonly lastRunStatus: string | null
  readonly lastRunFinishedAt: Date | null
  readonly lastError: string | null
  /** J5: nobody has said whether the last run did its work. */
  readonly asksPerson: boolean
  /** The step at which the last run failed, and how. */
  readonly failedStep: string | null
  readonly failedStepError: string | null
  /** When somebody paused it through us; null = not paused, or paused by another program. */
  readonly pausedAt: Date | null
}

/**
 * Runs of other programs show on no job. They hold no lease, so whatever is older than a day is not running but forgotten: agents end
 * such runs after 30 minutes (J7). The bound keeps a history of a million such runs out of this.
 */
const foreignRunning = `
foreign_running as materialized (
  select distinct on (run.scheduled_job_id) run.scheduled_job_id, run.id, run.started_at
  from scheduled_job_runs run
  where run.agent_id is null and run.status = 'running' and run.completed_at is null
    and run.started_at between now() - interval '1 day' and now() + interval '1 day'
  order by run.scheduled_job_id, run.started_at desc
)`

/** J10: what is planned is left out when it is late. */
const skipsLate = `j.catch_up_policy = 'skip' and j.schedule_type = 'recurring' and coalesce(j.next_attempt, 1) = 1`

/**
 * Lists of thousands of jobs: what stands on the job is read there, and runs are looked at only where they explain. Errors are cut
 * to `$2` characters. Parameters that are no object (another program's) are none.
 */
const list = (scope: string): string => `
with ${foreignRunning}
select j.id, coalesce(nullif(btrim(j.name), ''), j.job_type) as name, j.brand_id as "brandId",
  j.job_type as "jobType", j.schedule_type as "scheduleType", j.status,
  case when jsonb_typeof(j.parameters) = 'object' then j.parameters else '{}' end as parameters,
  j.cron_expression as "cronExpression", j.time_zone as "timeZone",
  coalesce(${skipsLate}, false) as "skipsLate",
  ${finite('j.next_run_at')} as "nextRunAt", holder.name as "waitsBehind",
  running.id as "runningId", ${finite('running.started_at')} as "runningSince", step.step_key as "runningStep",
  coalesce(j.last_run_id, foreign_last.id) as "lastRunId",
  case when failure.decision ->> 'outcome' = 'done' then 'completed' else coalesce(j.last_run_status, foreign_last.status) end as "lastRunStatus",
  ${finite('coalesce(j.last_run_finished_at, foreign_last.completed_at)')} as "lastRunFinishedAt",
  left(coalesce(failure.error_message, j.last_error), $2::integer) as "lastError",
  coalesce(failure.problem = 'outcome_unknown' and failure.decision is null, false) as "asksPerson",
  failed_step.step_key as "failedStep", left(failed_step.error_message, $2::integer) as "failedStepError",
  pause.happened_at as "pausedAt"
from scheduled_jobs j
left join foreign_running busy on busy.scheduled_job_id = j.id
left join scheduled_job_runs running on running.id = coalesce(j.current_run_id, busy.id)
left join lateral (
  -- What is not due asks nobody.
  select coalesce(nullif(btrim(other.name), ''), other.job_type) as name from scheduled_jobs other
  where j.status = 'active' and j.current_run_id is null and j.next_run_at <= now()
    and other.current_run_id is not null and ${concurrencyKeyOf('other')} = ${concurrencyKeyOf('j')}
  limit 1
) holder on true
left join lateral (
  select step_key from run_steps where run_id = running.id and status = 'running' order by position limit 1
) step on running.id is not null
left join lateral (
  select run.id, run.status, run.completed_at from scheduled_job_runs run
  where run.scheduled_job_id = j.id and run.completed_at is not null
  order by run.started_at desc, run.id desc
  limit 1
) foreign_last on j.last_run_id is null
left join scheduled_job_runs failure on failure.id = case
  when coalesce(j.last_run_status, foreign_last.status) = 'failed' then coalesce(j.last_run_id, foreign_last.id) end
left join lateral (
  select step_key, error_message from run_steps
  where run_id = failure.id and status = 'failed' order by position limit 1
) failed_step on failure.id is not null
left join lateral (
  select max(action.happened_at) as happened_at from operator_actions action
  where action.subject_type = 'job' and action.subject_id = j.id::text and action.action = 'job.pause'
) pause on j.status = 'paused'
where j.brand_id is not null and j.status in ('active', 'paused') and not ${isForOldDays('j')} and ${scope}
order by j.brand_id, j.job_type, j.id`

const listStatement: Statement = {
  name: 'list_refreshing_jobs',
  text: list('($1::uuid is null or j.brand_id = $1::uuid)'),
}

/** What our own writers keep of an error at most. */
const wholeError = 8_000

/** The active and paused jobs of one brand, or of all. */
export async function listRefreshingJobs(database: Database, brandId: string | null): Promise<RefreshingJob[]> {
  return database.query<RefreshingJob>(listStatement, [brandId, wholeError])
}

const ofBrandsStatement: Statement = {
  name: 'list_refreshing_jobs_of_brands',
  text: list('j.brand_id = any($1::uuid[])'),
}

/** The active and paused jobs of these brands; errors are cut to `errorLimit` characters. */
export async function listRefreshingJobsOfBrands(
  database: Database,
  brandIds: readonly string[],
  errorLimit: number,
): Promise<RefreshingJob[]> {
  return database.query<RefreshingJob>(ofBrandsStatement, [brandIds, errorLimit])
}

export type ArchivedJob = Pick<RefreshingJob, 'jobType' | 'parameters'>

const archivedStatement: Statement = {
  name: 'list_archived_jobs_of_brands',
  text: `
select brand.id as "brandId", archived.job_type as "jobType", archived.parameters
from unnest($1::uuid[]) as brand (id)
cross join lateral (
  select j.job_type, j.updated_at, j.id,
    case when jsonb_typeof(j.parameters) = 'object' then j.parameters else '{}' end as parameters
  from scheduled_jobs j
  where j.brand_id = brand.id and j.status = 'archived' and j.schedule_type = 'recurring'
  order by j.updated_at desc, j.id
  limit 200
) archived
order by archived.updated_at desc, archived.id`,
}

/** Schedules of these brands that somebody put away, the latest first, at most 200 of each. */
export async function listArchivedJobs(
  database: Database,
  brandIds: readonly string[],
): Promise<(ArchivedJob & { readonly brandId: string })[]> {
  return database.query(archivedStatement, [brandIds])
}

/** When a job that leaves out late fires has them. */
export type SkippingJob = Pick<RefreshingJob, 'cronExpression' | 'timeZone'>

const skippingStatement: Statement = {
  name: 'list_skipping_jobs',
  text: `
select j.id, j.cron_expression as "cronExpression", j.time_zone as "timeZone"
from scheduled_jobs j join brands brand on brand.id = j.brand_id
where brand.organization_id = $1::uuid and j.status = 'active' and ${skipsLate}`,
}

/** The active jobs of an organization whose next fire is left out when it is late (J10), by id. */
export async function listSkippingJobs(
  database: Database,
  organizationId: string,
): Promise<ReadonlyMap<string, SkippingJob>> {
  const rows = await database.query<SkippingJob & { readonly id: string }>(skippingStatement, [organizationId])
  return new Map(rows.map(({ id, ...job }) => [id, job]))
}

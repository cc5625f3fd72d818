import type { JsonObject, ScheduleType } from '../../shared/domain.ts'
import type { Database, Statement } from './database.ts'

/** A job that may refresh datasets of a brand, with what explains why it has not. */
export interface RefreshingJob {
  readonly id: string
  readonly name: string
  readonly brandId: string
  readonly jobType: string
  readonly scheduleType: ScheduleType
  readonly status: 'active' | 'paused'
  readonly parameters: JsonObject
  readonly nextRunAt: Date | null
  /** Start of the run in progress, of whatever program; null = nothing runs. */
  readonly runningSince: Date | null
  readonly runningStep: string | null
  readonly lastRunStatus: string | null
  readonly lastRunFinishedAt: Date | null
  readonly lastError: string | null
  /** The step at which the last run failed, and how. */
  readonly failedStep: string | null
  readonly failedStepError: string | null
  /** When somebody paused it through us; null = not paused, or paused by another program. */
  readonly pausedAt: Date | null
}

/** Lists of thousands of jobs: what stands on the job is read there, and runs are looked at only where they explain. */
const listStatement: Statement = {
  name: 'list_refreshing_jobs',
  text: `
with foreign_running as materialized (
  select distinct on (run.scheduled_job_id) run.scheduled_job_id, run.id
  from scheduled_job_runs run
  where run.agent_id is null and run.status = 'running' and run.completed_at is null
  order by run.scheduled_job_id, run.started_at desc
)
select j.id, coalesce(nullif(btrim(j.name), ''), j.job_type) as name, j.brand_id as "brandId",
  j.job_type as "jobType", j.schedule_type as "scheduleType", j.status, coalesce(j.parameters, '{}') as parameters,
  case when j.next_run_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00' then j.next_run_at end
    as "nextRunAt",
  running.started_at as "runningSince", step.step_key as "runningStep",
  coalesce(j.last_run_status, foreign_last.status) as "lastRunStatus",
  coalesce(j.last_run_finished_at, foreign_last.completed_at) as "lastRunFinishedAt",
  coalesce(failure.error_message, j.last_error) as "lastError",
  failed_step.step_key as "failedStep", failed_step.error_message as "failedStepError",
  pause.happened_at as "pausedAt"
from scheduled_jobs j
left join foreign_running busy on busy.scheduled_job_id = j.id
left join scheduled_job_runs running on running.id = coalesce(j.current_run_id, busy.id)
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
where j.brand_id is not null and j.status in ('active', 'paused') and ($1::uuid is null or j.brand_id = $1::uuid)
order by j.brand_id, j.job_type, j.id`,
}

/** The active and paused jobs of one brand, or of all. */
export async function listRefreshingJobs(database: Database, brandId: string | null): Promise<RefreshingJob[]> {
  return database.query<RefreshingJob>(listStatement, [brandId])
}

import type {
  CatchUpPolicy,
  JobStatus,
  JsonObject,
  OverlapPolicy,
  RunProblem,
  RunStatus,
  ScheduleType,
  TriggerSource,
} from '../../shared/domain.ts'
import type { RunOutcome } from '../../shared/run-decision.ts'
import { concurrencyKeyOf } from './concurrency-key.ts'

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
  /** The key that the job names; null = it has the usual one, of brand and job type. */
  readonly ownConcurrencyKey: string | null
  readonly overlapPolicy: OverlapPolicy
  readonly catchUpPolicy: CatchUpPolicy
  readonly maxRetries: number
  /** So many runs in a row have to fail for good before it is told; 1 to 20. */
  readonly alertAfter: number
  /** Null = the job type's own limit. */
  readonly timeoutMinutes: number | null
  /** Null = no limit. */
  readonly maxRuns: number | null
  readonly runsCompleted: number
  readonly nextAttempt: number | null
  /** Of a job that goes on with a run: the run that the work of that one began with; null = it begins at the beginning. */
  readonly continuesFirstRunId: string | null
  readonly lastError: string | null
  readonly currentRunId: string | null
  readonly lastRunId: string | null
  readonly lastRunStatus: RunStatus | null
  /** What went wrong in the last run; null also where it did not fail. */
  readonly lastRunProblem: RunProblem | null
  /** What a person has found out about it (J5); null = nobody was asked, or has answered. */
  readonly lastRunDecision: RunOutcome | null
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
export const finite = (column: string): string =>
  `case when ${column} between '0001-01-01 00:00+00' and '9999-12-31 00:00+00' then ${column} end`

/** Runs of other programs do not show on the job; there are few of them at any time, so they are read once. */
export const foreignRunning = `
foreign_running as materialized (
  select distinct on (run.scheduled_job_id) run.scheduled_job_id, run.id
  from scheduled_job_runs run
  where run.agent_id is null and run.status = 'running' and run.completed_at is null
  order by run.scheduled_job_id, run.started_at desc
)`

/** The last run of a job that no agent of ours has run yet. */
export const lastForeignRun = `
left join lateral (
  select run.id, run.status, run.completed_at,
    -- Infinite times cannot be subtracted before PostgreSQL 17.
    case when isfinite(run.completed_at) and isfinite(run.started_at)
      then extract(epoch from run.completed_at - run.started_at) * 1000 end as duration_ms
  from scheduled_job_runs run
  where j.last_run_id is null and run.scheduled_job_id = j.id and run.completed_at is not null
  order by run.started_at desc, run.id desc
  limit 1
) last on true`

/** How the last run of a job ended. Runs are looked at only for a job that no agent of ours has run. */
export const lastResult = `coalesce(j.last_run_status, (
  select run.status from scheduled_job_runs run
  where run.scheduled_job_id = j.id and run.completed_at is not null
  order by run.started_at desc, run.id desc
  limit 1
), 'never')`

/** Asked for every job of a list, so the runs are looked at only where the columns do not say it. */
export const jobState = `
case
  when coalesce(j.current_run_id, busy.id) is not null then 'running'
  when j.status = 'active' and j.next_run_at is null and ${lastResult} = 'failed' then 'dead'
  else j.status
end`

/** Expressions that a list shows in place of columns that may hold more than it can carry. */
interface Instead {
  readonly parameters?: string
  readonly lastError?: string
}

/** The columns of `Job`; the source must name `busy` and `last`. */
export const jobColumns = ({ parameters = 'j.parameters', lastError = 'j.last_error' }: Instead = {}): string => `
  j.id, coalesce(nullif(btrim(j.name), ''), j.job_type) as name, j.job_type as "jobType", j.brand_id as "brandId", brand.name as "brandName",
  brand.organization_id as "organizationId", j.schedule_type as "scheduleType",
  j.cron_expression as "cronExpression", j.time_zone as "timeZone", j.status, ${jobState} as state,
  ${finite('j.next_run_at')} as "nextRunAt", coalesce(${parameters}, '{}') as parameters, j.priority,
  ${concurrencyKeyOf('j')} as "concurrencyKey", j.concurrency_key as "ownConcurrencyKey", j.overlap_policy as "overlapPolicy",
  j.catch_up_policy as "catchUpPolicy", coalesce(j.max_retries, 3) as "maxRetries", coalesce(j.alert_after, 1) as "alertAfter", j.timeout_minutes as "timeoutMinutes",
  j.max_runs as "maxRuns", coalesce(j.runs_completed, 0) as "runsCompleted", j.next_attempt as "nextAttempt",
  case when j.continues_run_id is not null then j.first_run_id end as "continuesFirstRunId",
  ${lastError} as "lastError", coalesce(j.current_run_id, busy.id) as "currentRunId",
  coalesce(j.last_run_id, last.id) as "lastRunId", coalesce(j.last_run_status, last.status) as "lastRunStatus",
  case when coalesce(j.last_run_status, last.status) = 'failed' then (
    select run.problem from scheduled_job_runs run where run.id = coalesce(j.last_run_id, last.id)
  ) end as "lastRunProblem",
  case when j.last_run_status = 'failed' then (
    select run.decision ->> 'outcome' from scheduled_job_runs run
    where run.id = j.last_run_id and run.decision ->> 'outcome' in ('done', 'not_done')
  ) end as "lastRunDecision",
  ${finite('coalesce(j.last_run_finished_at, last.completed_at)')} as "lastRunFinishedAt",
  coalesce(j.last_run_duration_ms, last.duration_ms)::double precision as "lastRunDurationMs",
  j.trigger_source as "triggerSource", j.requested_by as "requestedBy", j.version,
  ${finite('j.created_at')} as "createdAt", ${finite('j.updated_at')} as "updatedAt", now() as "asOf"`

/** For lists: whatever other programs run is read once. */
export const listedJobs = `
from scheduled_jobs j
left join brands brand on brand.id = j.brand_id
left join foreign_running busy on busy.scheduled_job_id = j.id
${lastForeignRun}`

/** Of each job, the latest. Nobody runs for longer than a day: an agent recovers runs of other programs after half an hour (J7). */
export const foreignRuns = `
  select distinct on (run.scheduled_job_id) run.scheduled_job_id, run.id
  from scheduled_job_runs run
  where run.agent_id is null and run.started_at > now() - interval '1 day' and run.status = 'running'
    and run.completed_at is null
  order by run.scheduled_job_id, run.started_at desc`

/**
 * For a few jobs. What other programs run is found as in lists of jobs: looking through the latest runs of each job took half of the time
 * that fifty jobs take. Conditions stand inside (`limit 1`): as conditions of a join they would be looked at afterwards, and the brands hashed.
 */
export const besideJobs = (foreign: string): string => `
left join lateral (select own.* from brands own where own.id = j.brand_id limit 1) brand on true
left join (${foreign}) busy on busy.scheduled_job_id = j.id and j.current_run_id is null
${lastForeignRun}`

export const singleJobs = `
from scheduled_jobs j
${besideJobs(foreignRuns)}`

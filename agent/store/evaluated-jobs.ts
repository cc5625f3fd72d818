/**
 * What is wrong with jobs: their last run that was decided, completed or failed, has failed. A run that was cancelled, given back or is
 * still going decides nothing, so that a job which keeps failing is not taken for one that recovers in between. Compared with the
 * incidents that are open, as in evaluated-datasets.ts: what is known and as it was is left out. Nobody watches an archived brand.
 */
import type { RunProblem } from '../../shared/domain.ts'
import type { Database, Statement } from './database.ts'
import { foreignRunningJobs } from './evaluated-datasets.ts'
import { finite } from './job-columns.ts'
import { watchedOrganizations } from './watched-organizations.ts'

export type JobKind = 'run_failed' | 'run_failed_first' | 'job_dead'

/** Of a decided run. */
export interface Verdict {
  readonly runId: string
  readonly hasFailed: boolean
  readonly attempt: number
  readonly problem: RunProblem | null
  /** Its beginning. */
  readonly error: string | null
  readonly triggerSource: string | null
  readonly completedAt: Date | null
  /** Null for runs of other programs. */
  readonly agentId: string | null
  /** Who found that it did its work, where nobody knew; null = nobody had to. */
  readonly confirmedBy: string | null
}

export interface EvaluatedJob {
  readonly jobId: string
  readonly jobName: string
  readonly jobType: string
  readonly status: string
  readonly scheduleType: string
  readonly brandId: string | null
  readonly brandName: string | null
  /** Null for platform-level jobs, and for those whose brand is gone. */
  readonly organizationId: string | null
  readonly maxRetries: number
  /** So many runs in a row have to fail for good before it is told. */
  readonly alertAfter: number
  /** Its decided runs, newest first, of one that is told after several; else empty. */
  readonly recent: readonly { readonly hasFailed: boolean; readonly attempt: number }[]
  readonly nextRunAt: Date | null
  /** Nothing runs and nothing is planned (J5). */
  readonly isIdle: boolean
  /** What comes next is a fire of the cadence, or what somebody asked for as the first attempt; no retry is planned or under way. */
  readonly isBetweenFires: boolean
  /** Null: no run of it was ever decided. */
  readonly verdict: Verdict | null
  /** Its open incidents. */
  readonly known: readonly { readonly id: string; readonly kind: JobKind; readonly runId: string | null }[]
  readonly watches: Readonly<Record<JobKind, boolean>>
}

const errorLimit = 1_000

/** Of `judged`. Twenty works with as many attempts as most jobs have are well within it. */
const recentRuns = `coalesce(case when alert_after > 1 and has_failed then (
    select jsonb_agg(jsonb_build_object('hasFailed', past.failed, 'attempt', past.attempt) order by past.started_at desc, past.id desc)
    from (
      select run.id, run.started_at, coalesce(run.attempt_number, 1) as attempt,
        run.status = 'failed' and coalesce(run.decision ->> 'outcome', '') <> 'done' as failed
      from scheduled_job_runs run
      where run.scheduled_job_id = judged.id and run.status in ('completed', 'failed') and run.completed_at is not null
      order by run.started_at desc, run.id desc
      limit 500
    ) past
  ) end, '[]')`

const statement: Statement = {
  name: 'evaluate_jobs',
  text: `
with moment as materialized (select coalesce($1::timestamptz, now()) as now),
${watchedOrganizations('$2', {
  watches_failed: 'run_failed',
  watches_first: 'run_failed_first',
  watches_dead: 'job_dead',
})}, ${foreignRunningJobs}, known as materialized (
  select scheduled_job_id as job_id, jsonb_agg(jsonb_build_object('id', id, 'kind', kind, 'runId', run_id)) as incidents,
    bool_or(kind = 'job_dead') as dead, array_agg(run_id) as run_ids,
    bool_or(kind in ('run_failed', 'job_dead')) as told
  from incidents
  where resolved_at is null and kind in ('run_failed', 'run_failed_first', 'job_dead') and scheduled_job_id is not null
  group by scheduled_job_id
), candidate as materialized (
  select id from scheduled_jobs where status = 'active' and last_run_status in ('failed', 'cancelled')
  union
  -- Runs of other programs do not show on the job.
  select run.scheduled_job_id from scheduled_job_runs run, moment
  where run.problem is not null and run.agent_id is null and run.started_at > moment.now - interval '7 days'
  union
  select job_id from known
  union
  select unnest($3::uuid[])
), judged as (
  select job.id, coalesce(nullif(btrim(job.name), ''), job.job_type) as name, job.job_type, job.status, job.schedule_type,
    brand.id as brand_id, brand.name as brand_name, brand.organization_id, coalesce(job.max_retries, 3) as max_retries, coalesce(job.alert_after, 1) as alert_after,
    ${finite('job.next_run_at')} as next_run_at,
    job.next_run_at is null and job.current_run_id is null and foreign_running.job_id is null and job.status = 'active'
      -- A recurring job gets its next run from whoever plans it; that takes a moment.
      and (job.schedule_type = 'one_time' or verdict.completed_at < moment.now - interval '1 minute') as idle,
    coalesce(job.current_run_id is null and foreign_running.job_id is null and job.next_attempt = 1, false) as between_fires,
    verdict.*, coalesce(known.incidents, '[]') as incidents, known.job_id is not null as is_known,
    coalesce(known.told and (known.dead or job.next_run_at is not null or job.current_run_id is not null), false) as is_told,
    coalesce(verdict.run_id = all (known.run_ids), false) as is_same,
    coalesce(watched.watches_failed, brand.id is null and $2::jsonb -> 'run_failed' = 'true') as watches_failed,
    coalesce(watched.watches_first, brand.id is null and $2::jsonb -> 'run_failed_first' = 'true') as watches_first,
    coalesce(watched.watches_dead, brand.id is null and $2::jsonb -> 'job_dead' = 'true') as watches_dead
  from candidate
  join scheduled_jobs job on job.id = candidate.id
  cross join moment
  left join brands brand on brand.id = job.brand_id
  left join watched on watched.id = brand.organization_id and brand.archived_at is null
  left join known on known.job_id = job.id
  left join foreign_running on foreign_running.job_id = job.id
  left join lateral (
    select run.id as run_id,
      -- What a person has found done has not failed.
      run.status = 'failed' and coalesce(run.decision ->> 'outcome', '') <> 'done' as has_failed,
      case when run.decision ->> 'outcome' = 'done' then left(run.decision ->> 'by', 200) end as confirmed_by, coalesce(run.attempt_number, 1) as attempt, run.problem,
      left(run.error_message, ${errorLimit}) as error, run.trigger_source, ${finite('run.completed_at')} as completed_at,
      run.agent_id
    from scheduled_job_runs run
    where run.scheduled_job_id = job.id and run.status in ('completed', 'failed') and run.completed_at is not null
    order by run.started_at desc, run.id desc
    limit 1
  ) verdict on true
)
select id as "jobId", name as "jobName", job_type as "jobType", status, schedule_type as "scheduleType",
  brand_id as "brandId", brand_name as "brandName", organization_id as "organizationId", max_retries as "maxRetries", alert_after as "alertAfter",
  ${recentRuns} as recent,
  next_run_at as "nextRunAt", idle as "isIdle", between_fires as "isBetweenFires", incidents as known,
  jsonb_build_object('run_failed', watches_failed, 'run_failed_first', watches_first, 'job_dead', watches_dead) as watches,
  run_id as "runId", has_failed as "hasFailed", attempt, problem, error, trigger_source as "triggerSource",
  completed_at as "completedAt", agent_id as "agentId", confirmed_by as "confirmedBy"
from judged
where case
  when is_known then not (
    has_failed and status in ('active', 'paused') and is_told and is_same and watches_failed and watches_dead
  )
  else has_failed and status = 'active' and (watches_failed or watches_first or watches_dead)
end`,
}

type Row = Omit<EvaluatedJob, 'verdict'> & { readonly runId: string | null } & Omit<Verdict, 'runId'>

/** `asked`: jobs whose verdict is wanted whatever it is. */
export async function evaluateJobs(
  database: Database,
  now: Date | null,
  defaults: Readonly<Record<string, boolean>>,
  asked: readonly string[],
): Promise<EvaluatedJob[]> {
  const rows = await database.query<Row>(statement, [now, JSON.stringify(defaults), asked])
  return rows.map((row) => {
    const { runId, hasFailed, attempt, problem, error, triggerSource, completedAt, agentId, confirmedBy, ...job } = row
    const verdict = { hasFailed, attempt, problem, error, triggerSource, completedAt, agentId, confirmedBy }
    return { ...job, verdict: runId === null ? null : { runId, ...verdict } }
  })
}

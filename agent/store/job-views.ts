import type { Database, Statement } from './database.ts'
import { inForce } from './hold-conditions.ts'
import { besideJobs, finite, foreignRuns, type Job, jobColumns } from './job-columns.ts'

/** A job as the console shows it: with the run in progress and where that is. */
export interface JobView extends Omit<Job, 'parameters'> {
  /** Null where another program has stored more than 256 kB, or something that is no JSON object. */
  readonly parameters: unknown
  readonly productId: string | null
  /** Of the run in progress; null = nothing runs. */
  readonly runId: string | null
  readonly runStartedAt: Date
  readonly runAttempt: number
  readonly runCancelRequestedAt: Date | null
  /** Null for runs of other programs. */
  readonly runAgentName: string | null
  /** 0 for the first step; null = no step is running. */
  readonly stepPosition: number | null
  readonly stepKey: string
  readonly stepDone: number | null
  readonly stepTotal: number | null
  /** What holds it now; null = nothing does, or it is not active. */
  readonly holdId: string | null
  readonly holdEndsAt: Date | null
  readonly holdReason: string
  readonly holdCreatedBy: string
}

const shown = {
  parameters: `case when pg_column_size(j.parameters) <= 262144 and jsonb_typeof(j.parameters) = 'object'
    then j.parameters when j.parameters is null then '{}' else 'null' end`,
  lastError: 'left(j.last_error, 8000)',
}

export const viewColumns = `
  ${jobColumns(shown)}, j.product_id as "productId",
  running.id as "runId", coalesce(${finite('running.started_at')}, now()) as "runStartedAt",
  coalesce(running.attempt_number, 1) as "runAttempt", running.cancel_requested_at as "runCancelRequestedAt",
  agent.name as "runAgentName", step.position as "stepPosition", step.step_key as "stepKey",
  step.progress_done as "stepDone", step.progress_total as "stepTotal",
  hold.id as "holdId", hold.ends_at as "holdEndsAt", hold.reason as "holdReason", hold.created_by as "holdCreatedBy"`

/** `jobs` names them `j`; `foreign` are the runs of other programs in progress, by job. */
export const viewedJobs = (jobs: string, foreign: string): string => `
${jobs}
${besideJobs(foreign)}
left join scheduled_job_runs running on running.id = coalesce(j.current_run_id, busy.id)
left join agents agent on agent.id = running.agent_id
left join lateral (
  select position, step_key, progress_done, progress_total from run_steps
  where run_id = running.id and status = 'running' order by position limit 1
) step on true
left join lateral (
  select hold.id, hold.ends_at, hold.reason, hold.created_by from holds hold
  where j.status = 'active' and ${inForce('hold', 'now()')} and hold.organization_id = brand.organization_id
    and (hold.brand_id is null or hold.brand_id = j.brand_id) and (hold.job_type is null or hold.job_type = j.job_type)
  order by coalesce(hold.ends_at, 'infinity') desc, hold.id limit 1
) hold on true`

const viewStatement: Statement = {
  name: 'view_jobs',
  text: `
select ${viewColumns}
${viewedJobs('from scheduled_jobs j', foreignRuns)}
where j.id = any ($1::uuid[])`,
}

/** The given jobs, in no order; those that do not exist are left out. */
export async function viewJobs(database: Database, jobIds: readonly string[]): Promise<JobView[]> {
  return jobIds.length === 0 ? [] : database.query<JobView>(viewStatement, [jobIds])
}

export interface JobOwner {
  readonly id: string
  readonly brandId: string | null
  /** Null for platform-level jobs, and for those whose brand is gone. */
  readonly organizationId: string | null
}

const ownersStatement: Statement = {
  name: 'list_job_owners',
  text: `
select j.id, j.brand_id as "brandId", brand.organization_id as "organizationId"
from scheduled_jobs j
left join brands brand on brand.id = j.brand_id
where j.id = any ($1::uuid[])`,
}

/** Whose the given jobs are; those that do not exist are left out. */
export async function listJobOwners(database: Database, jobIds: readonly string[]): Promise<JobOwner[]> {
  return database.query<JobOwner>(ownersStatement, [jobIds])
}

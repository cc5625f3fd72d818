import type { Database, Statement } from './database.ts'

/*
 * What the freshness board is made of, small (50,000 datasets, 10,000 jobs) and as changes since the last time.
 *
 * Each question is one statement, so that the count, the horizon and the rows are of one snapshot. A row was changed since an earlier
 * snapshot only by a transaction that this snapshot did not take for finished, so by one not older than its horizon; unlike
 * `updated_at`, that misses neither long transactions nor programs that set the column themselves. `age` counts transactions back from
 * now and so survives the wrap-around of their numbers. Measured: all of 50,000 rows 110 ms, the changes since the last time 10 ms.
 */

export interface Changes<Fact> {
  /** Everything written by transactions older than this one was visible: the `since` of the next time. */
  readonly horizon: string
  /** How many there are: whoever keeps a copy learns of deletions by it. */
  readonly total: number
  readonly changed: readonly Fact[]
}

/** Times in ms since 1970. */
export interface DatasetFact {
  readonly brandId: string
  /** `dataset_key` */
  readonly key: string
  readonly lastSuccessMs: number | null
  readonly lastAttemptMs: number | null
  readonly lastStatus: string
  readonly suspicious: boolean
  readonly gone: false
}

/** Null for what no calendar has: `infinity`, the year 290000 (bad input 26). The addend is for the floor of 0.122999…. */
const milliseconds = (column: string): string =>
  `case when ${column} between '0001-01-01 00:00+00' and '9999-12-31 00:00+00'
    then floor(date_part('epoch', ${column}) * 1000 + 0.0005) end`

const horizon = 'pg_snapshot_xmin(pg_current_snapshot())::text'

/** The age of the horizon is worked out once, not for each row. */
const isChanged = (table: string): string =>
  `($1::text is null or age(${table}.xmin) <= (select age(($1::text::xid8)::xid)))`

const datasetsStatement: Statement = {
  name: 'list_dataset_changes',
  text: `
select null as "brandId", ${horizon} as key, count(*)::double precision as "lastSuccessMs",
  null::double precision as "lastAttemptMs", '' as "lastStatus", false as suspicious, false as gone
from dataset_status
union all
select status.brand_id::text, status.dataset_key, ${milliseconds('status.last_success_at')},
  ${milliseconds('status.last_attempt_at')}, status.last_status,
  coalesce(status.metadata ->> 'suspicious' = 'true', false), false
from dataset_status status
where ${isChanged('status')}`,
}

/** The rows of dataset_status that changed since a horizon; null = all of them. */
export async function listDatasetChanges(database: Database, since: string | null): Promise<Changes<DatasetFact>> {
  const [head, ...changed] = await database.query<DatasetFact>(datasetsStatement, [since])
  if (head === undefined) throw new Error('list_dataset_changes returned no row')
  return { horizon: head.key, total: head.lastSuccessMs ?? 0, changed }
}

/** Times in ms since 1970. */
export interface JobFact {
  readonly brandId: string
  /** Of the job. */
  readonly key: string
  readonly jobType: string
  readonly paused: boolean
  /** Of an agent's run; null = no agent of ours has ended one. */
  readonly lastRunStatus: string | null
  readonly nextRunMs: number | null
  readonly runningSinceMs: number | null
  /** The parameters that are true or false: only they decide which steps run. Others are there as null. */
  readonly switches: { readonly [name: string]: boolean | null }
  /** Neither active nor paused any more, or without a brand. */
  readonly gone: boolean
}

const isKept = (table: string): string =>
  `coalesce(${table}.status in ('active', 'paused') and ${table}.brand_id is not null, false)`

const jobsStatement: Statement = {
  name: 'list_job_changes',
  text: `
select null as "brandId", ${horizon} as key, '' as "jobType", false as paused, null as "lastRunStatus",
  (count(*) filter (where ${isKept('job')}))::double precision as "nextRunMs",
  null::double precision as "runningSinceMs", null::jsonb as switches, false as gone
from scheduled_jobs job
union all
select coalesce(job.brand_id::text, ''), job.id::text, job.job_type, job.status = 'paused', job.last_run_status,
  ${milliseconds('job.next_run_at')}, ${milliseconds('running.started_at')}, (
    select coalesce(
      jsonb_object_agg(given.key, case when jsonb_typeof(given.value) = 'boolean' then given.value else 'null' end), '{}'
    )
    from jsonb_each(case when jsonb_typeof(job.parameters) = 'object' then job.parameters else '{}' end) as given
  ), not ${isKept('job')}
from scheduled_jobs job
left join lateral (
  select run.started_at from scheduled_job_runs run where run.id = job.current_run_id limit 1
) running on job.current_run_id is not null
where ${isChanged('job')} and ($1::text is not null or ${isKept('job')})`,
}

/** The active and paused jobs of brands that changed since a horizon, and those that are no longer such; null = all there are. */
export async function listJobChanges(database: Database, since: string | null): Promise<Changes<JobFact>> {
  const [head, ...changed] = await database.query<JobFact>(jobsStatement, [since])
  if (head === undefined) throw new Error('list_job_changes returned no row')
  return { horizon: head.key, total: head.nextRunMs ?? 0, changed }
}

export interface PolicyFact {
  readonly brandId: string
  /** `dataset_key` */
  readonly key: string
  readonly maxAgeHours: number | null
  readonly warnAgeHours: number | null
  readonly gone: false
}

const policiesStatement: Statement = {
  name: 'list_policy_changes',
  text: `
select null as "brandId", ${horizon} as key, count(*)::double precision as "maxAgeHours",
  null::double precision as "warnAgeHours", false as gone
from dataset_policies
union all
select policy.brand_id::text, policy.dataset_key, policy.max_age_hours::double precision,
  policy.warn_age_hours::double precision, false
from dataset_policies policy
where ${isChanged('policy')}`,
}

/** The ages of brands' own that changed since a horizon; null = all of them. */
export async function listPolicyChanges(database: Database, since: string | null): Promise<Changes<PolicyFact>> {
  const [head, ...changed] = await database.query<PolicyFact>(policiesStatement, [since])
  if (head === undefined) throw new Error('list_policy_changes returned no row')
  return { horizon: head.key, total: head.maxAgeHours ?? 0, changed }
}

const foreignStatement: Statement = {
  name: 'list_foreign_running',
  text: `
select run.scheduled_job_id as "jobId", ${milliseconds('max(run.started_at)')} as "startedMs"
from scheduled_job_runs run
where run.agent_id is null and run.status = 'running' and run.completed_at is null
  and run.started_at between now() - interval '1 day' and now() + interval '1 day'
group by run.scheduled_job_id`,
}

/** Runs of other programs in progress: they show on no job. What is older than a day is not running but forgotten (J7). */
export async function listForeignRunning(database: Database): Promise<ReadonlyMap<string, number>> {
  const rows = await database.query<{ jobId: string; startedMs: number }>(foreignStatement, [])
  return new Map(rows.map(({ jobId, startedMs }) => [jobId, startedMs]))
}

import type { ExternalSource, ExternalStatus, Fact } from '../../shared/external-runs.ts'
import type { Database, Statement } from './database.ts'

/** Which runs of other programs; every field narrows. */
export interface ExternalRunConditions {
  readonly organizationId: string
  /** Null = all, and what belongs to no brand. */
  readonly brandIds: readonly string[] | null
  readonly sources: readonly ExternalSource[]
  readonly results: readonly ExternalStatus[]
  readonly from: Date | null
  readonly to: Date | null
  /** Lower case; empty = any. */
  readonly text: string
}

/** Where a page of the list ended. */
export interface ExternalRunPosition {
  /** As PostgreSQL writes it: a Date has no microseconds. */
  readonly firstEventAt: string
  readonly id: string
}

export interface ListedExternalRun {
  readonly id: string
  readonly organizationId: string
  readonly source: ExternalSource
  readonly producer: string
  readonly jobNamespace: string
  readonly jobName: string
  readonly brandId: string | null
  readonly brandName: string | null
  readonly datasetKey: string | null
  readonly status: ExternalStatus | null
  readonly firstEventAt: Date
  readonly position: string
  readonly startedAt: Date | null
  readonly completedAt: Date | null
  readonly durationMs: number | null
  readonly records: number | null
  readonly error: string | null
  readonly steps: number
  readonly failedSteps: number
  readonly asOf: Date
}

const stepOf = (run: string): string =>
  `step.organization_id = ${run}.organization_id and step.source = ${run}.source and step.parent_key = ${run}.run_key`

/** A run that says nothing itself is as its steps are: the worst of those that have ended, once all have. */
const shownStatus = `
  coalesce(run.status, case
    when steps.running > 0 then 'running' when steps.failed > 0 then 'failed' when steps.cancelled > 0 then 'cancelled'
    when steps.total > 0 and steps.completed = steps.total then 'completed' end)`

const columns = `
  run.id, run.organization_id as "organizationId", run.source, run.producer, run.job_namespace as "jobNamespace",
  run.job_name as "jobName", run.brand_id as "brandId", brand.name as "brandName", run.dataset_key as "datasetKey",
  ${shownStatus} as status, run.first_event_at as "firstEventAt", run.first_event_at::text as position,
  run.started_at as "startedAt", run.completed_at as "completedAt",
  extract(epoch from run.completed_at - run.started_at)::float8 * 1000 as "durationMs",
  run.records_affected as records, left(split_part(run.error_message, E'\\n', 1), 300) as error,
  steps.total as steps, steps.failed as "failedSteps", now() as "asOf"`

const joins = `
left join brands brand on brand.id = run.brand_id
cross join lateral (
  select count(*) as total, count(*) filter (where step.status = 'failed') as failed,
    count(*) filter (where step.status = 'running') as running,
    count(*) filter (where step.status = 'cancelled') as cancelled,
    count(*) filter (where step.status = 'completed') as completed
  from external_runs step where ${stepOf('run')}
) steps`

/** What a run, or one of the steps below it, must be. */
const fits = (row: string): string => `
    ($2::uuid[] is null or ${row}.brand_id = any ($2::uuid[]))
    and (cardinality($4::text[]) = 0 or ${row}.status = any ($4::text[]))
    and ($7::text = '' or position($7::text in lower(concat_ws(' ', ${row}.producer, ${row}.job_namespace, ${row}.job_name,
      ${row}.error_message))) > 0)`

/**
 * Levels of steps below a run that are looked at: a DAG, its tasks, what they start, and so on. From the steps that fit upwards, once for
 * all runs; down from each run it took 5 s instead of 0.4 s at 280,000 runs.
 */
const mostLevels = 4

const isAboveSteps = `(run.source, run.run_key) in (
    with recursive above as (
      select step.source, step.parent_key, 1 as level from external_runs step
      where step.organization_id = $1::uuid and step.parent_key is not null and ${fits('step')}
      union
      select parent.source, parent.parent_key, above.level + 1 from above
      join external_runs parent on parent.organization_id = $1::uuid and parent.source = above.source
        and parent.run_key = above.parent_key
      where parent.parent_key is not null and above.level < ${mostLevels}
    )
    select source, parent_key from above
  )`

const matching = `
  run.organization_id = $1::uuid and run.parent_key is null
  and (cardinality($3::text[]) = 0 or run.source = any ($3::text[]))
  and ($5::timestamptz is null or run.first_event_at >= $5::timestamptz)
  and ($6::timestamptz is null or run.first_event_at < $6::timestamptz)
  and ((${fits('run')}) or ${isAboveSteps})`

function valuesOf({ organizationId, brandIds, sources, results, from, to, text }: ExternalRunConditions): unknown[] {
  return [organizationId, brandIds, sources, results, from, to, text]
}

const listStatement: Statement = {
  name: 'list_external_runs',
  text: `
select ${columns}
from (
  select run.* from external_runs run
  where ${matching}
    and ($8::timestamptz is null or (run.first_event_at, run.id) < ($8::timestamptz, $9::uuid))
  order by run.first_event_at desc, run.id desc
  limit $10::int
) run ${joins}
order by run.first_event_at desc, run.id desc`,
}

/** The newest first, after a position; steps are looked at only for those of the page. */
export async function listExternalRuns(
  database: Database,
  conditions: ExternalRunConditions,
  { after, limit }: { readonly after: ExternalRunPosition | null; readonly limit: number },
): Promise<ListedExternalRun[]> {
  const page = [after?.firstEventAt ?? null, after?.id ?? null, limit]
  return database.query<ListedExternalRun>(listStatement, [...valuesOf(conditions), ...page])
}

export interface ExternalRunCounts {
  readonly asOf: Date
  readonly total: number
  readonly running: number
  readonly completed: number
  readonly failed: number
  readonly cancelled: number
  readonly unknown: number
}

const countStatement: Statement = {
  name: 'count_external_runs',
  text: `
select now() as "asOf", count(*) as total, count(*) filter (where status = 'running') as running,
  count(*) filter (where status = 'completed') as completed, count(*) filter (where status = 'failed') as failed,
  count(*) filter (where status = 'cancelled') as cancelled, count(*) filter (where status is null) as unknown
from (
  select ${shownStatus} as status
  from (
    select run.* from external_runs run where ${matching} order by run.first_event_at desc limit $8::int
  ) run ${joins}
) found`,
}

/** Of the newest `most` that match. */
export async function countExternalRuns(
  database: Database,
  conditions: ExternalRunConditions,
  most: number,
): Promise<ExternalRunCounts> {
  const [counts] = await database.query<ExternalRunCounts>(countStatement, [...valuesOf(conditions), most])
  if (counts === undefined) throw new Error('count_external_runs returned no row')
  return counts
}

export interface WholeExternalRun extends ListedExternalRun {
  readonly runKey: string
  readonly parentKey: string | null
  readonly lastEventAt: Date
  readonly nominalStartAt: Date | null
  readonly nominalEndAt: Date | null
  readonly errorMessage: string | null
  readonly log: string | null
  readonly facts: Readonly<Record<string, Fact>>
  readonly parentId: string | null
  readonly parentName: string | null
}

const getStatement: Statement = {
  name: 'get_external_run',
  text: `
select ${columns}, run.run_key as "runKey", run.parent_key as "parentKey", run.last_event_at as "lastEventAt",
  run.nominal_start_at as "nominalStartAt", run.nominal_end_at as "nominalEndAt",
  run.error_message as "errorMessage", run.log, run.facts, parent.id as "parentId", parent.job_name as "parentName"
from external_runs run ${joins}
left join external_runs parent on parent.organization_id = run.organization_id and parent.source = run.source
  and parent.run_key = run.parent_key
where run.id = $1::uuid`,
}

/** Null when there is none. */
export async function getExternalRun(database: Database, id: string): Promise<WholeExternalRun | null> {
  const [run] = await database.query<WholeExternalRun>(getStatement, [id])
  return run ?? null
}

const stepsStatement: Statement = {
  name: 'list_external_steps',
  text: `
select ${columns}
from external_runs run ${joins}
where run.organization_id = $1::uuid and run.source = $2::text and run.parent_key = $3::text
order by run.first_event_at, run.id
limit 200`,
}

/** The steps of a run, in the order in which they began; 200 at most. */
export async function listExternalSteps(
  database: Database,
  { organizationId, source, runKey }: Pick<WholeExternalRun, 'organizationId' | 'source' | 'runKey'>,
): Promise<ListedExternalRun[]> {
  return database.query<ListedExternalRun>(stepsStatement, [organizationId, source, runKey])
}

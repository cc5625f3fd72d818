import { type RunResult, runResults } from '../../shared/contract/runs.ts'
import type { Database, DatabasePool, Statement } from './database.ts'
import { composed, conditionsOf, Places, type RunConditions, resultConditions, uncommonRuns } from './run-conditions.ts'
import type { BrandFacts } from './run-sources.ts'

/** Runs of one bucket and result whose durations are alike. */
export interface RunGroup {
  /** From 0. */
  readonly bucket: number
  /** Null for a status that none of the results stands for. */
  readonly result: RunResult | null
  readonly runs: number
  /** Mean, ms; null unless completed (with warnings or without), and where nobody looked. */
  readonly durationMs: number | null
}

export interface SummaryRange {
  readonly from: Date
  readonly to: Date
  /** A whole number, such that `buckets` of them reach `to`. */
  readonly bucketMs: number
  readonly buckets: number
}

/** 4 % wide, up to ten years and beyond; the first is for runs without a duration. */
const durationClasses = 701
const resultCodes = [...runResults, null]

/**
 * The runs of a month are a third of the pages, one after another: to walk them by their index is what the usual costs (a disk that turns)
 * keep the planner from, which reads them all instead; and what workers hand over are a few bytes. Measured for a month of a million: half.
 * A plan made for any range would expect a few runs, and share nothing: half again.
 */
const costsStatement: Statement = {
  name: 'summary_costs',
  text: `select set_config('random_page_cost', '1.1', true), set_config('parallel_tuple_cost', '0.002', true),
    set_config('plan_cache_mode', 'force_custom_plan', true)`,
}

/** Work on very many runs. */
export function withSummaryCosts<Result>(
  database: DatabasePool,
  work: (transaction: Database) => Promise<Result>,
): Promise<Result> {
  return database.transaction(async (transaction) => {
    await transaction.query(costsStatement, [])
    return work(transaction)
  })
}

/** Counts the runs that started within the range. `ids`: of these runs only. */
export async function summarizeRuns(
  database: DatabasePool,
  { filter, brands }: { readonly filter: RunConditions; readonly brands: BrandFacts },
  range: SummaryRange,
  ids: readonly string[] | null,
): Promise<RunGroup[]> {
  const places = new Places()
  const { problem } = uncommonRuns(filter)
  const conditions = conditionsOf({ ...filter, from: range.from, to: range.to }, places, ['tenant'])
  // Said as the index of uncommon runs says it.
  if (problem !== null) conditions.push(problem)
  if (ids !== null) conditions.push(`run.id = any (${places.of(ids)}::uuid[])`)
  const { source, condition } = ownRuns(filter, brands, places)
  const all = [...conditions, ...(condition === null ? [] : [condition])]
  return withSummaryCosts(database, (transaction) => groupRuns(transaction, { source, conditions: all, range, places }))
}

/** The organization's, the group's, or the brand's. Looking each brand up in a hash takes a fifth of the time, which one that has all of them is spared. */
function ownRuns(
  { organizationId, withPlatform, brandId, brandIds = null }: RunConditions,
  { own, all, areKept }: BrandFacts,
  places: Places,
): { source: string; condition: string | null } {
  const source = 'scheduled_job_runs run'
  if (brandId !== null) return { source, condition: `run.brand_id = ${places.of(brandId)}::uuid` }
  if (brandIds !== null) return { source, condition: `run.brand_id = any (${places.of(brandIds)}::uuid[])` }
  if (areKept && own === all) return { source, condition: withPlatform ? null : 'run.brand_id is not null' }
  const isOwn = `brand.organization_id = ${places.of(organizationId)}::uuid`
  return {
    source: `${source} left join brands brand on brand.id = run.brand_id`,
    condition: withPlatform ? `coalesce(${isOwn}, true)` : isOwn,
  }
}

export interface GroupedRuns {
  /** Where `run` comes from. */
  readonly source: string
  /** At least one. */
  readonly conditions: readonly string[]
  readonly range: SummaryRange
  readonly places: Places
}

/**
 * Durations come in classes 4 % wide, each with its mean: exact where a class holds one run, within 2 % elsewhere; so a million of them
 * need no sorting, and workers of the server can share the counting. (One key, and `offset 0` in front of it, keep the planner from guessing
 * at the groups: it would expect one for each run, and sort a million of them.)
 */
export async function groupRuns(
  database: Database,
  { source, conditions, range, places }: GroupedRuns,
): Promise<RunGroup[]> {
  const statement = composed(
    'summarize_runs',
    `
select timed.key, count(*) as runs, avg(timed.ms) as "durationMs"
from (
  select dated.ms, (dated.bucket * ${resultCodes.length} + dated.code) * ${durationClasses}
    + coalesce(least(floor(ln(dated.ms + 1) * 25)::integer + 1, ${durationClasses - 1}), 0) as key
  from (
    select ${bucketOf(range, places)} as bucket, ${resultCode} as code, ${durationMs} as ms
    from ${source}
    where ${conditions.join(' and ')}
  ) dated
  offset 0
) timed
group by timed.key`,
  )
  const rows = await database.query<Omit<RunGroup, 'bucket' | 'result'> & { readonly key: number }>(
    statement,
    places.values,
  )
  return rows.map(({ key, ...group }) => {
    const place = Math.floor(key / durationClasses)
    return { ...group, bucket: Math.floor(place / resultCodes.length), result: resultOf(place % resultCodes.length) }
  })
}

/** The number of the bucket that `run` started in, from 0. */
export function bucketOf({ from, bucketMs, buckets }: SummaryRange, places: Places): string {
  const starts = Array.from({ length: buckets }, (_, bucket) => new Date(from.getTime() + bucket * bucketMs))
  return `width_bucket(run.started_at, ${places.of(starts)}::timestamptz[]) - 1`
}

/** The place of the result of `run` in the list of results; a status that is not ours comes after them. */
export const resultCode = `case ${runResults.map((result, code) => `when ${resultConditions[result]} then ${code}`).join(' ')} else ${runResults.length} end`

export function resultOf(code: number): RunResult | null {
  return resultCodes[code] ?? null
}

/** How long `run` took, ms; null unless it has completed. */
export const durationMs = `case when run.status = 'completed' and isfinite(run.completed_at)
  then greatest(0, date_part('epoch', run.completed_at - run.started_at) * 1000) end`

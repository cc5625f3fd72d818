import { type RunResult, runResults } from '../../shared/contract/runs.ts'
import type { DatabasePool, Statement } from './database.ts'
import { composed, conditionsOf, Places, type RunConditions, resultConditions } from './run-conditions.ts'

/** Runs of one bucket and result whose durations are alike. */
export interface RunGroup {
  /** From 0. */
  readonly bucket: number
  /** Null for a status that none of the results stands for. */
  readonly result: RunResult | null
  readonly runs: number
  /** Mean, ms; null unless completed (with warnings or without). */
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
 */
const costsStatement: Statement = {
  name: 'summary_costs',
  text: `select set_config('random_page_cost', '1.1', true), set_config('parallel_tuple_cost', '0.002', true)`,
}

/**
 * Counts the runs that started within the range. Durations come in classes 4 % wide, each with its mean: exact
 * where a class holds one run, within 2 % elsewhere; so a million of them need no sorting, and workers of the server can share
 * the counting. (One key, and `offset 0` in front of it, keep the planner from guessing at the groups: it would expect one for each
 * run, and sort a million of them.)
 *
 * `ids`: of these runs only.
 */
export async function summarizeRuns(
  database: DatabasePool,
  filter: RunConditions,
  range: SummaryRange,
  ids: readonly string[] | null,
): Promise<RunGroup[]> {
  const places = new Places()
  const starts = Array.from({ length: range.buckets }, (_, bucket) => range.from.getTime() + bucket * range.bucketMs)
  const bucketStarts = places.of(starts.map((ms) => new Date(ms)))
  const statement = composed(
    'summarize_runs',
    `
select timed.key, count(*) as runs, avg(timed.ms) as "durationMs"
from (
  select dated.ms, (dated.bucket * ${resultCodes.length} + dated.code) * ${durationClasses}
    + coalesce(least(floor(ln(dated.ms + 1) * 25)::integer + 1, ${durationClasses - 1}), 0) as key
  from (
    select width_bucket(run.started_at, ${bucketStarts}::timestamptz[]) - 1 as bucket,
      ${resultCode} as code,
      case when run.status = 'completed' and isfinite(run.completed_at)
        then greatest(0, date_part('epoch', run.completed_at - run.started_at) * 1000) end as ms
    from scheduled_job_runs run
    ${filter.brandId === null ? 'left join brands brand on brand.id = run.brand_id' : ''}
    where ${summaryConditions(filter, range, ids, places).join(' and ')}
  ) dated
  offset 0
) timed
group by timed.key`,
  )
  const rows = await database.transaction(async (transaction) => {
    await transaction.query(costsStatement, [])
    return transaction.query<Omit<RunGroup, 'bucket' | 'result'> & { readonly key: number }>(statement, places.values)
  })
  return rows.map(({ key, ...group }) => {
    const place = Math.floor(key / durationClasses)
    const result = resultCodes[place % resultCodes.length] ?? null
    return { ...group, bucket: Math.floor(place / resultCodes.length), result }
  })
}

/** The place of its result in the list of results; a status that is not ours comes after them. */
const resultCode = `case ${runResults.map((result, code) => `when ${resultConditions[result]} then ${code}`).join(' ')} else ${runResults.length} end`

function summaryConditions(
  filter: RunConditions,
  { from, to }: SummaryRange,
  ids: readonly string[] | null,
  places: Places,
): string[] {
  const { organizationId, withPlatform, brandId } = filter
  const conditions = conditionsOf({ ...filter, from, to }, places, brandId === null ? ['tenant'] : [])
  if (ids !== null) conditions.push(`run.id = any (${places.of(ids)}::uuid[])`)
  if (brandId === null) {
    const own = `brand.organization_id = ${places.of(organizationId)}::uuid`
    conditions.push(withPlatform ? `coalesce(${own}, true)` : own)
  }
  return conditions
}

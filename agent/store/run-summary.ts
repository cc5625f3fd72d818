import type { RunResult } from '../../shared/contract/runs.ts'
import type { Database } from './database.ts'
import { composed, conditionsOf, Places, type RunConditions, runResult } from './run-conditions.ts'

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
  readonly bucketMs: number
}

/**
 * Counts the runs that started within the range. Durations come in classes 4 % wide, each with its mean: exact where a class holds
 * one run, within 2 % elsewhere; so a million of them need no sorting, and workers of the server can share the counting.
 *
 * `ids`: of these runs only.
 */
export async function summarizeRuns(
  database: Database,
  filter: RunConditions,
  range: SummaryRange,
  ids: readonly string[] | null,
): Promise<RunGroup[]> {
  const places = new Places()
  const { organizationId, withPlatform, brandId } = filter
  const inRange = { ...filter, from: range.from, to: range.to }
  const conditions = conditionsOf(inRange, places, brandId === null ? ['tenant'] : [])
  if (ids !== null) conditions.push(`run.id = any (${places.of(ids)}::uuid[])`)
  if (brandId === null) {
    const own = `brand.organization_id = ${places.of(organizationId)}::uuid`
    conditions.push(withPlatform ? `coalesce(${own}, true)` : own)
  }
  const bucketSeconds = `${places.of(range.bucketMs)}::double precision / 1000`
  const statement = composed(
    'summarize_runs',
    `
select timed.bucket, timed.result, count(*) as runs, avg(timed.ms) as "durationMs"
from (
  select floor(date_part('epoch', run.started_at - ${places.of(range.from)}::timestamptz) / (${bucketSeconds}))::integer as bucket,
    ${runResult} as result,
    case when run.status = 'completed' and isfinite(run.completed_at)
      then greatest(0, date_part('epoch', run.completed_at - run.started_at) * 1000) end as ms
  from scheduled_job_runs run
  ${brandId === null ? 'left join brands brand on brand.id = run.brand_id' : ''}
  where ${conditions.join(' and ')}
) timed
group by timed.bucket, timed.result, floor(ln(timed.ms + 1) * 25)
order by timed.bucket, timed.result, 4`,
  )
  return database.query<RunGroup>(statement, places.values)
}

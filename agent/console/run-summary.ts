import type { RunFilter, RunResult } from '../../shared/contract/runs.ts'
import { databaseNow } from '../store/database-clock.ts'
import type { RunConditions } from '../store/run-conditions.ts'
import { type RunGroup, type SummaryRange, summarizeRuns } from '../store/run-summary.ts'
import type { ConsoleContext, ConsoleServices } from './context.ts'
import { checkedConditions, searchedText } from './run-filter.ts'
import { brandsOf } from './run-list.ts'
import { searchRuns } from './run-search.ts'

type ResultCounts = Record<RunResult, number>

export interface RunBucket extends ResultCounts {
  readonly at: Date
  readonly p50Ms: number | null
  readonly p95Ms: number | null
}

export interface RunSummary extends Omit<SummaryRange, 'buckets'> {
  readonly asOf: Date
  readonly total: number
  readonly byResult: ResultCounts
  readonly searchedBackTo: Date | null
  readonly buckets: RunBucket[]
}

const defaultRangeMs = 30 * 86_400_000
/** A search counts no further than this. */
const mostMatches = 10_000

export async function summarize(
  context: ConsoleContext,
  input: RunFilter & { readonly buckets: number },
): Promise<RunSummary> {
  const { database } = context.services
  const [filter, asOf] = await Promise.all([checkedConditions(context, input), databaseNow(database)])
  const range = rangeOf(filter, asOf, input.buckets)
  const text = searchedText(input)
  const found = text === null ? null : await matching(context.services, { ...filter, ...range }, text, asOf)
  const groups = await summarizeRuns(database, filter, range, found?.ids ?? null)
  const { from, to, bucketMs } = range
  return {
    asOf,
    from,
    to,
    bucketMs,
    total: groups.reduce((sum, { runs }) => sum + runs, 0),
    byResult: countByResult(groups),
    searchedBackTo: found?.searchedBackTo ?? null,
    buckets: bucketsOf(groups, range),
  }
}

/** A run that starts at this very instant is part of "until now". */
function rangeOf({ from, to }: RunConditions, now: Date, buckets: number): SummaryRange {
  const end = to ?? new Date(Math.max(now.getTime() + 1, (from?.getTime() ?? 0) + 1))
  const start = from ?? new Date(end.getTime() - defaultRangeMs)
  return { from: start, to: end, bucketMs: Math.ceil((end.getTime() - start.getTime()) / buckets), buckets }
}

async function matching(
  services: ConsoleServices,
  filter: RunConditions,
  text: string,
  asOf: Date,
): Promise<{ ids: string[]; searchedBackTo: Date | null }> {
  const brands = await brandsOf(services, filter)
  const { matches, last, isComplete } = await searchRuns(services, { filter, brands, after: null, text }, mostMatches)
  return { ids: matches.map(({ id }) => id), searchedBackTo: isComplete ? null : (last?.startedAt ?? asOf) }
}

function countByResult(groups: readonly RunGroup[]): ResultCounts {
  const counts: ResultCounts = { running: 0, completed: 0, warnings: 0, failed: 0, cancelled: 0 }
  for (const { result, runs } of groups) if (result !== null) counts[result] += runs
  return counts
}

function bucketsOf(groups: readonly RunGroup[], { from, bucketMs, buckets }: SummaryRange): RunBucket[] {
  const byBucket = Map.groupBy(groups, ({ bucket }) => bucket)
  return Array.from({ length: buckets }, (_, index) => {
    const own = byBucket.get(index) ?? []
    return {
      at: new Date(from.getTime() + index * bucketMs),
      ...countByResult(own),
      p50Ms: percentile(own, 0.5),
      p95Ms: percentile(own, 0.95),
    }
  })
}

/** Nearest rank over classes of durations; null without any. */
export function percentile(groups: readonly Pick<RunGroup, 'runs' | 'durationMs'>[], fraction: number): number | null {
  const classes = groups
    .flatMap(({ runs, durationMs }) => (durationMs === null ? [] : [{ runs, durationMs }]))
    .toSorted((a, b) => a.durationMs - b.durationMs)
  const rank = Math.ceil(classes.reduce((sum, { runs }) => sum + runs, 0) * fraction)
  let counted = 0
  for (const { runs, durationMs } of classes) {
    counted += runs
    if (counted >= rank) return Math.round(durationMs)
  }
  return null
}

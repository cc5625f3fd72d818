import type { RunFilter, RunResult } from '../../shared/contract/runs.ts'
import { databaseNow } from '../store/database-clock.ts'
import type { RunConditions } from '../store/run-conditions.ts'
import type { BrandFacts } from '../store/run-sources.ts'
import { type RunGroup, type SummaryRange, summarizeRuns, withSummaryCosts } from '../store/run-summary.ts'
import { countRuns, sampleDurations } from '../store/run-totals.ts'
import type { ConsoleContext, ConsoleServices } from './context.ts'
import { searchedText } from './run-filter.ts'
import { readFiltered } from './run-list.ts'
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
  readonly durationsOf: number | null
  readonly searchedBackTo: Date | null
  readonly buckets: RunBucket[]
}

const defaultRangeMs = 30 * 86_400_000
/** A search counts no further than this. */
const mostMatches = 10_000

export async function summarize(
  context: ConsoleContext,
  input: RunFilter & { readonly buckets: number; readonly withDurations: boolean },
): Promise<RunSummary> {
  const { services } = context
  const [{ filter, brands }, asOf] = await Promise.all([readFiltered(context, input), databaseNow(services.database)])
  const range = rangeOf(filter, asOf, input.buckets)
  const text = searchedText(input)
  const found = text === null ? null : await matching(services, { filter: { ...filter, ...range }, brands, text, asOf })
  const { groups, durations, isSample } = await countAll(
    services,
    { filter, brands, ids: found?.ids ?? null },
    range,
    input,
  )
  const { from, to, bucketMs } = range
  return {
    asOf,
    from,
    to,
    bucketMs,
    total: sumOf(groups),
    byResult: countByResult(groups),
    durationsOf: isSample ? sumOf(durations) : null,
    searchedBackTo: found?.searchedBackTo ?? null,
    buckets: bucketsOf(groups, durations, range),
  }
}

interface Filtered {
  readonly filter: RunConditions
  readonly brands: BrandFacts
}

/** To read more of them than this, only to draw a line, would take a good part of a second. */
const mostDurations = 50_000
/** Of so many, then: some 200 for each of the usual 48 buckets. */
const wantedDurations = 10_000

interface Groups {
  readonly groups: readonly RunGroup[]
  readonly durations: readonly RunGroup[]
  readonly isSample: boolean
}

async function countAll(
  { database }: ConsoleServices,
  { ids, ...filtered }: Filtered & { readonly ids: readonly string[] | null },
  range: SummaryRange,
  { withDurations }: { readonly withDurations: boolean },
): Promise<Groups> {
  if (ids === null && isCountable(filtered)) {
    const owner = { ...filtered.filter, brands: filtered.brands }
    const groups = await withSummaryCosts(database, (transaction) => countRuns(transaction, owner, range))
    if (!withDurations) return { groups, durations: [], isSample: false }
    const all = sumOf(groups)
    if (all > mostDurations) {
      const durations = await withSummaryCosts(database, (transaction) =>
        sampleDurations(transaction, owner, range, all / wantedDurations),
      )
      return { groups, durations, isSample: true }
    }
  }
  const groups = await summarizeRuns(database, filtered, range, ids)
  return { groups, durations: withDurations ? groups : [], isSample: false }
}

/** Whether nothing but the time is asked for, and indexes know all runs. */
function isCountable({ filter, brands }: Filtered): boolean {
  const { withPlatform, brandId, jobId, backfillId, attempts, jobTypes, results, problems, triggers, agentIds } = filter
  const isPlain = brandId === null && jobId === null && backfillId === null && attempts === 'any'
  const lists = [jobTypes, results, problems, triggers, agentIds]
  return isPlain && lists.every((list) => list.length === 0) && (!withPlatform || brands.areKept)
}

function sumOf(groups: readonly RunGroup[]): number {
  return groups.reduce((sum, { runs }) => sum + runs, 0)
}

/** A run that starts at this very instant is part of "until now". */
function rangeOf({ from, to }: RunConditions, now: Date, buckets: number): SummaryRange {
  const end = to ?? new Date(Math.max(now.getTime() + 1, (from?.getTime() ?? 0) + 1))
  const start = from ?? new Date(end.getTime() - defaultRangeMs)
  return { from: start, to: end, bucketMs: Math.ceil((end.getTime() - start.getTime()) / buckets), buckets }
}

async function matching(
  services: ConsoleServices,
  { asOf, ...question }: Filtered & { readonly text: string; readonly asOf: Date },
): Promise<{ ids: string[]; searchedBackTo: Date | null }> {
  const { matches, last, isComplete } = await searchRuns(services, { ...question, after: null }, mostMatches)
  return { ids: matches.map(({ id }) => id), searchedBackTo: isComplete ? null : (last?.startedAt ?? asOf) }
}

function countByResult(groups: readonly RunGroup[]): ResultCounts {
  const counts: ResultCounts = { running: 0, completed: 0, warnings: 0, failed: 0, cancelled: 0 }
  for (const { result, runs } of groups) if (result !== null) counts[result] += runs
  return counts
}

function bucketsOf(
  groups: readonly RunGroup[],
  durations: readonly RunGroup[],
  { from, bucketMs, buckets }: SummaryRange,
): RunBucket[] {
  const counts = Map.groupBy(groups, ({ bucket }) => bucket)
  const timed = Map.groupBy(durations, ({ bucket }) => bucket)
  return Array.from({ length: buckets }, (_, index) => {
    const ownDurations = timed.get(index) ?? []
    return {
      at: new Date(from.getTime() + index * bucketMs),
      ...countByResult(counts.get(index) ?? []),
      p50Ms: percentile(ownDurations, 0.5),
      p95Ms: percentile(ownDurations, 0.95),
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

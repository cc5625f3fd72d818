import { formatDuration } from '../../../shared/duration.ts'
import { counted, countText } from '../../components/counts.ts'
import { absoluteText } from '../../components/time.tsx'
import { type Result, results } from './run-filters.ts'

/** Some minutes or hours of runs, as the summary counts them. */
export interface Bucket extends Readonly<Record<Result, number>> {
  readonly at: Date
  readonly p50Ms: number | null
  readonly p95Ms: number | null
}

export const resultWords: Readonly<Record<Result, string>> = {
  failed: 'failed',
  warnings: 'with warnings',
  completed: 'completed',
  cancelled: 'cancelled',
  running: 'running',
}

export function bucketTotal(bucket: Bucket): number {
  return results.reduce((sum, result) => sum + bucket[result], 0)
}

/** "30 min": ranges that end now are some seconds longer than their name, which nobody needs to read. */
export function lengthInWords(bucketMs: number): string {
  const unit = bucketMs > 600_000 ? 60_000 : 1_000
  return formatDuration(Math.max(Math.round(bucketMs / unit), 1) * unit)
}

/** "Tue, Nov 24, 2026, 10:00 UTC, 30 min: 12 runs, 2 failed, 10 completed". */
export function bucketInWords(bucket: Bucket, bucketMs: number, zone: string): string {
  const total = bucketTotal(bucket)
  const parts = results
    .filter((result) => bucket[result] > 0)
    .map((result) => `${countText(bucket[result])} ${resultWords[result]}`)
  const runs = counted(total, 'run')
  return `${absoluteText(bucket.at, zone)}, ${lengthInWords(bucketMs)}: ${[runs, ...parts].join(', ')}`
}

/** The range from one bucket to another, both included and in either order, as the URL has it. */
export function rangeOfBuckets(buckets: readonly Bucket[], bucketMs: number, one: number, other: number): string {
  const from = buckets[Math.min(one, other)]?.at.getTime() ?? 0
  const last = buckets[Math.max(one, other)]?.at.getTime() ?? from
  return `${new Date(from).toISOString()}..${new Date(last + bucketMs).toISOString()}`
}

export interface Piece {
  readonly result: Result
  /** px from the top. */
  readonly y: number
  /** px; at least 2 for what is there at all, so that one failure among thousands is seen. */
  readonly size: number
}

/** The pieces of one bar, from the bottom up, within `height` px where `highest` runs fill it. */
export function stacked(bucket: Bucket, highest: number, height: number): Piece[] {
  let floor = height
  return results.flatMap((result) => {
    if (bucket[result] === 0) return []
    const size = Math.max((bucket[result] / highest) * height, 2)
    floor -= size
    return [{ result, y: Math.max(floor, 0), size: Math.min(size, height) }]
  })
}

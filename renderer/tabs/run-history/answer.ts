import { counted, countText } from '../../components/counts.ts'
import { shortened } from '../../details/run/run-words.ts'
import type { Result } from './run-filters.ts'

export interface RunCounts {
  /** May be more than the results: a run can be pending, or have a status of another program. */
  readonly total: number
  readonly byResult: Readonly<Record<Result, number>>
}

/** Where most failures are; null when they are not known one by one. */
export interface MostFailed {
  readonly jobType: string
  readonly brandName: string | null
  readonly count: number
}

/** "1,284 runs in the last 24 h, 97.6 % completed; 18 failed, 12 of them meta_sync for Acme." */
export function answerOf(counts: RunCounts, range: string, most: MostFailed | null): string {
  const { total, byResult } = counts
  if (total === 0) return `No runs ${range}.`
  const rate = completedShare(byResult)
  const completed = rate === null ? '' : `, ${percentText(rate)} completed`
  const parts = [
    byResult.failed > 0 ? `${countText(byResult.failed)} failed${mostInWords(byResult.failed, most)}` : null,
    byResult.warnings > 0 ? `${countText(byResult.warnings)} with warnings` : null,
    byResult.running > 0 ? `${countText(byResult.running)} running` : null,
  ].filter((part) => part !== null)
  const rest = parts.length === 0 ? '' : `; ${parts.join('; ')}`
  return `${counted(total, 'run')} ${range}${completed}${rest}.`
}

/** Of the runs that have ended, how many are complete (with warnings or without), 0 to 1; null when none has ended. */
export function completedShare({ completed, warnings, failed, cancelled }: RunCounts['byResult']): number | null {
  const ended = completed + warnings + failed + cancelled
  return ended === 0 ? null : (completed + warnings) / ended
}

/** One decimal, never rounded up to 100 nor down to 0 while something speaks against it. */
export function percentText(share: number): string {
  if (share === 1 || share === 0) return `${share * 100} %`
  const rounded = Math.min(Math.max(Math.round(share * 1_000) / 10, 0.1), 99.9)
  return `${rounded.toLocaleString(undefined, { minimumFractionDigits: 1, maximumFractionDigits: 1 })} %`
}

function mostInWords(failed: number, most: MostFailed | null): string {
  if (most === null || failed < 2 || most.count < 2) return ''
  const share = most.count === failed ? 'all' : countText(most.count)
  const brand = most.brandName === null ? '' : ` for ${shortened(most.brandName, 60)}`
  return `, ${share} of them ${shortened(most.jobType, 60)}${brand}`
}

interface FailedRun {
  readonly jobType: string
  readonly brand: { readonly id: string; readonly name: string } | null
}

/** The job type and brand with the most of these runs; null without runs. */
export function mostFailedOf(runs: readonly FailedRun[]): MostFailed | null {
  const counts = new Map<string, { jobType: string; brandName: string | null; count: number }>()
  for (const { jobType, brand } of runs) {
    const key = `${brand?.id ?? ''} ${jobType}`
    const entry = counts.get(key) ?? { jobType, brandName: brand?.name ?? null, count: 0 }
    counts.set(key, { ...entry, count: entry.count + 1 })
  }
  return [...counts.values()].reduce<MostFailed | null>(
    (most, entry) => (most === null || entry.count > most.count ? entry : most),
    null,
  )
}

/** Of everything that matches; null while it is not known, as when the search was cut short: there may be more further back. */
export function knownTotal(
  summary: { readonly total: number; readonly searchedBackTo: Date | null } | undefined,
): number | null {
  return summary === undefined || summary.searchedBackTo !== null ? null : summary.total
}

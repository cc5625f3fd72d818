import type { Due } from '../../shared/due.ts'
import { staleMsOf } from '../../shared/freshness.ts'

const hourMs = 3_600_000

export interface Band {
  readonly from: Date
  /** One character for each hour, oldest first: f fresh for at least half of it, s stale, n nothing yet, - no policy. */
  readonly hours: string
  /** Share of the hours since the first success that were fresh, 0 to 1; null without any. */
  readonly uptime: number | null
}

interface BandQuestion {
  readonly from: Date
  readonly now: Date
  readonly maxAgeHours: number | null
  readonly due: Due | null
}

/**
 * How fresh a dataset was, hour by hour until now. Judged by the maximum age and the due time of today, in hours: what it was in the past is not kept, so a
 * policy that was tightened makes the past look worse than it looked then.
 * `successes`: ascending by when they were, with the last ones before `from`. What brought nothing newer than there was (old days) changes nothing.
 */
export function freshnessBand(
  successes: readonly { readonly at: Date; readonly asOf: Date }[],
  { from, now, maxAgeHours, due }: BandQuestion,
): Band {
  const count = Math.max(1, Math.ceil((now.getTime() - from.getTime()) / hourMs))
  if (maxAgeHours === null) return { from, hours: '-'.repeat(count), uptime: null }
  const times: number[] = []
  // Until when each success keeps it fresh.
  const fades: number[] = []
  let newestMs = Number.NEGATIVE_INFINITY
  for (const { at, asOf } of successes) {
    if (asOf.getTime() <= newestMs) continue
    newestMs = asOf.getTime()
    times.push(at.getTime())
    fades.push(staleMsOf(newestMs, maxAgeHours, due))
  }
  const madeMs = times[0] ?? Number.POSITIVE_INFINITY
  const codes: string[] = []
  let first = 0
  for (let hour = 0; hour < count; hour += 1) {
    const start = from.getTime() + hour * hourMs
    const end = Math.min(start + hourMs, now.getTime())
    // Those that are over before this hour begins matter no more.
    while (first + 1 < times.length && (times[first + 1] ?? 0) <= start) first += 1
    codes.push(codeOf(times, first, { start: Math.max(start, madeMs), end, fades }))
  }
  const hours = codes.join('')
  const fresh = codes.filter((code) => code === 'f').length
  const judged = codes.filter((code) => code !== 'n').length
  return { from, hours, uptime: judged === 0 ? null : fresh / judged }
}

function codeOf(
  times: readonly number[],
  first: number,
  { start, end, fades }: { start: number; end: number; fades: readonly number[] },
): string {
  if (start >= end) return 'n'
  let freshMs = 0
  let covered = start
  for (let place = first; place < times.length; place += 1) {
    const at = times[place] ?? end
    if (at >= end) break
    const until = Math.min(fades[place] ?? end, end)
    freshMs += Math.max(0, until - Math.max(at, covered))
    covered = Math.max(covered, until)
  }
  // Of the hour in which the first success was, what came before it is nobody's fault.
  return freshMs * 2 >= end - start ? 'f' : 's'
}

import { type Cadence, nextFire } from '../cadence.ts'
import { offsetAt, wallTimeAt } from '../time-zone.ts'

const dayMs = 86_400_000
const yearMs = 366 * dayMs

/**
 * The longest gap between two fires of the year that begins at `from`, seconds. One that begins within the year counts whole, also when
 * it ends after it: every 29 February.
 *
 * Half a million fires of `* * * * *` are not walked through (measured: 80 µs each). Minutes and hours look the same on every day that
 * has fires, but for days on which the clocks change: those are walked through, and one other day; of the rest of the year only the first
 * and the last hour and minute, which are what gaps between days begin and end with.
 */
export function longestGapSeconds(cadence: Cadence, from: Date): number {
  const end = new Date(from.getTime() + yearMs)
  const first = nextFire(cadence, from)
  if (first === null) return 0
  // All fires are further away than a year.
  if (first > end) return (first.getTime() - from.getTime()) / 1_000
  const [minuteField = '*', hourField = '*', ...days] = cadence.cron.split(' ')
  const minutes = firesIn(`${minuteField} * * * *`, 3_600_000).map((at) => at.getUTCMinutes())
  const hours = firesIn(`0 ${hourField} * * *`, dayMs).map((at) => at.getUTCHours())
  const lastMinute = minutes.at(-1)
  const wallOf = (at: Date): Date => new Date(wallTimeAt(at.getTime(), cadence.timeZone))
  const isLast = (at: Date): boolean => wallOf(at).getUTCMinutes() === lastMinute
  const isLastOfDay = (at: Date): boolean => isLast(at) && wallOf(at).getUTCHours() === hours.at(-1)
  // A fixed time that the clocks leave out comes later, at one that is none of its own.
  const isMoved = (at: Date): boolean =>
    !minutes.includes(wallOf(at).getUTCMinutes()) || !hours.includes(wallOf(at).getUTCHours())
  const byMinute = { ...cadence, cron: [ends(minutes), hourField, ...days].join(' ') }
  const byHour = { ...cadence, cron: [ends(minutes), ends(hours), ...days].join(' ') }
  const sample = { from: new Date(first.getTime() - 1), to: new Date(first.getTime() + dayMs) }
  const walks = [
    longestOf(byHour, { from, to: end }, isLastOfDay),
    ...[sample, ...clockChanges(cadence.timeZone, from, end)].map((days) =>
      longestOf(byMinute, days, (at) => isLast(at) || isMoved(at)),
    ),
  ]
  return Math.max(longestStep(minutes) * 60, ...walks)
}

interface Span {
  readonly from: Date
  readonly to: Date
}

/** The longest gap after a fire in this span that counts; seconds, 0 = none. */
function longestOf(cadence: Cadence, { from, to }: Span, counts: (at: Date) => boolean): number {
  let longest = 0
  let at = nextFire(cadence, from)
  while (at !== null && at <= to) {
    const next = nextFire(cadence, at)
    if (next !== null && counts(at)) longest = Math.max(longest, (next.getTime() - at.getTime()) / 1_000)
    at = next
  }
  return longest
}

/** A day before and after each change of the clocks. */
function clockChanges(timeZone: string, from: Date, to: Date): Span[] {
  const changes: Span[] = []
  for (let at = from.getTime(); at < to.getTime(); at += dayMs) {
    if (offsetAt(at, timeZone) === offsetAt(at + dayMs, timeZone)) continue
    changes.push({ from: new Date(at - dayMs), to: new Date(at + 2 * dayMs) })
  }
  return changes
}

/** Fires of the first so many ms of a day, in UTC. */
function firesIn(cron: string, lengthMs: number): Date[] {
  const cadence = { cron, timeZone: 'UTC' }
  const start = Date.UTC(2000, 0, 1)
  const fires: Date[] = []
  let at = nextFire(cadence, new Date(start - 1))
  while (at !== null && at.getTime() < start + lengthMs) {
    fires.push(at)
    at = nextFire(cadence, at)
  }
  return fires
}

/** The first and the last; both, since a single one may make a fixed time of it, which a change of the clocks moves. */
function ends(values: readonly number[]): string {
  return [...new Set([values[0], values.at(-1)])].join(',')
}

function longestStep(values: readonly number[]): number {
  return Math.max(0, ...values.slice(1).map((value, index) => value - (values[index] ?? value)))
}

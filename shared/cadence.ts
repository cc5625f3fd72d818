import { Cron } from 'croner'
import { twoDigits } from './cadence-words.ts'
import { checkCronExpression, cronProblem, fixedTimeOf, type TimeOfDay } from './cron-expression.ts'
import { Problem } from './errors.ts'
import { checkTimeZone, instantOf, isRepeatedWallTime, offsetAt, wallTimeAt } from './time-zone.ts'

export { describeCadence } from './cadence-words.ts'

/**
 * When a recurring job fires (J13): five-field cron (Sunday = 0 or 7; day of month and day of week both set means either)
 * read on the clocks of an IANA zone.
 *
 * Daylight saving time. A *fixed time* (one minute, one hour) inside a gap fires once, right after the gap; in an
 * overlap it fires once, the first time. Everything else follows the clocks: it skips what a gap skips and repeats what
 * an overlap repeats.
 */
export interface Cadence {
  readonly cron: string
  readonly timeZone: string
}

/** One fire for showing. `local` is the wall time in the cadence's zone: `Sun 2026-03-29 03:00 +02:00`. */
export interface Fire {
  readonly at: Date
  readonly local: string
  /** `dst_gap`: moved out of a gap; `dst_overlap`: this wall time happens twice that day. */
  readonly note: 'dst_gap' | 'dst_overlap' | null
}

/**
 * A checked cadence. Throws Problem `invalid_input` whose field is `cron_expression` or `time_zone` (bad inputs 1-5, 9-12);
 * an expression that never fires, such as 31 February, is refused too.
 */
export function parseCadence(cron: string, timeZone: string): Cadence {
  const schedule = compile({ cron, timeZone })
  if (schedule.firesEver) return schedule.cadence
  throw cronProblem('The schedule never fires: no such day exists.', cron, 'Choose a day that its month has.')
}

/**
 * The first fire strictly after `after`, or null when none follows (croner looks ahead to the year 3000).
 * Throws Problem `invalid_input` for an invalid date and for a cadence that did not come from `parseCadence`.
 */
export function nextFire(cadence: Cadence, after: Date): Date | null {
  const from = after.getTime()
  if (Number.isNaN(from)) throw new Problem('invalid_input', 'The date is not valid.', { field: 'after', value: after })
  const schedule = compile(cadence)
  // Thousands of jobs share a few cadences, and between two fires the answer stays the same.
  if (schedule.answer === null || from < schedule.answer.from || from >= schedule.answer.next) {
    const next =
      schedule.fixed === null ? (schedule.zoned.nextRun(after)?.getTime() ?? null) : nextFixed(schedule, from)
    if (next === null) return null
    schedule.answer = { from, next }
  }
  return new Date(schedule.answer.next)
}

/** The next `count` fires after `after`, fewer when the cadence ends. */
export function nextFires(cadence: Cadence, after: Date, count: number): Fire[] {
  const fires: Fire[] = []
  let at = count > 0 ? nextFire(cadence, after) : null
  while (at !== null) {
    fires.push({ at, local: localText(at.getTime(), cadence.timeZone), note: noteOf(cadence, at.getTime()) })
    at = fires.length < count ? nextFire(cadence, at) : null
  }
  return fires
}

/** How many fires lie in (`since`, `until`], counted up to `cap`. */
export function countMissed(cadence: Cadence, since: Date, until: Date, cap = 1000): number {
  let count = 0
  let at = cap > 0 ? nextFire(cadence, since) : null
  while (at !== null && at <= until) {
    count += 1
    at = count < cap ? nextFire(cadence, at) : null
  }
  return count
}

interface Schedule {
  readonly firesEver: boolean
  readonly cadence: Cadence
  readonly fixed: TimeOfDay | null
  /** Matches wall times: they are handed over as if they were UTC. */
  readonly wall: Cron
  readonly zoned: Cron
  /** The last answer: for every instant in [from, next) the next fire is `next`. ms since the epoch. */
  answer: { readonly from: number; readonly next: number } | null
}

const anyDate = new Date(Date.UTC(2000, 0, 1))
const compiledLimit = 500
// Reading an expression costs as much as evaluating it. The oldest entry makes room for a new one.
const compiled = new Map<string, Schedule>()

function compile(raw: Cadence): Schedule {
  const key = `${raw.timeZone}\n${raw.cron}`
  const known = compiled.get(key)
  if (known !== undefined) return known
  const cadence = { cron: checkCronExpression(raw.cron), timeZone: checkTimeZone(raw.timeZone) }
  const wall = cronerFor(cadence.cron, 'UTC')
  const schedule = {
    firesEver: wall.nextRun(anyDate) !== null,
    cadence,
    fixed: fixedTimeOf(cadence.cron),
    wall,
    zoned: cronerFor(cadence.cron, cadence.timeZone),
    answer: null,
  }
  const oldest = compiled.size < compiledLimit ? undefined : compiled.keys().next().value
  if (oldest !== undefined) compiled.delete(oldest)
  compiled.set(key, schedule)
  return schedule
}

function cronerFor(cron: string, timezone: string): Cron {
  try {
    return new Cron(cron, { timezone, mode: '5-part', paused: true })
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^CronPattern: /, '') : String(error)
    throw cronProblem(`The schedule is not understood: ${reason}`, cron, 'Check each of the five fields.')
  }
}

/**
 * Fixed times are matched on the wall clock and then placed in the zone by us: croner 11.0.1 does the same, except that
 * it skips the day when a gap ends at midnight (23:30 in America/Nuuk on 2025-03-29, noon in Pacific/Apia on 2011-12-30).
 */
function nextFixed(schedule: Schedule, after: number): number | null {
  const zone = schedule.cadence.timeZone
  let wall = schedule.wall.nextRun(new Date(wallTimeAt(after, zone)))
  while (wall !== null) {
    const at = instantOf(wall.getTime(), zone)
    // In the repeated hour the wall time ahead may already have fired, the first time round.
    if (at > after) return at
    wall = schedule.wall.nextRun(wall)
  }
  return null
}

function noteOf(cadence: Cadence, at: number): Fire['note'] {
  const { fixed } = compile(cadence)
  const wall = new Date(wallTimeAt(at, cadence.timeZone))
  if (fixed !== null && (wall.getUTCHours() !== fixed.hour || wall.getUTCMinutes() !== fixed.minute)) return 'dst_gap'
  return isRepeatedWallTime(at, cadence.timeZone) ? 'dst_overlap' : null
}

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

function localText(at: number, zone: string): string {
  const wall = new Date(wallTimeAt(at, zone))
  const offset = Math.round(offsetAt(at, zone) / 60_000)
  const size = Math.abs(offset)
  const shown = `${twoDigits(Math.floor(size / 60))}:${twoDigits(size % 60)}`
  return `${weekdays[wall.getUTCDay()]} ${wall.toISOString().slice(0, 16).replace('T', ' ')} ${offset < 0 ? '-' : '+'}${shown}`
}

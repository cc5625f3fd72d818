import { Problem } from './errors.ts'
import { checkTimeZone, instantOf } from './time-zone.ts'

/**
 * When a maximum age counts (F5): "at most 12 h old, at 09:00 on weekdays". Between these moments data may grow older than its maximum;
 * at the first of them at which it is too old, it is due, and stale until the next success.
 */
export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
export type Weekday = (typeof weekdays)[number]

export interface Due {
  /** One at least, each once, in the order of the week. */
  readonly days: readonly Weekday[]
  /** `HH:MM`, 00:00 to 23:59, by the clocks of the zone. */
  readonly at: string
  /** IANA name. */
  readonly zone: string
}

/** As the database has it. */
export interface StoredDue {
  /** Bit 0 is Monday, bit 6 Sunday. Null = none, and so are the others. */
  readonly dueDays: number | null
  readonly dueAt: string | null
  readonly dueZone: string | null
}

const dayMs = 86_400_000
const allDays = 127
const timePattern = /^([01]?\d|2[0-3]):([0-5]\d)$/

/** In the one form that is stored and compared. @throws Problem `invalid_input` for no day, no time of day or no zone. */
export function checkDue({ days, at, zone }: Due, field = 'due'): Due {
  const known = dueFrom({ dueDays: maskOf(days), dueAt: timeOf(at, field), dueZone: zoneOf(zone, field) })
  if (known !== null) return known
  throw new Problem('invalid_input', 'A due time needs at least one day.', {
    field,
    value: '',
    fix: `Name days, for example "weekdays" or "mon,wed".`,
  })
}

function timeOf(at: string, field: string): string {
  const found = timePattern.exec(at.trim())
  if (found !== null) return `${(found[1] ?? '').padStart(2, '0')}:${found[2]}`
  throw new Problem('invalid_input', `"${at.slice(0, 40)}" is no time of day.`, {
    field,
    value: at,
    fix: 'Write hours and minutes, for example 09:00.',
  })
}

function zoneOf(zone: string, field: string): string {
  try {
    return checkTimeZone(zone)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    throw new Problem('invalid_input', error.message, { field, value: zone, fix: error.fix ?? '' })
  }
}

/** Bit 0 is Monday. */
export function maskOf(days: readonly Weekday[]): number {
  return days.reduce((mask, day) => mask | (1 << weekdays.indexOf(day)), 0)
}

// The same object for the same due time: tens of thousands of datasets share a handful, and what is worked out for one is there for all.
const kept = new Map<string, Due>()
const mostKept = 1_000

/** Null where there is none. Not checked. */
export function dueFrom({ dueDays, dueAt, dueZone }: StoredDue): Due | null {
  if (dueDays === null || dueAt === null || dueZone === null || (dueDays & allDays) === 0) return null
  const key = `${dueDays} ${dueAt} ${dueZone}`
  const known = kept.get(key)
  if (known !== undefined) return known
  const due = { days: weekdays.filter((_day, place) => (dueDays >> place) & 1), at: dueAt, zone: dueZone }
  if (kept.size >= mostKept) kept.clear()
  kept.set(key, due)
  return due
}

export function storedDue(due: Due | null): StoredDue {
  if (due === null) return { dueDays: null, dueAt: null, dueZone: null }
  return { dueDays: maskOf(due.days), dueAt: due.at, dueZone: due.zone }
}

export function isSameDue(one: Due | null, other: Due | null): boolean {
  if (one === null || other === null) return one === other
  return maskOf(one.days) === maskOf(other.days) && one.at === other.at && one.zone === other.zone
}

interface Moments {
  readonly mask: number
  readonly timeMs: number
  readonly zone: string
  /** By days since 1970 as the zone counts them. */
  readonly byDay: Map<number, number>
}

const momentsByDue = new WeakMap<Due, Moments>()
/** Eleven years of days. */
const mostDays = 4_000
/** A day before that of UTC, a week, and the two days that a date line can take. */
const daysLookedAt = 11

/**
 * The first due moment later than `afterMs`; both ms since 1970. A time that the clocks leave out is at the end of the gap, one that they show
 * twice is the first of the two (as in J13), and `next_due` of the database says the same. Where there is none that a calendar has, or the
 * zone is not known to this program: `afterMs`, so that the age alone counts.
 */
export function nextDueMs(due: Due, afterMs: number): number {
  const moments = momentsOf(due)
  const first = Math.floor(afterMs / dayMs) - 1
  for (let day = first; day < first + daysLookedAt; day += 1) {
    // The first of January 1970 was a Thursday.
    if (((moments.mask >> ((((day + 3) % 7) + 7) % 7)) & 1) === 0) continue
    const at = momentOf(moments, day)
    if (at > afterMs) return at
  }
  return afterMs
}

function momentsOf(due: Due): Moments {
  const known = momentsByDue.get(due)
  if (known !== undefined) return known
  const [hours = 0, minutes = 0] = due.at.split(':').map(Number)
  const timeMs = (hours * 60 + minutes) * 60_000
  const moments = { mask: maskOf(due.days), timeMs, zone: due.zone, byDay: new Map<number, number>() }
  momentsByDue.set(due, moments)
  return moments
}

/** What the calendar of a zone takes some µs for is worked out once for each day. */
function momentOf({ byDay, timeMs, zone }: Moments, day: number): number {
  const known = byDay.get(day)
  if (known !== undefined) return known
  if (byDay.size >= mostDays) byDay.clear()
  const at = instantIn(zone, day * dayMs + timeMs)
  byDay.set(day, at)
  return at
}

function instantIn(zone: string, wallMs: number): number {
  try {
    return instantOf(wallMs, zone)
  } catch {
    return Number.NEGATIVE_INFINITY
  }
}

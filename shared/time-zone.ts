import { Problem } from './errors.ts'

const hourMs = 3_600_000
const nameLimit = 64
const namePattern = /^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/

/**
 * The IANA name as typed, without surrounding blanks. Aliases such as `Asia/Calcutta` stay what they are (bad input 12).
 * Throws Problem `invalid_input` (field `time_zone`) for offsets, `local`, empty and unknown names (bad inputs 10, 11):
 * an offset has no daylight saving time, and Postgres reads its sign the other way round.
 */
export function checkTimeZone(text: string): string {
  const name = text.trim()
  if (name === '') throw zoneProblem('The time zone is empty.', text)
  if (/^[+-]\d|^(utc|gmt)[+-]\d/i.test(name) && name.length <= nameLimit && !/^gmt[+-]0$/i.test(name)) {
    throw zoneProblem(`The time zone "${name}" is an offset, not a place.`, text)
  }
  if (name.length > nameLimit || !namePattern.test(name) || formatterOf(name) === null) {
    throw zoneProblem(`There is no time zone "${name.slice(0, nameLimit)}".`, text)
  }
  return name
}

/** The zone of a row, which another program may have written: null, and what there is not, is the other one. */
export function zoneOr(name: string | null, otherwise: string): string {
  if (name === null) return otherwise
  try {
    return checkTimeZone(name)
  } catch {
    return otherwise
  }
}

function zoneProblem(message: string, value: string): Problem {
  return new Problem('invalid_input', message, {
    field: 'time_zone',
    value,
    fix: 'Use an IANA name such as "Europe/Berlin", "America/New_York" or "UTC".',
  })
}

/** What the clocks in `zone` show at the instant `at` (ms since the epoch), as if it were UTC: also ms. */
export function wallTimeAt(at: number, zone: string): number {
  const formatter = formatterOf(zone)
  if (formatter === null) throw zoneProblem(`There is no time zone "${zone}".`, zone)
  const parts: Record<string, number> = {}
  for (const part of formatter.formatToParts(at)) parts[part.type] = Number(part.value)
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts
  return Date.UTC(year, month - 1, day, hour, minute, second)
}

/** Offset of `zone` from UTC at the instant `at`, ms, positive east of Greenwich. */
export function offsetAt(at: number, zone: string): number {
  const second = Math.floor(at / 1000) * 1000
  return wallTimeAt(second, zone) - second
}

/**
 * The first instant at which the clocks in `zone` show `wallTime` (both ms, wall time as if it were UTC).
 * In an overlap that is the earlier of two; inside a gap it is the end of the gap (J13).
 */
export function instantOf(wallTime: number, zone: string): number {
  // Offsets lie between -12 h and +14 h, so these two instants surround the one looked for.
  const earliest = wallTime - 15 * hourMs
  const latest = wallTime + 13 * hourMs
  const before = offsetAt(earliest, zone)
  const after = offsetAt(latest, zone)
  if (offsetAt(wallTime - before, zone) === before) return wallTime - before
  if (offsetAt(wallTime - after, zone) === after) return wallTime - after
  return changeBetween(earliest, latest, zone)
}

/** The first instant after `earliest` whose offset differs, found by halving; the offsets at both ends differ. */
function changeBetween(earliest: number, latest: number, zone: string): number {
  const before = offsetAt(earliest, zone)
  let low = earliest
  let high = latest
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (offsetAt(middle, zone) === before) low = middle
    else high = middle
  }
  return high
}

/** True when the clocks in `zone` show the wall time of `at` twice (the hour that a change to winter time repeats). */
export function isRepeatedWallTime(at: number, zone: string): boolean {
  const offset = offsetAt(at, zone)
  return [-6, 6].some((hours) => {
    const other = offsetAt(at + hours * hourMs, zone)
    return other !== offset && offsetAt(at + offset - other, zone) === other
  })
}

// Making a formatter costs about 30 times as much as using it. Names that are not zones are not kept, so the map is
// bounded by the zones there are and their spellings; it is cleared should somebody try thousands of spellings.
const formatters = new Map<string, Intl.DateTimeFormat>()

function formatterOf(zone: string): Intl.DateTimeFormat | null {
  const known = formatters.get(zone)
  if (known !== undefined) return known
  try {
    const formatter = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
    if (formatters.size >= 1_000) formatters.clear()
    formatters.set(zone, formatter)
    return formatter
  } catch {
    return null
  }
}

const secondMs = 1_000
const minuteMs = 60 * secondMs
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/**
 * A length of time in at most two units: "45 s", "2 min 14 s", "3 h 12 min", "2 d 3 h", "12 d". Hours reach to 47, because
 * "30 h" is easier to hold against a maximum of 24 h than "1 d 6 h". Seconds are left out from an hour, hours from a week.
 * `ms` below 0 counts as 0; not a number is "unknown".
 */
export function formatDuration(ms: number): string {
  if (Number.isNaN(ms)) return 'unknown'
  if (ms === Number.POSITIVE_INFINITY) return 'for ever'
  if (ms < secondMs) return ms > 0 ? 'under 1 s' : '0 s'
  if (ms < hourMs) return twoUnits(ms, minuteMs, 'min', secondMs, 's')
  if (ms < 2 * dayMs) return twoUnits(ms, hourMs, 'h', minuteMs, 'min')
  if (ms < 7 * dayMs) return twoUnits(ms, dayMs, 'd', hourMs, 'h')
  return `${Math.floor(ms / dayMs)} d`
}

function twoUnits(ms: number, largeMs: number, large: string, smallMs: number, small: string): string {
  const whole = Math.floor(ms / largeMs)
  const rest = Math.floor((ms % largeMs) / smallMs)
  return [whole > 0 ? `${whole} ${large}` : '', rest > 0 ? `${rest} ${small}` : '']
    .filter((part) => part !== '')
    .join(' ')
}

/** A length of time that goes on growing: as `formatDuration`, but without seconds from ten minutes, so that it does not tick for nothing. */
export function formatAgeLength(ms: number): string {
  return formatDuration(ms < 10 * minuteMs ? ms : Math.floor(ms / minuteMs) * minuteMs)
}

/** How long ago `at` was, seen from `now`: "3 h 12 min ago", "in 5 min", "just now" within a second, "never" for null. */
export function formatAge(at: Date | null, now: Date): string {
  if (at === null) return 'never'
  const age = now.getTime() - at.getTime()
  if (Math.abs(age) < secondMs) return 'just now'
  return age > 0 ? `${formatAgeLength(age)} ago` : `in ${formatAgeLength(-age)}`
}

/** An agent takes what is due within a second; what nobody has taken after so long is late, ms. */
export const lateMs = minuteMs

/** When a planned run starts, seen from `now`: "in 5 min", "due now" for a minute, then "3 h late". */
export function formatPlanned(at: Date, now: Date): string {
  const overdueMs = now.getTime() - at.getTime()
  if (overdueMs < 0) return `in ${formatAgeLength(-overdueMs)}`
  return overdueMs < lateMs ? 'due now' : `${formatAgeLength(overdueMs)} late`
}

/** An instant in words that mean the same everywhere: "2026-11-23 10:10 UTC". "unknown" for an invalid date. */
export function formatInstant(at: Date): string {
  if (Number.isNaN(at.getTime())) return 'unknown'
  return `${at.toISOString().slice(0, -8).replace('T', ' ')} UTC`
}

/** Hours as a person writes a maximum age: "24 h", "1.5 h"; below one hour "36 s", "45 min". */
export function formatHours(hours: number): string {
  if (hours < 1) return formatDuration(hours * 3_600_000)
  return `${Number(hours.toFixed(2))} h`
}

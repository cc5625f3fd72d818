/** Days of a calendar, `2026-03-02`: an account's own, whatever the zone of this machine is. */

export interface DayRange {
  /** Both included. */
  readonly since: string
  readonly until: string
}

const dayMs = 86_400_000

/** The day it is in a zone. @throws RangeError for a zone there is none of. */
export function dayIn(timeZone: string, now: Date): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(now)
}

/** The same, in UTC when there is no such zone. @param onUnknown told when there is none. */
export function dayInOrUtc(timeZone: string, now: Date, onUnknown: () => void): string {
  try {
    return dayIn(timeZone, now)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    onUnknown()
    return dayIn('UTC', now)
  }
}

export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * dayMs).toISOString().slice(0, 10)
}

export function countDays({ since, until }: DayRange): number {
  return (Date.parse(`${until}T00:00:00Z`) - Date.parse(`${since}T00:00:00Z`)) / dayMs + 1
}

/** The range in parts of at most so many days, oldest first. */
export function partsOf(range: DayRange, days: number): DayRange[] {
  const parts: DayRange[] = []
  for (let since = range.since; since <= range.until; since = addDays(since, days)) {
    const until = addDays(since, days - 1)
    parts.push({ since, until: until < range.until ? until : range.until })
  }
  return parts
}

/** Two halves; null for a single day. */
export function halvesOf(range: DayRange): [DayRange, DayRange] | null {
  const days = countDays(range)
  if (days < 2) return null
  const middle = addDays(range.since, Math.floor(days / 2))
  return [
    { since: range.since, until: addDays(middle, -1) },
    { since: middle, until: range.until },
  ]
}

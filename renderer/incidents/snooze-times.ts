import { instantOf, wallTimeAt } from '../../shared/time-zone.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const morningHour = 9

export function inOneHour(now: Date): Date {
  return new Date(now.getTime() + hourMs)
}

/** 9:00 of the next day by the clocks of `zone`. */
export function tomorrowMorning(now: Date, zone: string): Date {
  return tomorrowAt(morningHour, now, zone)
}

/** A whole hour of the next day by the clocks of `zone`. */
export function tomorrowAt(hour: number, now: Date, zone: string): Date {
  const today = Math.floor(wallTimeAt(now.getTime(), zone) / dayMs) * dayMs
  return new Date(instantOf(today + dayMs + hour * hourMs, zone))
}

/** What a field for date and time holds (`2026-11-27T09:00`), by the clocks of `zone`; null while it is incomplete. */
export function instantOfField(text: string, zone: string): Date | null {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(text)) return null
  const wallTime = Date.parse(`${text}Z`)
  return Number.isNaN(wallTime) ? null : new Date(instantOf(wallTime, zone))
}

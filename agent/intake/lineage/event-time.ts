import { Problem } from '../../../shared/errors.ts'

/** ISO 8601; Java adds the name of the zone in brackets. Without an offset it means UTC, as Marquez reads it. */
const shape =
  /^(\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?)(Z|[+-]\d{2}(?::?\d{2})?)?(?:\[[^\]]{1,60}\])?$/i

/** To the millisecond; null when it is no time since 1970. */
export function readTime(text: string): Date | null {
  const [, local, offset = 'Z'] = shape.exec(text.trim()) ?? []
  if (local === undefined || !isDay(local.slice(0, 10))) return null
  const minutes = /^[+-]\d{2}$/.test(offset) ? `${offset}:00` : offset.replace(/^([+-]\d{2})(\d{2})$/, '$1:$2')
  const at = new Date(`${local.replace(' ', 'T').replace(',', '.')}${minutes.toUpperCase()}`)
  return Number.isNaN(at.getTime()) || at.getTime() < 0 ? null : at
}

/** A day of the calendar: the 30th of February would be read as a day in March. */
function isDay(text: string): boolean {
  const at = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text)
}

/** Clocks of machines differ. What is ahead by more would be the newest for as long as it is ahead. */
const toleranceMs = 10 * 60_000

/** @throws Problem `invalid_input` for what is no time since 1970, and for more than ten minutes ahead of `now`. */
export function readEventTime(text: string, now: Date): Date {
  const at = readTime(text)
  const problem = (message: string, fix: string): Problem =>
    new Problem('invalid_input', message, { field: 'eventTime', value: text, fix })
  if (at === null) throw problem('"eventTime" is not a time since 1970.', 'Write it like 2026-01-31T06:00:00Z.')
  if (at.getTime() - now.getTime() <= toleranceMs) return at
  throw problem(
    `"eventTime" lies in the future; it is ${now.toISOString()} here.`,
    'Check the clock of the program that says so, and the offset from UTC.',
  )
}

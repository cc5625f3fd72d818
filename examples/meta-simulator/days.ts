/** Days as whole numbers since 1970-01-01, so that a day costs nothing to compare and to count. */
const dayMs = 86_400_000

/** `2026-03-02` → 20514; null for anything that is no day. */
export function dayOf(text: string): number | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return null
  const time = Date.parse(`${text}T00:00:00Z`)
  return Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text ? null : time / dayMs
}

/** 20514 → `2026-03-02`. */
export function textOf(day: number): string {
  return new Date(day * dayMs).toISOString().slice(0, 10)
}

/** The day it is in a time zone, and how much of it has passed (0 to 1). */
export function dayIn(timeZone: string, now: Date): { day: number; passed: number } {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    dateStyle: 'short',
    timeStyle: 'medium',
    hourCycle: 'h23',
  })
  const parts = Object.fromEntries(format.formatToParts(now).map(({ type, value }) => [type, value]))
  const [hour = 0, minute = 0] = [parts['hour'], parts['minute']].map(Number)
  return {
    day: dayOf(`${parts['year']}-${parts['month']}-${parts['day']}`) ?? 0,
    passed: (hour * 60 + minute) / 1_440,
  }
}

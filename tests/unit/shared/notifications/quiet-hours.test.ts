import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type QuietHours, quietUntil } from '../../../../shared/notifications/quiet-hours.ts'
import { wallTimeAt } from '../../../../shared/time-zone.ts'

const everyDay = [0, 1, 2, 3, 4, 5, 6]
const night: QuietHours = { timeZone: 'Europe/Berlin', from: '22:00', to: '07:00', days: everyDay }

const cases: [what: string, hours: QuietHours, now: string, until: string | null][] = [
  ['before they begin', night, '2026-11-26T20:59:59Z', null],
  ['as they begin', night, '2026-11-26T21:00:00Z', '2026-11-27T06:00:00.000Z'],
  ['after midnight', night, '2026-11-27T05:59:59Z', '2026-11-27T06:00:00.000Z'],
  ['as they end', night, '2026-11-27T06:00:00Z', null],
  ['within a day', { ...night, from: '12:00', to: '13:00' }, '2026-11-26T11:30:00Z', '2026-11-26T12:00:00.000Z'],
  // 2026-11-27 is a Friday.
  ['only on Fridays, on Thursday', { ...night, days: [5] }, '2026-11-26T22:00:00Z', null],
  ['only on Fridays, on Saturday morning', { ...night, days: [5] }, '2026-11-28T05:00:00Z', '2026-11-28T06:00:00.000Z'],
  ['only on Fridays, on Friday morning', { ...night, days: [5] }, '2026-11-27T05:00:00Z', null],
  [
    'a whole day, from and to the same',
    { ...night, from: '09:00', to: '09:00', days: [5] },
    '2026-11-28T07:00:00Z',
    '2026-11-28T08:00:00.000Z',
  ],
  [
    'the night in which clocks go forward is an hour shorter',
    night,
    '2026-03-28T21:00:00Z',
    '2026-03-29T05:00:00.000Z',
  ],
  ['the night in which they go back is an hour longer', night, '2026-10-24T20:00:00Z', '2026-10-25T06:00:00.000Z'],
  [
    'a time that the clocks skip is the end of the gap',
    { ...night, from: '02:30', to: '04:00' },
    '2026-03-29T01:00:00Z',
    '2026-03-29T02:00:00.000Z',
  ],
  ['hours inside a gap are none', { ...night, from: '02:10', to: '02:50' }, '2026-03-29T01:00:00Z', null],
  [
    'a time that the clocks show twice is the first',
    { ...night, from: '22:00', to: '02:30' },
    '2026-10-25T00:29:59Z',
    '2026-10-25T00:30:00.000Z',
  ],
  ['the second time it is over', { ...night, from: '22:00', to: '02:30' }, '2026-10-25T01:15:00Z', null],
]

describe('N3: quiet hours hold what is told, by the clocks of a place', () => {
  test.each(cases)('%s', (_what, hours, now, until) => {
    expect(quietUntil(hours, new Date(now))?.toISOString() ?? null).toBe(until)
  })
})

const minute = fc.integer({ min: 0, max: 24 * 60 - 1 })
const text = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
const anyHours = fc.record({
  timeZone: fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Pacific/Chatham'),
  from: minute.map(text),
  to: minute.map(text),
  days: fc.subarray(everyDay, { minLength: 1 }),
})
const instant = fc.date({ min: new Date('2020-01-01'), max: new Date('2030-01-01'), noInvalidDate: true })

/** What a clock on the wall of that place shows, as the system's own tables have it. */
function shownAt(timeZone: string, at: Date): { readonly day: number; readonly time: string } {
  const format = new Intl.DateTimeFormat('en-US', {
    ...({ timeZone, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const),
  })
  const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]))
  const day = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'].indexOf(part['weekday'] ?? '')
  return { day, time: `${part['hour']}:${part['minute']}` }
}

/** By the clock on the wall alone, which is enough on days on which it is not changed. */
function isQuietByTheWall({ timeZone, from, to, days }: QuietHours, now: Date): boolean {
  const { day, time } = shownAt(timeZone, now)
  const began = days.includes(day) && time >= from
  if (to > from) return began && time < to
  return began || (days.includes((day + 6) % 7) && time < to)
}

/** Clocks that are not changed show the same time a day earlier and later. */
function isOrdinary(timeZone: string, now: Date): boolean {
  const { time } = shownAt(timeZone, now)
  return [-2, -1, 1, 2].every((days) => shownAt(timeZone, new Date(now.getTime() + days * 86_400_000)).time === time)
}

test('N3: they hold as the clock on the wall shows, and end later than now, within a day and the hours of a change', () => {
  fc.assert(
    fc.property(anyHours, instant, (hours, now) => {
      const until = quietUntil(hours, now)
      const isQuiet = until !== null
      expect(isOrdinary(hours.timeZone, now) ? isQuietByTheWall(hours, now) : isQuiet).toBe(isQuiet)
      if (until === null) return
      expect(until.getTime()).toBeGreaterThan(now.getTime())
      expect(until.getTime() - now.getTime()).toBeLessThanOrEqual(26 * 3_600_000)
    }),
  )
})

test('N3: where clocks do not change, it is quiet exactly while the wall shows so', () => {
  fc.assert(
    fc.property(anyHours, instant, (given, now) => {
      const hours = { ...given, timeZone: 'UTC' }
      const wall = new Date(wallTimeAt(now.getTime(), 'UTC'))
      const at = text(wall.getUTCHours() * 60 + wall.getUTCMinutes())
      const [today, yesterday] = [wall.getUTCDay(), (wall.getUTCDay() + 6) % 7]
      const { from, to, days } = hours
      const isQuiet =
        from < to
          ? days.includes(today) && from <= at && at < to
          : (days.includes(today) && at >= from) || (days.includes(yesterday) && at < to)
      expect(quietUntil(hours, now) !== null).toBe(isQuiet)
    }),
  )
})

import { Cron } from 'croner'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { countMissed, nextFire, nextFires, parseCadence } from '../../../shared/cadence.ts'
import { wallTimeAt } from '../../../shared/time-zone.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** Changes of 30 minutes, 1 and 2 hours, at midnight on both sides, north and south, monthly twice, and none at all. */
const zones = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/Los_Angeles',
  'Australia/Lord_Howe',
  'America/Nuuk',
  'Africa/Cairo',
  'Africa/Casablanca',
  'America/Havana',
  'America/Santiago',
  'Antarctica/Troll',
  'Asia/Beirut',
  'Asia/Kolkata',
  'Atlantic/Azores',
  'Pacific/Chatham',
]
const zone = fc.constantFrom(...zones)
const instant = fc.date({ min: new Date('2015-01-01T00:00Z'), max: new Date('2035-01-01T00:00Z'), noInvalidDate: true })

function field(min: number, max: number) {
  const value = fc.integer({ min, max })
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant('*') },
    { weight: 3, arbitrary: value.map(String) },
    { weight: 1, arbitrary: fc.uniqueArray(value, { minLength: 2, maxLength: 4 }).map((values) => values.join(',')) },
    { weight: 1, arbitrary: fc.integer({ min: 2, max: 12 }).map((step) => `*/${Math.min(step, max - min)}`) },
    { weight: 1, arbitrary: fc.tuple(value, value).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`) },
  )
}

// Days stop at 28 so that no month makes a schedule impossible.
const cron = fc
  .tuple(field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 7))
  .map((parts) => parts.join(' '))

test('J13: the next fire is strictly in the future, on a whole minute, and no fire lies between', () => {
  fc.assert(
    fc.property(
      cron,
      zone,
      instant,
      fc.double({ min: 0, max: 1, noNaN: true }),
      (expression, timeZone, after, share) => {
        const cadence = parseCadence(expression, timeZone)
        const next = nextFire(cadence, after)
        if (next === null) throw new Error('a next fire was expected')
        expect(next.getTime()).toBeGreaterThan(after.getTime())
        expect(next.getTime() % minuteMs).toBe(0)
        // Asked from the fire, then from somewhere before it, then again from the start: each is computed anew, because
        // an answer is only kept for later instants. It must not depend on where one asks from.
        expect(nextFire(cadence, next)?.getTime()).toBeGreaterThan(next.getTime())
        const between = new Date(after.getTime() + Math.floor(share * (next.getTime() - after.getTime() - 1)))
        expect(nextFire(cadence, between)).toEqual(next)
        expect(nextFire(cadence, after)).toEqual(next)
      },
    ),
    { numRuns: 300 },
  )
})

test('J13: a fixed daily time fires once a day through two years of any zone, never twice, never not', () => {
  const time = fc.record({ hour: fc.integer({ min: 0, max: 23 }), minute: fc.integer({ min: 0, max: 59 }) })
  fc.assert(
    fc.property(time, zone, fc.integer({ min: 2015, max: 2033 }), ({ hour, minute }, timeZone, year) => {
      const cadence = parseCadence(`${minute} ${hour} * * *`, timeZone)
      const days = 730
      // Noon is nowhere near a clock change, so the walk starts with a whole day.
      const offset = wallTimeAt(Date.UTC(year, 5, 1), timeZone) - Date.UTC(year, 5, 1)
      const start = new Date(Date.UTC(year, 5, 1, 12) - offset)
      const fires = nextFires(cadence, start, days).map((fire) => fire.at.getTime())
      const spacings = fires.slice(1).map((fire, index) => fire - (fires[index] ?? 0))
      expect(fires.length).toBe(days)
      expect(Math.min(...spacings)).toBeGreaterThanOrEqual(21 * hourMs)
      expect(Math.max(...spacings)).toBeLessThanOrEqual(27 * hourMs)
      // Where a gap ends at midnight the skipped evening's fire is already tomorrow, next to tomorrow's own.
      const localDays = new Set(fires.map((fire) => Math.floor(wallTimeAt(fire, timeZone) / dayMs)))
      expect(localDays.size).toBeGreaterThanOrEqual(timeZone === 'America/Nuuk' ? days - 2 : days)
    }),
    { numRuns: 20 },
  )
})

const transitions = zones.flatMap((timeZone) => offsetChanges(timeZone).map((at) => ({ timeZone, at })))

/** Instants, to 6 hours, after which the clocks of a zone show another offset. */
function offsetChanges(timeZone: string): number[] {
  const changes: number[] = []
  let known: number | null = null
  for (let at = Date.UTC(2024, 0, 1); at < Date.UTC(2027, 0, 1); at += 6 * hourMs) {
    const offset = wallTimeAt(at, timeZone) - at
    if (known !== null && offset !== known) changes.push(at)
    known = offset
  }
  return changes
}

test.for(['*/30 * * * *', '*/30 2 * * *', '*/30 0,1 * * *', '*/20 23 * * *', '30 */2 * * *', '15 0,1,2,3,23 * * *'])(
  'J13: around every clock change "%s" fires exactly at the minutes whose wall time matches',
  (expression) => {
    expect(transitions.length).toBeGreaterThan(70)
    const pattern = new Cron(expression, { timezone: 'UTC', mode: '5-part', paused: true })
    for (const { timeZone, at } of transitions) {
      const [from, until] = [at - 18 * hourMs, at + 18 * hourMs]
      const expected: number[] = []
      // Every pattern here and every offset there is has a multiple of 5 minutes.
      for (let step = from + 5 * minuteMs; step <= until; step += 5 * minuteMs) {
        if (pattern.match(new Date(wallTimeAt(step, timeZone)))) expected.push(step)
      }
      const cadence = parseCadence(expression, timeZone)
      const fires = nextFires(cadence, new Date(from), expected.length + 1).map((fire) => fire.at.getTime())
      expect(fires.slice(0, -1), `${timeZone} at ${new Date(at).toISOString()}`).toEqual(expected)
      expect(fires.at(-1)).toBeGreaterThan(until)
    }
  },
)

test('J10: missed fires are those a walk would have met', () => {
  fc.assert(
    fc.property(zone, instant, fc.integer({ min: 0, max: 72 }), (timeZone, since, hours) => {
      const cadence = parseCadence('0,20,40 */2 * * *', timeZone)
      const until = new Date(since.getTime() + hours * hourMs)
      const walked = nextFires(cadence, since, 200).filter((fire) => fire.at <= until)
      expect(countMissed(cadence, since, until)).toBe(walked.length)
    }),
    { numRuns: 40 },
  )
})

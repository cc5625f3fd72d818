import fc from 'fast-check'
import { expect, test } from 'vitest'
import { freshnessAt, freshnessHoldsUntil } from '../../../shared/freshness.ts'

const hour = 3_600_000

const times = fc.record({
  lastSuccessMs: fc.option(fc.integer({ min: -50 * hour, max: hour })),
  maxAgeHours: fc.option(fc.constantFrom(0.5, 1, 7.25, 24)),
  warnAgeHours: fc.option(fc.constantFrom(0.25, 0.95, 5, 23, 30)),
  nextRunMs: fc.option(fc.integer({ min: -hour, max: 30 * hour })),
})

test('F5 to F7: until then the word stays what it is, and after the first such instant it is another one', () => {
  fc.assert(
    fc.property(
      times,
      fc.integer({ min: -10 * hour, max: 10 * hour }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (given, now, part) => {
        const word = freshnessAt(given, now, 0)
        const until = freshnessHoldsUntil(given, now)
        expect(until).toBeGreaterThanOrEqual(now)
        const last = Math.min(until, now + 100 * hour)
        expect(freshnessAt(given, Math.floor(now + (last - now) * part), 0)).toBe(word)
        expect(freshnessAt(given, Math.floor(last), 0)).toBe(word)
        // A run that comes too late makes it at risk for good, so that only stale follows.
        const after = Number.isFinite(until) ? freshnessAt(given, until + 1, 0) : 'never turns'
        expect(after).not.toBe(word)
      },
    ),
  )
})

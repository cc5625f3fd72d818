import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseCadence } from '../../../shared/cadence.ts'
import { lateRunMs, longRunMs, usualMs } from '../../../shared/overdue-runs.ts'

const minute = 60_000
const minutes = (...each: number[]): number[] => each.map((one) => one * minute)

describe('N2: how long a run may take before it is told', () => {
  test.each<[string, number | null, number[], number | null]>([
    ['what the job type expects, whatever is usual', 40, minutes(1, 1, 1, 1, 1), 40 * minute],
    ['also where nothing is known', 40, [], 40 * minute],
    ['of fewer than five runs nobody can say', null, minutes(1, 1, 1, 1), null],
    ['short runs have ten minutes more', null, minutes(1, 1, 1, 1, 1), 11 * minute],
    ['long ones three times as long', null, minutes(60, 60, 60, 60, 60), 180 * minute],
    ['between the two the longer', null, minutes(5, 5, 5, 5, 5), 15 * minute],
    [
      'one of twenty that took long is left out',
      null,
      minutes(90, ...Array.from({ length: 19 }, () => 10)),
      30 * minute,
    ],
    [
      'what is older than the last twenty counts no more',
      null,
      minutes(...Array.from({ length: 20 }, () => 10), 90, 90),
      30 * minute,
    ],
  ])('%s', (_what, expected, durations, limit) => expect(longRunMs(expected, durations)).toBe(limit))

  test('is always longer than what is usual, by ten minutes and threefold', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1e8, noNaN: true }), { minLength: 5, maxLength: 40 }),
        (durations) => {
          const [usual, limit] = [usualMs(durations) ?? Number.NaN, longRunMs(null, durations) ?? Number.NaN]
          expect(limit).toBeGreaterThanOrEqual(usual + 10 * minute)
          expect(limit).toBeGreaterThanOrEqual(3 * usual)
          expect(durations.slice(0, 20)).toContain(usual)
        },
      ),
    )
  })
})

describe('N2: how late a run may begin before it is told', () => {
  const due = new Date('2026-11-27T06:00:00Z')
  test.each([
    ['0 6 * * *', 15],
    ['0 * * * *', 15],
    ['*/20 * * * *', 10],
    ['*/12 * * * *', 6],
    ['*/5 * * * *', 5],
    ['* * * * *', 5],
  ])('%s: %d minutes', (cron, limit) => expect(lateRunMs(parseCadence(cron, 'UTC'), due)).toBe(limit * minute))
  test('a cadence that nobody can read: fifteen', () => expect(lateRunMs(null, due)).toBe(15 * minute))
})

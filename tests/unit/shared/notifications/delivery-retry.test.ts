import fc from 'fast-check'
import { expect, test } from 'vitest'
import { deliveryWaitMs, mostDeliveryAttempts } from '../../../../shared/notifications/delivery-retry.ts'

const hourMs = 3_600_000

test('a message is tried for nearly three hours, more and more patiently', () => {
  const longest = Array.from({ length: mostDeliveryAttempts - 1 }, (_, index) => deliveryWaitMs(index + 1, null, 1))
  expect(longest).toEqual([10_000, 30_000, 120_000, 600_000, 1_800_000, 7_200_000])
  expect(deliveryWaitMs(mostDeliveryAttempts, null, 0)).toBeNull()
})

test.each([
  ['less than we would wait anyway', 1_000, 10_000],
  ['a minute', 60_000, 60_000],
  ['a week: six hours', 7 * 24 * hourMs, 6 * hourMs],
])('Retry-After is honoured: %s', (_what, asked, wait) => {
  expect(deliveryWaitMs(1, asked, 1)).toBe(wait)
})

test('waits lie between half and the whole, and what was asked for is never undercut', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: mostDeliveryAttempts - 1 }),
      fc.option(fc.integer({ min: 0, max: 6 * hourMs })),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (attempt, asked, random) => {
        const wait = deliveryWaitMs(attempt, asked, random) ?? Number.NaN
        const whole = deliveryWaitMs(attempt, null, 1) ?? Number.NaN
        expect(wait).toBeGreaterThanOrEqual(Math.max(whole / 2, asked ?? 0))
        expect(wait).toBeLessThanOrEqual(Math.max(whole, asked ?? 0))
      },
    ),
  )
})

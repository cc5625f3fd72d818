import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nextFire, parseCadence } from '../../../../shared/cadence.ts'
import { Problem } from '../../../../shared/errors.ts'
import { longestGapSeconds } from '../../../../shared/pings/longest-gap.ts'
import { dueAfter, maximumAgeHours, type PingPlan, parsePlan } from '../../../../shared/pings/plan.ts'
import { checkSlug, slugOf, slugPattern } from '../../../../shared/pings/slug.ts'

const from = new Date('2026-11-26T20:00:00Z')

describe('F9: how old data may get while every ping comes in time', () => {
  test.each([
    ['every day at one time, of which one is 25 hours long', '0 6 * * *', 'Europe/Berlin', 25],
    ['the same where clocks never change', '0 6 * * *', 'UTC', 24],
    ['weekdays: over the weekend', '0 6 * * 1-5', 'UTC', 72],
    ['office hours', '*/5 9-17 * * 1-5', 'UTC', 63 + 5 / 60],
    ['every minute', '* * * * *', 'Europe/Berlin', 1 / 60],
    ['twice an hour', '0,30 * * * *', 'Asia/Kathmandu', 0.5],
    ['unevenly within the hour', '0,10 * * * *', 'UTC', 50 / 60],
    ['unevenly within the day', '0 1,4,20 * * *', 'UTC', 16],
    ['an hour that one night does not have', '*/5 2 * * *', 'Europe/Berlin', 46 + 5 / 60],
    ['a fixed time within that hour', '30 2 * * *', 'Europe/Berlin', 25],
    ['one that the last day of a season does not have', '59 2 * 3,10 0', 'Europe/Berlin', 16_329_540 / 3_600],
    ['every month', '0 0 1 * *', 'UTC', 31 * 24],
    ['one month of the year', '* * * 1 *', 'UTC', 334 * 24 + 1 / 60],
    ['every 29 February', '0 0 29 2 *', 'UTC', (Date.UTC(2028, 1, 29) - from.getTime()) / 3_600_000],
  ])('%s: %s in %s', (_what, cron, timeZone, hours) => {
    expect(longestGapSeconds(parseCadence(cron, timeZone), from) / 3_600).toBeCloseTo(hours, 6)
  })

  const minute = fc.constantFrom('*', '0', '*/15', '7,52', '30-40/5', '59')
  const hour = fc.constantFrom('*', '2', '*/6', '1-3', '0,23', '9-17')
  const days = fc.constantFrom('* * *', '* * 1-5', '1 * *', '*/10 * *', '* 3,10 0')
  const zone = fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe')

  test('is what walking through a whole year of fires finds', () => {
    fc.assert(
      fc.property(minute, hour, days, zone, (minutes, hours, rest, timeZone) => {
        // Every fire of a year of `* * * * *` is what the rule exists to avoid.
        fc.pre(!(minutes === '*' || (hours === '*' && rest === '* * *')))
        const cadence = parseCadence(`${minutes} ${hours} ${rest}`, timeZone)
        expect(longestGapSeconds(cadence, from)).toBe(walkedGap(cadence))
      }),
      { numRuns: 12 },
    )
  })

  function walkedGap(cadence: ReturnType<typeof parseCadence>): number {
    let longest = 0
    let at = nextFire(cadence, from)
    while (at !== null && at.getTime() <= from.getTime() + 366 * 86_400_000) {
      const next = nextFire(cadence, at)
      if (next !== null) longest = Math.max(longest, (next.getTime() - at.getTime()) / 1_000)
      at = next
    }
    return longest
  }

  test('the maximum is never less than period and grace, and at most a hundredth of an hour more', () => {
    const seconds = fc.integer({ min: 60, max: 31_536_000 })
    fc.assert(
      fc.property(seconds, seconds, (periodSeconds, graceSeconds) => {
        const hours = maximumAgeHours({ schedule: { kind: 'period', periodSeconds }, graceSeconds }, from)
        const least = (periodSeconds + graceSeconds) / 3_600
        expect(hours).toBeGreaterThanOrEqual(least - 1e-9)
        expect(hours).toBeLessThan(least + 0.01 + 1e-9)
      }),
    )
  })
})

test('J13: the next ping by cron is due on the clocks of its zone', () => {
  const schedule = { kind: 'cron', cron: '30 2 * * *', timeZone: 'Europe/Berlin' } as const
  expect(dueAfter(schedule, new Date('2026-03-28T01:30:00Z'))).toEqual(new Date('2026-03-29T01:00:00Z'))
  expect(dueAfter({ kind: 'period', periodSeconds: 90 }, from)).toEqual(new Date('2026-11-26T20:01:30Z'))
})

describe('bad input', () => {
  const daily: PingPlan = { schedule: { kind: 'period', periodSeconds: 86_400 }, graceSeconds: 3_600 }
  test.each([
    ['graceSeconds', { ...daily, graceSeconds: 59 }],
    ['graceSeconds', { ...daily, graceSeconds: 31_536_001 }],
    ['graceSeconds', { ...daily, graceSeconds: Number.NaN }],
    ['periodSeconds', { ...daily, schedule: { kind: 'period' as const, periodSeconds: 0 } }],
    ['periodSeconds', { ...daily, schedule: { kind: 'period' as const, periodSeconds: 60.5 } }],
    ['cron_expression', { ...daily, schedule: { kind: 'cron' as const, cron: '0 0 31 2 *', timeZone: 'UTC' } }],
    ['time_zone', { ...daily, schedule: { kind: 'cron' as const, cron: '0 6 * * *', timeZone: 'Mars/Olympus' } }],
  ])('%s', (field, plan) => {
    expect(() => parsePlan(plan)).toThrow(expect.objectContaining({ code: 'invalid_input', field }))
  })

  test.each([
    ['Nightly backup', 'nightly-backup'],
    ['  Größe & Crème brûlée!  ', 'gro-e-creme-brulee'],
    ['日次', ''],
    ['__x__', '__x__'],
    [`${'a'.repeat(99)} b`, `${'a'.repeat(99)}-`],
  ])('slug of %j', (name, slug) => {
    expect(slugOf(name)).toBe(slug)
  })

  test('a slug made of a name may stand in an address, or is empty', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (name) => {
        const slug = slugOf(name)
        expect(slug === '' || slugPattern.test(slug)).toBe(true)
      }),
    )
  })

  test.each(['', 'Upper', 'a b', 'a/b', '..', 'ä', 'a'.repeat(101), 'a\n'])('no slug: %j', (slug) => {
    expect(() => checkSlug(slug)).toThrow(Problem)
  })
})

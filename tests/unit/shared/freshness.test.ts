import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nextFire, parseCadence } from '../../../shared/cadence.ts'
import { checkMaxAgeHours, effectiveMaximum, freshnessState, graceMinutes, isFresh } from '../../../shared/freshness.ts'

const hourMs = 3_600_000
const minuteMs = 60_000
const now = new Date('2026-11-23T10:00:00Z')
const hoursAgo = (hours: number) => new Date(now.getTime() - hours * hourMs)
const inHours = (hours: number) => hoursAgo(-hours)

const input = { lastSuccessAt: hoursAgo(2), maxAgeHours: 24, now, nextRunAt: inHours(4), graceMinutes: 10 }

describe('F5: fresh looks at the last success only', () => {
  test.for([
    [null, 24, false],
    [hoursAgo(23.9), 24, true],
    [hoursAgo(24), 24, true],
    [new Date(hoursAgo(24).getTime() - 1), 24, false],
    [hoursAgo(0.02), 0.01, false],
  ] as const)('last success %s, maximum %d h: %s', ([lastSuccessAt, maximum, expected]) => {
    expect(isFresh(lastSuccessAt, maximum, now)).toBe(expected)
  })

  test.for([-1, 0, -0.5, Number.NaN, Number.POSITIVE_INFINITY, 1e18, 87_600.01])(
    'bad inputs 24, 25: a maximum of %d hours is refused',
    (hours) => {
      const problem = { code: 'invalid_input', field: 'max_age_hours', value: hours }
      for (const check of [
        () => checkMaxAgeHours(hours),
        () => isFresh(now, hours, now),
        () => isFresh(null, hours, now),
        () => freshnessState({ ...input, maxAgeHours: hours }),
        () => freshnessState({ ...input, lastSuccessAt: null, maxAgeHours: hours }),
        () => effectiveMaximum({ brandOverride: hours, dataset: null, pages: [] }),
        () => effectiveMaximum({ brandOverride: null, dataset: hours, pages: [] }),
        () => effectiveMaximum({ brandOverride: null, dataset: null, pages: [24, hours] }),
      ]) {
        expect(check).toThrow(expect.objectContaining(problem))
      }
    },
  )

  test('ten years are accepted', () => {
    expect(checkMaxAgeHours(87_600)).toBe(87_600)
  })
})

describe('F6: the freshness axis', () => {
  test('fresh', () => {
    expect(freshnessState(input)).toEqual({ state: 'fresh', ageHours: 2, staleAt: inHours(22), reason: null })
  })

  test('stale, with both numbers', () => {
    expect(freshnessState({ ...input, lastSuccessAt: hoursAgo(30.25) })).toEqual({
      state: 'stale',
      ageHours: 30.25,
      staleAt: hoursAgo(6.25),
      reason: 'The last success was 30 h 15 min ago; the maximum is 24 h.',
    })
  })

  test('never synced', () => {
    const state = freshnessState({ ...input, lastSuccessAt: null })
    expect(state).toEqual({ state: 'never_synced', ageHours: null, staleAt: null, reason: 'No run has succeeded yet.' })
  })

  test('no policy', () => {
    const state = freshnessState({ ...input, maxAgeHours: null, lastSuccessAt: hoursAgo(9_000) })
    expect(state).toMatchObject({ state: 'no_policy', ageHours: 9_000, staleAt: null })
  })

  test('a last success in the future is shown as age 0, and as odd', () => {
    const state = freshnessState({ ...input, lastSuccessAt: inHours(3), nextRunAt: inHours(4) })
    expect(state).toMatchObject({ state: 'fresh', ageHours: 0, staleAt: inHours(27) })
    expect(state.reason).toContain('in the future')
  })

  test('fresh or at risk exactly where F5 says fresh', () => {
    const age = fc.integer({ min: -5_000, max: 10_000 })
    fc.assert(
      fc.property(age, fc.integer({ min: 1, max: 5_000 }), fc.option(age), (minutes, maximum, nextRun) => {
        const lastSuccessAt = new Date(now.getTime() - minutes * minuteMs)
        const maxAgeHours = maximum / 60
        const nextRunAt = nextRun === null ? null : new Date(now.getTime() + nextRun * minuteMs)
        const { state } = freshnessState({ ...input, lastSuccessAt, maxAgeHours, nextRunAt })
        expect(['fresh', 'at_risk'].includes(state)).toBe(isFresh(lastSuccessAt, maxAgeHours, now))
      }),
    )
  })
})

describe('F7: at risk', () => {
  test('the next run finishes too late', () => {
    const state = freshnessState({ ...input, lastSuccessAt: hoursAgo(20), nextRunAt: inHours(5) })
    expect(state).toEqual({
      state: 'at_risk',
      ageHours: 20,
      staleAt: inHours(4),
      reason: 'It goes stale in 4 h (2026-11-23 14:00 UTC), before the run of 2026-11-23 15:00 UTC can finish.',
    })
  })

  test('the next run finishes within the maximum plus grace', () => {
    const edge = { ...input, lastSuccessAt: hoursAgo(20), nextRunAt: inHours(4), graceMinutes: 30 }
    expect(freshnessState(edge).state).toBe('fresh')
    expect(freshnessState({ ...edge, nextRunAt: new Date(inHours(4).getTime() + 1) }).state).toBe('at_risk')
    expect(freshnessState({ ...edge, runMinutes: 31 }).state).toBe('at_risk')
    expect(freshnessState({ ...edge, runMinutes: 30 }).state).toBe('fresh')
  })

  test('with no run planned only the last tenth of the maximum, or the grace, is at risk', () => {
    const none = { ...input, nextRunAt: null }
    expect(freshnessState({ ...none, lastSuccessAt: hoursAgo(21.6) }).state).toBe('fresh')
    const late = freshnessState({ ...none, lastSuccessAt: hoursAgo(21.7) })
    expect(late.state).toBe('at_risk')
    expect(late.reason).toBe('It goes stale in 2 h 18 min (2026-11-23 12:18 UTC), and no run is planned.')
    const short = { ...none, maxAgeHours: 1, graceMinutes: 30 }
    expect(freshnessState({ ...short, lastSuccessAt: hoursAgo(0.4) }).state).toBe('fresh')
    expect(freshnessState({ ...short, lastSuccessAt: hoursAgo(0.6) }).state).toBe('at_risk')
  })

  test('the second reason: it is older than its warning age, whatever is planned', () => {
    const warned = { ...input, nextRunAt: inHours(1), maxAgeHours: 24, warnAgeHours: 12 }
    expect(freshnessState({ ...warned, lastSuccessAt: hoursAgo(12) }).state).toBe('fresh')
    const older = freshnessState({ ...warned, lastSuccessAt: hoursAgo(12.5) })
    expect(older.state).toBe('at_risk')
    expect(older.reason).toBe(
      'It is older than its warning age of 12 h; it goes stale in 11 h 30 min (2026-11-23 21:30 UTC).',
    )
    expect(freshnessState({ ...warned, lastSuccessAt: hoursAgo(25) }).state).toBe('stale')
    const both = freshnessState({ ...warned, lastSuccessAt: hoursAgo(20), nextRunAt: inHours(5) })
    expect(both.reason).toContain('before the run of')
  })

  test('a warning age alone makes it at risk, and never stale', () => {
    const warned = { ...input, maxAgeHours: null, warnAgeHours: 12 }
    expect(freshnessState({ ...warned, lastSuccessAt: hoursAgo(12) })).toMatchObject({ state: 'fresh', reason: null })
    const reason = 'It is older than its warning age of 12 h.'
    const old = { state: 'at_risk', staleAt: null, reason }
    expect(freshnessState({ ...warned, lastSuccessAt: hoursAgo(1_000) })).toMatchObject(old)
  })

  test('a 24 h maximum on a daily cadence is quiet at every minute of the day, whatever a run takes', () => {
    const daily = parseCadence('0 6 * * *', 'UTC')
    const start = new Date('2026-11-23T06:00:00Z')
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 180 }), fc.integer({ min: 0, max: 1_439 }), (took, minute) => {
        const lastSuccessAt = new Date(start.getTime() + took * minuteMs)
        const at = new Date(lastSuccessAt.getTime() + minute * minuteMs)
        // While today's run is still going, its start is the next run.
        const planned = nextFire(daily, start)
        const grace = graceMinutes([took * minuteMs])
        const state = freshnessState({
          lastSuccessAt,
          maxAgeHours: 24,
          now: at,
          nextRunAt: planned,
          graceMinutes: grace,
        })
        expect(state.state).toBe('fresh')
      }),
    )
  })
})

describe('F7: grace', () => {
  test.for([
    ['no runs', [], 0],
    ['one run', [4], 4],
    ['ten runs: the ninth shortest', [10, 1, 2, 3, 4, 5, 6, 7, 8, 9], 9],
    ['capped at 30', [90, 90], 30],
    ['a clock that went backwards', [-4], 0],
  ] as const)('%s', ([, minutes, expected]) => {
    expect(graceMinutes(minutes.map((value) => value * minuteMs))).toBe(expected)
  })

  test('only the 20 newest runs count', () => {
    const newest = Array.from({ length: 20 }, () => 2 * minuteMs)
    expect(graceMinutes([...newest, ...newest.map(() => 20 * minuteMs)])).toBe(2)
  })
})

describe('F9: which maximum counts', () => {
  test.for([
    [
      { brandOverride: 12, dataset: 24, pages: [6] },
      { hours: 12, source: 'brand' },
    ],
    [
      { brandOverride: null, dataset: 24, pages: [6] },
      { hours: 24, source: 'dataset' },
    ],
    [
      { brandOverride: null, dataset: null, pages: [48, 6, 24] },
      { hours: 6, source: 'page' },
    ],
    [
      { brandOverride: null, dataset: null, pages: [] },
      { hours: null, source: 'none' },
    ],
  ] as const)('%o', ([maxima, expected]) => {
    expect(effectiveMaximum(maxima)).toEqual({ ...expected, due: null })
  })
})

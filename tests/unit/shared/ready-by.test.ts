import { describe, expect, test } from 'vitest'
import { lateBy, type OutlookItem } from '../../../shared/outlook.ts'
import { nextTimeOfDay } from '../../../shared/time-of-day.ts'

const now = new Date('2026-03-02T06:00:00Z')
const at = (minutes: number): Date => new Date(now.getTime() + minutes * 60_000)
const refresh = (startsIn: number | null, minutes: number | null): OutlookItem['refresh'] => ({
  state: startsIn === null ? 'none' : 'planned',
  jobId: null,
  by: 'load',
  startsAt: startsIn === null ? null : at(startsIn),
  durationMs: minutes === null ? null : minutes * 60_000,
  gap: startsIn === null ? 'nothing_planned' : minutes === null ? 'duration_unknown' : null,
})
const item = (staleIn: number, ...next: [number | null, number | null]): OutlookItem => ({
  label: 'Orders',
  state: staleIn < 0 ? 'stale' : 'fresh',
  maxAgeHours: 24,
  due: null,
  lastSuccessAt: at(staleIn - 24 * 60),
  staleAt: at(staleIn),
  refresh: refresh(...next),
})

describe('ready by a time', () => {
  test.for<[string, OutlookItem[], number, boolean]>([
    ['nothing is asked for', [], 60, true],
    ['fresh for longer', [item(90, null, null)], 60, true],
    ['stale before, and nothing comes', [item(30, null, null)], 60, false],
    ['stale before, refreshed from then on', [item(30, 20, 60)], 60, true],
    ['stale before, refreshed later, in time', [item(30, 40, 10)], 60, true],
    ['stale before, refreshed later, too late', [item(30, 55, 10)], 60, false],
    ['stale, expected in time', [item(-5, 40, 10)], 60, true],
    ['stale, expected later', [item(-5, 55, 10)], 60, false],
    ['stale, nobody can say', [item(-5, 10, null)], 60, false],
    ['one of two is late', [item(90, null, null), item(-5, 55, 10)], 60, false],
    ['of a time that has passed, it is now that counts', [item(90, null, null)], -60, true],
    ['expected at any moment is not ready now', [item(-5, -30, 10)], -60, false],
  ])('%s', ([, items, minutes, expected]) => {
    expect(lateBy(items, at(minutes), now) === null).toBe(expected)
  })

  test('what is missing is why, before what goes stale, and of that the first', () => {
    const [late, soon, later] = [item(-5, 55, 10), item(20, null, null), item(40, null, null)]
    expect(lateBy([later, soon, late], at(60), now)).toBe(late)
    expect(lateBy([later, soon, item(-5, 5, 10)], at(60), now)).toBe(soon)
  })

  test('a time of day is the next one by the clocks of the zone', () => {
    expect(nextTimeOfDay('09:00', 'UTC', now)).toEqual(new Date('2026-03-02T09:00:00Z'))
    expect(nextTimeOfDay('06:00', 'UTC', now)).toEqual(new Date('2026-03-03T06:00:00Z'))
    expect(nextTimeOfDay('09:00', 'Europe/Berlin', now)).toEqual(new Date('2026-03-02T08:00:00Z'))
    // The clocks go from 02:00 to 03:00.
    const before = new Date('2026-03-29T00:00:00Z')
    expect(nextTimeOfDay('02:30', 'Europe/Berlin', before)).toEqual(new Date('2026-03-29T01:00:00Z'))
    expect(() => nextTimeOfDay('25:00', 'UTC', now)).toThrow(/no time of day/)
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type BackfillRule,
  backfilledAsOf,
  coveredDays,
  coveredUntil,
  cutDays,
  dayAt,
  dayNumber,
  daysOf,
  dayText,
} from '../../../shared/backfills.ts'

const rule: BackfillRule = { from: 'from', to: 'to', mostDays: 31 }
const daily: BackfillRule = { from: 'day', to: null, mostDays: 1 }
const hourMs = 3_600_000
const dayMs = 24 * hourMs

describe('days', () => {
  test.each(['2026-02-30', '2026-13-01', '26-01-01', '2026-1-1', '0001-01-01', 'today', ''])('%s is none', (text) => {
    expect(dayNumber(text)).toBeNull()
  })

  test.each(['1900-01-01', '1970-01-01', '2024-02-29', '9999-12-31'])('%s there and back', (text) => {
    expect(dayText(dayNumber(text) ?? Number.NaN)).toBe(text)
  })

  test('what a run covers is known only where its parameters say both days, in order', () => {
    expect(coveredDays(rule, { from: '2026-01-01', to: '2026-01-03' })).toEqual({
      first: '2026-01-01',
      last: '2026-01-03',
    })
    expect(coveredDays(daily, { day: '2026-01-01' })).toEqual({ first: '2026-01-01', last: '2026-01-01' })
    expect(coveredDays(rule, { from: '2026-01-01' })).toBeNull()
    expect(coveredDays(rule, { from: '2026-01-03', to: '2026-01-01' })).toBeNull()
    expect(coveredDays(daily, { day: 'yesterday' })).toBeNull()
  })
})

const range = fc
  .tuple(fc.integer({ min: 20_000, max: 20_040 }), fc.integer({ min: 0, max: 60 }))
  .map(([first, more]) => ({ first: dayText(first), last: dayText(first + more) }))
const without = fc.array(fc.integer({ min: 19_990, max: 20_110 })).map((days) => new Set(days))

describe('runs of a range of days', () => {
  test('a week by three days, oldest first, and the newest first', () => {
    const week = { first: '2026-03-01', last: '2026-03-07' }
    const cuts = cutDays(week, { daysPerRun: 3, newestFirst: false })
    expect(cuts.map(({ first, last }) => `${first.slice(8)}-${last.slice(8)}`)).toEqual(['01-03', '04-06', '07-07'])
    expect(cutDays(week, { daysPerRun: 3, newestFirst: true })).toEqual(cuts.toReversed())
  })

  test('every day that is wanted is in just one run, no other is in any, and none is longer than asked for', () => {
    fc.assert(
      fc.property(
        range,
        fc.integer({ min: 1, max: 10 }),
        without,
        fc.boolean(),
        (days, daysPerRun, left, newestFirst) => {
          const cuts = cutDays(days, { daysPerRun, newestFirst, without: left })
          const all = cuts.flatMap((cut) => [...daysOf([cut])])
          expect(new Set(all).size).toBe(all.length)
          expect(new Set(all)).toEqual(new Set([...daysOf([days])].filter((day) => !left.has(day))))
          for (const cut of cuts) expect(daysOf([cut]).size).toBeLessThanOrEqual(daysPerRun)
        },
      ),
    )
  })
})

const zones = ['UTC', 'Europe/Berlin', 'America/Los_Angeles', 'Asia/Kolkata', 'Pacific/Apia', 'Pacific/Honolulu']
const began = fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2026, 11, 31) }).map((at) => new Date(at))

describe('as of when data of a run for days is', () => {
  const beganAt = new Date('2026-03-10T05:00:00Z')

  test.each([
    // The day ends by the clocks of the zone.
    ['2026-03-07', 'Europe/Berlin', '2026-03-07T23:00:00.000Z'],
    ['2026-03-08', 'UTC', '2026-03-09T00:00:00.000Z'],
    // There it is still the 9th.
    ['2026-03-07', 'America/Los_Angeles', '2026-03-08T08:00:00.000Z'],
    ['2026-03-08', 'America/Los_Angeles', null],
    ['2026-03-09', 'UTC', null],
    ['2026-03-10', 'UTC', null],
    ['2026-03-11', 'UTC', null],
    ['2030-01-01', 'UTC', null],
  ])('%s in %s: %s (null = when it happened)', (day, zone, until) => {
    const found = coveredUntil(daily, { day }, { zone, beganAt })
    expect(found?.toISOString() ?? null).toBe(until)
  })

  test('a run for yesterday that ends after midnight is still one for yesterday', () => {
    const endedAt = new Date('2026-03-11T00:20:00Z')
    const late = { zone: 'UTC', beganAt: new Date('2026-03-10T23:50:00Z') }
    expect(backfilledAsOf(endedAt, coveredUntil(daily, { day: '2026-03-09' }, late))).toEqual(endedAt)
  })

  test('the last day counts, not the first', () => {
    const until = coveredUntil(rule, { from: '2026-01-01', to: '2026-01-31' }, { zone: 'UTC', beganAt })
    expect(until).toEqual(new Date('2026-02-01T00:00:00Z'))
  })

  test('what says no days counts as when it happened', () => {
    expect(coveredUntil(rule, { from: '2026-01-01' }, { zone: 'UTC', beganAt })).toBeNull()
  })

  test('no order of runs makes a dataset look fresher than the newest day that was covered, or moves it back', () => {
    const run = fc.record({
      daysAgo: fc.integer({ min: -2, max: 400 }),
      length: fc.integer({ min: 1, max: 31 }),
      tookMs: fc.integer({ min: 0, max: 3 * hourMs }),
    })
    fc.assert(
      fc.property(
        began,
        fc.constantFrom(...zones),
        fc.array(run, { minLength: 1, maxLength: 12 }),
        (at, zone, runs) => {
          const today = dayAt(at, zone)
          let lastSuccess = Number.NEGATIVE_INFINITY
          let newest = Number.NEGATIVE_INFINITY
          let clock = at.getTime()
          for (const { daysAgo, length, tookMs } of runs) {
            const last = today - daysAgo
            newest = Math.max(newest, last)
            const parameters = { from: dayText(last - length + 1), to: dayText(last) }
            const until = coveredUntil(rule, parameters, { zone, beganAt: new Date(clock) })
            clock += tookMs
            const asOf = backfilledAsOf(new Date(clock), until).getTime()
            expect(asOf).toBeLessThanOrEqual(clock)
            // As the database does it.
            const before = lastSuccess
            lastSuccess = Math.max(lastSuccess, asOf)
            expect(lastSuccess).toBeGreaterThanOrEqual(before)
          }
          // Only a run for today or yesterday may look as new as it is.
          fc.pre(newest < today - 1)
          expect(dayAt(new Date(lastSuccess - 1), zone)).toBe(newest)
          expect(lastSuccess).toBeLessThanOrEqual((newest + 1) * dayMs + 14 * hourMs)
        },
      ),
    )
  })
})

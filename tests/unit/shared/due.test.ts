import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkDue, type Due, dueFrom, isSameDue, nextDueMs, storedDue, weekdays } from '../../../shared/due.ts'
import { atMostWords, dueText, dueWords, parseDue } from '../../../shared/due-words.ts'
import { freshnessAt, freshnessHoldsUntil, freshnessState, isFresh, staleMsOf } from '../../../shared/freshness.ts'
import { containing, matching } from '../../integration/cli/matchers.ts'
import { problemOf } from '../../support/problem.ts'

const hour = 3_600_000
const weekdayMornings = parseDue('weekdays 09:00 Europe/Berlin')
const at = (text: string): number => Date.parse(text)
const stale = (success: string, hours: number, due: Due = weekdayMornings): string =>
  new Date(staleMsOf(at(success), hours, due)).toISOString()

describe('F5: with a due time', () => {
  test('what succeeded on Friday is fresh all weekend, and stale after Monday 09:00', () => {
    // In Berlin it is one hour later.
    const success = at('2026-11-27T06:30:00Z')
    const word = (now: string): string =>
      freshnessAt({ lastSuccessMs: success, maxAgeHours: 12, due: weekdayMornings, nextRunMs: at(now) }, at(now), 0)
    expect(stale('2026-11-27T06:30:00Z', 12)).toBe('2026-11-30T08:00:00.000Z')
    expect(word('2026-11-29T23:00:00Z')).toBe('fresh')
    expect(word('2026-11-30T08:00:00Z')).toBe('fresh')
    expect(word('2026-11-30T08:00:00.001Z')).toBe('stale')
  })

  test('a success on Monday 07:30 keeps it fresh until a missed Tuesday, and a missed Tuesday is not hidden', () => {
    expect(stale('2026-11-30T06:30:00Z', 12)).toBe('2026-12-01T08:00:00.000Z')
    expect(stale('2026-12-01T06:30:00Z', 12)).toBe('2026-12-02T08:00:00.000Z')
  })

  test('an age of exactly the maximum at the due moment still is fresh', () => {
    expect(stale('2026-11-30T06:30:00Z', 25.5)).toBe('2026-12-02T08:00:00.000Z')
    expect(stale('2026-11-30T06:29:59.999Z', 25.5)).toBe('2026-12-01T08:00:00.000Z')
    expect(isFresh(new Date('2026-11-27T06:30:00Z'), 12, new Date('2026-11-30T08:00:00Z'), weekdayMornings)).toBe(true)
  })

  test('a time that the clocks leave out is at the end of the gap, one that they show twice is the first of the two', () => {
    const nights = parseDue('daily 02:30 Europe/Berlin')
    expect(stale('2026-03-28T12:00:00Z', 1, nights)).toBe('2026-03-29T01:00:00.000Z')
    expect(stale('2026-10-24T12:00:00Z', 1, nights)).toBe('2026-10-25T00:30:00.000Z')
    expect(stale('2026-10-25T00:00:00Z', 0.5, nights)).toBe('2026-10-26T01:30:00.000Z')
  })

  test('Samoa had no 30 December 2011: what was due then is due when the day after begins', () => {
    const fridays = parseDue('fri 09:00 Pacific/Apia')
    expect(new Date(nextDueMs(fridays, at('2011-12-29T12:00:00Z'))).toISOString()).toBe('2011-12-30T10:00:00.000Z')
  })

  test('F7: with no run planned it is at risk in the last tenth of the time until it goes stale', () => {
    const lastSuccessMs = at('2026-11-27T06:30:00Z')
    const staleMs = at('2026-11-30T08:00:00Z')
    const riskMs = staleMs - (staleMs - lastSuccessMs) / 10
    const times = { lastSuccessMs, maxAgeHours: 12, due: weekdayMornings, nextRunMs: null }
    expect(freshnessAt(times, riskMs, 0)).toBe('fresh')
    expect(freshnessAt(times, riskMs + 1, 0)).toBe('at_risk')
    expect(freshnessHoldsUntil(times, lastSuccessMs)).toBe(riskMs)
    expect(freshnessAt({ ...times, nextRunMs: staleMs + 1 }, lastSuccessMs, 0)).toBe('at_risk')
    expect(freshnessAt({ ...times, nextRunMs: staleMs }, lastSuccessMs, 0)).toBe('fresh')
  })

  test('why it is stale names when it was due', () => {
    const state = freshnessState({
      lastSuccessAt: new Date('2026-11-27T06:30:00Z'),
      maxAgeHours: 12,
      due: weekdayMornings,
      now: new Date('2026-11-30T09:00:00Z'),
      nextRunAt: null,
      graceMinutes: 0,
    })
    expect(state.staleAt?.toISOString()).toBe('2026-11-30T08:00:00.000Z')
    expect(state.reason).toContain('the maximum is 12 h at 09:00 on weekdays (Europe/Berlin).')
  })
})

const anyDue = fc
  .record({
    days: fc.subarray([...weekdays], { minLength: 1 }),
    at: fc.tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 })),
    zone: fc.constantFrom('Europe/Berlin', 'America/New_York', 'UTC', 'Australia/Lord_Howe', 'Pacific/Apia'),
  })
  .map(({ at: [hours, minutes], ...rest }) =>
    checkDue({ ...rest, at: `${String(hours)}:${String(minutes).padStart(2, '0')}` }),
  )

test('F5: a due time never makes data stale sooner, and by at most a week and a day later', () => {
  fc.assert(
    fc.property(anyDue, fc.integer({ min: 0, max: 4e12 }), fc.constantFrom(0.5, 12, 100), (due, success, hours) => {
      const [aged, staleMs] = [staleMsOf(success, hours), staleMsOf(success, hours, due)]
      expect(staleMs).toBeGreaterThan(aged)
      expect(staleMs).toBeLessThanOrEqual(aged + 9 * 24 * hour)
      expect(staleMsOf(success + 1, hours, due)).toBeGreaterThanOrEqual(staleMs)
    }),
  )
})

test('F5 to F7: with a due time, too, the word stays what it is until then', () => {
  const times = fc.record({
    lastSuccessMs: fc.integer({ min: -50 * hour, max: hour }),
    maxAgeHours: fc.constantFrom(0.5, 7.25, 24),
    due: anyDue,
    nextRunMs: fc.option(fc.integer({ min: -hour, max: 30 * hour })),
  })
  fc.assert(
    fc.property(times, fc.integer({ min: -10 * hour, max: 10 * hour }), (given, now) => {
      const until = freshnessHoldsUntil(given, now)
      expect(freshnessAt(given, Math.floor(Math.min(until, now + 500 * hour)), 0)).toBe(freshnessAt(given, now, 0))
      const after = Number.isFinite(until) ? freshnessAt(given, until + 1, 0) : 'never turns'
      expect(after).not.toBe(freshnessAt(given, now, 0))
    }),
  )
})

describe('a due time as text', () => {
  test('is read as people write it', () => {
    const same = (text: string): string => dueText(parseDue(text))
    expect(same('Weekdays 9:00 Europe/Berlin')).toBe('weekdays 09:00 Europe/Berlin')
    expect(same('every day 07:05 UTC')).toBe('daily 07:05 UTC')
    expect(same('thursday, Mon,mon 18:30  America/New_York')).toBe('mon,thu 18:30 America/New_York')
    expect(same('sat,sun 10:00 UTC')).toBe('weekends 10:00 UTC')
  })

  test('is told in words', () => {
    expect(atMostWords(12, weekdayMornings)).toBe('at most 12 h old at 09:00 on weekdays (Europe/Berlin)')
    expect(dueWords(parseDue('mon,wed,fri 18:30 UTC'))).toBe('at 18:30 on Mon, Wed and Fri (UTC)')
    expect(dueWords(parseDue('daily 18:30 UTC'))).toBe('at 18:30 every day (UTC)')
    expect(atMostWords(12, null)).toBe('at most 12 h old')
  })

  test.each([
    ['', 'it takes days, a time and a time zone'],
    ['weekdays 09:00', 'it takes days, a time and a time zone'],
    ['weekdays 09:00 Europe/Berlin sharp', 'it takes days, a time and a time zone'],
    ['workdays 09:00 UTC', '"workdays" is no day.'],
    ['mo 09:00 UTC', '"mo" is no day.'],
    ['mon 24:00 UTC', '"24:00" is no time of day.'],
    ['mon 9 UTC', '"9" is no time of day.'],
    ['mon 09:00 Europe/Berln', 'There is no time zone "Europe/Berln".'],
    ['mon 09:00 +01:00', 'is an offset, not a place.'],
  ])('"%s" is refused with what is wrong', async (text, words) => {
    expect(await problemOf(Promise.resolve(text).then((written) => parseDue(written)))).toMatchObject({
      code: 'invalid_input',
      field: 'due',
      message: containing(words),
      fix: matching(/./),
    })
  })

  test('comes back as it was stored', () => {
    fc.assert(
      fc.property(anyDue, (due) => {
        expect(dueFrom(storedDue(due))).toBe(due)
        expect(parseDue(dueText(due))).toBe(due)
        expect(isSameDue(due, { ...due })).toBe(true)
      }),
    )
    expect(dueFrom(storedDue(null))).toBeNull()
  })
})

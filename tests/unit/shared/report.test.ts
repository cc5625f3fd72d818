import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  addFigures,
  figuresOf,
  freshShare,
  meanRecoveryMs,
  noFigures,
  readyAt,
  staleSpells,
  successRate,
} from '../../../shared/report.ts'
import { changeText, percentText } from '../../../shared/report-words.ts'

const h = 3_600_000
const tries = { attempts: 0, successes: 0 }
const spellsOf = (successes: readonly number[], maxAgeHours: number, nowMs: number) =>
  staleSpells(
    successes.map((madeMs, place) => ({ madeMs, asOfMs: madeMs, nextMs: successes[place + 1] ?? null })),
    { maxAgeHours, due: null, nowMs },
  )

describe('how fresh it was', () => {
  test('stale from its maximum age until the next success; the last one until now', () => {
    expect(spellsOf([0, 30 * h, 40 * h], 24, 70 * h)).toEqual([
      { fromMs: 24 * h, untilMs: 30 * h, isOpen: false },
      { fromMs: 64 * h, untilMs: 70 * h, isOpen: true },
    ])
  })

  test('a window counts what lies in it: times it began, the longest part, recoveries with their whole length', () => {
    const spells = spellsOf([0, 30 * h, 40 * h], 24, 70 * h)
    const history = { firstMs: 0, spells, tries }
    expect(figuresOf(history, { fromMs: 28 * h, untilMs: 70 * h })).toEqual({
      ...noFigures,
      judgedMs: 42 * h,
      staleMs: 8 * h,
      timesStale: 1,
      longestMs: 6 * h,
      recoveries: 1,
      recoveryMs: 6 * h,
      judged: 1,
      staleNow: 1,
    })
    // The window before ends while it is stale.
    expect(figuresOf(history, { fromMs: -14 * h, untilMs: 28 * h })).toMatchObject({
      judgedMs: 28 * h,
      staleMs: 4 * h,
      staleNow: 1,
      recoveries: 0,
    })
  })

  test('data of old days is as old as it is when it comes: stale goes on, or it is fresh for what is left', () => {
    const asked = { maxAgeHours: 24, due: null, nowMs: 110 * h }
    const success = (made: number, asOf: number, next: number | null) => ({
      madeMs: made * h,
      asOfMs: asOf * h,
      nextMs: next === null ? null : next * h,
    })
    expect(
      staleSpells([success(0, 0, 50), success(50, 10, 60), success(60, 50, 100), success(100, 100, null)], asked),
    ).toEqual([
      { fromMs: 24 * h, untilMs: 60 * h, isOpen: false },
      { fromMs: 74 * h, untilMs: 100 * h, isOpen: false },
    ])
    // Nothing is judged before it was brought.
    expect(staleSpells([success(90, 0, 100), success(100, 100, null)], asked)).toEqual([
      { fromMs: 90 * h, untilMs: 100 * h, isOpen: false },
    ])
  })

  test('without a policy, and before the first success, nothing is judged', () => {
    const window = { fromMs: 0, untilMs: 10 * h }
    const some = { attempts: 3, successes: 1 }
    expect(figuresOf({ firstMs: 0, spells: null, tries: some }, window)).toEqual({ ...noFigures, ...some })
    expect(figuresOf({ firstMs: null, spells: [], tries: some }, window)).toEqual({ ...noFigures, ...some })
    expect(figuresOf({ firstMs: 4 * h, spells: [], tries }, window).judgedMs).toBe(6 * h)
    expect([freshShare(noFigures), successRate(noFigures), meanRecoveryMs(noFigures)]).toEqual([null, null, null])
  })

  test('two windows side by side are the whole', () => {
    const successes = fc.array(fc.integer({ min: 0, max: 1_000 }), { minLength: 1, maxLength: 30 })
    fc.assert(
      fc.property(
        successes,
        fc.integer({ min: 1, max: 999 }),
        fc.integer({ min: 1, max: 90 }),
        (hours, middle, maximum) => {
          const ascending = hours.toSorted((left, right) => left - right).map((hour) => hour * h)
          const history = { firstMs: ascending[0] ?? 0, spells: spellsOf(ascending, maximum, 1_000 * h), tries }
          const whole = figuresOf(history, { fromMs: 0, untilMs: 1_000 * h })
          const parts = [
            figuresOf(history, { fromMs: 0, untilMs: middle * h }),
            figuresOf(history, { fromMs: middle * h, untilMs: 1_000 * h }),
          ]
          const { judgedMs, staleMs, timesStale, recoveries, recoveryMs } = addFigures(parts)
          expect({ judgedMs, staleMs, timesStale, recoveries, recoveryMs }).toEqual({
            judgedMs: whole.judgedMs,
            staleMs: whole.staleMs,
            timesStale: whole.timesStale,
            recoveries: whole.recoveries,
            recoveryMs: whole.recoveryMs,
          })
        },
      ),
    )
  })

  test('a page is ready at a moment when all it needs was fresh then; moments before all had begun are not counted', () => {
    const moments = [5 * h, 20 * h, 24 * h, 25 * h, 35 * h]
    const orders = { firstMs: 0, spells: spellsOf([0, 30 * h], 24, 40 * h) }
    const ads = { firstMs: 10 * h, spells: [] }
    // 24 h: an age of exactly the maximum still is fresh.
    expect(readyAt([orders, ads], moments)).toEqual({ ready: 3, of: 4 })
    expect(readyAt([orders, { firstMs: null, spells: [] }], moments)).toEqual({ ready: 0, of: 5 })
    expect(readyAt([{ firstMs: null, spells: [] }], moments)).toEqual({ ready: 0, of: 0 })
  })

  test('in words, a share is never rounded up to all or down to nothing', () => {
    expect([1, 0.9999, 0.9849, 0.00001, 0].map(percentText)).toEqual(['100 %', '99.9 %', '98.5 %', '0.1 %', '0 %'])
    expect([changeText(0.95, 0.94), changeText(0.9, 0.95), changeText(0.9, 0.9), changeText(0.9, null)]).toEqual([
      '+1 point',
      '−5 points',
      null,
      null,
    ])
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type SuccessFacts, suspicionOf } from '../../../shared/suspicion.ts'

const unknown: SuccessFacts = { records: null, previousRecords: [], durationMs: null, previousDurationsMs: [] }
const steady = [1_000, 1_100, 900, 1_050, 1_000]
const weeks = [...steady, ...steady, ...steady]
const minutes = (...values: number[]): number[] => values.map((value) => value * 60_000)

describe('F8: a success that looks wrong beside those before it', () => {
  test.each([
    ['as usual', { records: 980, previousRecords: steady }, null],
    ['half of it', { records: 500, previousRecords: steady }, null],
    ['a fifth of it', { records: 200, previousRecords: steady }, null],
    ['less than a fifth', { records: 199, previousRecords: steady }, 'few'],
    ['nothing, where there always was something', { records: 0, previousRecords: steady }, 'zero'],
    ['nothing, where that has happened', { records: 0, previousRecords: [...steady, 0] }, null],
    ['nothing, of little', { records: 0, previousRecords: [1, 2, 1, 3, 1] }, 'zero'],
    ['little, of little', { records: 1, previousRecords: [9, 8, 9, 10, 12] }, null],
    ['little, where it varies as much', { records: 100, previousRecords: [150, 4_000, 9_000, 1_000, 900] }, null],
    ['little, and one odd run in the past', { records: 30, previousRecords: [...steady, 60] }, null],
    ['nothing, after one odd day of three weeks', { records: 0, previousRecords: [0, ...weeks] }, 'few'],
    ['nothing, as every week', { records: 0, previousRecords: [0, 0, ...weeks] }, null],
    ['far less than ever', { records: 29, previousRecords: [...steady, 60] }, 'few'],
    ['too few before it', { records: 0, previousRecords: steady.slice(1) }, null],
    ['the first one', { records: 0 }, null],
    ['not counted, as long as ever', { durationMs: 240_000, previousDurationsMs: minutes(4, 5, 4, 5, 4) }, null],
    ['not counted, far shorter', { durationMs: 2_000, previousDurationsMs: minutes(4, 5, 4, 5, 4) }, 'short'],
    [
      'not counted, shorter than a minute anyway',
      { durationMs: 10, previousDurationsMs: [5_000, 5_000, 5_000, 5_000, 5_000] },
      null,
    ],
    [
      'counted as usual, and far shorter',
      { records: 1_000, previousRecords: steady, durationMs: 2_000, previousDurationsMs: minutes(4, 5, 4, 5, 4) },
      null,
    ],
    ['nothing known', {}, null],
  ] as const)('%s', (_what, facts, reason) => {
    expect(suspicionOf({ ...unknown, ...facts })?.reason ?? null).toBe(reason)
  })

  test('what is usual is the median', () => {
    expect(suspicionOf({ ...unknown, records: 0, previousRecords: [5, 1, 4, 2, 3] })).toEqual({
      reason: 'zero',
      usual: 3,
    })
    expect(suspicionOf({ ...unknown, records: 0, previousRecords: [5, 1, 4, 2, 3, 6] })?.usual).toBe(3.5)
  })
})

const counts = fc.array(fc.nat({ max: 1_000_000 }), { maxLength: 20 })

describe('F8: whatever the numbers', () => {
  test('at least half of the least there was, but for one, is never suspicious, nor is anything without enough before it', () => {
    fc.assert(
      fc.property(counts, fc.nat({ max: 1_000_000 }), (previousRecords, more) => {
        const [least = 0, next = least] = previousRecords.toSorted((left, right) => left - right)
        const records = Math.max(1, Math.ceil(next / 2)) + more
        expect(suspicionOf({ ...unknown, records, previousRecords })).toBeNull()
      }),
    )
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 4 }), fc.nat(), (previous, value) => {
        expect(suspicionOf({ ...unknown, records: value, previousRecords: previous })).toBeNull()
        expect(suspicionOf({ ...unknown, durationMs: value, previousDurationsMs: previous })).toBeNull()
      }),
    )
  })

  test('the order of those before it does not matter, and less is never less suspicious', () => {
    fc.assert(
      fc.property(counts, fc.nat({ max: 1_000 }), fc.nat({ max: 1_000 }), (previousRecords, one, other) => {
        const facts = { ...unknown, previousRecords, records: Math.max(one, other) }
        const backwards = { ...facts, previousRecords: previousRecords.toReversed() }
        expect(suspicionOf(backwards)).toEqual(suspicionOf(facts))
        fc.pre(suspicionOf(facts) !== null && Math.min(one, other) > 0)
        expect(suspicionOf({ ...facts, records: Math.min(one, other) })).not.toBeNull()
      }),
    )
  })
})

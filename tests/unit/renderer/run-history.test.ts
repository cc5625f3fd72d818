// @vitest-environment happy-dom
import { cleanup, renderHook } from '@testing-library/react'
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { linePath, niceCeiling } from '../../../renderer/components/line-path.ts'
import {
  answerOf,
  completedShare,
  knownTotal,
  mostFailedOf,
  percentText,
} from '../../../renderer/tabs/run-history/answer.ts'
import { type Bucket, rangeOfBuckets, stacked } from '../../../renderer/tabs/run-history/buckets.ts'
import { runFilterCodecs, runFilterOf } from '../../../renderer/tabs/run-history/run-filters.ts'
import { useAnswered } from '../../../renderer/tabs/run-history/use-runs.ts'

const none = { failed: 0, warnings: 0, completed: 0, cancelled: 0, running: 0 }

describe('the answer line', () => {
  test('says totals, rate, failures and where most of them are', () => {
    const counts = { total: 1_284, byResult: { ...none, completed: 1_240, warnings: 13, failed: 18, cancelled: 13 } }
    const most = { jobType: 'meta_sync', brandName: 'Acme', count: 12 }
    expect(answerOf(counts, 'in the last 24 h', most)).toBe(
      '1,284 runs in the last 24 h, 97.6 % completed; 18 failed, 12 of them meta_sync for Acme; 13 with warnings.',
    )
  })

  test('a search that was cut short has no total: what matches further back may be exported all the same', () => {
    expect(knownTotal({ total: 0, searchedBackTo: new Date(0) })).toBeNull()
    expect(knownTotal({ total: 0, searchedBackTo: null })).toBe(0)
    expect(knownTotal(undefined)).toBeNull()
  })

  test('says so when nothing ran, and gives no rate while nothing has ended', () => {
    expect(answerOf({ total: 0, byResult: none }, 'in the last 24 h', null)).toBe('No runs in the last 24 h.')
    expect(answerOf({ total: 1, byResult: { ...none, running: 1 } }, 'in the last 24 h', null)).toBe(
      '1 run in the last 24 h; 1 running.',
    )
  })

  test('never rounds to all or nothing while something speaks against it', () => {
    fc.assert(
      fc.property(fc.nat(100_000), fc.nat(100_000), (completed, failed) => {
        const share = completedShare({ ...none, completed, failed })
        if (share === null) return completed + failed === 0
        const text = percentText(share)
        return (text === '100 %') === (failed === 0) && (text === '0 %') === (completed === 0)
      }),
    )
  })

  test('finds the job type and brand with the most failures', () => {
    const run = (jobType: string, name: string) => ({ jobType, brand: { id: name, name } })
    expect(mostFailedOf([run('a', 'X'), run('b', 'X'), run('b', 'X'), run('b', 'Y')])).toEqual({
      jobType: 'b',
      brandName: 'X',
      count: 2,
    })
    expect(mostFailedOf([])).toBeNull()
  })
})

describe('the filters', () => {
  const scope = { organizationId: 'o', brandId: null, group: null }
  const usual = {
    result: [],
    type: [],
    trigger: [],
    agent: [],
    attempt: 'any',
    range: '24h',
    job: '',
    backfill: '',
    text: '',
  } as const

  test('a link with nonsense in it asks a question that the server takes', () => {
    const filters = { ...usual, agent: ['x', 'y'], job: "'; drop table", text: 'x'.repeat(500) }
    const asked = runFilterOf({ ...scope, brandId: 'no id' }, filters, new Date('2026-11-24T10:00:30Z'))
    expect(asked).toMatchObject({
      brandId: null,
      agentIds: [],
      jobId: null,
      from: '2026-11-23T10:00:00.000Z',
      to: null,
    })
    expect(asked.text).toHaveLength(200)
    expect(runFilterCodecs.result.read('failed,nonsense')).toEqual(['failed'])
    expect(runFilterCodecs.attempt.read('nonsense')).toBe('any')
  })

  describe('what was asked before stands in for an answer', () => {
    afterEach(cleanup)
    const input = (hour: number, text = '') =>
      runFilterOf(scope, { ...usual, text }, new Date(Date.UTC(2026, 10, 24, hour)))
    const begin = () =>
      renderHook(({ isStandIn, asked, range }) => useAnswered(isStandIn, asked, range), {
        initialProps: { isStandIn: false, asked: input(10), range: '24h' },
      })

    test('and is not said to be of the range that has been chosen since', () => {
      const { result, rerender } = begin()
      rerender({ isStandIn: true, asked: input(10), range: '30d' })
      expect(result.current).toEqual({ range: '24h', isOfOthers: true })
      rerender({ isStandIn: false, asked: input(10), range: '30d' })
      expect(result.current).toEqual({ range: '30d', isOfOthers: false })
    })

    test('a range that has moved on with the clock is the same one; another search is not', () => {
      const { result, rerender } = begin()
      rerender({ isStandIn: true, asked: input(11), range: '24h' })
      expect(result.current.isOfOthers).toBe(false)
      rerender({ isStandIn: true, asked: input(11, 'HTTP 429'), range: '24h' })
      expect(result.current.isOfOthers).toBe(true)
    })
  })
})

describe('the histogram', () => {
  const bucket = (minute: number, counts: Partial<typeof none>): Bucket => ({
    ...none,
    ...counts,
    at: new Date(Date.UTC(2026, 10, 24, 10, minute)),
    p50Ms: null,
    p95Ms: null,
  })

  test('one failure among thousands can be seen, at the bottom', () => {
    const pieces = stacked(bucket(0, { failed: 1, completed: 9_999 }), 10_000, 60)
    expect(pieces[0]).toMatchObject({ result: 'failed', size: 2, y: 58 })
    expect(pieces.every(({ y, size }) => y >= 0 && size <= 60)).toBe(true)
  })

  test('a range holds both of its ends, marked in either direction', () => {
    const buckets = [bucket(0, {}), bucket(30, {}), bucket(60, {})]
    const range = '2026-11-24T10:30:00.000Z..2026-11-24T11:30:00.000Z'
    expect(rangeOfBuckets(buckets, 1_800_000, 1, 2)).toBe(range)
    expect(rangeOfBuckets(buckets, 1_800_000, 2, 1)).toBe(range)
  })
})

describe('lines of charts', () => {
  test('break where there is no value, and a value alone is still there', () => {
    const path = linePath([1, null, 1, 0], { width: 40, height: 12, ceiling: 1 })
    expect(path).toBe('M2.5 1.0H7.5M25.0 1.0L35.0 11.0')
  })

  test('the ceiling is round and never below a value', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e12, noNaN: true }), (value) => niceCeiling(value) >= value * (1 - 1e-9)),
    )
    expect(niceCeiling(312)).toBe(500)
    expect(niceCeiling(0)).toBe(0)
  })
})

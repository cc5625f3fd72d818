import { describe, expect, test } from 'vitest'
import { applyFailure, applyStart, applySuccess, applyUnknown, neverAttempted } from '../../../shared/dataset-status.ts'
import { exitCodeOf, type Requirement, readiness } from '../../../shared/readiness.ts'

const now = new Date('2026-11-23T10:00:00Z')
const hoursAgo = (hours: number) => new Date(now.getTime() - hours * 3_600_000)
const success = (hours: number, suspicious = false) =>
  applySuccess(neverAttempted, hoursAgo(hours), { runId: 'a', recordsAffected: suspicious ? 0 : 10, suspicious })

const orders: Requirement = {
  dataset: 'warehouse_orders',
  label: 'Orders',
  maxAgeHours: 6,
  due: null,
  fix: { jobType: 'load_orders', parameters: { days_back: 1 } },
  status: success(2),
}
const pages: Requirement = {
  dataset: 'landing_pages',
  label: 'Landing pages',
  maxAgeHours: 168,
  due: null,
  fix: null,
  status: success(20),
}

const failedSince = applyFailure(success(2), hoursAgo(1), { runId: 'b', error: 'HTTP 500.\nlong trace' })

describe('F9: readiness of a page', () => {
  test('ready when everything is fresh and went well', () => {
    expect(readiness([orders, pages], now)).toMatchObject({ verdict: 'ready', reasons: [] })
  })

  test('a page without requirements is ready', () => {
    expect(readiness([], now)).toEqual({ verdict: 'ready', reasons: [], items: [] })
  })

  test('fresh at exactly the maximum, without any prediction', () => {
    const { verdict, items } = readiness([{ ...orders, status: success(6) }], now)
    expect([verdict, items[0]?.state]).toEqual(['ready', 'fresh'])
  })

  test('degraded when fresh, but the last attempt failed', () => {
    const { verdict, reasons } = readiness([{ ...orders, status: failedSince }, pages], now)
    expect(verdict).toBe('degraded')
    expect(reasons).toEqual([
      'Orders: fresh (2 h old), but the last attempt failed 1 h ago: HTTP 500. Run load_orders days_back=1.',
    ])
  })

  test('degraded when fresh, but the last success is suspicious', () => {
    const { verdict, reasons } = readiness([{ ...orders, status: success(2, true) }], now)
    expect(verdict).toBe('degraded')
    expect(reasons).toEqual(['Orders: the last success brought 0 records, which is unusual. Check its source.'])
  })

  test.for([
    ['running', applyStart(success(2), hoursAgo(0.1), { runId: 'b' })],
    [
      'cancelled',
      applyUnknown(applyStart(success(2), hoursAgo(0.2), { runId: 'b' }), hoursAgo(0.1), {
        runId: 'b',
        reason: 'cancelled',
      }),
    ],
  ] as const)('ready when fresh and the last attempt is %s', ([, status]) => {
    expect(readiness([{ ...orders, status }], now).verdict).toBe('ready')
  })

  test('not ready when stale, with the numbers and the next thing to do', () => {
    const { verdict, reasons, items } = readiness(
      [orders, { ...orders, label: 'Old orders', status: success(30) }],
      now,
    )
    expect(verdict).toBe('not_ready')
    expect(reasons).toEqual([
      'Old orders: the last success was 30 h ago; the maximum is 6 h. Run load_orders days_back=1.',
    ])
    expect(items.map((item) => item.state)).toEqual(['fresh', 'stale'])
    expect(items[1]).toMatchObject({ ageHours: 30, staleAt: hoursAgo(24), lastStatus: 'completed', fix: orders.fix })
  })

  test('not ready when stale while a run is in progress', () => {
    const status = applyStart(success(30), hoursAgo(0.1), { runId: 'b' })
    const { verdict, reasons } = readiness([{ ...orders, status }], now)
    expect(verdict).toBe('not_ready')
    expect(reasons[0]).toMatch(/A run is in progress\.$/)
  })

  test.for([
    [null, 'Landing pages: no run has succeeded yet. Nothing in the catalog refreshes it.'],
    [
      applyFailure(neverAttempted, hoursAgo(1), { runId: 'b', error: 'no access' }),
      'Landing pages: no run has succeeded yet. Look at its last error.',
    ],
  ] as const)('not ready when it never succeeded, without a fix', ([status, reason]) => {
    expect(readiness([{ ...pages, status }], now)).toMatchObject({ verdict: 'not_ready', reasons: [reason] })
  })

  test('what blocks is named before what is doubtful, and one stale dataset outweighs all else', () => {
    const degraded = { ...orders, label: 'Degraded', status: failedSince }
    const stale = { ...orders, label: 'Stale', status: success(30) }
    const { verdict, reasons } = readiness([degraded, stale], now)
    expect(verdict).toBe('not_ready')
    expect(reasons.map((reason) => reason.split(':', 1)[0])).toEqual(['Stale', 'Degraded'])
  })

  test('bad input 38: an endless error is cut to what identifies it', () => {
    const status = applyFailure(success(2), hoursAgo(1), { runId: 'b', error: 'x'.repeat(1_000_000) })
    expect(readiness([{ ...orders, status }], now).reasons[0]?.length).toBeLessThan(300)
  })

  test('bad input 24: an impossible maximum is refused', () => {
    expect(() => readiness([{ ...orders, maxAgeHours: -1 }], now)).toThrow('not possible')
  })
})

test('F9: exit codes', () => {
  expect([exitCodeOf('ready'), exitCodeOf('degraded'), exitCodeOf('not_ready')]).toEqual([0, 0, 1])
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  applyFailure,
  applyLostLease,
  applyStart,
  applySuccess,
  applyUnknown,
  type DatasetStatusFacts,
  neverAttempted,
} from '../../../shared/dataset-status.ts'
import { isFresh } from '../../../shared/freshness.ts'

const minuteMs = 60_000
const at = (minute: number) => new Date(Date.UTC(2026, 10, 23) + minute * minuteMs)
const records = { recordsAffected: 5, suspicious: false }

type Kind = 'start' | 'success' | 'failure' | 'unknown' | 'lost'
interface Event {
  readonly kind: Kind
  readonly runId: string
  /** When it happened; the order of the list is the order of delivery. */
  readonly minute: number
}

const appliers = {
  start: (status, { minute, runId }) => applyStart(status, at(minute), { runId }),
  success: (status, { minute, runId }) =>
    applySuccess(status, at(minute), { runId, recordsAffected: minute, suspicious: false }),
  failure: (status, { minute, runId }) => applyFailure(status, at(minute), { runId, error: `failed at ${minute}` }),
  unknown: (status, { minute, runId }) => applyUnknown(status, at(minute), { runId, reason: 'cancelled' }),
  lost: (status, { minute, runId }) => applyLostLease(status, at(minute), { runId, reason: 'lease lost' }),
} satisfies Record<Kind, (status: DatasetStatusFacts, event: Event) => DatasetStatusFacts>

const apply = (status: DatasetStatusFacts, event: Event) => appliers[event.kind](status, event)
const applyAll = (events: readonly Event[]) => events.reduce(apply, neverAttempted)

const minute = fc.integer({ min: 0, max: 2_000 })
const runId = fc.constantFrom('a', 'b', 'c', 'd')
const event = fc.record({
  kind: fc.constantFrom<Kind>('start', 'success', 'failure', 'unknown', 'lost'),
  runId,
  minute,
})
const events = fc.array(event, { maxLength: 40 })

describe('F1-F4: one row at a time', () => {
  const good = applySuccess(neverAttempted, at(10), { runId: 'a', ...records })

  test('F1: a start sets running and the last attempt, clears the error, keeps the success', () => {
    const failed = applyFailure(good, at(20), { runId: 'b', error: 'HTTP 500' })
    expect(applyStart(failed, at(30), { runId: 'c' })).toEqual({
      ...good,
      lastAttemptAt: at(30),
      lastStatus: 'running',
      lastRunId: 'c',
      errorMessage: null,
    })
  })

  test('F2: a success sets both times, its records, and clears the error', () => {
    const failed = applyFailure(good, at(20), { runId: 'b', error: 'HTTP 500' })
    expect(applySuccess(failed, at(30), { runId: 'c', recordsAffected: 0, suspicious: true })).toEqual({
      lastSuccessAt: at(30),
      lastAttemptAt: at(30),
      lastStatus: 'completed',
      lastRunId: 'c',
      recordsAffected: 0,
      suspicious: true,
      errorMessage: null,
    })
  })

  test('F3: a failure stores the error and keeps the success', () => {
    expect(applyFailure(good, at(20), { runId: 'b', error: 'HTTP 500' })).toEqual({
      ...good,
      lastAttemptAt: at(20),
      lastStatus: 'failed',
      lastRunId: 'b',
      errorMessage: 'HTTP 500',
    })
  })

  test('F2: a success delivered late counts when it happened and leaves a newer attempt alone', () => {
    const newer = applyFailure(good, at(40), { runId: 'c', error: 'HTTP 500' })
    expect(applySuccess(newer, at(30), { runId: 'b', recordsAffected: 9, suspicious: false })).toEqual({
      ...newer,
      lastSuccessAt: at(30),
      recordsAffected: 9,
    })
  })

  test('F2: a success delivered late never moves the last success backwards', () => {
    expect(applySuccess(good, at(5), { runId: 'b', recordsAffected: 9, suspicious: true })).toEqual(good)
  })

  test('F3: a failure delivered late leaves a newer attempt alone', () => {
    expect(applyFailure(good, at(5), { runId: 'b', error: 'HTTP 500' })).toEqual(good)
  })

  test('F4: a cancelled run leaves its running dataset unknown, a lost lease failed', () => {
    const running = applyStart(good, at(20), { runId: 'b' })
    const ended = { ...good, lastAttemptAt: at(25), lastRunId: 'b' }
    const cancelled = applyUnknown(running, at(25), { runId: 'b', reason: 'cancelled' })
    expect(cancelled).toEqual({ ...ended, lastStatus: 'unknown', errorMessage: 'cancelled' })
    const lost = applyLostLease(running, at(25), { runId: 'b', reason: 'lease lost' })
    expect(lost).toEqual({ ...ended, lastStatus: 'failed', errorMessage: 'lease lost' })
  })

  test('F4: a cancelled run keeps what it had finished, and what another run has taken over', () => {
    expect(applyUnknown(good, at(25), { runId: 'a', reason: 'cancelled' })).toEqual(good)
    const taken = applyStart(good, at(20), { runId: 'c' })
    expect(applyUnknown(taken, at(25), { runId: 'b', reason: 'cancelled' })).toEqual(taken)
    expect(applyLostLease(taken, at(25), { runId: 'b', reason: 'lease lost' })).toEqual(taken)
  })

  test("F4: a run's own end replaces its start even when the clock says it came first", () => {
    const running = applyStart(neverAttempted, at(20), { runId: 'b' })
    expect(applySuccess(running, at(19), { runId: 'b', ...records })).toMatchObject({
      lastStatus: 'completed',
      lastSuccessAt: at(19),
      lastAttemptAt: at(20),
    })
  })
})

describe('F1-F5: any sequence of events of any number of runs, in any order of delivery', () => {
  test('only a success moves the last success, and only forwards', () => {
    fc.assert(
      fc.property(events, (sequence) => {
        let status = neverAttempted
        let newest: number | null = null
        for (const next of sequence) {
          const before = status
          status = apply(before, next)
          if (next.kind === 'success') newest = Math.max(newest ?? 0, next.minute)
          expect(status.lastSuccessAt).toEqual(newest === null ? null : at(newest))
          const kept = { recordsAffected: before.recordsAffected, suspicious: before.suspicious }
          expect(status).toMatchObject(next.kind === 'success' ? {} : kept)
        }
      }),
    )
  })

  test('failed data never looks fresh: fresh exactly when a success happened within the maximum', () => {
    fc.assert(
      fc.property(events, minute, fc.integer({ min: 1, max: 48 }), (sequence, later, maxAgeHours) => {
        const now = at(2_000 + later)
        const status = applyAll(sequence)
        const succeeded = sequence.some(
          (one) => one.kind === 'success' && now.getTime() - at(one.minute).getTime() <= maxAgeHours * 60 * minuteMs,
        )
        expect(isFresh(status.lastSuccessAt, maxAgeHours, now)).toBe(succeeded)
      }),
    )
  })

  test('the last attempt never moves backwards and never lies before the last success', () => {
    fc.assert(
      fc.property(events, (sequence) => {
        let status = neverAttempted
        for (const next of sequence) {
          const before = status.lastAttemptAt?.getTime() ?? 0
          status = apply(status, next)
          expect(status.lastAttemptAt?.getTime() ?? 0).toBeGreaterThanOrEqual(before)
          expect(status.lastAttemptAt?.getTime() ?? 0).toBeGreaterThanOrEqual(status.lastSuccessAt?.getTime() ?? 0)
        }
      }),
    )
  })

  test('the newest event of different runs decides, in whatever order they are delivered', () => {
    const kinds = fc.array(fc.constantFrom<Kind>('start', 'success', 'failure'), { minLength: 1, maxLength: 12 })
    const delivered = kinds.chain((list) => {
      const happened = list.map((kind, index): Event => ({ kind, runId: `run ${index}`, minute: index }))
      return fc.tuple(fc.constant(happened), fc.shuffledSubarray(happened, { minLength: happened.length }))
    })
    fc.assert(
      fc.property(delivered, ([happened, shuffled]) => {
        expect(applyAll(shuffled)).toEqual(applyAll(happened))
        const status = {
          start: 'running',
          success: 'completed',
          failure: 'failed',
          unknown: 'unknown',
          lost: 'failed',
        } as const
        const newest = happened.at(-1)
        expect(applyAll(shuffled).lastStatus).toBe(newest && status[newest.kind])
      }),
    )
  })

  test('F4: when every run that started has ended, nothing is running', () => {
    const ending = fc.constantFrom<Kind>('success', 'failure', 'unknown', 'lost')
    // Each run is two slots in the order of time: its first is the start, its second the end.
    const schedule = fc.array(ending, { minLength: 1, maxLength: 6 }).chain((endings) =>
      fc.tuple(
        fc.constant(endings),
        fc.shuffledSubarray(
          endings.flatMap((_, run) => [run, run]),
          { minLength: endings.length * 2 },
        ),
      ),
    )
    fc.assert(
      fc.property(schedule, ([endings, slots]) => {
        const started = new Set<number>()
        const sequence = slots.map((run, index): Event => {
          const kind = started.has(run) ? (endings[run] ?? 'lost') : 'start'
          started.add(run)
          return { kind, runId: `run ${run}`, minute: index }
        })
        expect(applyAll(sequence).lastStatus).not.toBe('running')
      }),
    )
  })
})

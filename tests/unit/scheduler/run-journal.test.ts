import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RunJournal } from '../../../agent/jobs/run-journal.ts'
import { systemClock } from '../../../shared/clock.ts'
import { TestClock } from '../../support/clock.ts'

test('J3: only what was never sent counts as a first write; what got no answer may be on record', () => {
  const journal = new RunJournal({ runId: 'run', runToken: 'token', organizationId: null, brandId: null })
  journal.line(0, 'info', null, 'one')
  expect(journal.take(systemClock)).toMatchObject({ isFirstWrite: true, lines: [{ message: 'one' }] })
  journal.putBack()
  expect(journal.take(systemClock)).toMatchObject({ isFirstWrite: false, lines: [{ message: 'one' }] })
  journal.written()
  journal.line(0, 'info', null, 'two')
  expect(journal.take(systemClock)).toMatchObject({ isFirstWrite: false, lines: [{ message: 'two' }] })
})

test('O3: what is not known to be written holds a write under way as well, newest states last, and taking nothing from it', () => {
  const clock = new TestClock()
  const journal = new RunJournal({ runId: 'run', runToken: 'token', organizationId: null, brandId: null })
  expect(journal.unconfirmed(clock)).toBeNull()
  journal.line(0, 'info', null, 'one')
  journal.take(clock)
  journal.line(0, 'info', null, 'two')
  for (const _time of ['once', 'twice']) {
    expect(journal.unconfirmed(clock)).toMatchObject({ lines: [{ message: 'one' }, { message: 'two' }] })
  }
  journal.written()
  expect(journal.unconfirmed(clock)).toMatchObject({ lines: [{ message: 'two' }] })
  journal.take(clock)
  journal.written()
  expect(journal.unconfirmed(clock)).toBeNull()
})

/** What can happen in a run, at the instant of the clock. */
type Happening = (journal: RunJournal, at: number) => void

const stepHappening = fc.record({ position: fc.nat(3), isOver: fc.boolean() }).map(
  ({ position, isOver }): Happening =>
    (journal, at) =>
      journal.step({
        position,
        stepKey: `step ${position}`,
        status: isOver ? 'completed' : 'running',
        fatal: true,
        datasetKey: null,
        startedAt: at - 10,
        completedAt: isOver ? at : null,
        recordsAffected: null,
        progressDone: 1,
        progressTotal: null,
        errorMessage: null,
        metadata: { position },
      }),
)
const datasetHappening = fc
  .record({
    key: fc.constantFrom('orders', 'refunds'),
    status: fc.constantFrom('running', 'completed', 'failed', 'unknown'),
    recordsAffected: fc.option(fc.nat()),
    // How much older than the attempt its data is.
    olderMs: fc.constantFrom(0, 86_400_000),
  })
  .map(
    ({ key, status, recordsAffected, olderMs }): Happening =>
      (journal, at) =>
        journal.dataset({
          datasetKey: key,
          stepPosition: 1,
          status,
          at,
          freshAt: at - olderMs,
          recordsAffected,
          suspicious: recordsAffected === 0,
          errorMessage: status === 'failed' ? 'no' : null,
          metadata: status === 'completed' ? { at } : null,
        }),
  )
const lineHappening = fc.string().map(
  (message): Happening =>
    (journal, at) =>
      journal.line(at, 'info', null, message),
)

test('O3, F2: a journal that was kept and restored in another process holds the same, and everything is as much older as time has passed', () => {
  const happenings = fc.array(fc.tuple(fc.oneof(stepHappening, datasetHappening, lineHappening), fc.nat(10_000)), {
    maxLength: 12,
  })
  fc.assert(
    fc.property(happenings, fc.boolean(), fc.nat(86_400_000), (happened, hasEnded, passedMs) => {
      const clock = new TestClock()
      const journal = new RunJournal({ runId: 'run', runToken: 'token', organizationId: 'o', brandId: 'brand' })
      for (const [happening, afterMs] of happened) {
        clock.advance(afterMs)
        happening(journal, clock.monotonic())
      }
      const job = {
        version: 1,
        status: 'active',
        nextRunAt: null,
        nextAttempt: 2,
        lastError: 'e',
        completedIncrement: 0,
      } as const
      const ended = {
        status: 'failed',
        problem: 'failed',
        errorMessage: 'e',
        logs: null,
        metadata: {},
        recordsAffected: 1,
      } as const
      if (hasEnded) journal.conclusion = { ...ended, endedAt: clock.monotonic() - 5, job, ifCancelled: null }
      const kept = journal.unconfirmed(clock)
      if (kept === null) return
      const datasets = new RunJournal({ runId: 'run', runToken: 'token', organizationId: 'o', brandId: 'brand' })
      for (const [happening, at] of happened) happening(datasets, at)

      const later = new TestClock()
      later.advance(1_000)
      const restored = RunJournal.restored(kept, 'brand', later.monotonic() - passedMs)
      expect(restored.datasetKeys()).toEqual(datasets.datasetKeys())
      expect(restored.unconfirmed(later)).toEqual(older(kept, passedMs))
      expect(restored.take(later)).toMatchObject({ isFirstWrite: false })
    }),
  )
})

/** With every age in it longer by this much. */
function older(record: object, byMs: number): unknown {
  return JSON.parse(JSON.stringify(record), (key, value: unknown) =>
    typeof value === 'number' && key.endsWith('geMs') ? value + byMs : value,
  )
}

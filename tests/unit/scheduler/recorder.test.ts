import { afterEach, expect, test } from 'vitest'
import { RunJournal } from '../../../agent/jobs/run-journal.ts'
import { DatabaseTime } from '../../../agent/scheduler/database-time.ts'
import { Recorder } from '../../../agent/scheduler/recorder.ts'
import { RunKeeper } from '../../../agent/scheduler/run-keeper.ts'
import type { RunOutbox } from '../../../agent/scheduler/run-outbox.ts'
import type { Database } from '../../../agent/store/database.ts'
import { systemClock } from '../../../shared/clock.ts'

let recorder: Recorder | null = null
afterEach(() => recorder?.stop())

/** Answers before any timer can fire: it takes every run for held, and every end for written. */
const immediate: Database = {
  query: async <Row extends object>(_statement: unknown, values: readonly unknown[]) => {
    const runs = JSON.parse(String(values[1])) as { runId: string }[]
    return runs.map(({ runId }) => ({ runId, jobId: 'job', edited: false })) as unknown as Row[]
  },
}

test('O3: while the database answers, the device is not touched at all', async () => {
  const touched: string[] = []
  const outbox: RunOutbox = {
    keep: () => touched.push('keep') > 0,
    remove: () => void touched.push('remove'),
    runIds: () => (touched.push('runIds') > 0 ? [] : []),
    load: () => (touched.push('load') > 0 ? [] : []),
    count: () => touched.push('count'),
  }
  const clock = systemClock
  const nothing = (): void => undefined
  const databaseTime = new DatabaseTime(clock)
  recorder = new Recorder({
    database: immediate,
    clock,
    keeper: new RunKeeper({ outbox, clock, databaseTime }),
    batch: 10,
    now: () => null,
    onLost: nothing,
    onProgress: nothing,
    onEdited: nothing,
    onEnded: nothing,
    onTrouble: (message) => touched.push(message),
  })
  const job = {
    version: 1,
    status: 'completed',
    nextRunAt: null,
    nextAttempt: 1,
    lastError: null,
    completedIncrement: 1,
  } as const
  const ended = {
    status: 'completed',
    problem: null,
    errorMessage: null,
    logs: null,
    metadata: {},
    recordsAffected: 1,
  } as const
  const outcomes = Array.from({ length: 30 }, async (_, number) => {
    const journal = new RunJournal({ runId: `${number}`, runToken: 't', organizationId: null, brandId: null })
    journal.line(clock.monotonic(), 'info', null, 'a line')
    recorder?.note(journal)
    await recorder?.writeNow(journal, new AbortController().signal)
    journal.line(clock.monotonic(), 'info', null, 'another')
    return recorder?.end(journal, { ...ended, endedAt: clock.monotonic(), job, ifCancelled: null })
  })
  expect(new Set(await Promise.all(outcomes))).toEqual(new Set(['recorded']))
  expect(touched).toEqual([])
})

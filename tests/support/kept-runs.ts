/** What an outbox of runs is given to keep. */
import type { KeptRun, RunOutbox } from '../../agent/scheduler/run-outbox.ts'
import type { LogRecord, RunEnd, RunProgress } from '../../agent/store/run-record.ts'

export const keptAt = new Date('2026-03-02T12:00:00.123Z')

export function line(seq: number, changes: Partial<LogRecord> = {}): LogRecord {
  return { seq, ageMs: 1_000 - seq, level: 'info', stepKey: 'extract', message: `line ${seq}`, ...changes }
}

export function progress(runId: string, changes: Partial<RunProgress> = {}): KeptRun {
  const record: RunProgress = {
    runId,
    runToken: `token of ${runId}`,
    organizationId: 'organization',
    isFirstWrite: false,
    steps: [
      {
        position: 1,
        stepKey: 'extract',
        status: 'completed',
        fatal: true,
        datasetKey: 'orders',
        startedAgeMs: 900.5,
        completedAgeMs: 12.25,
        recordsAffected: 7,
        progressDone: null,
        progressTotal: null,
        errorMessage: null,
        metadata: { new: 3 },
      },
    ],
    lines: [line(1), line(2)],
    datasets: [],
    history: [],
    ...changes,
  }
  return { record, brandId: 'brand', keptAt }
}

export function end(runId: string, changes: Partial<RunEnd> = {}): KeptRun {
  const kept = progress(runId)
  const job = {
    version: 3,
    status: 'active',
    nextRunAt: null,
    nextAttempt: 1,
    lastError: null,
    completedIncrement: 1,
  } as const
  const record: RunEnd = {
    ...kept.record,
    status: 'completed',
    problem: null,
    endedAgeMs: 0,
    errorMessage: null,
    logs: 'line 1\nline 2\n',
    metadata: {},
    recordsAffected: 7,
    job,
    ifCancelled: null,
    ...changes,
  }
  return { ...kept, record }
}

export function everythingIn(outbox: RunOutbox): KeptRun[] {
  return outbox.load(outbox.runIds())
}

import type { AttemptStatus } from './domain.ts'

/**
 * The one row per (brand, dataset), as the rules F1-F4 see it. It has two halves that move independently:
 *
 * - the **success half** (`lastSuccessAt`, `recordsAffected`, `suspicious`) moves only by a success, and only forwards;
 * - the **attempt half** (`lastAttemptAt`, `lastStatus`, `lastRunId`, `errorMessage`) follows the newest event, whatever
 *   it was. An event older than another run's (a result delivered late) leaves this half alone. A run's own end always
 *   replaces its own start, so that a millisecond of clock difference cannot leave it running for ever.
 *
 * These functions are the executable specification of the upserts in the store.
 */
export interface DatasetStatusFacts {
  readonly lastSuccessAt: Date | null
  readonly lastAttemptAt: Date | null
  readonly lastStatus: AttemptStatus
  /** The run of the last attempt; null when a program without runs wrote it. */
  readonly lastRunId: string | null
  /** Rows confirmed by the last success (F8); null = not counted. */
  readonly recordsAffected: number | null
  /** F8: the last success had zero records where the dataset never has zero, or the data did not move with it. */
  readonly suspicious: boolean
  /** In words, where whoever marked it said why. */
  readonly suspiciousBecause?: string | null
  /** Why the last attempt failed or is unknown. */
  readonly errorMessage: string | null
}

/** Why the last success is suspicious, as a sentence. */
export function suspicionWords({ suspiciousBecause }: Pick<DatasetStatusFacts, 'suspiciousBecause'>): string {
  return suspiciousBecause ?? 'The last success brought 0 records, which is unusual.'
}

/** A (brand, dataset) without a row: nothing was ever attempted. */
export const neverAttempted: DatasetStatusFacts = {
  lastSuccessAt: null,
  lastAttemptAt: null,
  lastStatus: 'unknown',
  lastRunId: null,
  recordsAffected: null,
  suspicious: false,
  errorMessage: null,
}

/** F1: a run begins to refresh the dataset. The success half stays. */
export function applyStart(status: DatasetStatusFacts, at: Date, event: { runId: string | null }): DatasetStatusFacts {
  return applyAttempt(status, at, 'running', event.runId, null)
}

/** F2: the dataset was refreshed at `at`, when it happened rather than when it was delivered. */
export function applySuccess(
  status: DatasetStatusFacts,
  at: Date,
  event: { runId: string | null; recordsAffected: number | null; suspicious: boolean },
): DatasetStatusFacts {
  const attempted = applyAttempt(status, at, 'completed', event.runId, null)
  if (isOlder(at, status.lastSuccessAt)) return attempted
  const { recordsAffected, suspicious } = event
  return { ...attempted, lastSuccessAt: at, recordsAffected, suspicious }
}

/** F3: an attempt failed. The success half stays: old data that was good is still what it was. */
export function applyFailure(
  status: DatasetStatusFacts,
  at: Date,
  event: { runId: string | null; error: string },
): DatasetStatusFacts {
  return applyAttempt(status, at, 'failed', event.runId, event.error)
}

/**
 * F4: the run was cancelled, snoozed or released. Only its own `running` turns `unknown`: a dataset that this run had
 * already finished, or that another run has taken over since, keeps its state.
 */
export function applyUnknown(
  status: DatasetStatusFacts,
  at: Date,
  event: { runId: string; reason: string },
): DatasetStatusFacts {
  return settleRunning(status, at, 'unknown', event)
}

/** F4, J7: the run's lease is lost. Like `applyUnknown`, but the dataset's last attempt counts as failed. */
export function applyLostLease(
  status: DatasetStatusFacts,
  at: Date,
  event: { runId: string; reason: string },
): DatasetStatusFacts {
  return settleRunning(status, at, 'failed', event)
}

function settleRunning(
  status: DatasetStatusFacts,
  at: Date,
  outcome: 'unknown' | 'failed',
  event: { runId: string; reason: string },
): DatasetStatusFacts {
  if (status.lastStatus !== 'running' || status.lastRunId !== event.runId) return status
  return { ...status, lastAttemptAt: later(at, status.lastAttemptAt), lastStatus: outcome, errorMessage: event.reason }
}

function applyAttempt(
  status: DatasetStatusFacts,
  at: Date,
  lastStatus: AttemptStatus,
  lastRunId: string | null,
  errorMessage: string | null,
): DatasetStatusFacts {
  const sameRun = lastRunId !== null && lastRunId === status.lastRunId
  if (!sameRun && isOlder(at, status.lastAttemptAt)) return status
  return { ...status, lastAttemptAt: later(at, status.lastAttemptAt), lastStatus, lastRunId, errorMessage }
}

/** Of two events at the same instant the one applied later counts. */
function isOlder(at: Date, known: Date | null): boolean {
  return known !== null && at.getTime() < known.getTime()
}

function later(at: Date, known: Date | null): Date {
  return known !== null && isOlder(at, known) ? known : at
}

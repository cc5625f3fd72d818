import { type Cadence, countMissed, parseCadence } from '../../shared/cadence.ts'
import { legacyTimeZone, type RunProblem } from '../../shared/domain.ts'
import { afterCancel, afterFailure, afterSuccess, askedFor, missedAfterMs } from '../../shared/retry.ts'
import type { StepsOutcome } from '../jobs/step-runner.ts'
import type { ClaimedRun } from '../store/claim.ts'
import type { RunEnd } from '../store/run-record.ts'

/** The cadence of a row; null when there is none or when another program wrote one that cannot be read. */
export function cadenceOf(row: { cronExpression: string | null; timeZone: string | null }): Cadence | null {
  if (row.cronExpression === null) return null
  try {
    return parseCadence(row.cronExpression, row.timeZone ?? legacyTimeZone)
  } catch {
    return null
  }
}

/** How many fires passed with nobody there before this run (J10); 0 for retries and one-time jobs. */
export function missedFires(run: ClaimedRun): number {
  if (run.scheduleType !== 'recurring' || run.attempt > 1) return 0
  const cadence = cadenceOf(run)
  const missedUntil = new Date(run.claimedAt.getTime() - missedAfterMs)
  if (!cadence || run.scheduledFor > missedUntil) return 0
  return countMissed(cadence, run.scheduledFor, missedUntil)
}

/** Whatever the other side asks for. A date beyond what JavaScript can hold would be worse than asking again. */
const longestSnoozeMs = 86_400_000

const exhaustsAtOnce: readonly (RunProblem | null)[] = ['invalid_parameters', 'configuration', 'outcome_unknown']

/** What becomes of the job after a run that is still ours: J5 (failed), J6 (completed), J10 and J11 (cancelled, given back). */
export function decideJob(run: ClaimedRun, outcome: StepsOutcome, now: Date): RunEnd['job'] {
  const { version } = run
  if (outcome.status === 'failed') {
    const after = afterFailure({
      ...run,
      cadence: cadenceOf(run),
      now,
      message: outcome.errorMessage ?? 'no reason was given',
      exhaustAtOnce: exhaustsAtOnce.includes(outcome.problem),
    })
    return {
      ...planned(after.nextRunAt),
      version,
      status: 'active',
      nextAttempt: after.nextAttempt,
      lastError: after.lastError,
    }
  }
  if (outcome.problem === 'released' || outcome.problem === 'snoozed') return givenBack(run, outcome, now)
  if (outcome.problem === 'cancelled') return cancelledJob(run, now)
  const after = afterSuccess({ ...run, cadence: cadenceOf(run), now })
  return {
    ...planned(after.nextRunAt),
    version,
    status: after.status,
    nextAttempt: 1,
    lastError: after.lastError,
    completedIncrement: 1,
  }
}

/** J11. Also what becomes of the job when a cancel request arrives before any other end but success is written. */
export function cancelledJob(run: ClaimedRun, now: Date): RunEnd['job'] {
  const after = afterCancel({ ...run, cadence: cadenceOf(run), now })
  return {
    ...planned(after.nextRunAt),
    version: run.version,
    status: after.status,
    nextAttempt: 1,
    lastError: after.lastError,
  }
}

/** J4: a run given back on shutdown, or told to wait, keeps its attempt number, and no policy skips it (J10). */
function givenBack(run: ClaimedRun, outcome: StepsOutcome, now: Date): RunEnd['job'] {
  const wait = outcome.problem === 'snoozed' ? Math.min(outcome.retryAfterMs ?? 60_000, longestSnoozeMs) : 0
  return {
    ...planned(new Date(now.getTime() + wait)),
    version: run.version,
    status: 'active',
    nextAttempt: run.attempt === 1 ? askedFor : run.attempt,
    lastError: outcome.problem === 'snoozed' ? outcome.errorMessage : null,
  }
}

function planned(nextRunAt: Date | null): { nextRunAt: string | null; completedIncrement: 0 | 1 } {
  return { nextRunAt: nextRunAt?.toISOString() ?? null, completedIncrement: 0 }
}

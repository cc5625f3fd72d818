/**
 * What a person can do to jobs and runs. Every command is one transaction that holds the job's row, checks it, changes it
 * and writes who did it (operator_actions). Commands say what they found: repeating one changes nothing and says so.
 */
import { nextFire } from '../../shared/cadence.ts'
import { formatInstant } from '../../shared/duration.ts'
import type { Database, DatabasePool } from '../store/database.ts'
import { type Actor, lastChangeTo } from '../store/operator-actions.ts'
import type { Job } from '../store/scheduled-jobs.ts'
import { cadenceOf, changeHeldJob, changeJob, type Decision, type Expectation, requireStatus } from './change-job.ts'
import type { JobOutcome } from './job-transaction.ts'

export { type BrandOutcome, type BrandSchedules, brandCadences, createForBrand } from './brand-schedules.ts'
export { type CancelOutcome, cancelJob, cancelRun } from './cancel-run.ts'
export type { Expectation } from './change-job.ts'
export { type Confirmation, confirmRun } from './confirm-run.ts'
export type { JobOutcome } from './job-transaction.ts'
export { type OneTimeJob, type QueueOutcome, queueOneTimeJob } from './queue-job.ts'
export { ensureRecurringJob, type RecurringJob } from './recurring-job.ts'
export { restoreJob } from './restore-job.ts'
export { resumeRun } from './resume-run.ts'
export { type RetryExpectation, retryJob } from './retry-job.ts'
export { createSchedule, type NewSchedule, type ScheduleChange, updateSchedule } from './schedule-job.ts'

/** J10: stops new claims; a run in progress goes on. */
export async function pauseJob(
  database: DatabasePool,
  actor: Actor,
  jobId: string,
  expected: Expectation = {},
): Promise<JobOutcome> {
  return changeJob(database, actor, 'job.pause', jobId, expected, (job) => paused(actor, job))
}

/** The same of a job that the transaction holds: one that is made so never runs. */
export async function pauseHeldJob(transaction: Database, actor: Actor, job: Job): Promise<JobOutcome> {
  return changeHeldJob(transaction, actor, 'job.pause', job, paused(actor, job))
}

function paused(actor: Actor, job: Job): Decision {
  if (job.status === 'paused') return `${job.name} is already paused.`
  requireStatus(actor, job, ['active'], 'paused')
  const running = job.currentRunId === null ? '' : ' The run in progress goes on; cancel it if it must stop.'
  // A one-time job keeps the time that it was meant for.
  const { nextRunAt, nextAttempt } = job
  const change = { status: 'paused' as const, nextRunAt, nextAttempt, keepsWork: true }
  return { change, message: `${job.name} is paused.${running}` }
}

/** J10: lets it run again, from now: missed fires are not made up for. */
export async function resumeJob(
  database: DatabasePool,
  actor: Actor,
  jobId: string,
  expected: Expectation = {},
): Promise<JobOutcome> {
  return changeJob(database, actor, 'job.resume', jobId, expected, (job) => resumed(actor, job))
}

/** The same of a job that the transaction holds. */
export async function resumeHeldJob(transaction: Database, actor: Actor, job: Job): Promise<JobOutcome> {
  return changeHeldJob(transaction, actor, 'job.resume', job, resumed(actor, job))
}

/**
 * Undo of pause: a retry that was planned and a fire that was due still are, for the pause leaves both on the row. Where somebody has
 * changed the job since, or it was not a person who paused it, it is resumed.
 */
export async function undoPause(
  database: DatabasePool,
  actor: Actor,
  jobId: string,
  expected: Expectation = {},
): Promise<JobOutcome> {
  return changeJob(database, actor, 'job.resume', jobId, expected, async (job, transaction) => {
    if (job.status !== 'paused' || !(await isAsPaused(transaction, job))) return resumed(actor, job)
    const { nextRunAt, nextAttempt } = job
    const change = { status: 'active' as const, nextRunAt, nextAttempt, keepsWork: true }
    return { change, message: `${job.name} is no longer paused. ${nextInWords(job, nextRunAt)}` }
  })
}

function resumed(actor: Actor, job: Job): Decision {
  if (job.status === 'active') return `${job.name} is not paused.`
  requireStatus(actor, job, ['paused'], 'resumed')
  const nextRunAt = nextAfterResume(actor, job)
  const message = `${job.name} is resumed. ${nextInWords(job, nextRunAt)}`
  // A recurring job goes on with a fire; a one-time job has only this work, and the attempt at it that was planned.
  const keepsWork = job.scheduleType === 'one_time'
  return { change: { status: 'active', nextRunAt, nextAttempt: keepsWork ? job.nextAttempt : 1, keepsWork }, message }
}

function nextInWords(job: Job, nextRunAt: Date | null): string {
  if (nextRunAt !== null)
    return nextRunAt <= job.asOf ? 'It is due now.' : `Its next run is at ${formatInstant(nextRunAt)}.`
  if (isSpent(job)) return 'It is dead; retry it if it should run.'
  return job.currentRunId === null ? 'Nothing is planned for it.' : 'Its run is in progress.'
}

/** Nothing but its own runs has changed the job since a person paused it; they plan what comes next of a paused job too. */
async function isAsPaused(transaction: Database, job: Job): Promise<boolean> {
  const action = await lastChangeTo(transaction, { type: 'job', id: job.id }, 'paused')
  if (action?.action !== 'job.pause' || action.after?.['version'] !== job.version) return false
  return job.nextRunAt !== null || job.currentRunId !== null || action.before?.['nextRunAt'] === null
}

function nextAfterResume(actor: Actor, job: Job): Date | null {
  if (job.scheduleType === 'recurring') return nextFire(cadenceOf(actor, job), job.asOf)
  if (job.currentRunId !== null || isSpent(job)) return null
  return job.nextRunAt !== null && job.nextRunAt > job.asOf ? job.nextRunAt : job.asOf
}

/** J5: no attempt is left, or nobody knows what the last one has done. Only a person who asks for just that runs it again. */
function isSpent({ scheduleType, currentRunId, nextRunAt, lastRunStatus }: Job): boolean {
  return scheduleType === 'one_time' && currentRunId === null && nextRunAt === null && lastRunStatus === 'failed'
}

/** Puts a job away: it is neither claimed nor listed any more. A run in progress goes on. */
export async function archiveJob(
  database: DatabasePool,
  actor: Actor,
  jobId: string,
  expected: Expectation = {},
): Promise<JobOutcome> {
  return changeJob(database, actor, 'job.archive', jobId, expected, (job) => {
    if (job.status === 'archived') return `${job.name} is already archived.`
    const running = job.currentRunId === null ? '' : ' The run in progress goes on; cancel it if it must stop.'
    const change = { status: 'archived' as const, nextRunAt: null, nextAttempt: job.nextAttempt, keepsWork: true }
    return { change, message: `${job.name} is archived.${running}` }
  })
}

import { nextFire } from '../../shared/cadence.ts'
import { type JobStatus, jobStatuses } from '../../shared/domain.ts'
import { formatInstant } from '../../shared/duration.ts'
import { requireBrandInUse } from '../brands/brand-in-use.ts'
import type { Database, DatabasePool } from '../store/database.ts'
import { type Actor, lastChangeTo, type RecordedAction } from '../store/operator-actions.ts'
import { type Job, setJobStatus } from '../store/scheduled-jobs.ts'
import { cadenceOf, type Expectation, requireVersion } from './change-job.ts'
import { auditJob, heldJob, type JobOutcome } from './job-transaction.ts'

interface Plan {
  readonly status: JobStatus
  readonly nextRunAt: Date | null
  readonly message: string
}

/**
 * Undo of archive: as the job was when somebody put it away, with its next run computed from now. Where nobody did (its work was
 * done, or another program wrote the status), a one-time job is completed and a recurring one paused, so that nothing starts unasked.
 */
export async function restoreJob(
  database: DatabasePool,
  actor: Actor,
  jobId: string,
  expected: Expectation = {},
): Promise<JobOutcome> {
  return database.transaction(async (transaction) => {
    const before = await heldJob(transaction, jobId)
    requireVersion(before, expected)
    if (before.status !== 'archived') return { job: before, changed: false, message: `${before.name} is not archived.` }
    const { status, nextRunAt, message } = restored(actor, before, await putAway(transaction, before))
    if (status === 'active') await requireBrandInUse(transaction, actor, before.brandId)
    // A fire, where the plan is made anew: an attempt that was planned before is called off.
    const keepsWork = status !== 'active' || before.scheduleType === 'one_time'
    const nextAttempt = keepsWork ? before.nextAttempt : 1
    await setJobStatus(transaction, jobId, { status, nextRunAt, nextAttempt, keepsWork })
    const job = await heldJob(transaction, jobId)
    await auditJob(transaction, actor, 'job.restore', before, job)
    return { job, changed: true, message }
  })
}

/** What stood on the job when somebody archived it; null = nobody did, or it was done after that. */
async function putAway(transaction: Database, job: Job): Promise<RecordedAction['before']> {
  const action = await lastChangeTo(transaction, { type: 'job', id: job.id }, 'archived')
  const finishedSince = action !== null && (job.lastRunFinishedAt ?? action.happenedAt) > action.happenedAt
  if (action === null || (finishedSince && job.scheduleType === 'one_time' && job.lastRunStatus === 'completed'))
    return null
  return action.before
}

function restored(actor: Actor, job: Job, before: RecordedAction['before']): Plan {
  const status = statusOf(before) ?? (job.scheduleType === 'one_time' ? 'completed' : 'paused')
  // While it ran nothing was planned; what the end of that run planned, its retry, is on the job.
  const planned = instantOf(before?.['nextRunAt']) ?? job.nextRunAt
  if (status !== 'active') {
    const nextRunAt = status === 'paused' ? planned : null
    return { status, nextRunAt, message: `${job.name} is restored; it is ${status}.` }
  }
  const nextRunAt = nextAfterRestore(actor, job, planned)
  const next = nextRunAt === null ? 'Nothing is planned for it.' : `Its next run is at ${formatInstant(nextRunAt)}.`
  return { status, nextRunAt, message: `${job.name} is restored. ${next}` }
}

/** A one-time job keeps its time, or is due now when that has passed; one that had none (it was dead, or ran) gets none. */
function nextAfterRestore(actor: Actor, job: Job, planned: Date | null): Date | null {
  if (job.scheduleType === 'recurring') return nextFire(cadenceOf(actor, job), job.asOf)
  return planned !== null && planned < job.asOf ? job.asOf : planned
}

function statusOf(before: RecordedAction['before']): JobStatus | null {
  return jobStatuses.find((status) => status === before?.['status'] && status !== 'archived') ?? null
}

function instantOf(value: unknown): Date | null {
  const at = typeof value === 'string' ? new Date(value) : null
  return at === null || Number.isNaN(at.getTime()) ? null : at
}

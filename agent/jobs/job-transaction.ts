import type { JsonObject } from '../../shared/domain.ts'
import { Problem } from '../../shared/errors.ts'
import type { ActionName } from '../../shared/operator-actions.ts'
import type { Database } from '../store/database.ts'
import { type Actor, insertOperatorAction } from '../store/operator-actions.ts'
import { type Job, lockJob } from '../store/scheduled-jobs.ts'

/** What became of a job, and whether anything changed. `message` is a whole sentence for the person who asked. */
export interface JobOutcome {
  readonly job: Job
  readonly changed: boolean
  readonly message: string
}

/** The job, held until the end of the transaction. Throws Problem `not_found`. */
export async function heldJob(transaction: Database, jobId: string): Promise<Job> {
  const job = await lockJob(transaction, jobId)
  if (job !== null) return job
  const fix = 'It may have been deleted; look at the list of jobs.'
  throw new Problem('not_found', `There is no job ${jobId}.`, { field: 'job', value: jobId, fix })
}

/** Records who changed a job, in the transaction of the change. `before` null = it is new. */
export async function auditJob(
  transaction: Database,
  actor: Actor,
  action: ActionName,
  before: Job | null,
  after: Job,
): Promise<void> {
  await insertOperatorAction(transaction, {
    actor,
    organizationId: after.organizationId,
    action,
    subjectType: 'job',
    subjectId: after.id,
    before: before === null ? null : recorded(before),
    after: recorded(after),
  })
}

/** The part of a job that people change. */
function recorded(job: Job): JsonObject {
  return {
    name: job.name,
    jobType: job.jobType,
    status: job.status,
    cronExpression: job.cronExpression,
    timeZone: job.timeZone,
    nextRunAt: job.nextRunAt?.toISOString() ?? null,
    parameters: job.parameters,
    priority: job.priority,
    overlapPolicy: job.overlapPolicy,
    catchUpPolicy: job.catchUpPolicy,
    maxRetries: job.maxRetries,
    alertAfter: job.alertAfter,
    timeoutMinutes: job.timeoutMinutes,
    concurrencyKey: job.ownConcurrencyKey,
    version: job.version,
  }
}

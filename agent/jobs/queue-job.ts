import { isDeepStrictEqual } from 'node:util'
import { type JsonObject, type Priority, priorities, type TriggerSource } from '../../shared/domain.ts'
import { formatInstant } from '../../shared/duration.ts'
import { Problem } from '../../shared/errors.ts'
import { requireBrandInUse } from '../brands/brand-in-use.ts'
import type { Database, DatabasePool } from '../store/database.ts'
import { type Actor, insertOperatorAction } from '../store/operator-actions.ts'
import { type BusyKey, findBusyKey, insertJob, type Job, type NewJob } from '../store/scheduled-jobs.ts'
import { heldNote, holdOfJob } from './held-job.ts'
import { auditJob, heldJob, type JobOutcome } from './job-transaction.ts'
import { checkName } from './names.ts'

export interface OneTimeJob {
  /** Chosen by who may ask twice: the same id makes one job. Absent = a new one. */
  readonly id?: string | undefined
  /** Null = a platform-level job: for admins, refreshes no dataset. */
  readonly brandId: string | null
  readonly jobType: string
  /** Null or absent = for none. */
  readonly productId?: string | null | undefined
  /** The job of the same brand and job type whose work it does once more, by whose rules it runs. Null or absent = by the usual ones. */
  readonly likeJobId?: string | null | undefined
  readonly name: string
  /** Checked against the schema of the job type by the caller, who knows the catalog. */
  readonly parameters: JsonObject
  readonly triggerSource: TriggerSource
  readonly priority?: Priority | undefined
  /** The failed run that it goes on with. Absent = it begins at the beginning. */
  readonly continues?: NewJob['continues']
  /** Null or absent = now. */
  readonly at?: Date | null
}

export interface QueueOutcome extends JobOutcome {
  /** False when the same request had made the job before; nothing changed then. */
  readonly created: boolean
  /** The run that holds its concurrency key now, or null. */
  readonly waitsBehind: BusyKey | null
}

/**
 * J12: inserts a one-time job, once per id.
 * @throws Problem `invalid_input` for the name; `conflict` when the id belongs to another job, or the brand is archived.
 */
export async function queueOneTimeJob(
  database: DatabasePool,
  actor: Actor,
  request: OneTimeJob,
): Promise<QueueOutcome> {
  return database.transaction((transaction) => queueInTransaction(transaction, actor, request))
}

/** The same beside other changes, all or none. */
export async function queueInTransaction(
  transaction: Database,
  actor: Actor,
  request: OneTimeJob,
): Promise<QueueOutcome> {
  const { at = null, priority = 'normal' } = request
  const name = checkName(request.name)
  const jobId = await insertJob(transaction, {
    ...request,
    name,
    scheduleType: 'one_time',
    cronExpression: null,
    timeZone: null,
    nextRunAt: at,
    priority: priorities[priority],
    requestedBy: actor.operator,
  })
  const job = jobId === null ? await repeatedJob(transaction, request) : await heldJob(transaction, jobId)
  const waitsBehind = job.currentRunId === null ? await findBusyKey(transaction, job) : null
  if (jobId === null) {
    return {
      job,
      changed: false,
      created: false,
      message: `${job.name} was queued by this request before.`,
      waitsBehind,
    }
  }
  await requireBrandInUse(transaction, actor, job.brandId)
  await auditJob(transaction, actor, 'job.queue', null, job)
  const when = at === null ? '' : ` for ${formatInstant(at)}`
  await auditResume(transaction, actor, job, request.continues)
  const start = request.continues === undefined ? '' : `, to begin with step ${request.continues.atStep}`
  const held = heldNote(await holdOfJob(transaction, job, at))
  return { job, changed: true, created: true, message: `${job.name} is queued${when}${start}${held}.`, waitsBehind }
}

/** On the record of the run that it goes on with, too. */
async function auditResume(
  transaction: Database,
  actor: Actor,
  job: Job,
  continues: OneTimeJob['continues'],
): Promise<void> {
  if (continues === undefined) return
  await insertOperatorAction(transaction, {
    actor,
    organizationId: job.organizationId,
    action: 'run.resume',
    subjectType: 'run',
    subjectId: continues.runId,
    before: null,
    after: { jobId: job.id, step: continues.atStep },
  })
}

/** The job that an earlier request with this id made. An id that names anything else says nothing about it. */
export async function repeatedJob(
  transaction: Database,
  request: {
    readonly id?: string | undefined
    readonly brandId: string | null
    jobType: string
    parameters: JsonObject
  },
): Promise<Job> {
  const { id = '', brandId, jobType, parameters } = request
  const job = await heldJob(transaction, id)
  const isSame = job.brandId === brandId && job.jobType === jobType && isDeepStrictEqual(job.parameters, parameters)
  if (isSame) return job
  throw usedBefore(id)
}

/** What is asked for is not what this request id has made. */
export function usedBefore(id: string): Problem {
  return new Problem('conflict', 'This request id was used for something else before.', {
    field: 'requestId',
    value: id,
    fix: 'Use a new one for each request.',
  })
}

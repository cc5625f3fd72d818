import { isDeepStrictEqual } from 'node:util'
import { type Cadence, nextFire, parseCadence } from '../../shared/cadence.ts'
import { type JsonObject, type Priority, priorities } from '../../shared/domain.ts'
import { Problem } from '../../shared/errors.ts'
import type { Database, DatabasePool } from '../store/database.ts'
import { databaseNow } from '../store/database-clock.ts'
import type { Actor } from '../store/operator-actions.ts'
import { insertJob, type Job, lockRecurringJobs, rescheduleJob } from '../store/scheduled-jobs.ts'
import { auditJob, heldJob, type JobOutcome } from './job-transaction.ts'
import { checkName } from './names.ts'

export interface RecurringJob {
  readonly brandId: string | null
  readonly jobType: string
  readonly cron: string
  readonly timeZone: string
  /** Absent = as it is; for a new job the job type. */
  readonly name?: string
  /** Absent = as they are; for a new job none. */
  readonly parameters?: JsonObject
  /** Handed what will be stored, before it is; throws when the catalog does not allow it. */
  readonly checkParameters: (parameters: JsonObject) => unknown
  readonly priority?: Priority
}

/**
 * J12: creates or updates the one recurring job of (brand, job type); one-time jobs, and recurring ones that are over, are left
 * alone. A paused job stays paused. The next run is computed from now, by the database clock.
 * @throws Problem `invalid_input` for cron or zone; `ambiguous` when another program has made several.
 */
export async function ensureRecurringJob(
  database: DatabasePool,
  actor: Actor,
  request: RecurringJob,
): Promise<JobOutcome & { readonly created: boolean }> {
  const cadence = parseCadence(request.cron, request.timeZone)
  const name = request.name === undefined ? undefined : checkName(request.name)
  return database.transaction(async (transaction) => {
    const known = await lockRecurringJobs(transaction, request.brandId, request.jobType)
    if (known.length > 1) throw severalRecurring(known)
    const [found] = known
    if (found === undefined)
      return createRecurring(transaction, actor, { ...request, name: name ?? request.jobType }, cadence)
    const before = await heldJob(transaction, found.id)
    const wanted = wantedSchedule(before, request, cadence, name)
    request.checkParameters(wanted.parameters)
    if (isScheduled(before, wanted)) {
      return { job: before, changed: false, created: false, message: `${before.name} is already scheduled like this.` }
    }
    await rescheduleJob(transaction, before.id, { ...wanted, nextRunAt: nextFire(cadence, before.asOf) })
    const job = await heldJob(transaction, before.id)
    await auditJob(transaction, actor, 'job.schedule', before, job)
    const paused = job.status === 'paused' ? ' It is paused: resume it to let it run.' : ''
    return { job, changed: true, created: false, message: `The schedule of ${job.name} is changed.${paused}` }
  })
}

async function createRecurring(
  transaction: Database,
  actor: Actor,
  request: RecurringJob & { readonly name: string },
  cadence: Cadence,
): Promise<JobOutcome & { readonly created: boolean }> {
  const parameters = request.parameters ?? {}
  request.checkParameters(parameters)
  const now = await databaseNow(transaction)
  const id = await insertJob(transaction, {
    ...request,
    parameters,
    scheduleType: 'recurring',
    cronExpression: cadence.cron,
    timeZone: cadence.timeZone,
    nextRunAt: nextFire(cadence, now),
    priority: priorities[request.priority ?? 'normal'],
    triggerSource: 'scheduled',
    requestedBy: actor.operator,
  })
  const job = await heldJob(transaction, id)
  await auditJob(transaction, actor, 'job.schedule', null, job)
  return { job, changed: true, created: true, message: `${job.name} is scheduled.` }
}

function wantedSchedule(before: Job, request: RecurringJob, cadence: Cadence, name: string | undefined) {
  return {
    name: name ?? before.name,
    cronExpression: cadence.cron,
    timeZone: cadence.timeZone,
    parameters: request.parameters ?? before.parameters,
    priority: request.priority === undefined ? before.priority : priorities[request.priority],
  }
}

function isScheduled(job: Job, wanted: ReturnType<typeof wantedSchedule>): boolean {
  return (
    job.name === wanted.name &&
    job.cronExpression === wanted.cronExpression &&
    job.timeZone === wanted.timeZone &&
    job.priority === wanted.priority &&
    isDeepStrictEqual(job.parameters, wanted.parameters) &&
    // One that lost its plan is planned again.
    (job.nextRunAt !== null || job.currentRunId !== null || job.status === 'paused')
  )
}

function severalRecurring(jobs: readonly Job[]): Problem {
  const [first] = jobs
  const listed = jobs.map((job) => `${job.id} (${job.cronExpression ?? 'no schedule'})`).join(', ')
  const message = `There are ${jobs.length} recurring jobs of ${first?.jobType ?? 'this type'} for this brand: ${listed}.`
  return new Problem('ambiguous', message, {
    field: 'job_type',
    value: jobs.map(({ id }) => id),
    fix: 'Archive all but one with "pm archive <job>".',
  })
}

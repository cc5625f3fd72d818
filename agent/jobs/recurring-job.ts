import { type Cadence, parseCadence } from '../../shared/cadence.ts'
import { type JsonObject, legacyTimeZone, type Priority } from '../../shared/domain.ts'
import { Problem } from '../../shared/errors.ts'
import { requireBrandInUse } from '../brands/brand-in-use.ts'
import type { Database, DatabasePool } from '../store/database.ts'
import type { Actor } from '../store/operator-actions.ts'
import { type Job, lockRecurringJobs } from '../store/scheduled-jobs.ts'
import { howTo } from './change-job.ts'
import { heldJob, type JobOutcome } from './job-transaction.ts'
import { checkName } from './names.ts'
import { insertSchedule, isScheduledLike, planAfter, reschedule, wantedSchedule } from './schedule-job.ts'

export interface RecurringJob {
  readonly brandId: string | null
  readonly jobType: string
  readonly cron: string
  readonly timeZone: string
  /** Cron, time zone: only for a new job; one that is there keeps its own. */
  readonly keepsCron?: boolean | undefined
  readonly keepsTimeZone?: boolean | undefined
  /** Absent = as it is; for a new job the job type. */
  readonly name?: string | undefined
  /** Absent = as they are; for a new job none. */
  readonly parameters?: JsonObject | undefined
  /** Handed what will be stored, before it is; throws when the catalog does not allow it. */
  readonly checkParameters: (parameters: JsonObject) => unknown
  readonly priority?: Priority | undefined
}

/**
 * J12: creates or updates the one recurring job of (brand, job type); one-time jobs, and recurring ones that are over, are left
 * alone. A paused job stays paused. A new cadence plans the next run from now, by the database clock.
 * @throws Problem `invalid_input` for cron or zone; `ambiguous` when another program has made several; `conflict` for a brand that is archived.
 */
export async function ensureRecurringJob(
  database: DatabasePool,
  actor: Actor,
  request: RecurringJob,
): Promise<JobOutcome & { readonly created: boolean }> {
  const cadence = parseCadence(request.cron, request.timeZone)
  const name = request.name === undefined ? undefined : checkName(request.name)
  return database.transaction(async (transaction) => {
    await requireBrandInUse(transaction, actor, request.brandId)
    const known = await lockRecurringJobs(transaction, request.brandId, request.jobType)
    if (known.length > 1) throw severalRecurring(actor, known)
    const [found] = known
    if (found === undefined)
      return createRecurring(transaction, actor, { ...request, name: name ?? request.jobType }, cadence)
    const before = await heldJob(transaction, found.id)
    const { parameters, priority } = request
    const kept = keptCadence(before, request)
    const wanted = wantedSchedule(before, { name, parameters, priority }, kept)
    request.checkParameters(wanted.parameters)
    if (isScheduled(before, wanted)) {
      return { job: before, changed: false, created: false, message: `${before.name} is already scheduled like this.` }
    }
    const outcome = await reschedule(transaction, actor, before, {
      ...wanted,
      ...planAfter(before, wanted, kept),
    })
    return { ...outcome, created: false }
  })
}

function keptCadence({ cronExpression, timeZone }: Job, request: RecurringJob): Cadence {
  const { cron, keepsCron = false, keepsTimeZone = false } = request
  return parseCadence(
    keepsCron ? (cronExpression ?? cron) : cron,
    keepsTimeZone ? (timeZone ?? legacyTimeZone) : request.timeZone,
  )
}

async function createRecurring(
  transaction: Database,
  actor: Actor,
  request: RecurringJob & { readonly name: string },
  cadence: Cadence,
): Promise<JobOutcome & { readonly created: boolean }> {
  const parameters = request.parameters ?? {}
  request.checkParameters(parameters)
  const { brandId, jobType, name, timeZone, priority } = request
  const job = await insertSchedule(
    transaction,
    actor,
    { brandId, jobType, name, parameters, timeZone, priority },
    cadence,
  )
  if (job === null) throw new Error('a new id was taken')
  return { job, changed: true, created: true, message: `${job.name} is scheduled.` }
}

/** One that lost its plan is planned again. */
function isScheduled(job: Job, wanted: ReturnType<typeof wantedSchedule>): boolean {
  return (
    isScheduledLike(job, wanted) && (job.nextRunAt !== null || job.currentRunId !== null || job.status === 'paused')
  )
}

function severalRecurring(actor: Actor, jobs: readonly Job[]): Problem {
  const [first] = jobs
  const listed = jobs.map((job) => `${job.id} (${job.cronExpression ?? 'no schedule'})`).join(', ')
  const message = `There are ${jobs.length} recurring jobs of ${first?.jobType ?? 'this type'} for this brand: ${listed}.`
  return new Problem('ambiguous', message, {
    field: 'job_type',
    value: jobs.map(({ id }) => id),
    fix: howTo(actor, 'Archive all but one', 'pm archive <job>'),
  })
}

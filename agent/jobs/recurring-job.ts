import { type Cadence, parseCadence } from '../../shared/cadence.ts'
import { type JsonObject, legacyTimeZone } from '../../shared/domain.ts'
import { Problem } from '../../shared/errors.ts'
import { requireBrandInUse } from '../brands/brand-in-use.ts'
import type { Database, DatabasePool } from '../store/database.ts'
import type { Actor } from '../store/operator-actions.ts'
import { type Job, type JobRules, lockRecurringJobs } from '../store/scheduled-jobs.ts'
import { howTo } from './change-job.ts'
import { heldJob, type JobOutcome } from './job-transaction.ts'
import { checkName } from './names.ts'
import {
  insertSchedule,
  isScheduledLike,
  planAfter,
  reschedule,
  type ScheduleChange,
  wantedSchedule,
} from './schedule-job.ts'

/** Rules that are left out stay as they are; for a new job they are the usual ones. */
export interface RecurringJob extends JobRules, Pick<ScheduleChange, 'priority'> {
  readonly brandId: string | null
  readonly jobType: string
  /** Null: a job that is there keeps its own, and no new one is made. */
  readonly cron: string | null
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
}

/**
 * J12: creates or updates the one recurring job of (brand, job type); one-time jobs, and recurring ones that are over, are left
 * alone. A paused job stays paused. A new cadence plans the next run from now, by the database clock.
 * @throws Problem `invalid_input` for cron or zone, and for a new job without a cron expression; `ambiguous` when another program has made several; `conflict` for a brand that is archived.
 */
export async function ensureRecurringJob(
  database: DatabasePool,
  actor: Actor,
  request: RecurringJob,
): Promise<JobOutcome & { readonly created: boolean }> {
  const cadence = request.cron === null ? null : parseCadence(request.cron, request.timeZone)
  const name = request.name === undefined ? undefined : checkName(request.name)
  return database.transaction(async (transaction) => {
    await requireBrandInUse(transaction, actor, request.brandId)
    const known = await lockRecurringJobs(transaction, request.brandId, request.jobType)
    if (known.length > 1) throw severalRecurring(actor, known)
    const [found] = known
    if (found === undefined) {
      if (cadence === null) throw noCadence(request)
      return createRecurring(transaction, actor, { ...request, name: name ?? request.jobType }, cadence)
    }
    const before = await heldJob(transaction, found.id)
    const kept = keptCadence(before, request)
    const wanted = wantedSchedule(before, { ...request, cron: undefined, name }, kept)
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
    (keepsCron || cron === null ? (cronExpression ?? cron) : cron) ?? '',
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
  const job = await insertSchedule(transaction, actor, { ...request, parameters }, cadence)
  if (job === null) throw new Error('a new id was taken')
  return { job, changed: true, created: true, message: `${job.name} is scheduled.` }
}

/** Only the command line leaves it out. */
function noCadence({ jobType }: RecurringJob): Problem {
  return new Problem('invalid_input', `When ${jobType} is to run is not said, and its catalog suggests no cadence.`, {
    field: '--cron',
    fix: 'Add --cron with five fields, such as --cron "0 6 * * *" for daily at 06:00.',
  })
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

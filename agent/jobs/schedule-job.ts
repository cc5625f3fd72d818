import { isDeepStrictEqual } from 'node:util'
import { type Cadence, nextFire, parseCadence } from '../../shared/cadence.ts'
import { type JsonObject, legacyTimeZone, type Priority, priorities } from '../../shared/domain.ts'
import { Problem } from '../../shared/errors.ts'
import { requireBrandInUse } from '../brands/brand-in-use.ts'
import type { Database, DatabasePool } from '../store/database.ts'
import { databaseNow } from '../store/database-clock.ts'
import type { Actor } from '../store/operator-actions.ts'
import { insertJob, type Job, type JobRules, type JobSchedule, rescheduleJob } from '../store/scheduled-jobs.ts'
import { conflict, howTo, requireVersion } from './change-job.ts'
import { auditJob, heldJob, type JobOutcome } from './job-transaction.ts'
import { checkName } from './names.ts'
import { repeatedJob, usedBefore } from './queue-job.ts'

export interface NewSchedule extends JobRules {
  /** Chosen by who may ask twice: the same id makes one job. Absent = a new one. */
  readonly id?: string | undefined
  readonly brandId: string | null
  /** Null or absent = for none. */
  readonly productId?: string | null | undefined
  readonly jobType: string
  readonly name: string
  /** Checked against the schema of the job type by the caller, who knows the catalog. */
  readonly parameters: JsonObject
  readonly cron: string
  readonly timeZone: string
  readonly priority?: Priority | undefined
}

/**
 * A new recurring job, beside others of its brand and job type if there are any; once per id.
 * @throws Problem `invalid_input` for name, cron or zone; `conflict` when the id belongs to another job, or its job is not like this.
 */
export async function createSchedule(
  database: DatabasePool,
  actor: Actor,
  request: NewSchedule,
): Promise<JobOutcome & { readonly created: boolean }> {
  const cadence = parseCadence(request.cron, request.timeZone)
  const checked = { ...request, name: checkName(request.name) }
  return database.transaction(async (transaction) => {
    const job = await insertSchedule(transaction, actor, checked, cadence)
    if (job !== null) return { job, changed: true, created: true, message: `${job.name} is scheduled.` }
    const repeated = await repeatedJob(transaction, request)
    if (!isMadeBy(repeated, checked, cadence)) throw usedBefore(repeated.id)
    return {
      job: repeated,
      changed: false,
      created: false,
      message: `${repeated.name} was scheduled by this request before.`,
    }
  })
}

/** Whether the job is as the request asks for; what the request leaves out may be as it is. */
export function isMadeBy(job: Job, request: Omit<NewSchedule, 'cron' | 'brandId'>, cadence: Cadence): boolean {
  return isScheduledLike(job, wantedSchedule(job, request, cadence))
}

/** Writes a recurring job with who asked for it; null = there is a job with this id already. */
export async function insertSchedule(
  transaction: Database,
  actor: Actor,
  request: Omit<NewSchedule, 'cron'>,
  cadence: Cadence,
): Promise<Job | null> {
  const jobId = await insertJob(transaction, {
    ...request,
    scheduleType: 'recurring',
    cronExpression: cadence.cron,
    timeZone: cadence.timeZone,
    nextRunAt: nextFire(cadence, await databaseNow(transaction)),
    priority: priorities[request.priority ?? 'normal'],
    triggerSource: 'scheduled',
    requestedBy: actor.operator,
  })
  if (jobId === null) return null
  await requireBrandInUse(transaction, actor, request.brandId)
  const job = await heldJob(transaction, jobId)
  await auditJob(transaction, actor, 'job.schedule', null, job)
  return job
}

/** What is to be different; absent = as it is. */
export interface ScheduleChange extends JobRules {
  readonly name?: string | undefined
  readonly parameters?: JsonObject | undefined
  readonly cron?: string | undefined
  readonly timeZone?: string | undefined
  readonly priority?: Priority | undefined
  /** Handed what will be stored, when it changes, before it is; throws when the catalog does not allow it. */
  readonly checkParameters: (parameters: JsonObject, job: Job) => unknown
}

/**
 * An edit of a recurring job, by somebody who saw `version` of it. A run in progress goes on; the plan of the edit holds after it.
 * @throws Problem `conflict` when somebody else was first, or when it is not a schedule; `invalid_input` for name, cron or zone.
 */
export async function updateSchedule(
  database: DatabasePool,
  actor: Actor,
  jobId: string,
  version: number,
  change: ScheduleChange,
): Promise<JobOutcome & { readonly before: Job }> {
  return database.transaction(async (transaction) => {
    const before = await heldJob(transaction, jobId)
    const schedule = scheduleAfter(actor, before, version, change)
    if (schedule === null) {
      return { job: before, changed: false, message: `${before.name} is already like this.`, before }
    }
    return { ...(await reschedule(transaction, actor, before, schedule)), before }
  })
}

/**
 * What an edit of a job by somebody who saw `version` of it writes; null = it is like this already, whoever has made it so: the same edit
 * sent twice is done once. @throws Problem as `updateSchedule`
 */
export function scheduleAfter(actor: Actor, before: Job, version: number, change: ScheduleChange): JobSchedule | null {
  const name = change.name === undefined ? undefined : checkName(change.name)
  requireEditable(actor, before)
  if (change.parameters !== undefined) change.checkParameters(change.parameters, before)
  const cadence = cadenceAfter(before, change)
  const wanted = wantedSchedule(before, { ...change, name }, cadence)
  if (isScheduledLike(before, wanted)) return null
  requireVersion(before, { version })
  return { ...wanted, ...planAfter(before, wanted, cadence) }
}

/** Writes the schedule with who asked for it. */
export async function reschedule(
  transaction: Database,
  actor: Actor,
  before: Job,
  schedule: JobSchedule,
): Promise<JobOutcome> {
  requireKeptKey(before, schedule)
  await rescheduleJob(transaction, before.id, schedule)
  const job = await heldJob(transaction, before.id)
  await auditJob(transaction, actor, 'job.schedule', before, job)
  const paused = job.status === 'paused' ? ' It is paused: resume it to let it run.' : ''
  return { job, changed: true, message: `The schedule of ${job.name} is changed.${paused}` }
}

type Plan = Pick<JobSchedule, 'nextRunAt' | 'nextAttempt'>
type Wanted = Omit<JobSchedule, keyof Plan>

/** `cadence` null = the stored one stays, whether or not it can be read. */
export function wantedSchedule(
  before: Job,
  change: Omit<ScheduleChange, 'checkParameters'>,
  cadence: Cadence | null,
): Wanted {
  return {
    name: change.name ?? before.name,
    cronExpression: cadence === null ? before.cronExpression : cadence.cron,
    timeZone: cadence === null ? before.timeZone : cadence.timeZone,
    parameters: change.parameters ?? before.parameters,
    priority: change.priority === undefined ? before.priority : priorities[change.priority],
    overlapPolicy: change.overlapPolicy ?? before.overlapPolicy,
    catchUpPolicy: change.catchUpPolicy ?? before.catchUpPolicy,
    maxRetries: change.maxRetries ?? before.maxRetries,
    alertAfter: change.alertAfter ?? before.alertAfter,
    timeoutMinutes: change.timeoutMinutes === undefined ? before.timeoutMinutes : change.timeoutMinutes,
    ownConcurrencyKey: change.concurrencyKey === undefined ? before.ownConcurrencyKey : change.concurrencyKey,
  }
}

export function isScheduledLike(job: Job, wanted: Wanted): boolean {
  return (Object.keys(wanted) as (keyof Wanted)[]).every((key) => isDeepStrictEqual(job[key], wanted[key]))
}

/** The key of a run is its job's: with another one, the next run of the old key would be going beside it. */
function requireKeptKey(
  { name, currentRunId, ownConcurrencyKey: before }: Job,
  { ownConcurrencyKey }: JobSchedule,
): void {
  if (currentRunId === null || ownConcurrencyKey === before) return
  const which = before === null ? 'its usual key' : `the key "${before}"`
  throw new Problem('conflict', `${name} is running, and holds ${which} until it has ended.`, {
    field: 'concurrencyKey',
    value: ownConcurrencyKey,
    fix: 'Change the key when it has ended, or cancel its run.',
  })
}

function requireEditable(actor: Actor, job: Job): void {
  if (job.scheduleType !== 'recurring') {
    const fix = howTo(actor, 'Schedule its job type instead', `pm schedule ${job.jobType}`)
    throw conflict(job, `${job.name} runs once; it has no schedule.`, fix)
  }
  if (job.status === 'archived') throw conflict(job, `${job.name} is archived.`, 'Restore it first.')
}

function cadenceAfter(before: Job, { cron, timeZone }: ScheduleChange): Cadence | null {
  if (cron === undefined && timeZone === undefined) return null
  return parseCadence(cron ?? before.cronExpression ?? '', timeZone ?? before.timeZone ?? legacyTimeZone)
}

/** The next run moves only with the cadence: a new name does not call off a retry. What it moves to is a fire, the first attempt at its work. */
export function planAfter(before: Job, wanted: Wanted, cadence: Cadence | null): Plan {
  const { nextRunAt, nextAttempt } = before
  if (cadence === null || before.status === 'completed') return { nextRunAt, nextAttempt }
  const moved = wanted.cronExpression !== before.cronExpression || wanted.timeZone !== before.timeZone
  return moved || nextRunAt === null
    ? { nextRunAt: nextFire(cadence, before.asOf), nextAttempt: 1 }
    : { nextRunAt, nextAttempt }
}

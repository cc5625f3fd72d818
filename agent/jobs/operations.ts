/**
 * What a person can do to jobs and runs. Every command is one transaction that holds the job's row, checks it, changes it
 * and writes who did it (operator_actions). Commands say what they found: repeating one changes nothing and says so.
 */
import { type Cadence, nextFire, parseCadence } from '../../shared/cadence.ts'
import { type JsonObject, legacyTimeZone, type Priority, priorities, type TriggerSource } from '../../shared/domain.ts'
import { formatInstant } from '../../shared/duration.ts'
import { Problem } from '../../shared/errors.ts'
import type { Database, DatabasePool } from '../store/database.ts'
import { type Actor, insertOperatorAction } from '../store/operator-actions.ts'
import { getRun, type Run, requestCancel } from '../store/scheduled-job-runs.ts'
import { type BusyKey, findBusyKey, insertJob, type Job, setJobStatus } from '../store/scheduled-jobs.ts'
import { auditJob, heldJob, type JobOutcome } from './job-transaction.ts'
import { checkName } from './names.ts'

export type { JobOutcome } from './job-transaction.ts'
export { ensureRecurringJob, type RecurringJob } from './recurring-job.ts'

export interface OneTimeJob {
  /** Null = a platform-level job: for admins, refreshes no dataset. */
  readonly brandId: string | null
  readonly jobType: string
  readonly name: string
  /** Checked against the schema of the job type by the caller, who knows the catalog. */
  readonly parameters: JsonObject
  readonly triggerSource: TriggerSource
  readonly priority?: Priority
  /** Null or absent = now. */
  readonly at?: Date | null
}

/** J12: inserts a one-time job. `waitsBehind`: the run that holds its concurrency key now, or null. */
export async function queueOneTimeJob(
  database: DatabasePool,
  actor: Actor,
  request: OneTimeJob,
): Promise<JobOutcome & { readonly waitsBehind: BusyKey | null }> {
  const name = checkName(request.name)
  return database.transaction(async (transaction) => {
    const jobId = await insertJob(transaction, {
      ...request,
      name,
      scheduleType: 'one_time',
      cronExpression: null,
      timeZone: null,
      nextRunAt: request.at ?? null,
      priority: priorities[request.priority ?? 'normal'],
      requestedBy: actor.operator,
    })
    const job = await heldJob(transaction, jobId)
    const waitsBehind = await findBusyKey(transaction, job.concurrencyKey)
    await auditJob(transaction, actor, 'job.queue', null, job)
    return { job, changed: true, message: `${job.name} is queued.`, waitsBehind }
  })
}

/** Which version of the job the person saw; a newer one is a conflict. Absent = whatever is there. */
export interface Expectation {
  readonly version?: number
}

/** J10: stops new claims; a run in progress goes on. */
export async function pauseJob(
  database: DatabasePool,
  actor: Actor,
  jobId: string,
  expected: Expectation = {},
): Promise<JobOutcome> {
  return changeJob(database, actor, 'job.pause', jobId, expected, (job) => {
    if (job.status === 'paused') return `${job.name} is already paused.`
    requireStatus(job, ['active'], 'paused')
    const running = job.currentRunId === null ? '' : ' The run in progress goes on; cancel it if it must stop.'
    // A one-time job keeps the time that it was meant for.
    const change = { status: 'paused' as const, nextRunAt: job.nextRunAt, nextAttempt: job.nextAttempt }
    return { change, message: `${job.name} is paused.${running}` }
  })
}

/** J10: lets it run again, from now: missed fires are not made up for. */
export async function resumeJob(
  database: DatabasePool,
  actor: Actor,
  jobId: string,
  expected: Expectation = {},
): Promise<JobOutcome> {
  return changeJob(database, actor, 'job.resume', jobId, expected, (job) => {
    if (job.status === 'active') return `${job.name} is not paused.`
    requireStatus(job, ['paused'], 'resumed')
    const nextRunAt = nextAfterResume(job)
    const next = nextRunAt === null ? 'Its run is in progress.' : `Its next run is at ${formatInstant(nextRunAt)}.`
    return { change: { status: 'active', nextRunAt, nextAttempt: 1 }, message: `${job.name} is resumed. ${next}` }
  })
}

function nextAfterResume(job: Job): Date | null {
  if (job.scheduleType === 'recurring') return nextFire(cadenceOf(job), job.asOf)
  if (job.currentRunId !== null) return null
  return job.nextRunAt !== null && job.nextRunAt > job.asOf ? job.nextRunAt : job.asOf
}

/** Throws Problem when another program wrote a schedule that cannot be read. */
function cadenceOf(job: Job): Cadence {
  try {
    return parseCadence(job.cronExpression ?? '', job.timeZone ?? legacyTimeZone)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    const fix = `Give it a schedule first: pm schedule ${job.jobType} --brand … --cron … --zone …`
    const { field = 'cron_expression', value } = error
    throw new Problem('conflict', `The schedule of ${job.name} cannot be read: ${error.message}`, { field, value, fix })
  }
}

/** J5: a job whose last run failed or was cancelled is due now, and its attempts start again. */
export async function retryJob(
  database: DatabasePool,
  actor: Actor,
  jobId: string,
  expected: Expectation = {},
): Promise<JobOutcome & { readonly waitsBehind: BusyKey | null }> {
  const outcome = await changeJob(database, actor, 'job.retry', jobId, expected, (job) => {
    if (job.currentRunId !== null) throw running(job)
    if (isDueAlready(job)) return `${job.name} is due already and waits for an agent.`
    requireFailed(job)
    return { change: { status: 'active', nextRunAt: job.asOf, nextAttempt: 1 }, message: `${job.name} is due now.` }
  })
  return { ...outcome, waitsBehind: await findBusyKey(database, outcome.job.concurrencyKey) }
}

function isDueAlready(job: Job): boolean {
  return job.status === 'active' && job.nextRunAt !== null && job.nextRunAt <= job.asOf
}

function requireFailed(job: Job): void {
  const again = `Use "pm run ${job.jobType}" to run it once more.`
  if (job.status === 'paused') {
    throw conflict(job, `${job.name} is paused.`, `Resume it first: pm resume ${job.id}`)
  }
  if (job.lastRunStatus === null) throw conflict(job, `${job.name} has never run, so there is nothing to retry.`, again)
  if (job.lastRunStatus === 'completed') throw conflict(job, `The last run of ${job.name} completed.`, again)
}

function running(job: Job): Problem {
  return new Problem('already_running', `${job.name} is running now (run ${job.currentRunId}).`, {
    field: 'job',
    value: job.id,
    fix: `Wait for it, or stop it first: pm cancel ${job.currentRunId}`,
  })
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
    const change = { status: 'archived' as const, nextRunAt: null, nextAttempt: job.nextAttempt }
    return { change, message: `${job.name} is archived.${running}` }
  })
}

export interface CancelOutcome {
  readonly run: Run
  readonly changed: boolean
  readonly message: string
}

/** J11: asks the agent that holds the run to stop it. It ends as cancelled within seconds while that agent lives. */
export async function cancelRun(database: DatabasePool, actor: Actor, runId: string): Promise<CancelOutcome> {
  return database.transaction(async (transaction) => {
    const before = await existingRun(transaction, runId)
    const name = `The run of ${before.jobName}`
    if (before.completedAt !== null) {
      return { run: before, changed: false, message: `${name} has already ended: ${before.status}.` }
    }
    if (before.agentId === null) {
      const message = `${name} belongs to another program, which does not listen for cancel requests.`
      throw new Problem('not_allowed', message, { field: 'run', value: runId, fix: 'Stop it in that program.' })
    }
    const changed = await requestCancel(transaction, runId, actor.operator)
    const run = await existingRun(transaction, runId)
    if (!changed) {
      const who = run.cancelRequestedBy ?? 'somebody'
      return { run, changed, message: `${name} was already asked to stop, by ${who}.` }
    }
    await insertOperatorAction(transaction, {
      actor,
      organizationId: run.organizationId,
      action: 'run.cancel',
      subjectType: 'run',
      subjectId: runId,
      before: { status: before.status },
      after: { status: run.status, cancelRequestedBy: actor.operator },
    })
    return { run, changed, message: `${name} is asked to stop.` }
  })
}

async function existingRun(database: Database, runId: string): Promise<Run> {
  const run = await getRun(database, runId)
  if (run !== null) return run
  throw new Problem('not_found', `There is no run ${runId}.`, { field: 'run', value: runId, fix: 'List them: pm runs' })
}

/** A sentence alone = nothing to change. */
type Decision = string | { readonly change: Parameters<typeof setJobStatus>[2]; readonly message: string }

async function changeJob(
  database: DatabasePool,
  actor: Actor,
  action: string,
  jobId: string,
  expected: Expectation,
  decide: (job: Job) => Decision,
): Promise<JobOutcome> {
  return database.transaction(async (transaction) => {
    const before = await heldJob(transaction, jobId)
    requireVersion(before, expected)
    const decision = decide(before)
    if (typeof decision === 'string') return { job: before, changed: false, message: decision }
    await setJobStatus(transaction, jobId, decision.change)
    const job = await heldJob(transaction, jobId)
    await auditJob(transaction, actor, action, before, job)
    return { job, changed: true, message: decision.message }
  })
}

function requireVersion(job: Job, { version }: Expectation): void {
  if (version === undefined || version === job.version) return
  const message = `${job.name} was changed by somebody else (version ${job.version}, you saw ${version}).`
  throw conflict(job, message, 'Look at it again and repeat what you wanted.')
}

function requireStatus(job: Job, allowed: readonly Job['status'][], verb: string): void {
  if (allowed.includes(job.status)) return
  throw conflict(
    job,
    `${job.name} is ${job.status}; it cannot be ${verb}.`,
    `Look at it: pm jobs --status ${job.status}`,
  )
}

function conflict(job: Job, message: string, fix: string): Problem {
  return new Problem('conflict', message, { field: 'job', value: job.id, fix })
}

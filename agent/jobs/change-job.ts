import { type Cadence, parseCadence } from '../../shared/cadence.ts'
import { legacyTimeZone } from '../../shared/domain.ts'
import { Problem } from '../../shared/errors.ts'
import type { ActionName } from '../../shared/operator-actions.ts'
import { requireBrandInUse } from '../brands/brand-in-use.ts'
import type { Database, DatabasePool } from '../store/database.ts'
import type { Actor } from '../store/operator-actions.ts'
import { type Job, type StatusChange, setJobStatus } from '../store/scheduled-jobs.ts'
import { auditJob, heldJob, type JobOutcome } from './job-transaction.ts'

/** Which version of the job the person saw; a newer one is a conflict. Absent = whatever is there. */
export interface Expectation {
  readonly version?: number | undefined
}

/** A sentence alone = nothing to change. */
export type Decision = string | { readonly change: StatusChange; readonly message: string }

/** Holds the job, asks what is to become of it, and writes that with who asked for it. */
export async function changeJob(
  database: DatabasePool,
  actor: Actor,
  action: ActionName,
  jobId: string,
  expected: Expectation,
  decide: (job: Job, transaction: Database) => Decision | Promise<Decision>,
): Promise<JobOutcome> {
  return database.transaction(async (transaction) => {
    const before = await heldJob(transaction, jobId)
    requireVersion(before, expected)
    return changeHeldJob(transaction, actor, action, before, await decide(before, transaction))
  })
}

/** The same of a job that the transaction holds as `before`. */
export async function changeHeldJob(
  transaction: Database,
  actor: Actor,
  action: ActionName,
  before: Job,
  decision: Decision,
): Promise<JobOutcome> {
  if (typeof decision === 'string') return { job: before, changed: false, message: decision }
  if (decision.change.status === 'active') await requireBrandInUse(transaction, actor, before.brandId)
  await setJobStatus(transaction, before.id, decision.change)
  const job = await heldJob(transaction, before.id)
  await auditJob(transaction, actor, action, before, job)
  return { job, changed: true, message: decision.message }
}

export function requireVersion(job: Job, { version }: Expectation): void {
  if (version === undefined || version === job.version) return
  const message = `${job.name} was changed by somebody else (version ${job.version}, you saw ${version}).`
  throw conflict(job, message, 'Look at it again and repeat what you wanted.')
}

export function requireStatus(actor: Actor, job: Job, allowed: readonly Job['status'][], verb: string): void {
  if (allowed.includes(job.status)) return
  const instruction = job.status === 'archived' && actor.door !== 'cli' ? 'Restore it first' : 'Look at it'
  const fix = howTo(actor, instruction, `pm jobs --status ${job.status}`)
  throw conflict(job, `${job.name} is ${job.status}; it cannot be ${verb}.`, fix)
}

export function conflict(job: Job, message: string, fix: string): Problem {
  return new Problem('conflict', message, { field: 'job', value: job.id, fix })
}

/** An instruction in the words of the door: a command line shows the command, a console has a button for it. */
export function howTo(actor: Actor, instruction: string, command: string): string {
  return actor.door === 'cli' ? `${instruction}: ${command}` : `${instruction}.`
}

/** Throws Problem when another program wrote a schedule that cannot be read. */
export function cadenceOf(actor: Actor, job: Job): Cadence {
  try {
    return parseCadence(job.cronExpression ?? '', job.timeZone ?? legacyTimeZone)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    const command = `pm schedule ${job.jobType} --brand … --cron … --zone …`
    const fix = howTo(actor, 'Give it a schedule first', command)
    const { field = 'cron_expression', value } = error
    throw new Problem('conflict', `The schedule of ${job.name} cannot be read: ${error.message}`, { field, value, fix })
  }
}

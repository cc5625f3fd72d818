import { Problem } from '../../shared/errors.ts'
import { askedFor } from '../../shared/retry.ts'
import { decisionInWords } from '../../shared/run-decision.ts'
import type { Database, DatabasePool } from '../store/database.ts'
import type { Actor } from '../store/operator-actions.ts'
import { readDecision, writeDecision } from '../store/run-decisions.ts'
import { type BusyKey, findBusyKey, type Job } from '../store/scheduled-jobs.ts'
import { changeHeldJob, changeJob, conflict, type Decision, type Expectation, howTo } from './change-job.ts'
import { heldNote, holdOfJob } from './held-job.ts'
import type { JobOutcome } from './job-transaction.ts'

export interface RetryExpectation extends Expectation {
  /** Who asks was told that nobody knows whether the last run did its work, and wants it run again: then it is refused no more. */
  readonly decidesNotDone?: boolean
}

/**
 * J5: a job whose last run failed or was cancelled is due now, whatever its policies skip, and its attempts start again. Where nobody has said
 * whether that run did its work, this is refused, unless who asks decides so that it has not.
 */
export async function retryJob(
  database: DatabasePool,
  actor: Actor,
  jobId: string,
  expected: RetryExpectation = {},
): Promise<JobOutcome & { readonly waitsBehind: BusyKey | null }> {
  const outcome = await changeJob(database, actor, 'job.retry', jobId, expected, async (job, transaction) => {
    const decision = decideRetry(actor, job)
    if (typeof decision === 'string' || job.lastRunProblem !== 'outcome_unknown') return decision
    await decideNotDone(transaction, actor, job, expected.decidesNotDone === true)
    return decision
  })
  const held = heldNote(await holdOfJob(database, outcome.job, null))
  const message = held === '' ? outcome.message : `${outcome.message.replace(/\.$/, '')}${held}.`
  return { ...outcome, message, waitsBehind: await findBusyKey(database, outcome.job) }
}

/** The same of a job that the transaction holds, for who has decided about its last run. */
export async function retryHeldJob(transaction: Database, actor: Actor, job: Job): Promise<JobOutcome> {
  return changeHeldJob(transaction, actor, 'job.retry', job, decideRetry(actor, job))
}

function decideRetry(actor: Actor, job: Job): Decision {
  if (job.currentRunId !== null) throw running(actor, job)
  if (isDueAlready(job)) return `${job.name} is due already and waits for an agent.`
  requireFailed(actor, job)
  const change = { status: 'active' as const, nextRunAt: job.asOf, nextAttempt: askedFor, keepsWork: false }
  return { change, message: `${job.name} is due now.` }
}

function isDueAlready(job: Job): boolean {
  return job.status === 'active' && job.nextRunAt !== null && job.nextRunAt <= job.asOf
}

function requireFailed(actor: Actor, job: Job): void {
  const again = howTo(actor, 'Run it once more', `pm run ${job.jobType}`)
  if (job.status === 'paused') {
    throw conflict(job, `${job.name} is paused.`, howTo(actor, 'Resume it first', `pm resume ${job.id}`))
  }
  if (job.lastRunStatus === null) throw conflict(job, `${job.name} has never run, so there is nothing to retry.`, again)
  if (job.lastRunStatus === 'completed') throw conflict(job, `The last run of ${job.name} completed.`, again)
}

/** What somebody has found done is not done once more; what nobody has decided is decided here by who says so (`decides`). */
async function decideNotDone(transaction: Database, actor: Actor, job: Job, decides: boolean): Promise<void> {
  const found = job.lastRunId === null ? null : await readDecision(transaction, job.lastRunId)
  if (found === null || job.lastRunId === null) return
  if (found.decision?.outcome === 'done') {
    const again = howTo(actor, 'Run it once more', `pm run ${job.jobType}`)
    throw conflict(job, `${decisionInWords(found.decision)}: the last run of ${job.name}.`, again)
  }
  if (found.decision !== null) return
  if (!decides) throw asksPerson(actor, job, job.lastRunId)
  const nothing = { doneAt: null, note: null, records: null }
  await writeDecision(transaction, job.lastRunId, {
    outcome: 'not_done',
    by: actor.operator,
    at: found.asOf,
    ...nothing,
  })
}

/** J5: the run may have done what must not be done twice. */
function asksPerson(actor: Actor, job: Job, runId: string): Problem {
  const message = `It is not known whether the last run of ${job.name} did its work.`
  const instruction = 'Look at that run first and say whether it was done'
  return conflict(job, message, howTo(actor, instruction, `pm confirm ${runId} --done, or --not-done to run it again`))
}

function running(actor: Actor, job: Job): Problem {
  return new Problem('already_running', `${job.name} is running now (run ${job.currentRunId}).`, {
    field: 'job',
    value: job.id,
    fix: howTo(actor, 'Wait for it, or stop it first', `pm cancel ${job.currentRunId}`),
  })
}

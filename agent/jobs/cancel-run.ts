import { Problem } from '../../shared/errors.ts'
import type { Database, DatabasePool } from '../store/database.ts'
import { type Actor, insertOperatorAction } from '../store/operator-actions.ts'
import { getRun, type Run, requestCancel } from '../store/scheduled-job-runs.ts'
import { type Expectation, requireVersion } from './change-job.ts'
import { heldJob } from './job-transaction.ts'

export interface CancelOutcome {
  readonly run: Run
  readonly changed: boolean
  readonly message: string
}

/** J11: asks the agent that holds the run to stop it. It ends as cancelled within seconds while that agent lives. */
export async function cancelRun(database: DatabasePool, actor: Actor, runId: string): Promise<CancelOutcome> {
  return database.transaction((transaction) => cancelHeld(transaction, actor, runId))
}

/** J11, for whatever run of the job is in progress; `changed` is false when there is none. */
export async function cancelJob(
  database: DatabasePool,
  actor: Actor,
  jobId: string,
  expected: Expectation = {},
): Promise<{ readonly changed: boolean; readonly message: string }> {
  return database.transaction(async (transaction) => {
    const job = await heldJob(transaction, jobId)
    requireVersion(job, expected)
    if (job.currentRunId === null) return { changed: false, message: `Nothing of ${job.name} is running.` }
    return cancelHeld(transaction, actor, job.currentRunId)
  })
}

async function cancelHeld(transaction: Database, actor: Actor, runId: string): Promise<CancelOutcome> {
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
}

async function existingRun(database: Database, runId: string): Promise<Run> {
  const run = await getRun(database, runId)
  if (run !== null) return run
  const fix = 'It may have been deleted; look at the list of runs.'
  throw new Problem('not_found', `There is no run ${runId}.`, { field: 'run', value: runId, fix })
}

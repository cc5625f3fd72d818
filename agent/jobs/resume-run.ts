import { nextFire, parseCadence } from '../../shared/cadence.ts'
import { type JsonObject, legacyTimeZone, type TriggerSource } from '../../shared/domain.ts'
import { formatInstant } from '../../shared/duration.ts'
import { Problem } from '../../shared/errors.ts'
import { planResume, type RecordedStep, type ResumableType, type ResumePlan } from '../../shared/resume.ts'
import type { RunDecision } from '../../shared/run-decision.ts'
import { moveToBackfillOf } from '../store/backfills.ts'
import type { Database, DatabasePool } from '../store/database.ts'
import type { Actor } from '../store/operator-actions.ts'
import { readDecision } from '../store/run-decisions.ts'
import { listNeighbourRuns } from '../store/run-detail.ts'
import { listRunSteps, type RunStep } from '../store/run-steps.ts'
import type { Run } from '../store/scheduled-job-runs.ts'
import { getJob, type Job } from '../store/scheduled-jobs.ts'
import { changeHeldJob, howTo } from './change-job.ts'
import { heldJob } from './job-transaction.ts'
import { isName } from './names.ts'
import { type QueueOutcome, queueInTransaction } from './queue-job.ts'
import { attemptChain } from './run-attempts.ts'

export interface ResumeRequest {
  /** Chosen by who may ask twice: the same id makes one job. Absent = a new one. */
  readonly requestId?: string | undefined
  /** As the catalog has it now. */
  readonly jobType: ResumableType
  readonly triggerSource: TriggerSource
}

/**
 * Queues the work of a failed run once more, as a rerun does, but to begin with the step at which it failed: what that run has done before is
 * skipped, and refreshes nothing. The agent that claims it decides by its own catalog whether that can be. The job of the run does not do that work
 * once more (`handOver`).
 * @throws Problem `conflict` with the reason when it cannot.
 */
export async function resumeRun(
  database: DatabasePool,
  actor: Actor,
  run: Run,
  { requestId, jobType, triggerSource }: ResumeRequest,
): Promise<QueueOutcome & { readonly plan: ResumePlan }> {
  const { jobType: key, parameters } = run
  const decision = (await readDecision(database, run.id))?.decision ?? null
  const plan = planResume(failedRun(run, decision, await listRunSteps(database, run.id)), jobType)
  if (typeof plan === 'string') throw cannot(actor, run, plan)
  if (parameters === null) throw cannot(actor, run, 'The run did not record its parameters.')
  const firstRunId = await firstRunOf(database, run)
  return database.transaction(async (transaction) => {
    const job = await heldJob(transaction, run.jobId)
    const outcome = await queueInTransaction(transaction, actor, {
      id: requestId,
      brandId: run.brandId,
      jobType: key,
      likeJobId: run.jobId,
      name: isName(run.jobName) ? run.jobName : key,
      parameters,
      triggerSource,
      continues: { runId: run.id, atStep: plan.step, firstRunId },
    })
    const isLast = job.lastRunId === run.id && job.currentRunId === null
    if (!outcome.created || !isLast) return { ...outcome, plan }
    const message = `${outcome.message}${await handOver(transaction, actor, job, outcome.job.id)}`
    return { ...outcome, message, plan }
  })
}

/**
 * The job whose last run is gone on with elsewhere has nothing left to do of it: a one-time job is put away, dead or before another attempt; a recurring
 * one goes on with its next fire, without that attempt. In a backfill the new job takes its place. Returns what is to be said of it.
 */
async function handOver(transaction: Database, actor: Actor, job: Job, toJobId: string): Promise<string> {
  await moveToBackfillOf(transaction, job.id, toJobId)
  if (job.status !== 'active' && job.status !== 'paused') return ''
  if (job.scheduleType === 'one_time') {
    const change = { status: 'archived', nextRunAt: null, nextAttempt: job.nextAttempt, keepsWork: true } as const
    await changeHeldJob(transaction, actor, 'job.archive', job, { change, message: '' })
    return ' The job that failed is put away.'
  }
  if (job.nextRunAt === null || job.nextAttempt === null || job.nextAttempt === 1) return ''
  const nextRunAt = followingFire(job)
  const change = { status: job.status, nextRunAt, nextAttempt: 1, keepsWork: false } as const
  await changeHeldJob(transaction, actor, 'job.schedule', job, { change, message: '' })
  return ` Its retry is called off${nextRunAt === null ? '' : `; the next run by its schedule is at ${formatInstant(nextRunAt)}`}.`
}

/** Null for a schedule of another program that cannot be read: nothing but its retry was planned. */
function followingFire({ cronExpression, timeZone, asOf }: Job): Date | null {
  try {
    return nextFire(parseCadence(cronExpression ?? '', timeZone ?? legacyTimeZone), asOf)
  } catch {
    return null
  }
}

function cannot(actor: Actor, { id, jobType }: Run, why: string): Problem {
  const fix = howTo(actor, 'Do its work from the beginning', `pm retry ${id}, or pm run ${jobType}`)
  return new Problem('conflict', why, { field: 'run', value: id, fix })
}

/** What `planResume` looks at. */
export function failedRun(
  { id, status, problem }: { readonly id: string; readonly status: string; readonly problem: string | null },
  decision: RunDecision | null,
  steps: readonly RunStep[],
): Parameters<typeof planResume>[0] {
  return { id, status, problem, decision: decision?.outcome ?? null, steps: steps.map(recordedStep) }
}

function recordedStep({ stepKey, status, metadata }: RunStep): RecordedStep {
  return { key: stepKey, status, doneBy: doneByOf(metadata) }
}

/** The run that has done a step which a run that goes on with it left out; null = no other one. */
export function doneByOf({ doneBy }: JsonObject): string | null {
  return typeof doneBy === 'string' && /^[0-9a-f-]{36}$/.test(doneBy) ? doneBy : null
}

/** `{{ run.first_id }}` of the run: files that are named by it are found by what goes on with it. */
async function firstRunOf(database: Database, { id, jobId }: Run): Promise<string> {
  const [job, neighbours] = await Promise.all([getJob(database, jobId), listNeighbourRuns(database, id)])
  return job?.continuesFirstRunId ?? attemptChain(neighbours, id)[0]?.id ?? id
}

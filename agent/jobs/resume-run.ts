import type { JsonObject, TriggerSource } from '../../shared/domain.ts'
import { Problem } from '../../shared/errors.ts'
import { planResume, type RecordedStep, type ResumableType, type ResumePlan } from '../../shared/resume.ts'
import type { Database, DatabasePool } from '../store/database.ts'
import type { Actor } from '../store/operator-actions.ts'
import { listNeighbourRuns } from '../store/run-detail.ts'
import { listRunSteps, type RunStep } from '../store/run-steps.ts'
import type { Run } from '../store/scheduled-job-runs.ts'
import { getJob } from '../store/scheduled-jobs.ts'
import { howTo } from './change-job.ts'
import { isName } from './names.ts'
import { type QueueOutcome, queueOneTimeJob } from './queue-job.ts'
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
 * skipped, and refreshes nothing. The agent that claims it decides by its own catalog whether that can be.
 * @throws Problem `conflict` with the reason when it cannot.
 */
export async function resumeRun(
  database: DatabasePool,
  actor: Actor,
  run: Run,
  { requestId, jobType, triggerSource }: ResumeRequest,
): Promise<QueueOutcome & { readonly plan: ResumePlan }> {
  const plan = planResume(failedRun(run, await listRunSteps(database, run.id)), jobType)
  if (typeof plan === 'string') throw cannot(actor, run, plan)
  if (run.parameters === null) throw cannot(actor, run, 'The run did not record its parameters.')
  const outcome = await queueOneTimeJob(database, actor, {
    id: requestId,
    brandId: run.brandId,
    jobType: run.jobType,
    likeJobId: run.jobId,
    name: isName(run.jobName) ? run.jobName : run.jobType,
    parameters: run.parameters,
    triggerSource,
    continues: { runId: run.id, atStep: plan.step, firstRunId: await firstRunOf(database, run) },
  })
  return { ...outcome, plan }
}

function cannot(actor: Actor, { id, jobType }: Run, why: string): Problem {
  const fix = howTo(actor, 'Do its work from the beginning', `pm retry ${id}, or pm run ${jobType}`)
  return new Problem('conflict', why, { field: 'run', value: id, fix })
}

/** What `planResume` looks at. */
export function failedRun(
  { id, status, problem }: { readonly id: string; readonly status: string; readonly problem: string | null },
  steps: readonly RunStep[],
): Parameters<typeof planResume>[0] {
  return { id, status, problem, steps: steps.map(recordedStep) }
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

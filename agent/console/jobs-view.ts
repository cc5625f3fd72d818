import type { JobRow } from '../../shared/contract/jobs.ts'
import { type Priority, priorities, triggerSources } from '../../shared/domain.ts'
import { shownParameters } from '../jobs/shown-parameters.ts'
import { type JobView, viewJobs } from '../store/job-views.ts'
import { notFound } from './access.ts'
import type { ConsoleServices } from './context.ts'
import { readWorkforce, type Workforce } from './jobs-workforce.ts'

/** The job as the console shows it. @throws Problem `not_found` when it is gone. */
export async function jobRowOf(services: ConsoleServices, jobId: string): Promise<{ job: JobRow; asOf: Date }> {
  const [[view], workforce] = await Promise.all([viewJobs(services.database, [jobId]), readWorkforce(services)])
  if (view === undefined) throw notFound(`There is no job ${jobId}.`, { field: 'jobId', value: jobId })
  return { job: jobRow(view, workforce), asOf: view.asOf }
}

/** Rows of other programs hold anything: what is not in the contract's words is shown as the nearest of them. */
export function jobRow(view: JobView, workforce: Workforce): JobRow {
  const { id, brandId, brandName, productId, parameters } = view
  const { name, jobType, cronExpression, timeZone, status, nextRunAt, overlapPolicy, catchUpPolicy } = view
  const {
    concurrencyKey,
    ownConcurrencyKey,
    maxRetries,
    alertAfter,
    timeoutMinutes,
    maxRuns,
    runsCompleted,
    lastError,
    requestedBy,
  } = view
  const { version, createdAt, updatedAt } = view
  const shown = shownParameters(parameters)
  return {
    id,
    name,
    jobType,
    brand: brandId === null ? null : { id: brandId, name: brandName ?? 'Deleted brand' },
    productId,
    scheduleType: view.scheduleType === 'one_time' ? 'one_time' : 'recurring',
    cronExpression,
    timeZone,
    status,
    state: stateOf(view),
    nextRunAt,
    priority: priorityWord(view.priority),
    overlapPolicy,
    catchUpPolicy,
    concurrencyKey,
    ownConcurrencyKey,
    maxRetries,
    alertAfter,
    attempt: view.runId === null ? Math.max(view.nextAttempt ?? 1, 1) : view.runAttempt,
    timeoutMinutes,
    maxRuns,
    runsCompleted,
    parameters: shown ?? {},
    parametersReadable: shown !== null,
    lastError,
    lastRun: lastRunOf(view),
    currentRun: currentRunOf(view, workforce),
    hasNoAgent: !workforce.runnable.has(jobType),
    hold:
      view.holdId === null
        ? null
        : { id: view.holdId, endsAt: view.holdEndsAt, reason: view.holdReason, createdBy: view.holdCreatedBy },
    triggerSource: triggerSources.find((source) => source === view.triggerSource) ?? 'scheduled',
    requestedBy,
    version,
    createdAt,
    updatedAt,
  }
}

function stateOf({ state, nextAttempt, nextRunAt }: JobView): JobRow['state'] {
  switch (state) {
    case 'active':
      return (nextAttempt ?? 1) > 1 && nextRunAt !== null ? 'retrying' : 'active'
    case 'running':
    case 'dead':
    case 'completed':
    case 'archived':
      return state
    default:
      // Another program's word: nobody claims such a job.
      return 'paused'
  }
}

function lastRunOf(view: JobView): JobRow['lastRun'] {
  if (view.lastRunId === null) return null
  return {
    id: view.lastRunId,
    // A last run whose result another program left out.
    status: view.lastRunStatus ?? 'unknown',
    problem: view.lastRunProblem,
    decision: view.lastRunDecision,
    finishedAt: view.lastRunFinishedAt,
    durationMs: view.lastRunDurationMs,
  }
}

function currentRunOf(view: JobView, { catalog }: Workforce): JobRow['currentRun'] {
  if (view.runId === null) return null
  const { stepPosition, stepKey, stepDone, stepTotal } = view
  const number = (stepPosition ?? 0) + 1
  const steps = catalog.jobTypes.get(view.jobType)?.steps.length ?? 0
  return {
    id: view.runId,
    startedAt: view.runStartedAt,
    agentName: view.runAgentName,
    attempt: view.runAttempt,
    cancelRequestedAt: view.runCancelRequestedAt,
    step:
      stepPosition === null
        ? null
        : { key: stepKey, number, count: Math.max(steps, number), done: stepDone, total: stepTotal },
  }
}

/** A number that is none of ours is shown as normal. */
export function priorityWord(priority: number): Priority {
  // The keys of a constant table.
  const words = Object.keys(priorities) as Priority[]
  return words.find((word) => priorities[word] === priority) ?? 'normal'
}

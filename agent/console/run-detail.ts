import type { InferContractRouterOutputs } from '@orpc/contract'
import type { Contract } from '../../shared/contract/index.ts'
import type { JsonObject } from '../../shared/domain.ts'
import { cleanText, Problem } from '../../shared/errors.ts'
import { planResume } from '../../shared/resume.ts'
import { storedDecision } from '../../shared/run-decision.ts'
import { doneByOf, failedRun } from '../jobs/resume-run.ts'
import { attemptChain } from '../jobs/run-attempts.ts'
import { shownParameters } from '../jobs/shown-parameters.ts'
import { listRunActions } from '../store/operator-actions.ts'
import { findRunArtifact, listRunArtifacts } from '../store/run-artifacts.ts'
import { getRunDetail, listNeighbourRuns, type RunDetail } from '../store/run-detail.ts'
import { listRunSteps } from '../store/run-steps.ts'
import type { Run } from '../store/scheduled-job-runs.ts'
import { requireJob, requireRun } from './access.ts'
import type { ConsoleContext } from './context.ts'
import { readWorkforce } from './jobs-workforce.ts'
import { runRow } from './run-list.ts'
import { countLogLines } from './run-log.ts'

type RunAnswer = InferContractRouterOutputs<Contract>['runs']['get']

const longestError = 8_000

export async function describeRun(context: ConsoleContext, runId: string): Promise<RunAnswer> {
  const { database } = context.services
  const found = await requireRun(context, runId)
  const { jobId } = found
  const [run, rerun, steps, neighbours, logLines, artifacts, { catalog }] = await Promise.all([
    getRunDetail(database, runId),
    rerunParameters(context, found),
    listRunSteps(database, runId),
    listNeighbourRuns(database, runId),
    countLogLines(database, runId),
    listRunArtifacts(database, runId),
    readWorkforce(context.services),
  ])
  // Deleted since it was found: the same as never there.
  if (run === null) return describeRun(context, runId)
  const attempts = attemptChain(neighbours, runId)
  const firstPlace = neighbours.findIndex(({ id }) => id === attempts[0]?.id)
  const since = neighbours[firstPlace - 1]?.startedAt ?? null
  const until = attempts.at(-1)?.completedAt ?? null
  const actions = await listRunActions(database, { runId, jobId, since, until })
  return {
    asOf: run.asOf,
    run: { ...runRow(run), ...detailsOf(run), logLines },
    rerun: shownRerun(rerun),
    resume: shownResume(failedRun(run, storedDecision(run.decision), steps), catalog.jobTypes.get(run.jobType)),
    steps: steps.map(
      ({ stepKey, datasetKey, recordsAffected, progressDone, progressTotal, errorMessage, ...step }) => ({
        ...step,
        key: stepKey,
        dataset: datasetKey,
        records: recordsAffected,
        done: progressDone,
        total: progressTotal,
        error: errorMessage,
        doneBy: doneByOf(step.metadata),
      }),
    ),
    artifacts,
    attempts: attempts.map(({ id, attempt, status, problem, startedAt, durationMs }) => ({
      id,
      attempt,
      status,
      problem,
      startedAt,
      durationMs,
    })),
    actions: actions.map(({ happenedAt, operator, door, action }) => ({ happenedAt, operator, door, action })),
  }
}

/** What a rerun is given: what the run was; of a run that did not record it, what its job has now. */
export async function rerunParameters(
  context: ConsoleContext,
  { jobId, parameters }: Run,
): Promise<{ readonly given: JsonObject; readonly of: 'run' | 'job' }> {
  if (parameters !== null) return { given: parameters, of: 'run' }
  return { given: (await requireJob(context, jobId)).parameters, of: 'job' }
}

function shownRerun({ given, of }: Awaited<ReturnType<typeof rerunParameters>>): RunAnswer['rerun'] {
  const parameters = shownParameters(given)
  return { parameters: parameters ?? {}, parametersReadable: parameters !== null, parametersOf: of }
}

function shownResume(
  run: Parameters<typeof planResume>[0],
  jobType: Parameters<typeof planResume>[1] | undefined,
): RunAnswer['resume'] {
  const plan = jobType === undefined ? '' : planResume(run, jobType)
  if (typeof plan === 'string') return null
  const done = [...plan.done].map(([step, runId]) => ({ step, runId }))
  return { step: plan.step, done, again: [...plan.again] }
}

type ArtifactAnswer = InferContractRouterOutputs<Contract>['runs']['artifact']

/** @throws Problem `not_found` */
export async function readArtifact(context: ConsoleContext, runId: string, name: string): Promise<ArtifactAnswer> {
  await requireRun(context, runId)
  const artifact = await findRunArtifact(context.services.database, runId, name)
  if (artifact !== null) return artifact
  throw new Problem('not_found', `The run made no file of this name.`, {
    field: 'name',
    value: name,
    fix: 'The answer of the run itself lists what it made, under "artifacts".',
  })
}

function detailsOf(run: RunDetail): Omit<RunAnswer['run'], keyof ReturnType<typeof runRow> | 'logLines'> {
  const { organizationId, parameters, metadata, cancelRequestedAt, cancelRequestedBy, leaseExpiresAt } = run
  return {
    organizationId,
    errorMessage: wholeError(run),
    parameters,
    metadata,
    cancelRequestedAt,
    cancelRequestedBy,
    leaseExpiresAt,
    maxRetries: run.maxRetries,
    continuesRunId: run.continuesRunId,
    decision: storedDecision(run.decision),
  }
}

/** Ours fit; another program's may have 20 MB, of which the beginning is shown and the rest counted. */
function wholeError({ errorMessage, errorBytes }: RunDetail): string | null {
  if (errorMessage === null) return null
  const shown = errorMessage.slice(0, longestError).toWellFormed()
  const cutBytes = (errorBytes ?? 0) - Buffer.byteLength(errorMessage.slice(0, longestError))
  if (cutBytes <= 0) return shown
  const note = ` … ${cutBytes} bytes cut`
  return `${cleanText(shown.slice(0, longestError - note.length), longestError)}${note}`
}

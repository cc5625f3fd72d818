/** Going on with a run at the step at which it failed, instead of from the beginning. Who decides about a run, an agent or a console, decides by this. */
import type { RunOutcome } from './run-decision.ts'
import { shortName } from './short-text.ts'

/** A step of a run as it is on record. */
export interface RecordedStep {
  readonly key: string
  readonly status: string
  /** The run that did it, where this run had gone on with that one; null = this run, or nobody. */
  readonly doneBy: string | null
}

export interface FailedRun {
  readonly id: string
  readonly status: string
  readonly problem: string | null
  /** What a person has found out about its unknown step; null = nobody has. */
  readonly decision: RunOutcome | null
  /** In order. */
  readonly steps: readonly RecordedStep[]
}

/** What a job type says, as far as it matters here. */
export interface ResumableType {
  readonly key: string
  readonly resume: boolean
  readonly steps: readonly { readonly key: string }[]
}

export interface ResumePlan {
  /** The step that ended the run, or the one after it if that was found done: the first that a run which goes on must do. */
  readonly step: string
  /** What is not done once more, by step: the run that has done it. */
  readonly done: ReadonlyMap<string, string>
  /** Steps before `step` that are done once more: those that were not fatal, and failed. */
  readonly again: readonly string[]
}

/** What a run that goes on with this one would do; a sentence why none can. */
export function planResume(run: FailedRun, jobType: ResumableType): ResumePlan | string {
  const name = shortName(jobType.key)
  if (!jobType.resume) return `A run of ${name} has to begin at its beginning: its steps need what earlier ones made.`
  if (run.status !== 'failed') return 'The run has not failed.'
  const isOpen = run.problem === 'outcome_unknown' && run.decision === null
  if (isOpen) return 'It is not known whether its last step did its work: say that first.'
  if (!hasTheseSteps(run, jobType)) return `The steps of ${name} are not those that the run had.`
  const steps = run.steps.map((step) => decided(run, step))
  const failedAt = steps.findLastIndex(({ status }) => status === 'failed' || status === 'unknown')
  const foundAt = steps.findLastIndex(({ status }, at) => status === 'completed' && run.steps[at]?.status === 'unknown')
  if (failedAt < 0 && foundAt < 0) return 'It is not on record at which step it failed.'
  const at = foundAt > failedAt ? foundAt + 1 : failedAt
  const step = jobType.steps[at]
  if (step === undefined) return 'Its last step was done: nothing is left to do.'
  const before = steps.slice(0, at)
  const done = new Map(before.flatMap((one) => doneIn(run, one)))
  if (done.size === 0) return 'Nothing was done before the step that failed.'
  return { step: step.key, done, again: before.filter(({ status }) => status === 'failed').map(({ key }) => key) }
}

/** A step that nobody knew about, with what a person has said of it. */
function decided({ decision }: FailedRun, step: RecordedStep): RecordedStep {
  if (step.status !== 'unknown' || decision === null) return step
  return { ...step, status: decision === 'done' ? 'completed' : 'failed' }
}

function doneIn(run: FailedRun, { key, status, doneBy }: RecordedStep): [string, string][] {
  if (status === 'completed') return [[key, run.id]]
  return status === 'skipped' && doneBy !== null ? [[key, doneBy]] : []
}

/** Of a run whose agent was lost, only the steps that had begun are on record. */
function hasTheseSteps({ problem, steps }: FailedRun, jobType: ResumableType): boolean {
  const mayLackSteps = problem === 'agent_lost' || problem === 'outcome_unknown'
  const isWhole = steps.length === jobType.steps.length || (mayLackSteps && steps.length > 0)
  return isWhole && steps.every(({ key }, position) => key === jobType.steps[position]?.key)
}

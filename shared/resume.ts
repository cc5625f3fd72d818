/** Going on with a run at the step at which it failed, instead of from the beginning. Who decides about a run, an agent or a console, decides by this. */
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
  /** The step that ended the run: the first that a run which goes on must do. */
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
  if (run.problem === 'outcome_unknown') return 'It is not known whether its last step did its work: say that first.'
  if (!hasTheseSteps(run, jobType)) return `The steps of ${name} are not those that the run had.`
  const at = run.steps.findLastIndex(({ status }) => status === 'failed' || status === 'unknown')
  const step = run.steps[at]
  if (step === undefined) return 'It is not on record at which step it failed.'
  const before = run.steps.slice(0, at)
  const done = new Map(before.flatMap((one) => doneIn(run, one)))
  if (done.size === 0) return 'Nothing was done before the step that failed.'
  return { step: step.key, done, again: before.filter(({ status }) => status === 'failed').map(({ key }) => key) }
}

function doneIn(run: FailedRun, { key, status, doneBy }: RecordedStep): [string, string][] {
  if (status === 'completed') return [[key, run.id]]
  return status === 'skipped' && doneBy !== null ? [[key, doneBy]] : []
}

/** Of a run whose agent was lost, only the steps that had begun are on record. */
function hasTheseSteps({ problem, steps }: FailedRun, jobType: ResumableType): boolean {
  const isWhole = steps.length === jobType.steps.length || (problem === 'agent_lost' && steps.length > 0)
  return isWhole && steps.every(({ key }, position) => key === jobType.steps[position]?.key)
}

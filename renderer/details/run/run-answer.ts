import type { InferContractRouterOutputs } from '@orpc/contract'
import type { Contract } from '../../../shared/contract/index.ts'
import { formatDuration } from '../../../shared/duration.ts'
import { decisionInWords } from '../../../shared/run-decision.ts'
import { counted, countText } from '../../components/counts.ts'
import { attemptInWords, isInProgress, shortened, stateOfRun } from './run-words.ts'

export type RunAnswer = InferContractRouterOutputs<Contract>['runs']['get']
export type WholeRun = RunAnswer['run']

/**
 * The sentence an operator would say of a run: "Failed after 2 min 14 s at thumbnails, attempt 2 of 4: HTTP 429". `stepCount`: of its
 * job type, null when nobody knows the type; a run has rows only for steps that have begun.
 */
export function answerOfRun({ run, steps }: Pick<RunAnswer, 'run' | 'steps'>, stepCount: number | null): string {
  const tries = run.attempt > 1 ? `, ${attemptInWords(run.attempt, run.maxRetries)}` : ''
  if (run.status === 'pending') return `Waits to be started${tries}.`
  if (isInProgress(run.status)) return `${progressOf(steps, stepCount)}${tries}.`
  const after = run.durationMs === null ? '' : ` after ${formatDuration(run.durationMs)}`
  const at = steps.find(({ status, fatal }) => status === 'failed' && (fatal || run.status === 'completed'))?.key
  const where = at === undefined ? '' : ` at ${shortened(at, 80)}`
  const { word } = stateOfRun(run)
  const records = run.records === null ? '' : `, ${counted(run.records, 'record')}`
  if (run.status === 'completed') {
    const warned = run.problem === 'warnings' ? ` with warnings${where}` : ''
    return `Completed${warned}${after}${records}${tries}.`
  }
  const why = run.error === null ? '.' : `: ${run.error}`
  const found =
    run.decision === null ? '' : ` ${decisionInWords({ ...run.decision, by: shortened(run.decision.by, 80) })}.`
  return `${word}${after}${where}${tries}${why}${found}`
}

/** "Running step 3 of 5, assets: 120 of 400". */
function progressOf(steps: RunAnswer['steps'], stepCount: number | null): string {
  const at = steps.findIndex(({ status }) => status === 'running')
  const step = steps[at]
  if (step === undefined) return 'Running'
  const done =
    step.done === null ? '' : `: ${countText(step.done)}${step.total === null ? '' : ` of ${countText(step.total)}`}`
  const count = stepCount === null || stepCount < steps.length ? '' : ` of ${stepCount}`
  return `Running step ${at + 1}${count}, ${shortened(step.key, 80)}${done}`
}

/** What it would run with once more: "the same parameters". */
export function rerunInWords({ parametersOf }: RunAnswer['rerun']): string {
  return parametersOf === 'run'
    ? 'the same parameters'
    : 'the parameters of its job (the run did not record what it was given)'
}

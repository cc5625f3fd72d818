import { describeError } from '../../../shared/errors.ts'
import { StepFailure, type StepResult } from './executor.ts'

/**
 * The failure of a step that was told to end. Whoever aborted the signal knows why and decides what it means for the run; the
 * kind only matters when nobody does.
 */
export function stoppedFailure(what: string, signal: AbortSignal, partial?: StepResult): StepFailure {
  const detail = partial === undefined ? {} : { partial }
  return new StepFailure('retryable', `${what} was stopped: ${describeError(signal.reason)}`, detail)
}

import type { NeighbourRun } from '../store/run-detail.ts'

type Numbered = Pick<NeighbourRun, 'id' | 'attempt' | 'problem'>

/**
 * The attempts at the same work as the run, first to last: neighbours in the history of the job of which each continues the one before
 * it (J4). `runs`: of one job, oldest first.
 */
export function attemptChain<Run extends Numbered>(runs: readonly Run[], runId: string): Run[] {
  const place = runs.findIndex(({ id }) => id === runId)
  if (place < 0) return []
  let first = place
  while (continues(runs[first - 1], runs[first])) first -= 1
  let last = place
  while (continues(runs[last], runs[last + 1])) last += 1
  return runs.slice(first, last + 1)
}

/** A failed run is followed by the next number; one that was given back or snoozed keeps it. */
function continues(before: Numbered | undefined, after: Numbered | undefined): boolean {
  if (before === undefined || after === undefined) return false
  const wasGivenBack = before.problem === 'released' || before.problem === 'snoozed'
  return after.attempt === before.attempt + (wasGivenBack ? 0 : 1)
}

import type { FreshnessState } from '../../../shared/domain.ts'
import type { CellCounts } from '../../board/board.ts'
import { counted } from '../../components/counts.ts'

export interface SummaryFacts {
  readonly datasets: number
  readonly counts: Readonly<Record<FreshnessState, number>>
  readonly lastAttemptFailed: number
}

/** The first half of what an operator would say; the causes follow it as links. */
export function answerOf({ datasets, counts, lastAttemptFailed }: SummaryFacts): string {
  if (datasets === 0) return 'There are no datasets yet.'
  const of = counted(datasets, 'dataset')
  const wrong = [
    counts.stale > 0 ? `${counts.stale.toLocaleString()} stale` : null,
    counts.never_synced > 0 ? `${counts.never_synced.toLocaleString()} never synced` : null,
    counts.at_risk > 0 ? `${counts.at_risk.toLocaleString()} at risk` : null,
  ].filter((part) => part !== null)
  if (wrong.length > 0) return `${wrong.join(', ')}, of ${of}.`
  const failed = lastAttemptFailed > 0 ? ` The last attempt failed for ${lastAttemptFailed.toLocaleString()}.` : ''
  const fresh = datasets === 1 ? `The ${of} is fresh.` : `All ${of} are fresh.`
  return counts.fresh === datasets ? `${fresh}${failed}` : `Nothing is stale among ${of}.${failed}`
}

/** One brand in a sentence: "2 stale, 1 at risk; 38 fresh". */
export function brandInWords(counts: CellCounts): string {
  if (counts.all === 0) return 'no datasets yet'
  const wrong = [
    counts.stale > 0 ? `${counts.stale} stale` : null,
    counts.never_synced > 0 ? `${counts.never_synced} never synced` : null,
    counts.at_risk > 0 ? `${counts.at_risk} at risk` : null,
    counts.last_attempt_failed > 0 ? `${counts.last_attempt_failed} with a failed last attempt` : null,
  ].filter((part) => part !== null)
  const rest =
    counts.fresh > 0 ? `${counts.fresh} fresh` : counts.no_policy > 0 ? `${counts.no_policy} without a policy` : ''
  if (wrong.length === 0) return counts.fresh === counts.all ? `all ${counts.all} fresh` : rest
  return rest === '' ? wrong.join(', ') : `${wrong.join(', ')}; ${rest}`
}

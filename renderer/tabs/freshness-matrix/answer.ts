import type { CellCounts } from '../../board/board.ts'
import { counted } from '../../components/counts.ts'

/** "12 of 400 datasets are stale, 3 at risk." */
export function answerOf(counts: CellCounts, brands: number): string {
  if (counts.all === 0) return 'There are no datasets to show.'
  const all = counted(counts.all, 'dataset')
  const of = `${all} of ${counted(brands, 'brand')}`
  const parts = [
    counts.stale > 0 ? `${counts.stale.toLocaleString()} stale` : null,
    counts.never_synced > 0 ? `${counts.never_synced.toLocaleString()} never synced` : null,
    counts.at_risk > 0 ? `${counts.at_risk.toLocaleString()} at risk` : null,
  ].filter((part) => part !== null)
  const fresh = counts.all === 1 ? `The ${of} is fresh.` : `All ${of} are fresh.`
  if (parts.length === 0) return counts.fresh === counts.all ? fresh : `Nothing is stale among ${of}.`
  return `Of ${of}: ${parts.join(', ')}.`
}

import type { Cell } from '../../shared/cell-code.ts'
import { type StateName, stateWord } from '../components/state-mark.tsx'
import type { CellFilter } from './board.ts'

/** The one shape of a cell: its freshness, or the diamond when its last success is suspicious. */
export function markOfCell({ freshness, suspicious }: Pick<Cell, 'freshness' | 'suspicious'>): StateName {
  return suspicious && freshness === 'fresh' ? 'suspicious' : freshness
}

/** "stale, last attempt failed": both facts in words, for names and details. */
export function cellInWords(cell: Cell): string {
  const attempt = { failed: 'last attempt failed', running: 'running now', completed: '', unknown: '' }[
    cell.lastAttempt
  ]
  return [stateWord(cell.freshness).toLowerCase(), cell.suspicious ? 'suspicious' : '', attempt]
    .filter((part) => part !== '')
    .join(', ')
}

export const cellFilterWords: Readonly<Record<CellFilter, { readonly label: string; readonly state: StateName }>> = {
  fresh: { label: 'Fresh', state: 'fresh' },
  at_risk: { label: 'At risk', state: 'at_risk' },
  stale: { label: 'Stale', state: 'stale' },
  never_synced: { label: 'Never synced', state: 'never_synced' },
  no_policy: { label: 'No policy', state: 'no_policy' },
  last_attempt_failed: { label: 'Last attempt failed', state: 'failed' },
  running: { label: 'Running', state: 'running' },
  suspicious: { label: 'Suspicious', state: 'suspicious' },
}

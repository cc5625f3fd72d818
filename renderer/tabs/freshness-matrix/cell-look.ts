import { cellOf } from '../../board/board.ts'
import { cellInWords, markOfCell } from '../../board/cell-words.ts'
import type { StateName } from '../../components/state-mark.tsx'

/** Every mark a cell can have (board/cell-words.ts: markOfCell), with and without a failed last attempt. */
export const cellMarks = [
  'fresh',
  'at_risk',
  'stale',
  'never_synced',
  'no_policy',
  'suspicious',
] as const satisfies readonly StateName[]

export interface CellLook {
  /** Which image of mark-images.tsx is drawn; undefined where the brand does not have the dataset. */
  readonly mark: string | undefined
  readonly words: string
}

const looks = new Map<string, CellLook>()

/** What a cell's character looks like and says: worked out once for each of the forty, however many cells there are. */
export function lookOf(code: string): CellLook {
  let look = looks.get(code)
  if (look === undefined) {
    const cell = cellOf(code)
    look =
      cell === null
        ? { mark: undefined, words: 'not there' }
        : { mark: markNamed(markOfCell(cell), cell.lastAttempt === 'failed'), words: cellInWords(cell) }
    looks.set(code, look)
  }
  return look
}

export function markNamed(state: StateName, lastAttemptFailed: boolean): string {
  return lastAttemptFailed ? `${state}-failed` : state
}

import type { ReactElement } from 'react'
import { cellOf } from '../../board/board.ts'
import { markOfCell } from '../../board/cell-words.ts'
import { StateMark } from '../../components/state-mark.tsx'

const drawn = new Map<string, ReactElement | null>()

/** What a cell's character looks like: drawn once for each of the forty, however many cells there are. Named by the cell, not by itself. */
export function markOf(code: string): ReactElement | null {
  let mark = drawn.get(code)
  if (mark === undefined) {
    const cell = cellOf(code)
    mark =
      cell === null ? null : (
        <span aria-hidden>
          <StateMark state={markOfCell(cell)} size={16} lastAttemptFailed={cell.lastAttempt === 'failed'} />
        </span>
      )
    drawn.set(code, mark)
  }
  return mark
}

/** What of the grid is drawn: whole rows, and columns by the block, so that most frames of a scroll have nothing to do. */
import type { Place } from './grid-keys.ts'

export const brandWidth = 200
export const rowHeight = 28
/** Columns that come and go together. */
export const blockSize = 8
/** Rows that come and go together. */
export const rowStep = 4
/** px drawn beyond what is seen, on each side: what a frame scrolls while the next one is still being made. */
const overscan = { rows: 6 * rowHeight, columns: 120 } as const

/** The part of the scrolled surface that is seen, px. */
export interface Window {
  readonly top: number
  readonly left: number
  readonly width: number
  readonly height: number
}

export interface Surface {
  readonly rows: number
  readonly columns: number
  readonly columnWidth: number
}

/** All of them included; nothing is drawn where a last one is before its first. */
export interface View {
  readonly firstRow: number
  readonly lastRow: number
  /** How many rows are drawn, but near the end, as long as the window has its height. */
  readonly drawnRows: number
  readonly firstBlock: number
  readonly lastBlock: number
}

export function viewOf({ top, left, width, height }: Window, { rows, columns, columnWidth }: Surface): View {
  const rowsHigh = rowStep * rowHeight
  const blockWide = blockSize * columnWidth
  const firstRow = Math.max(0, Math.floor((top - overscan.rows) / rowsHigh)) * rowStep
  const drawnRows = (Math.ceil((height + 2 * overscan.rows) / rowsHigh) + 1) * rowStep
  return {
    firstRow,
    lastRow: Math.min(firstRow + drawnRows, rows) - 1,
    drawnRows,
    firstBlock: Math.max(0, Math.floor((left - overscan.columns) / blockWide)),
    lastBlock: Math.min(
      Math.ceil((left + width - brandWidth + overscan.columns) / blockWide) - 1,
      Math.ceil(columns / blockSize) - 1,
    ),
  }
}

export function isSameView(one: View, other: View): boolean {
  return (
    one.firstRow === other.firstRow &&
    one.lastRow === other.lastRow &&
    one.drawnRows === other.drawnRows &&
    one.firstBlock === other.firstBlock &&
    one.lastBlock === other.lastBlock
  )
}

/**
 * How far to scroll so that a cell is seen whole, below the names of the datasets and beside those of the brands; no further than
 * needed.
 * @param headerHeight px
 */
export function scrolledTo(
  { row, column }: Place,
  { top, left, width, height }: Window,
  columnWidth: number,
  headerHeight: number,
): { top: number; left: number } {
  const within = (at: number, start: number, end: number, length: number): number =>
    Math.max(Math.min(at, start), end - length)
  return {
    top: within(top, row * rowHeight, (row + 1) * rowHeight, height - headerHeight),
    left: within(left, column * columnWidth, (column + 1) * columnWidth, width - brandWidth),
  }
}

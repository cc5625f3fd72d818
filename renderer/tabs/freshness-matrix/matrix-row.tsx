import type { VirtualItem } from '@tanstack/react-virtual'
import { memo } from 'react'
import { type BoardBrand, type BoardDataset, cellOf, problemsOf } from '../../board/board.ts'
import { cellInWords } from '../../board/cell-words.ts'
import { Name } from '../../components/untrusted.tsx'
import { markOf } from './cell-mark.tsx'
import classes from './matrix.module.css'
import { slotsFor } from './slots.ts'

export interface MatrixRowProps {
  readonly brand: BoardBrand
  readonly index: number
  readonly top: number
  readonly height: number
  readonly datasets: readonly BoardDataset[]
  readonly positions: readonly number[]
  readonly columns: readonly VirtualItem[]
  /** The column that has the cursor, when it is in this row. */
  readonly cursorColumn: number | null
  readonly chosen: ReadonlySet<string> | null
  /** Ages in words by dataset, when they are shown and known. */
  readonly ages: ReadonlyMap<string, string> | null
  readonly width: number
}

export function cellId(row: number, column: number): string {
  return `cell-${row}-${column}`
}

/** One brand. Re-renders only when something of its own has changed, or when other columns come into view. */
export const MatrixRow = memo(function MatrixRow(props: MatrixRowProps) {
  const { brand, index, top, height, datasets, positions, columns, cursorColumn, chosen, ages, width } = props
  const problems = problemsOf(brand.cells)
  const slots = slotsFor(columns.length)
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      className={classes['row']}
      style={{ transform: `translateY(${top}px)`, height, width }}
    >
      <div role="rowheader" aria-colindex={1} className={classes['brand']}>
        <Name text={brand.name} />
        {problems > 0 && (
          <span className={classes['sum']} title={`${problems} stale or never synced`}>
            {problems}
          </span>
        )}
      </div>
      {columns.map((column) => {
        const dataset = datasets[column.index]
        const code = brand.cells.charAt(positions[column.index] ?? -1)
        const cell = cellOf(code)
        if (dataset === undefined) return null
        const age = ages?.get(dataset.key)
        return (
          <div
            key={column.index % slots}
            id={cellId(index, column.index)}
            role="gridcell"
            aria-colindex={column.index + 2}
            aria-selected={chosen?.has(dataset.key) ?? false}
            aria-label={`${brand.name}, ${dataset.label}: ${cell === null ? 'not there' : cellInWords(cell)}${age === undefined ? '' : `, ${age}`}`}
            className={classes['cell']}
            data-cursor={cursorColumn === column.index || undefined}
            data-row={index}
            data-column={column.index}
            data-freshness={cell?.freshness}
            data-aged={ages === null ? undefined : true}
            style={{ left: column.start, width: column.size }}
          >
            {markOf(code)}
            {age !== undefined && <span className={classes['age']}>{age}</span>}
          </div>
        )
      })}
    </div>
  )
})

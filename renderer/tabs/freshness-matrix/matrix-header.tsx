import type { VirtualItem } from '@tanstack/react-virtual'
import type { BoardDataset } from '../../board/board.ts'
import classes from './matrix.module.css'

export interface MatrixHeaderProps {
  readonly datasets: readonly BoardDataset[]
  readonly columns: readonly VirtualItem[]
  /** Stale or never synced, by column. */
  readonly problems: readonly number[]
  readonly width: number
  /** Columns are wide enough for names that are not turned. */
  readonly isWide: boolean
}

/** The names of the datasets, turned where columns are narrow, each with the number of its problems. */
export function MatrixHeader({ datasets, columns, problems, width, isWide }: MatrixHeaderProps) {
  return (
    <div role="row" aria-rowindex={1} className={classes['header']} data-wide={isWide || undefined} style={{ width }}>
      <div role="columnheader" aria-colindex={1} className={classes['corner']}>
        Brand
      </div>
      {columns.map((column) => {
        const dataset = datasets[column.index]
        const count = problems[column.index] ?? 0
        return dataset === undefined ? null : (
          <div
            key={column.key}
            role="columnheader"
            aria-colindex={column.index + 2}
            className={classes['dataset']}
            style={{ left: column.start, width: column.size }}
            title={dataset.label}
          >
            <span className={classes['label']}>
              <bdi>{dataset.label}</bdi>
            </span>
            <span className={classes['columnSum']}>{count > 0 ? count : ''}</span>
          </div>
        )
      })}
    </div>
  )
}

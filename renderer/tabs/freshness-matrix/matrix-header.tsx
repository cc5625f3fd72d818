import { memo } from 'react'
import type { BoardDataset } from '../../board/board.ts'
import classes from './matrix.module.css'
import { blockSize, brandWidth } from './view.ts'

export interface MatrixHeaderProps {
  readonly datasets: readonly BoardDataset[]
  readonly columnWidth: number
  readonly firstBlock: number
  readonly lastBlock: number
  /** Stale or never synced, by column. */
  readonly problems: readonly number[]
  readonly width: number
  /** Columns are wide enough for names that are not turned. */
  readonly isWide: boolean
}

/** The names of the datasets, turned where columns are narrow, each with the number of its problems. */
export const MatrixHeader = memo(function MatrixHeader(props: MatrixHeaderProps) {
  const { datasets, columnWidth, firstBlock, lastBlock, problems, width, isWide } = props
  const first = firstBlock * blockSize
  return (
    <div role="row" aria-rowindex={1} className={classes['header']} data-wide={isWide || undefined} style={{ width }}>
      <div role="columnheader" aria-colindex={1} className={classes['corner']}>
        Brand
      </div>
      {datasets.slice(first, (lastBlock + 1) * blockSize).map((dataset, offset) => {
        const column = first + offset
        const count = problems[column] ?? 0
        return (
          <div
            key={dataset.key}
            role="columnheader"
            aria-colindex={column + 2}
            className={classes['dataset']}
            style={{ left: brandWidth + column * columnWidth, width: columnWidth }}
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
})

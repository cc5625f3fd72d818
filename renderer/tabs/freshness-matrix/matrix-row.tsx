import { memo } from 'react'
import { type BoardBrand, type BoardDataset, problemsOf } from '../../board/board.ts'
import { Name } from '../../components/untrusted.tsx'
import { lookOf } from './cell-look.ts'
import classes from './matrix.module.css'
import { blockSize, brandWidth, rowHeight } from './view.ts'

export interface MatrixRowProps {
  readonly brand: BoardBrand
  readonly index: number
  readonly datasets: readonly BoardDataset[]
  /** Where each dataset stands in the brand's cells. */
  readonly positions: readonly number[]
  readonly columnWidth: number
  readonly firstBlock: number
  readonly lastBlock: number
  /** The column that has the cursor, when it is in this row. */
  readonly cursorColumn: number | null
  readonly chosen: ReadonlySet<string> | null
  readonly isAged: boolean
  /** Ages in words by dataset, when they are shown and known. */
  readonly ages: ReadonlyMap<string, string> | null
}

/** Only of the cell that has the cursor: nothing else is looked for by its name. */
export function cellId(row: number, column: number): string {
  return `cell-${row}-${column}`
}

/** One brand. Re-renders only when something of its own has changed, or when other columns come into view. */
export const MatrixRow = memo(function MatrixRow(props: MatrixRowProps) {
  const { firstBlock, lastBlock, cursorColumn, ...own } = props
  const { brand, index } = own
  const problems = problemsOf(brand.cells)
  const blocks = Array.from({ length: lastBlock - firstBlock + 1 }, (_, at) => firstBlock + at)
  return (
    <div role="row" aria-rowindex={index + 2} className={classes['row']} style={{ top: index * rowHeight }}>
      <div role="rowheader" aria-colindex={1} className={classes['brand']}>
        <Name text={brand.name} />
        {problems > 0 && (
          <span className={classes['sum']} title={`${problems} stale or never synced`}>
            {problems}
          </span>
        )}
      </div>
      {blocks.map((block) => (
        <Block
          key={block}
          {...own}
          first={block * blockSize}
          cursorColumn={cursorColumn !== null && Math.floor(cursorColumn / blockSize) === block ? cursorColumn : null}
        />
      ))}
    </div>
  )
})

type BlockProps = Omit<MatrixRowProps, 'firstBlock' | 'lastBlock'> & { readonly first: number }

/** Eight cells of a brand. Each is one element, with its age as the text; its mark lies above it (marks.tsx). */
const Block = memo(function Block(props: BlockProps) {
  const { brand, index, datasets, positions, columnWidth, first, cursorColumn, chosen, isAged, ages } = props
  const cells = datasets.slice(first, first + blockSize).map((dataset, offset) => {
    const column = first + offset
    const { words } = lookOf(brand.cells.charAt(positions[column] ?? -1))
    const age = ages?.get(dataset.key)
    const isCursor = cursorColumn === column
    return (
      <div
        key={column}
        id={isCursor ? cellId(index, column) : undefined}
        role="gridcell"
        aria-colindex={column + 2}
        aria-selected={chosen?.has(dataset.key) ?? false}
        aria-label={`${brand.name}, ${dataset.label}: ${words}${age === undefined ? '' : `, ${age}`}`}
        data-cursor={isCursor || undefined}
      >
        {age}
      </div>
    )
  })
  return (
    <div
      role="presentation"
      className={classes['block']}
      data-aged={isAged || undefined}
      style={{ left: brandWidth + first * columnWidth, width: cells.length * columnWidth }}
    >
      {cells}
    </div>
  )
})

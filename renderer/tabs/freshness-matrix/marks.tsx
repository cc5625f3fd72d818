import { memo, useLayoutEffect, useRef, useState } from 'react'
import type { BoardView } from '../../board/board.ts'
import { lookOf } from './cell-look.ts'
import { type MarkImages, MarkTemplates, side } from './mark-images.tsx'
import classes from './matrix.module.css'
import { blockSize, brandWidth, rowHeight, rowStep, type View } from './view.ts'

export interface MarksProps {
  readonly board: BoardView
  readonly view: View
  readonly columnWidth: number
  /** From the left edge of a cell to its mark, px. */
  readonly inset: number
}

/** px, at most: wide enough for 50 datasets with their ages, since to make another one while scrolling sideways takes long. */
const canvasWidth = 4_500

/**
 * The marks of all cells that are drawn, on one canvas for each four rows: as a picture for each cell they are 1,600 things to paint in
 * every frame of a scroll, which takes longer than all the rest. The cells below have the words, the pointer and the focus.
 */
export function Marks({ board, view, columnWidth, inset }: MarksProps) {
  const [images, setImages] = useState<MarkImages | null>(null)
  const { firstRow, lastRow, drawnRows, firstBlock, lastBlock } = view
  const columnsWide = Math.max(1, Math.floor(canvasWidth / columnWidth / blockSize)) * blockSize
  const firstColumn = Math.floor((firstBlock * blockSize) / columnsWide) * columnsWide
  const lastColumn = Math.min((lastBlock + 1) * blockSize, board.positions.length) - 1
  return (
    <div aria-hidden className={classes['marks']}>
      <MarkTemplates onDrawn={setImages} />
      {steps(firstRow, lastRow, rowStep).flatMap((row) =>
        steps(firstColumn, lastColumn, columnsWide).map((column) => (
          <Canvas
            // Like the rows: what goes out of view on one side is drawn anew for the other.
            key={`${row % drawnRows} ${column}`}
            top={row * rowHeight}
            left={brandWidth + column * columnWidth}
            codes={codesOf(board, row, column, columnsWide)}
            columnWidth={columnWidth}
            inset={inset}
            images={images}
          />
        )),
      )}
    </div>
  )
}

function steps(first: number, last: number, by: number): number[] {
  return Array.from({ length: Math.ceil((last + 1 - first) / by) }, (_, at) => first + at * by)
}

/** The characters of the cells of four rows from a place on: a line for each row, a space where there is no cell. */
function codesOf({ brands, positions }: BoardView, row: number, column: number, columns: number): string {
  const shown = positions.slice(column, column + columns)
  return brands
    .slice(row, row + rowStep)
    .map(({ cells }) => shown.map((position) => cells.charAt(position) || ' ').join(''))
    .join('\n')
}

interface CanvasProps extends Pick<MarksProps, 'columnWidth' | 'inset'> {
  readonly top: number
  readonly left: number
  /** The cells' characters: a line for each row. */
  readonly codes: string
  /** Null until they are there, a moment after the grid itself. */
  readonly images: MarkImages | null
}

/** Drawn anew only when a cell's character is another one. */
const Canvas = memo(function Canvas({ top, left, codes, columnWidth, inset, images }: CanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useLayoutEffect(() => {
    if (canvas.current !== null && images !== null)
      draw(canvas.current, codes.split('\n'), { columnWidth, inset }, images)
  }, [images, codes, columnWidth, inset])
  return <canvas ref={canvas} style={{ top, left }} />
})

function draw(
  canvas: HTMLCanvasElement,
  rows: readonly string[],
  { columnWidth, inset }: Pick<MarksProps, 'columnWidth' | 'inset'>,
  { scale, byName }: MarkImages,
): void {
  const pixels = (length: number): number => Math.round(length * scale)
  const [width, height] = [(rows[0]?.length ?? 0) * columnWidth, rows.length * rowHeight]
  const context = canvas.getContext('2d')
  if (canvas.width === pixels(width) && canvas.height === pixels(height)) {
    context?.clearRect(0, 0, canvas.width, canvas.height)
  } else {
    canvas.width = pixels(width)
    canvas.height = pixels(height)
  }
  canvas.style.width = `${width}px`
  canvas.style.height = `${height}px`
  for (const [row, codes] of rows.entries()) {
    for (let column = 0; column < codes.length; column += 1) {
      const image = byName.get(lookOf(codes.charAt(column)).mark ?? '')
      if (image === undefined) continue
      context?.drawImage(image, pixels(column * columnWidth + inset), pixels(row * rowHeight + (rowHeight - side) / 2))
    }
  }
}

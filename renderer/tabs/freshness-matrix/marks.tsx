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

/**
 * The marks of all cells that are drawn, on one canvas for each four rows: as a picture for each cell they are 1,600 things to paint in
 * every frame of a scroll, which takes longer than all the rest. The cells below have the words, the pointer and the focus.
 */
export function Marks({ board, view, columnWidth, inset }: MarksProps) {
  const [images, setImages] = useState<MarkImages | null>(null)
  const { firstRow, lastRow, drawnRows, firstBlock, lastBlock } = view
  const columns = board.positions.slice(firstBlock * blockSize, (lastBlock + 1) * blockSize)
  const bands = Array.from(
    { length: Math.ceil((lastRow + 1 - firstRow) / rowStep) },
    (_, at) => firstRow + at * rowStep,
  )
  return (
    <div aria-hidden className={classes['marks']} style={{ left: brandWidth + firstBlock * blockSize * columnWidth }}>
      <MarkTemplates onDrawn={setImages} />
      {bands.map((row) => (
        <Band
          // Like the rows: what goes out of view on one side is drawn anew for the other.
          key={(row / rowStep) % (drawnRows / rowStep)}
          top={row * rowHeight}
          // A space where there is no cell.
          codes={board.brands
            .slice(row, row + rowStep)
            .map(({ cells }) => columns.map((position) => cells.charAt(position) || ' ').join(''))
            .join('\n')}
          columnWidth={columnWidth}
          inset={inset}
          images={images}
        />
      ))}
    </div>
  )
}

interface BandProps extends Pick<MarksProps, 'columnWidth' | 'inset'> {
  readonly top: number
  /** The cells' characters: a line for each row. */
  readonly codes: string
  /** Null until they are there, a moment after the grid itself. */
  readonly images: MarkImages | null
}

/** Drawn anew only when a cell's character is another one. */
const Band = memo(function Band({ top, codes, columnWidth, inset, images }: BandProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useLayoutEffect(() => {
    if (canvas.current !== null && images !== null)
      draw(canvas.current, codes.split('\n'), { columnWidth, inset }, images)
  }, [images, codes, columnWidth, inset])
  return <canvas ref={canvas} style={{ top }} />
})

function draw(
  canvas: HTMLCanvasElement,
  rows: readonly string[],
  { columnWidth, inset }: Pick<MarksProps, 'columnWidth' | 'inset'>,
  { scale, byName }: MarkImages,
): void {
  const pixels = (length: number): number => Math.round(length * scale)
  const [width, height] = [(rows[0]?.length ?? 0) * columnWidth, rows.length * rowHeight]
  canvas.width = pixels(width)
  canvas.height = pixels(height)
  canvas.style.width = `${width}px`
  canvas.style.height = `${height}px`
  const context = canvas.getContext('2d')
  for (const [row, codes] of rows.entries()) {
    for (let column = 0; column < codes.length; column += 1) {
      const image = byName.get(lookOf(codes.charAt(column)).mark ?? '')
      if (image === undefined) continue
      context?.drawImage(image, pixels(column * columnWidth + inset), pixels(row * rowHeight + (rowHeight - side) / 2))
    }
  }
}

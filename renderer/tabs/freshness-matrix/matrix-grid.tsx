import { useVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, type PointerEvent, useMemo, useRef } from 'react'
import { type BoardView, cellOf, problemsByDataset } from '../../board/board.ts'
import { clamped, moved, type Place } from './grid-keys.ts'
import classes from './matrix.module.css'
import { MatrixHeader } from './matrix-header.tsx'
import { cellId, MatrixRow } from './matrix-row.tsx'
import { type Chosen, toggledCell, withRectangle } from './selection.ts'
import { slotsFor } from './slots.ts'

const brandWidth = 200
const rowHeight = 28

export interface MatrixGridProps {
  readonly view: BoardView
  readonly cursor: Place
  readonly onCursor: (place: Place) => void
  readonly chosen: Chosen
  readonly onChoose: (chosen: Chosen) => void
  readonly onOpen: (place: Place) => void
  /** The cell under the pointer; null = none. */
  readonly onHover: (place: Place | null) => void
  /** `f` was pressed. */
  readonly onFix: () => void
  /** Ages by brand and dataset, when they are shown. */
  readonly ages: ReadonlyMap<string, ReadonlyMap<string, string>> | null
  /** Told which rows are in view. */
  readonly onView: (first: number, last: number) => void
}

/**
 * Brands × datasets, virtualised both ways, with the brands and the datasets always in sight. One element has the focus and names its
 * active cell: arrows move, Shift extends, Space chooses, Enter opens, `f` fixes, Escape lets go; the pointer drags a rectangle.
 */
export function MatrixGrid(props: MatrixGridProps) {
  const { view, chosen, onView } = props
  const { brands, datasets, positions } = view
  const scroller = useRef<HTMLDivElement>(null)
  const columnWidth = props.ages === null ? 28 : 88
  const rows = useVirtualizer({
    count: brands.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 6,
    onChange: ({ range }) => {
      if (range !== null) onView(range.startIndex, range.endIndex)
    },
  })
  const columns = useVirtualizer({
    horizontal: true,
    count: datasets.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => columnWidth,
    overscan: 4,
    paddingStart: brandWidth,
    getItemKey: (index) => `${datasets[index]?.key ?? index} ${columnWidth}`,
  })
  const problems = useMemo(() => problemsByDataset(brands, lastOf(positions) + 1), [brands, positions])
  const shownProblems = useMemo(() => positions.map((position) => problems[position] ?? 0), [positions, problems])
  const size = {
    rows: brands.length,
    columns: datasets.length,
    page: Math.max(1, (rows.range?.endIndex ?? 10) - (rows.range?.startIndex ?? 0) - 1),
  }
  const cursor = clamped(props.cursor, size)
  const items = columns.getVirtualItems()
  const shownRows = rows.getVirtualItems()
  const slots = slotsFor(shownRows.length)
  const width = columns.getTotalSize()
  const show = (place: Place): void => {
    rows.scrollToIndex(place.row)
    columns.scrollToIndex(place.column)
  }
  const onKeyDown = useGridKeys(props, cursor, size, show)
  const pointer = useGridPointer(props, scroller)
  return (
    <div
      ref={scroller}
      className={classes['scroller']}
      role="grid"
      aria-label="Freshness of every dataset of every brand"
      aria-rowcount={brands.length + 1}
      aria-colcount={datasets.length + 1}
      aria-multiselectable
      aria-activedescendant={brands.length > 0 ? cellId(cursor.row, cursor.column) : undefined}
      tabIndex={0}
      onKeyDown={onKeyDown}
      {...pointer}
    >
      <MatrixHeader
        datasets={datasets}
        columns={items}
        problems={shownProblems}
        width={width}
        isWide={props.ages !== null}
      />
      <div role="rowgroup" className={classes['body']} style={{ height: rows.getTotalSize(), width }}>
        {shownRows.map(({ index, start }) => {
          const brand = brands[index]
          return brand === undefined ? null : (
            <MatrixRow
              key={index % slots}
              brand={brand}
              index={index}
              top={start}
              height={rowHeight}
              datasets={datasets}
              positions={positions}
              columns={items}
              cursorColumn={cursor.row === index ? cursor.column : null}
              chosen={chosen.get(brand.id) ?? null}
              ages={props.ages?.get(brand.id) ?? null}
              width={width}
            />
          )
        })}
      </div>
    </div>
  )
}

function lastOf(positions: readonly number[]): number {
  return positions.at(-1) ?? -1
}

type Size = Parameters<typeof clamped>[1]

function axisOf({ brands, datasets, positions }: BoardView) {
  return {
    brandIds: brands.map(({ id }) => id),
    datasets: datasets.map(({ key }) => key),
    isCell: ({ row, column }: Place) => cellOf(brands[row]?.cells.charAt(positions[column] ?? -1) ?? '') !== null,
  }
}

function useGridKeys(
  props: MatrixGridProps,
  cursor: Place,
  size: Size,
  show: (place: Place) => void,
): (event: KeyboardEvent) => void {
  const { view, chosen, onChoose, onCursor, onOpen, onFix } = props
  const anchor = useRef(cursor)
  return (event) => {
    if (event.defaultPrevented || event.altKey || size.rows === 0) return
    const isMod = event.ctrlKey || event.metaKey
    const to = moved(event.key, cursor, size, isMod)
    if (to !== null) {
      onCursor(to)
      show(to)
      if (event.shiftKey) onChoose(withRectangle(chosen, axisOf(view), anchor.current, to))
      else anchor.current = to
    } else if (isMod) return
    else if (event.key === 'Enter') onOpen(cursor)
    else if (event.key === ' ') {
      const brand = view.brands[cursor.row]
      const dataset = view.datasets[cursor.column]
      if (brand !== undefined && dataset !== undefined && axisOf(view).isCell(cursor)) {
        onChoose(toggledCell(chosen, brand.id, dataset.key))
      }
    } else if (event.key === 'f') onFix()
    else if (event.key === 'Escape' && chosen.size > 0) onChoose(new Map())
    else return
    event.preventDefault()
  }
}

/** A click moves the cursor and opens; a drag chooses a rectangle; with Mod a click adds or takes away one cell. */
function useGridPointer(props: MatrixGridProps, scroller: React.RefObject<HTMLDivElement | null>) {
  const { view, chosen, onChoose, onCursor, onOpen, onHover } = props
  const from = useRef<Place | null>(null)
  const isDrag = useRef(false)
  return {
    onPointerDown: (event: PointerEvent) => {
      from.current = event.button === 0 && event.pointerType === 'mouse' ? placeOf(event.target) : null
      isDrag.current = false
    },
    onPointerMove: (event: PointerEvent) => {
      const place = placeOf(event.target)
      onHover(place)
      const start = from.current
      if (start === null || place === null || event.buttons !== 1) return
      if (place.row === start.row && place.column === start.column && !isDrag.current) return
      isDrag.current = true
      onChoose(withRectangle(event.shiftKey ? chosen : new Map(), axisOf(view), start, place))
    },
    onPointerLeave: () => onHover(null),
    onClick: (event: React.MouseEvent) => {
      from.current = null
      const place = placeOf(event.target)
      if (place === null || isDrag.current) return
      onCursor(place)
      scroller.current?.focus()
      const brand = view.brands[place.row]
      const dataset = view.datasets[place.column]
      if (brand === undefined || dataset === undefined || !axisOf(view).isCell(place)) return
      if (event.ctrlKey || event.metaKey) onChoose(toggledCell(chosen, brand.id, dataset.key))
      else onOpen(place)
    },
  }
}

/** The cell that an event happened in; null outside of cells. */
function placeOf(target: EventTarget): Place | null {
  const cell = target instanceof Element ? target.closest<HTMLElement>('[data-column]') : null
  if (cell === null) return null
  return { row: Number(cell.dataset['row']), column: Number(cell.dataset['column']) }
}

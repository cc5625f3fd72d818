import {
  type CSSProperties,
  type KeyboardEvent,
  type PointerEvent,
  type RefObject,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react'
import { usePreferences } from '../../app/preferences.tsx'
import { type BoardView, cellOf, problemsByDataset } from '../../board/board.ts'
import { isLetter } from '../../components/list-keys.ts'
import { clamped, type GridSize, moved, type Place } from './grid-keys.ts'
import { side } from './mark-images.tsx'
import { Marks } from './marks.tsx'
import classes from './matrix.module.css'
import { MatrixHeader } from './matrix-header.tsx'
import { cellId, MatrixRow } from './matrix-row.tsx'
import { type NamedPlace, named, placeNow } from './named-place.ts'
import { type Chosen, toggledCell, withRectangle } from './selection.ts'
import { useView, windowOf } from './use-view.ts'
import { brandWidth, rowHeight, scrolledTo } from './view.ts'

/** px: wide enough for a mark; for a mark and an age. */
const columnWidths = { marks: 28, ages: 88 } as const

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
  /** Mod and `a` were pressed. */
  readonly onChooseMatching: () => void
  /** Ages by brand and dataset, when they are shown. */
  readonly ages: ReadonlyMap<string, ReadonlyMap<string, string>> | null
  /** Told which rows are in view. */
  readonly onView: (first: number, last: number) => void
}

/**
 * Brands × datasets, virtualised both ways, with the brands and the datasets always in sight. One element has the focus and names its
 * active cell: arrows move, Shift extends, Space chooses, Mod+A chooses what matches, Enter opens, `f` fixes, Escape lets go; the pointer drags a rectangle. Letters do
 * nothing where single keys are switched off.
 */
export function MatrixGrid(props: MatrixGridProps) {
  const { view, chosen, ages, onView } = props
  const { brands, datasets, positions } = view
  const scroller = useRef<HTMLDivElement>(null)
  const columnWidth = columnWidths[ages === null ? 'marks' : 'ages']
  const drawn = useView(scroller, {
    rows: brands.length,
    columns: datasets.length,
    columnWidth,
  })
  const { firstRow, lastRow, firstBlock, lastBlock } = drawn
  useEffect(() => onView(firstRow, lastRow), [onView, firstRow, lastRow])
  const problems = useMemo(() => problemsByDataset(brands, lastOf(positions) + 1), [brands, positions])
  const shownProblems = useMemo(() => positions.map((position) => problems[position] ?? 0), [positions, problems])
  const size = { rows: brands.length, columns: datasets.length }
  const cursor = clamped(props.cursor, size)
  const width = brandWidth + datasets.length * columnWidth
  const show = (place: Place): void => {
    const element = scroller.current
    if (element !== null) element.scrollTo(scrolledTo(place, windowOf(element), columnWidth, headerHeightOf(element)))
  }
  // From where Shift extends.
  const [anchored, setAnchored] = useState(() => named(view, cursor))
  const anchor = { place: placeNow(view, anchored), drop: (place: Place) => setAnchored(named(view, place)) }
  const onKeyDown = useGridKeys(props, cursor, anchor, () => ({ ...size, page: pageOf(scroller.current) }), show)
  const pointer = useGridPointer(props, anchor, scroller)
  return (
    <div
      ref={scroller}
      className={classes['scroller']}
      data-scroll-place
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
        columnWidth={columnWidth}
        firstBlock={firstBlock}
        lastBlock={lastBlock}
        problems={shownProblems}
        width={width}
        isWide={ages !== null}
      />
      <div
        role="rowgroup"
        className={classes['body']}
        style={{ height: brands.length * rowHeight, width, '--column': `${columnWidth}px` } as CSSProperties}
      >
        {brands.slice(firstRow, lastRow + 1).map((brand, offset) => {
          const index = firstRow + offset
          return (
            <MatrixRow
              // Not the row that has gone out of view, with other words in it: with ages that takes twice as long (docs/performance.md).
              key={brand.id}
              brand={brand}
              index={index}
              datasets={datasets}
              positions={positions}
              columnWidth={columnWidth}
              firstBlock={firstBlock}
              lastBlock={lastBlock}
              cursorColumn={cursor.row === index ? cursor.column : null}
              chosen={chosen.get(brand.id) ?? null}
              isAged={ages !== null}
              ages={ages?.get(brand.id) ?? null}
            />
          )
        })}
        <Marks
          board={view}
          view={drawn}
          columnWidth={columnWidth}
          inset={ages === null ? (columnWidth - side) / 2 : 6}
        />
      </div>
    </div>
  )
}

/** What a page key moves by: the rows that are seen whole, but for one. */
function pageOf(scroller: HTMLElement | null): number {
  if (scroller === null) return 10
  return Math.max(1, Math.floor((scroller.clientHeight - headerHeightOf(scroller)) / rowHeight) - 1)
}

function headerHeightOf(scroller: HTMLElement): number {
  return scroller.querySelector<HTMLElement>('[role="row"]')?.offsetHeight ?? 0
}

function lastOf(positions: readonly number[]): number {
  return positions.at(-1) ?? -1
}

function axisOf({ brands, datasets, positions }: BoardView) {
  return {
    brandIds: brands.map(({ id }) => id),
    datasets: datasets.map(({ key }) => key),
    isCell: ({ row, column }: Place) => cellOf(brands[row]?.cells.charAt(positions[column] ?? -1) ?? '') !== null,
  }
}

interface Anchor {
  readonly place: Place
  readonly drop: (place: Place) => void
}

function useGridKeys(
  props: MatrixGridProps,
  cursor: Place,
  anchor: Anchor,
  sizeNow: () => GridSize,
  show: (place: Place) => void,
): (event: KeyboardEvent) => void {
  const { view, chosen, onChoose, onCursor, onOpen, onFix, onChooseMatching } = props
  const { singleKeys } = usePreferences().preferences
  return (event) => {
    if (event.defaultPrevented || event.altKey || view.brands.length === 0) return
    const isMod = event.ctrlKey || event.metaKey
    if (!singleKeys && !isMod && isLetter(event.key)) return
    const to = moved(event.key, cursor, sizeNow(), isMod)
    if (to !== null) {
      onCursor(to)
      show(to)
      if (event.shiftKey) onChoose(withRectangle(chosen, axisOf(view), anchor.place, to))
      else anchor.drop(to)
    } else if (isMod && event.key.toLowerCase() === 'a') onChooseMatching()
    else if (isMod) return
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
function useGridPointer(props: MatrixGridProps, anchor: Anchor, scroller: RefObject<HTMLDivElement | null>) {
  const { view, chosen, onChoose, onCursor, onOpen, onHover } = props
  const from = useRef<NamedPlace | null>(null)
  const isDrag = useRef(false)
  return {
    onPointerDown: (event: PointerEvent) => {
      const place = event.button === 0 && event.pointerType === 'mouse' ? placeOf(event.target) : null
      from.current = place && named(view, place)
      isDrag.current = false
    },
    onPointerMove: (event: PointerEvent) => {
      const place = placeOf(event.target)
      onHover(place)
      if (from.current === null || place === null || event.buttons !== 1) return
      const start = placeNow(view, from.current)
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
      anchor.drop(place)
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
  const cell = target instanceof Element ? target.closest('[role="gridcell"]') : null
  const row = cell?.closest('[role="row"]')
  if (cell === null || row === null || row === undefined) return null
  // Counted from 1, and the headers are the first.
  return { row: Number(row.getAttribute('aria-rowindex')) - 2, column: Number(cell.getAttribute('aria-colindex')) - 2 }
}

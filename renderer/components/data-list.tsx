import { Checkbox } from '@mantine/core'
import { useVirtualizer } from '@tanstack/react-virtual'
import { memo, type ReactNode, type RefObject, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import classes from './data-list.module.css'
import { useListFocus } from './list-focus.ts'
import { toggled, useCursor, useListKeys } from './list-keys.ts'
import { useIsNarrow } from './use-is-narrow.ts'

/** Below this width of the list, px, secondary columns are left out. */
const narrowPx = 860
/** Below this one, those that phones have no room for as well. */
const phonePx = 520
/** Below this one, all that is not needed to tell the rows apart. */
const sliverPx = 340

export interface Column<Row> {
  readonly id: string
  /** A word or two; also the accessible name. */
  readonly header: string
  /** CSS grid track: `minmax(160px, 2fr)`, `96px`. */
  readonly width: string
  readonly align?: 'right'
  readonly cell: (row: Row) => ReactNode
  /** Ascending or descending now; absent = cannot be sorted by. */
  readonly sorted?: 'ascending' | 'descending' | 'none'
  readonly onSort?: () => void
  /** Left out on narrow screens. */
  readonly secondary?: boolean
  /** Left out only where there is room for three or four columns. */
  readonly isLeftOutOnPhones?: boolean
  /** Left out only beside a drawer that leaves room for two columns. */
  readonly isLeftOutBesideDrawers?: boolean
  /** The header is there for screen readers alone: what stands below explains itself. */
  readonly isHeaderHidden?: boolean
}

export interface Selection {
  readonly ids: ReadonlySet<string>
  /** Handed the whole new selection. */
  change(ids: ReadonlySet<string>): void
}

export interface DataListProps<Row> {
  /** What the list shows, for its caption: "Runs, the newest first". */
  readonly caption: string
  readonly rows: readonly Row[]
  readonly columns: readonly Column<Row>[]
  readonly rowId: (row: Row) => string
  /** Names the row for screen readers, and for its checkbox. */
  readonly rowName: (row: Row) => string
  /** Enter, or a click. */
  readonly onOpen?: (row: Row) => void
  /** Marks the row that a drawer shows. */
  readonly openedId?: string | null
  readonly selection?: Selection
  /** Of everything that matches; the rows may be only the first pages of it. */
  readonly total?: number
  /** More is wanted: the end has come into view. */
  readonly onEndReached?: () => void
  /** Instead of rows, when there are none. */
  readonly empty: ReactNode
  /** Rows are on their way: skeletons stand in, without a jump. */
  readonly isLoading?: boolean
  /** Keys for the row under the cursor: `r`, `p`, `x`, `e`, … */
  readonly onKey?: (key: string, row: Row) => void
  /** px; 32 unless the rows need more. */
  readonly rowHeight?: number
}

/**
 * The one list: virtualised, 32 px rows, sticky header, `j`/`k` and arrows move, Enter opens, Space selects, Shift extends. A real table
 * for screen readers, with its true number of rows. A row re-renders only when its own data changes.
 */
export function DataList<Row>(props: DataListProps<Row>) {
  const { rows, rowId, caption, selection, onEndReached, isLoading = false, rowHeight = 32 } = props
  const scroller = useRef<HTMLDivElement>(null)
  const columns = useFittingColumns(props.columns, scroller)
  const [cursor, setCursor] = useCursor(props)
  const toggle = useToggle(props)
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    getItemKey: (index) => {
      const row = rows[index]
      return row === undefined ? index : rowId(row)
    },
  })
  const items = virtualizer.getVirtualItems()
  const last = items.at(-1)?.index ?? 0
  useEffect(() => {
    if (rows.length > 0 && last >= rows.length - 5) onEndReached?.()
  }, [last, rows.length, onEndReached])

  const place = { cursor, setCursor, show: (index: number) => virtualizer.scrollToIndex(index), scroller }
  const onKeyDown = useListKeys(props, place)
  const focus = useListFocus(props, place)
  const template = [...(selection === undefined ? [] : ['32px']), ...columns.map(({ width }) => width)].join(' ')
  const isEmpty = rows.length === 0 && !isLoading
  return (
    <div
      ref={scroller}
      className={classes['scroller']}
      tabIndex={-1}
      onKeyDown={onKeyDown}
      {...focus}
      data-testid="data-list"
    >
      <table
        className={classes['table']}
        aria-rowcount={(props.total ?? rows.length) + 1}
        style={{ '--template': template } as never}
      >
        <caption className="pm-visually-hidden">{caption}</caption>
        <thead className={classes['head']}>
          <tr aria-rowindex={1}>
            {selection !== undefined && <SelectAll rows={rows} rowId={rowId} selection={selection} />}
            {columns.map((column) => (
              <HeaderCell key={column.id} column={column} />
            ))}
          </tr>
        </thead>
        <tbody
          style={{
            height: isEmpty ? 'auto' : isLoading && rows.length === 0 ? 10 * rowHeight : virtualizer.getTotalSize(),
          }}
        >
          {items.map(({ index, start, key }) => {
            const row = rows[index]
            return row === undefined ? null : (
              <ListRow
                key={key}
                row={row}
                index={index}
                top={start}
                height={rowHeight}
                columns={columns}
                name={props.rowName(row)}
                isCursor={index === cursor}
                isOpened={props.openedId === rowId(row)}
                isSelected={selection?.ids.has(rowId(row)) ?? null}
                onOpen={props.onOpen}
                onFocus={setCursor}
                onToggle={toggle}
              />
            )
          })}
          {isLoading && rows.length === 0 && <Skeletons columns={columns.length} height={rowHeight} />}
        </tbody>
      </table>
      {isEmpty && props.empty}
    </div>
  )
}

/** Ticks a row or takes the tick away. Rows keep it from an earlier render than the selection is of. */
function useToggle<Row>({ selection, rowId }: Pick<DataListProps<Row>, 'selection' | 'rowId'>): (row: Row) => void {
  const latest = useRef({ selection, rowId })
  useEffect(() => {
    latest.current = { selection, rowId }
  })
  return useCallback((row) => {
    const { selection, rowId } = latest.current
    selection?.change(toggled(selection.ids, rowId(row)))
  }, [])
}

/** Those that there is room for. */
function useFittingColumns<Row>(
  all: DataListProps<Row>['columns'],
  scroller: RefObject<HTMLDivElement | null>,
): readonly Column<Row>[] {
  const isNarrow = useIsNarrow(scroller, narrowPx)
  const isPhone = useIsNarrow(scroller, phonePx)
  const isSliver = useIsNarrow(scroller, sliverPx)
  return useMemo(
    () =>
      all.filter(
        ({ secondary, isLeftOutOnPhones, isLeftOutBesideDrawers }) =>
          !(isNarrow && secondary === true) &&
          !(isPhone && isLeftOutOnPhones === true) &&
          !(isSliver && isLeftOutBesideDrawers === true),
      ),
    [all, isNarrow, isPhone, isSliver],
  )
}

function HeaderCell<Row>({ column }: { column: Column<Row> }) {
  const { header, align, sorted, onSort, secondary, isHeaderHidden = false } = column
  return (
    <th
      scope="col"
      data-align={align}
      data-secondary={secondary}
      aria-sort={onSort === undefined ? undefined : (sorted ?? 'none')}
    >
      {onSort === undefined ? (
        <span className={isHeaderHidden ? 'pm-visually-hidden' : undefined}>{header}</span>
      ) : (
        <button type="button" className={classes['sort']} onClick={onSort}>
          {header}
          <span aria-hidden>{sorted === 'ascending' ? ' ↑' : sorted === 'descending' ? ' ↓' : ''}</span>
        </button>
      )}
    </th>
  )
}

function SelectAll<Row>({
  rows,
  rowId,
  selection,
}: {
  rows: readonly Row[]
  rowId: (row: Row) => string
  selection: Selection
}) {
  const isSelected = (row: Row): boolean => selection.ids.has(rowId(row))
  const all = rows.length > 0 && rows.every(isSelected)
  return (
    <th scope="col">
      <Checkbox
        aria-label="Select everything loaded"
        checked={all}
        // What other filters had selected is not of these rows.
        indeterminate={!all && rows.some(isSelected)}
        onChange={() => selection.change(all ? new Set() : new Set(rows.map(rowId)))}
      />
    </th>
  )
}

interface ListRowProps<Row> {
  readonly row: Row
  readonly index: number
  readonly top: number
  readonly height: number
  readonly columns: readonly Column<Row>[]
  readonly name: string
  readonly isCursor: boolean
  readonly isOpened: boolean
  /** Null = nothing can be selected. */
  readonly isSelected: boolean | null
  readonly onOpen: ((row: Row) => void) | undefined
  readonly onFocus: (index: number) => void
  readonly onToggle: (row: Row) => void
}

function ListRowPlain<Row>(props: ListRowProps<Row>) {
  const { row, index, top, height, columns, name, isSelected, onOpen, onFocus, onToggle } = props
  const isFresh = useIsChanged(row)
  const open = useCallback(() => {
    // Selecting text in a row is not a click on it.
    if (window.getSelection()?.isCollapsed !== false) onOpen?.(row)
  }, [onOpen, row])
  return (
    <tr
      className={classes['row']}
      data-index={index}
      data-opened={props.isOpened || undefined}
      data-selected={isSelected || undefined}
      data-changed={isFresh || undefined}
      aria-rowindex={index + 2}
      aria-selected={isSelected ?? undefined}
      tabIndex={props.isCursor ? 0 : -1}
      style={{ transform: `translateY(${top}px)`, height }}
      onClick={onOpen === undefined ? undefined : open}
      onFocus={() => onFocus(index)}
    >
      {isSelected !== null && (
        <td onClick={(event) => event.stopPropagation()}>
          <Checkbox tabIndex={-1} aria-label={`Select ${name}`} checked={isSelected} onChange={() => onToggle(row)} />
        </td>
      )}
      {columns.map((column) => (
        <td key={column.id} data-align={column.align} data-secondary={column.secondary}>
          {column.cell(row)}
        </td>
      ))}
    </tr>
  )
}

/** Answers keep the identity of what did not change, so comparing references is enough; handlers may be new at each render. */
const ListRow = memo(
  ListRowPlain,
  (before, after) =>
    before.row === after.row &&
    before.index === after.index &&
    before.top === after.top &&
    before.columns === after.columns &&
    before.isCursor === after.isCursor &&
    before.isOpened === after.isOpened &&
    before.isSelected === after.isSelected,
) as typeof ListRowPlain

/** True from the first change of the row on, never at its first showing: it restarts the fading of its background. */
function useIsChanged(row: unknown): boolean {
  const [first] = useState(row)
  return first !== row
}

function Skeletons({ columns, height }: { columns: number; height: number }) {
  return Array.from({ length: 10 }, (_, index) => (
    <tr
      key={index}
      className={classes['row']}
      style={{ transform: `translateY(${index * height}px)`, height }}
      aria-hidden
    >
      {Array.from({ length: columns }, (_, column) => (
        <td key={column}>
          <span className={classes['bone']} />
        </td>
      ))}
    </tr>
  ))
}

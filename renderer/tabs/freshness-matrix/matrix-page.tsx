import { Button, SegmentedControl } from '@mantine/core'
import { useCallback, useMemo, useState } from 'react'
import { choiceFilter, choicesFilter, textFilter, useFilters } from '../../app/filters.ts'
import { useIsShown } from '../../app/organization.ts'
import { useDrawer, usePlace } from '../../app/places.ts'
import {
  type BoardBrand,
  type BoardView,
  type CellFilter,
  cellFilters,
  cellOf,
  countCells,
  filteredBoard,
  severity,
  worstFirst,
} from '../../board/board.ts'
import { cellFilterWords } from '../../board/cell-words.ts'
import { type Board, useBoard } from '../../board/use-board.ts'
import { AnswerLine } from '../../components/answer-line.tsx'
import { counted } from '../../components/counts.ts'
import { EmptyState } from '../../components/empty-state.tsx'
import { Failure } from '../../components/failure.tsx'
import { ChoicesFilter, FilterBar, SearchFilter } from '../../components/filters-bar.tsx'
import { type Hand, useHand, useHeldOrder } from '../../components/held-order.ts'
import { OrderChanged } from '../../components/order-changed.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { FixPanel, mostFixes } from '../../fixes/fix-panel.tsx'
import { ViewsMenu } from '../../saved-views/views-menu.tsx'
import { answerOf } from './answer.ts'
import type { Place } from './grid-keys.ts'
import { Inspector } from './inspector.tsx'
import { Legend } from './legend.tsx'
import classes from './matrix.module.css'
import { MatrixActions } from './matrix-actions.tsx'
import { MatrixGrid } from './matrix-grid.tsx'
import { named, placeNow } from './named-place.ts'
import {
  type Chosen,
  chosenCells,
  chosenCount,
  chosenThere,
  isOn,
  nothingChosen,
  withMatching,
  without,
} from './selection.ts'
import { useAgesInView, useFactsOf } from './use-ages.ts'

const codecs = {
  state: choicesFilter(cellFilters),
  text: textFilter,
  sort: choiceFilter(['worst', 'name'], 'worst'),
  zoom: choiceFilter(['marks', 'ages'], 'marks'),
}

const emptyView: BoardView = { brands: [], datasets: [], positions: [] }

export function MatrixPage() {
  const { filters, set } = useFilters(codecs)
  // Order and zoom narrow nothing.
  const active = (filters.text === '' ? 0 : 1) + (filters.state.length === 0 ? 0 : 1)
  const clear = (): void => set({ text: '', state: [] })
  const { brandId, group } = usePlace()
  const isShown = useIsShown()
  const board = useBoard()
  const sorted = useMemo(() => {
    if (board.data === undefined) return emptyView
    const filtered = filteredBoard(board.data, { text: filters.text, states: filters.state, isShown })
    return filters.sort === 'name' ? filtered : { ...filtered, brands: worstFirst(filtered.brands) }
  }, [board.data, filters.text, filters.state, filters.sort, isShown])
  const hand = useHand()
  const { opened } = useDrawer()
  const { rows, isChanged, sortNow } = useHeldOrder({
    sorted: sorted.brands,
    everything: board.data?.brands ?? emptyView.brands,
    idOf: brandIdOf,
    isHeld: hand.isIn || opened !== null,
    about: `${brandId} ${group} ${filters.sort} ${filters.state.join()} ${filters.text}`,
  })
  const view = useMemo(() => ({ ...sorted, brands: rows }), [sorted, rows])
  const counts = useMemo(() => countCells(view.brands, view.positions), [view])
  const isEmpty = view.brands.length === 0
  const [picked, setChosen] = useState<Chosen>(nothingChosen)
  const chooseMatching = (): void => setChosen((before) => withMatching(before, view, filters.state))
  return (
    <>
      <AnswerLine
        isLoading={board.isPending}
        actions={<MatrixActions view={view} states={filters.state} onChooseMatching={chooseMatching} />}
      >
        {board.data === undefined ? 'How it stands is not known now.' : answerOf(counts, view.brands.length)}
      </AnswerLine>
      <FilterBar active={active} onClear={clear}>
        <SearchFilter label="Brand or dataset" value={filters.text} onChange={(text) => set({ text })} />
        <ChoicesFilter
          label="State"
          choices={cellFilters.map((filter) => choiceOf(filter, counts[filter]))}
          values={filters.state}
          onChange={(state) => set({ state: cellFilters.filter((one) => state.includes(one)) })}
        />
        <SegmentedControl
          aria-label="Order"
          data={[
            { value: 'worst', label: 'Worst first' },
            { value: 'name', label: 'By name' },
          ]}
          value={filters.sort}
          onChange={(sort) => set({ sort: sort === 'name' ? 'name' : 'worst' })}
        />
        <SegmentedControl
          aria-label="Zoom"
          data={[
            { value: 'marks', label: 'Marks' },
            { value: 'ages', label: 'Marks and ages' },
          ]}
          value={filters.zoom}
          onChange={(zoom) => set({ zoom: zoom === 'ages' ? 'ages' : 'marks' })}
        />
        <ViewsMenu />
        <OrderChanged isChanged={isChanged} onSort={sortNow} />
      </FilterBar>
      {board.error !== null && <Failure error={board.error} onRetry={() => void board.refetch()} />}
      {board.data === undefined ? (
        <div className={classes['scroller']} />
      ) : isEmpty ? (
        <NothingToShow isFiltered={active > 0} onClear={clear} />
      ) : (
        <>
          <Grid
            area={hand.area}
            board={board.data}
            view={view}
            withAges={filters.zoom === 'ages'}
            picked={picked}
            setChosen={setChosen}
            onChooseMatching={chooseMatching}
          />
          <Legend />
        </>
      )}
    </>
  )
}

function choiceOf(filter: CellFilter, count: number) {
  const { label, state } = cellFilterWords[filter]
  return { value: filter, label, count, mark: <StateMark state={state} /> }
}

function brandIdOf({ id }: BoardBrand): string {
  return id
}

interface GridProps {
  readonly area: Hand['area']
  /** Everything, whatever the filters leave of it. */
  readonly board: Board
  readonly view: BoardView
  readonly withAges: boolean
  /** Also what has gone since, or is not shown now. */
  readonly picked: Chosen
  readonly setChosen: (chosen: Chosen) => void
  readonly onChooseMatching: () => void
}

function Grid({ area, board, view, withAges, picked, setChosen, onChooseMatching }: GridProps) {
  // A row moves under the hand: the cursor stays with its cell.
  const [at, setAt] = useState(() => named(view, firstPlace(view)))
  const cursor = placeNow(view, at)
  const [hovered, setHovered] = useState<Place | null>(null)
  const isShown = useIsShown()
  // A brand may be put away, or a dataset forgotten, after it was chosen: it could neither be fixed nor be let go of.
  const chosen = useMemo(() => chosenThere(picked, isOn(board, isShown)), [picked, board, isShown])
  const [isFixing, setIsFixing] = useState(false)
  const [inView, setInView] = useState({ first: 0, last: 40 })
  const { open } = useDrawer()
  const looked = hovered ?? cursor
  const facts = useFactsOf(view.brands, looked.row)
  const ages = useAgesInView(view.brands, inView, withAges)
  const onView = useCallback((first: number, last: number) => {
    setInView((before) => (before.first === first && before.last === last ? before : { first, last }))
  }, [])
  const brand = view.brands[looked.row]
  const dataset = view.datasets[looked.column]
  const count = chosenCount(chosen)
  const labels = useMemo(() => new Map(view.datasets.map(({ key, label }) => [key, label])), [view.datasets])
  const openAt = ({ row, column }: Place): void => {
    const [at, key] = [view.brands[row]?.id, view.datasets[column]?.key]
    if (at !== undefined && key !== undefined) open({ kind: 'dataset', brandId: at, dataset: key })
  }
  return (
    <>
      <div {...area} className={classes['area']}>
        <MatrixGrid
          view={view}
          cursor={cursor}
          onCursor={(place) => setAt(named(view, place))}
          // All of it: what the page is not narrowed to now is still chosen once it is shown again.
          chosen={picked}
          onChoose={setChosen}
          onOpen={openAt}
          onHover={setHovered}
          onFix={() => setIsFixing(count > 0)}
          onChooseMatching={onChooseMatching}
          ages={ages}
          onView={onView}
        />
      </div>
      <Inspector
        brand={brand}
        dataset={dataset}
        code={brand?.cells.charAt(view.positions[looked.column] ?? -1) ?? ''}
        facts={brand === undefined || dataset === undefined ? undefined : facts.get(brand.id)?.get(dataset.key)}
      />
      {count > 0 && (
        <div className={classes['footer']} role="toolbar" aria-label="Chosen cells">
          <strong>{counted(count, 'dataset')} chosen</strong>
          <FixPanel
            labels={labels}
            cells={chosenCells(chosen).slice(0, mostFixes)}
            chosen={count}
            isOpen={isFixing}
            onClose={() => setIsFixing(false)}
            onStarted={() => {
              setIsFixing(false)
              setChosen(without(picked, chosenCells(chosen).slice(0, mostFixes)))
            }}
            target={<Button onClick={() => setIsFixing(!isFixing)}>{fixLabel(count)}</Button>}
          />
          <Button variant="subtle" color="gray" onClick={() => setChosen(nothingChosen)}>
            Clear selection
          </Button>
        </div>
      )}
    </>
  )
}

/** "Fix 12 datasets", "Fix the first 5,000 of 50,000 datasets" */
function fixLabel(count: number): string {
  if (count > mostFixes) return `Fix the first ${mostFixes.toLocaleString()} of ${count.toLocaleString()} datasets`
  return `Fix ${counted(count, 'dataset')}`
}

/** Where to begin: at the worst cell of the first brand. */
function firstPlace({ brands, positions }: BoardView): Place {
  const codes = positions.map((position) => brands[0]?.cells.charAt(position) ?? '')
  const worst = Math.max(...codes.map(severity))
  const column = codes.findIndex((code) => cellOf(code) !== null && severity(code) === worst)
  return { row: 0, column: Math.max(column, 0) }
}

function NothingToShow({ isFiltered, onClear }: { isFiltered: boolean; onClear: () => void }) {
  if (isFiltered)
    return <EmptyState title="No dataset matches these filters" action={{ label: 'Clear filters', onClick: onClear }} />
  return (
    <EmptyState title="No datasets yet">
      A dataset of a brand appears here as soon as a job that refreshes it exists, or a program has recorded it.
    </EmptyState>
  )
}

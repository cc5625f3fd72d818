import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { choicesFilter, textFilter, useFilters } from '../../app/filters.ts'
import { useIsShown, useOrganization } from '../../app/organization.ts'
import { useDrawer, usePlace } from '../../app/places.ts'
import {
  type BoardBrand,
  type CellFilter,
  cellFilters,
  countCells,
  filteredBoard,
  worstFirst,
} from '../../board/board.ts'
import { cellFilterWords } from '../../board/cell-words.ts'
import { useBoard } from '../../board/use-board.ts'
import { useQueries } from '../../client/context.tsx'
import { AnswerLine } from '../../components/answer-line.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import { Failure } from '../../components/failure.tsx'
import { ChoicesFilter, FilterBar, SearchFilter } from '../../components/filters-bar.tsx'
import { useHand, useHeldOrder } from '../../components/held-order.ts'
import { OrderChanged } from '../../components/order-changed.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { HoldButton } from '../../holds/hold-button.tsx'
import { answerOf } from './answer.ts'
import { BrandCards } from './brand-cards.tsx'
import { BrandList } from './brand-list.tsx'
import { Causes } from './causes.tsx'
import classes from './health.module.css'
import { useOpenedBrands } from './opened-brands.ts'

const codecs = { state: choicesFilter(cellFilters), text: textFilter }

/** How it stands: one sentence, what is behind it, then every brand, worst first, down to each dataset. */
export function HealthPage() {
  const place = usePlace()
  const { brandId, group } = place
  const isShown = useIsShown()
  const { filters, set, clear, active } = useFilters(codecs)
  const board = useBoard()
  // Of another brand nothing stands in for it: the sentence would be about that one, under the name of this one.
  const summary = useQuery(useQueries().freshness.summary.queryOptions({ input: { ...place } }))
  const inScope = useMemo(() => (board.data?.brands ?? []).filter(({ id }) => isShown(id)), [board.data, isShown])
  const counts = useMemo(() => countCells(inScope), [inScope])
  const sorted = useMemo(() => {
    if (board.data === undefined) return noBrands
    return worstFirst(filteredBoard(board.data, { text: filters.text, states: filters.state, isShown }).brands)
  }, [board.data, filters.text, filters.state, isShown])
  const hand = useHand()
  const { opened } = useDrawer()
  const openedBrands = useOpenedBrands().opened
  const isHeld = hand.isIn || opened !== null
  const { rows, isChanged, sortNow } = useHeldOrder({
    sorted,
    everything: board.data?.brands ?? noBrands,
    idOf: brandIdOf,
    // Whoever has opened a brand reads what is in it.
    isHeld: isHeld || (openedBrands?.length ?? 0) > 0,
    about: `${brandId} ${group} ${filters.state.join()} ${filters.text}`,
  })
  return (
    <>
      <AnswerLine isLoading={summary.isPending} actions={<HoldButton />}>
        {summary.data === undefined ? 'How it stands is not known now.' : answerOf(summary.data)}
      </AnswerLine>
      {summary.data !== undefined && <Causes causes={summary.data.causes} otherEffects={summary.data.otherEffects} />}
      {summary.error !== null && <Failure error={summary.error} onRetry={() => void summary.refetch()} />}
      <FilterBar active={active} onClear={clear}>
        <SearchFilter label="Brand or dataset" value={filters.text} onChange={(text) => set({ text })} />
        <ChoicesFilter
          label="State"
          choices={cellFilters.map((filter) => choiceOf(filter, counts[filter]))}
          values={filters.state}
          onChange={(state) => set({ state: cellFilters.filter((one) => state.includes(one)) })}
        />
        {brandId === null && <OrderChanged isChanged={isChanged} onSort={sortNow} />}
      </FilterBar>
      {board.error !== null && <Failure error={board.error} onRetry={() => void board.refetch()} />}
      {brandId !== null ? (
        <div {...hand.area} className={classes['scroller']} data-scroll-place>
          <BrandCards brandId={brandId} states={filters.state} text={filters.text} isHeld={isHeld} />
        </div>
      ) : board.data === undefined ? null : rows.length === 0 ? (
        <Nothing isFiltered={active > 0} onClear={clear} />
      ) : (
        <BrandList
          area={hand.area}
          brands={rows}
          datasets={board.data.datasets}
          states={filters.state}
          text={filters.text}
          isHeld={isHeld}
        />
      )}
    </>
  )
}

const noBrands: readonly BoardBrand[] = []

function brandIdOf({ id }: BoardBrand): string {
  return id
}

function choiceOf(filter: CellFilter, count: number) {
  const { label, state } = cellFilterWords[filter]
  return { value: filter, label, count, mark: <StateMark state={state} /> }
}

function Nothing({ isFiltered, onClear }: { isFiltered: boolean; onClear: () => void }) {
  const { name } = useOrganization()
  if (isFiltered) {
    return <EmptyState title="No dataset matches these filters" action={{ label: 'Clear filters', onClick: onClear }} />
  }
  return (
    <EmptyState title="No brands yet">
      A brand appears here once it is made:{' '}
      <code>pm brands create &quot;Example Brand&quot; --organization &quot;{name.slice(0, 80)}&quot;</code>
    </EmptyState>
  )
}

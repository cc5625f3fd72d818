import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { choicesFilter, textFilter, useFilters } from '../../app/filters.ts'
import { useOrganization } from '../../app/organization.ts'
import { useBrandId, useOrganizationId } from '../../app/places.ts'
import { type CellFilter, cellFilters, countCells, filteredBoard, worstFirst } from '../../board/board.ts'
import { cellFilterWords } from '../../board/cell-words.ts'
import { useBoard } from '../../board/use-board.ts'
import { useQueries } from '../../client/context.tsx'
import { AnswerLine } from '../../components/answer-line.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import { Failure } from '../../components/failure.tsx'
import { ChoicesFilter, FilterBar, SearchFilter } from '../../components/filters-bar.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { answerOf } from './answer.ts'
import { BrandCards } from './brand-cards.tsx'
import { BrandList } from './brand-list.tsx'
import { Causes } from './causes.tsx'
import classes from './health.module.css'

const codecs = { state: choicesFilter(cellFilters), text: textFilter() }

/** How it stands: one sentence, what is behind it, then every brand, worst first, down to each dataset. */
export function HealthPage() {
  const organizationId = useOrganizationId()
  const [brandId] = useBrandId()
  const { filters, set, clear, active } = useFilters(codecs)
  const board = useBoard()
  const summary = useQuery(
    useQueries().freshness.summary.queryOptions({
      input: { organizationId, brandId },
      placeholderData: keepPreviousData,
    }),
  )
  const inScope = useMemo(
    () => (board.data?.brands ?? []).filter(({ id }) => brandId === null || id === brandId),
    [board.data, brandId],
  )
  const counts = useMemo(() => countCells(inScope), [inScope])
  const shown = useMemo(() => {
    if (board.data === undefined) return []
    return worstFirst(filteredBoard(board.data, { text: filters.text, states: filters.state, brandId }).brands)
  }, [board.data, filters.text, filters.state, brandId])
  return (
    <>
      <AnswerLine isLoading={summary.isPending}>
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
      </FilterBar>
      {board.error !== null && <Failure error={board.error} onRetry={() => void board.refetch()} />}
      {brandId !== null ? (
        <div className={classes['scroller']}>
          <BrandCards brandId={brandId} states={filters.state} text={filters.text} />
        </div>
      ) : board.data === undefined ? null : shown.length === 0 ? (
        <Nothing isFiltered={active > 0} onClear={clear} />
      ) : (
        <BrandList brands={shown} datasets={board.data.datasets} states={filters.state} text={filters.text} />
      )}
    </>
  )
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

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { readinessVerdicts } from '../../../shared/domain.ts'
import { nextTimeOfDay } from '../../../shared/time-of-day.ts'
import { choicesFilter, textFilter, useFilters } from '../../app/filters.ts'
import { useBrandId, useDrawer, usePlace } from '../../app/places.ts'
import { useQueries } from '../../client/context.tsx'
import { useDatabaseClock, useFollowClock, useNow } from '../../client/now.tsx'
import { sharedStructure } from '../../client/structural-sharing.ts'
import { AnswerLine } from '../../components/answer-line.tsx'
import { type Column, DataList } from '../../components/data-list.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import { Failure } from '../../components/failure.tsx'
import { ChoicesFilter, FilterBar, SearchFilter } from '../../components/filters-bar.tsx'
import { useHand, useHeldOrder } from '../../components/held-order.ts'
import { OrderChanged } from '../../components/order-changed.tsx'
import { StateMark, stateWord } from '../../components/state-mark.tsx'
import { useShownZone } from '../../components/time.tsx'
import { Name } from '../../components/untrusted.tsx'
import classes from '../page.module.css'
import {
  type BrandReadiness,
  brandsOf,
  byAnswer,
  filteredBrands,
  isLateBrand,
  latestFirst,
  readinessAnswer,
  worstFirst,
} from './answer.ts'
import { ByFilter, timeFilter } from './by-filter.tsx'
import { PageCell } from './page-cell.tsx'
import own from './readiness.module.css'

const codecs = { text: textFilter, verdict: choicesFilter(readinessVerdicts), by: timeFilter, sort: textFilter }
const noPages: readonly { key: string; label: string }[] = []

/** A row for each brand, worst first, a column for each page; a brand opens its reasons and fixes. */
export function AllBrands() {
  const { organizationId, group } = usePlace()
  const [, setBrandId] = useBrandId()
  const { filters, set, clear, active } = useFilters(codecs)
  const by = useInstantOf(filters.by)
  const readiness = useQuery(
    useQueries().readiness.list.queryOptions({
      input: { organizationId, group, ...(by === null ? {} : { by: by.toISOString() }) },
      placeholderData: keepPreviousData,
    }),
  )
  // Who is late by nine says nothing about six: until the answer is there, nobody is known to be.
  const isUnknown = readiness.data === undefined || (by !== null && readiness.isPlaceholderData)
  useFollowClock(readiness.data?.asOf)
  const pages = readiness.data?.pages ?? noPages
  const brands = useRows(readiness.data)
  const sort = pages.some(({ key }) => key === filters.sort) ? filters.sort : null
  const columns = useMemo(
    () => columnsOf(pages, { sort, onSort: (key) => set({ sort: key === sort ? '' : key }) }),
    [pages, sort, set],
  )
  const sorted = useMemo(() => {
    const found = filteredBrands(brands, filters.text, filters.verdict).filter(
      (brand) => by === null || isLateBrand(brand),
    )
    return sort === null ? worstFirst(found) : latestFirst(found, sort)
  }, [brands, filters.text, filters.verdict, by, sort])
  const hand = useHand()
  const { opened } = useDrawer()
  const { rows, isChanged, sortNow } = useHeldOrder({
    sorted,
    everything: brands,
    idOf: brandIdOf,
    isHeld: hand.isIn || opened !== null,
    about: `${filters.verdict.join()} ${filters.text} ${filters.by} ${sort ?? ''} ${group ?? ''}`,
  })
  if (readiness.error !== null && readiness.data === undefined) {
    return <Failure error={readiness.error} onRetry={() => void readiness.refetch()} />
  }
  return (
    <div className={`${classes['page']} ${classes['whole']}`}>
      <AnswerLine isLoading={isUnknown}>
        {by === null ? readinessAnswer(brands) : byAnswer(brands, filters.by)}
      </AnswerLine>
      <FilterBar active={active} onClear={clear}>
        <SearchFilter label="Brand" value={filters.text} onChange={(text) => set({ text })} />
        <ChoicesFilter
          label="Verdict"
          choices={verdictChoices(brands)}
          values={filters.verdict}
          onChange={(values) => set({ verdict: readinessVerdicts.filter((verdict) => values.includes(verdict)) })}
        />
        <ByFilter value={filters.by} onChange={(time) => set({ by: time })} />
        <OrderChanged isChanged={isChanged} onSort={sortNow} />
      </FilterBar>
      <div {...hand.area} className={own['area']}>
        <DataList
          caption="Brands and whether their pages are ready, worst first"
          rows={isUnknown ? [] : rows}
          columns={columns}
          rowHeight={44}
          rowId={brandIdOf}
          rowName={({ name }) => name}
          onOpen={({ id }) => setBrandId(id)}
          isLoading={isUnknown}
          empty={<Nothing active={active} onClear={clear} />}
        />
      </div>
    </div>
  )
}

/** The next instant at which the clocks show the time: the same until that has come. */
function useInstantOf(time: string): Date | null {
  const { zone } = useShownZone()
  useNow()
  const now = useDatabaseClock().now()
  const ms = time === '' ? null : nextTimeOfDay(time, zone, now).getTime()
  return useMemo(() => (ms === null ? null : new Date(ms)), [ms])
}

/** Rows that say the same stay the same, though each answer is of another moment. */
function useRows(data: Parameters<typeof brandsOf>[0] | undefined): readonly BrandReadiness[] {
  const [last, setLast] = useState<{ data: typeof data; rows: readonly BrandReadiness[] }>({
    data: undefined,
    rows: [],
  })
  if (data === undefined || last.data === data) return last.rows
  // What is shared has the form of the rows.
  const rows = sharedStructure(last.rows, brandsOf(data)) as readonly BrandReadiness[]
  setLast({ data, rows })
  return rows
}

function brandIdOf({ id }: BrandReadiness): string {
  return id
}

function Nothing({ active, onClear }: { active: number; onClear: () => void }) {
  return active > 0 ? (
    <EmptyState title="No brand matches the filters" action={{ label: 'Clear filters', onClick: onClear }} />
  ) : (
    <EmptyState title="There is no brand yet">
      For each brand this list says which pages its data is good enough for. Make a brand with{' '}
      <code>pm brands create</code>.
    </EmptyState>
  )
}

function columnsOf(
  pages: readonly { key: string; label: string }[],
  { sort, onSort }: { readonly sort: string | null; readonly onSort: (key: string) => void },
): Column<BrandReadiness>[] {
  return [
    { id: 'brand', header: 'Brand', width: 'minmax(120px, 2fr)', cell: ({ name }) => <Name text={name} /> },
    ...pages.map(
      ({ key, label }, index): Column<BrandReadiness> => ({
        id: key,
        header: label,
        width: 'minmax(124px, 1fr)',
        secondary: index > 1,
        sorted: sort === key ? 'descending' : 'none',
        onSort: () => onSort(key),
        cell: (brand) => <PageCell found={brand.pages.find(({ page }) => page === key)} />,
      }),
    ),
  ]
}

function verdictChoices(brands: readonly BrandReadiness[]) {
  return readinessVerdicts.map((verdict) => ({
    value: verdict,
    label: stateWord(verdict),
    count: brands.filter(({ pages }) => pages.some((page) => page.verdict === verdict)).length,
    mark: <StateMark state={verdict} />,
  }))
}

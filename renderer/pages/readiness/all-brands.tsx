import { Tooltip } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { type ReadinessVerdict, readinessVerdicts } from '../../../shared/domain.ts'
import { choicesFilter, textFilter, useFilters } from '../../app/filters.ts'
import { useBrandId, useDrawer, useOrganizationId } from '../../app/places.ts'
import { useQueries } from '../../client/context.tsx'
import { useFollowClock } from '../../client/now.tsx'
import { AnswerLine } from '../../components/answer-line.tsx'
import { type Column, DataList } from '../../components/data-list.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import { Failure } from '../../components/failure.tsx'
import { ChoicesFilter, FilterBar, SearchFilter } from '../../components/filters-bar.tsx'
import { useHand, useHeldOrder } from '../../components/held-order.ts'
import { OrderChanged } from '../../components/order-changed.tsx'
import { StateMark, stateWord } from '../../components/state-mark.tsx'
import { Name } from '../../components/untrusted.tsx'
import classes from '../page.module.css'
import { type BrandReadiness, brandsOf, filteredBrands, readinessAnswer, worstFirst } from './answer.ts'
import own from './readiness.module.css'

const codecs = { text: textFilter, verdict: choicesFilter(readinessVerdicts) }
const noPages: readonly { key: string; label: string }[] = []

/** A row for each brand, worst first, a column for each page; a brand opens its reasons and fixes. */
export function AllBrands() {
  const organizationId = useOrganizationId()
  const [, setBrandId] = useBrandId()
  const { filters, set, clear, active } = useFilters(codecs)
  const readiness = useQuery(
    useQueries().readiness.list.queryOptions({ input: { organizationId }, placeholderData: keepPreviousData }),
  )
  useFollowClock(readiness.data?.asOf)
  const pages = readiness.data?.pages ?? noPages
  const brands = useMemo(() => (readiness.data === undefined ? [] : brandsOf(readiness.data)), [readiness.data])
  const columns = useMemo(() => columnsOf(pages), [pages])
  const sorted = useMemo(
    () => worstFirst(filteredBrands(brands, filters.text, filters.verdict)),
    [brands, filters.text, filters.verdict],
  )
  const hand = useHand()
  const { opened } = useDrawer()
  const { rows, isChanged, sortNow } = useHeldOrder({
    sorted,
    everything: brands,
    idOf: brandIdOf,
    isHeld: hand.isIn || opened !== null,
    about: `${filters.verdict.join()} ${filters.text}`,
  })
  if (readiness.error !== null && readiness.data === undefined) {
    return <Failure error={readiness.error} onRetry={() => void readiness.refetch()} />
  }
  return (
    <div className={`${classes['page']} ${classes['whole']}`}>
      <AnswerLine isLoading={readiness.data === undefined}>{readinessAnswer(brands)}</AnswerLine>
      <FilterBar active={active} onClear={clear}>
        <SearchFilter label="Brand" value={filters.text} onChange={(text) => set({ text })} />
        <ChoicesFilter
          label="Verdict"
          choices={verdictChoices(brands)}
          values={filters.verdict}
          onChange={(values) => set({ verdict: readinessVerdicts.filter((verdict) => values.includes(verdict)) })}
        />
        <OrderChanged isChanged={isChanged} onSort={sortNow} />
      </FilterBar>
      <div {...hand.area} className={own['area']}>
        <DataList
          caption="Brands and whether their pages are ready, worst first"
          rows={rows}
          columns={columns}
          rowId={brandIdOf}
          rowName={({ name }) => name}
          onOpen={({ id }) => setBrandId(id)}
          isLoading={readiness.data === undefined}
          empty={<Nothing active={active} onClear={clear} />}
        />
      </div>
    </div>
  )
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

function columnsOf(pages: readonly { key: string; label: string }[]): Column<BrandReadiness>[] {
  return [
    { id: 'brand', header: 'Brand', width: 'minmax(120px, 2fr)', cell: ({ name }) => <Name text={name} /> },
    ...pages.map(
      ({ key, label }, index): Column<BrandReadiness> => ({
        id: key,
        header: label,
        width: 'minmax(88px, 1fr)',
        secondary: index > 1,
        cell: (brand) => <Verdict found={brand.pages.find(({ page }) => page === key)} />,
      }),
    ),
  ]
}

function Verdict({ found }: { found: { verdict: ReadinessVerdict; reason: string | null } | undefined }) {
  if (found === undefined) return <span className="pm-dim">–</span>
  const mark = <StateMark state={found.verdict} withWord />
  if (found.reason === null) return mark
  return (
    <Tooltip label={found.reason.slice(0, 1_000)} multiline maw={420}>
      <span className={classes['inline']}>{mark}</span>
    </Tooltip>
  )
}

function verdictChoices(brands: readonly BrandReadiness[]) {
  return readinessVerdicts.map((verdict) => ({
    value: verdict,
    label: stateWord(verdict),
    count: brands.filter(({ pages }) => pages.some((page) => page.verdict === verdict)).length,
    mark: <StateMark state={verdict} />,
  }))
}

import { Button } from '@mantine/core'
import { IconChartLine } from '@tabler/icons-react'
import { lazy, type ReactNode, Suspense, useMemo } from 'react'
import type { AdRow } from '../../../shared/contract/ads.ts'
import { useFilters } from '../../app/filters.ts'
import { useBrandName } from '../../app/organization.ts'
import { useSearchParameters } from '../../app/places.ts'
import { morePages } from '../../client/more-pages.ts'
import type { Queries } from '../../client/queries.ts'
import { AnswerLine } from '../../components/answer-line.tsx'
import { counted } from '../../components/counts.ts'
import { DataList } from '../../components/data-list.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import { Failure } from '../../components/failure.tsx'
import { FilterBar, SearchFilter, SelectFilter } from '../../components/filters-bar.tsx'
import { ReadinessBanner } from '../../readiness/readiness-banner.tsx'
import classes from '../page.module.css'
import { adColumns } from './ad-columns.tsx'
import { type AdQuestion, type AdSort, adFilterCodecs, adQuestion, adSortCodecs, windows } from './ad-filters.ts'
import own from './ad-performance.module.css'
import { ExportAds } from './export-ads.tsx'
import { daysText, moneyText, ratioText } from './figures.ts'
import { SyncNow } from './sync-now.tsx'
import { Totals } from './totals.tsx'
import { useAdPages, useAdSummary } from './use-ads.ts'
import { WatchedSync } from './watched-sync.tsx'

const TrendCharts = lazy(() => import('./trend-charts.tsx').then((part) => ({ default: part.TrendCharts })))

/** A preview and two lines of words. */
const rowHeight = 42

type Summary = Awaited<ReturnType<Queries['ads']['summary']['call']>>

export function BrandPerformance({ brandId }: { brandId: string }) {
  const { filters, set, clear, active } = useFilters(adFilterCodecs)
  const { filters: sort } = useFilters(adSortCodecs)
  const question = useMemo(() => adQuestion(brandId, filters), [brandId, filters])
  const summary = useAdSummary(question)
  const name = useBrandName() ?? summary.data?.brand.name ?? null
  const { data } = summary
  if (summary.error !== null && data === undefined) {
    return <Failure error={summary.error} onRetry={() => void summary.refetch()} />
  }
  return (
    <div className={`${classes['page']} ${classes['whole']}`}>
      <ReadinessBanner brandId={brandId} page="ad_performance" />
      <AnswerLine
        isLoading={data === undefined}
        actions={<SyncNow brandId={brandId} brandName={name} days={question.days} />}
      >
        {data === undefined ? '' : answerOf(data)}
      </AnswerLine>
      <WatchedSync brandId={brandId} />
      <FilterBar active={active} onClear={clear}>
        <SelectFilter
          label="Days"
          choices={windows}
          value={filters.days}
          onChange={(days) => set({ days: windows.find(({ value }) => value === days)?.value ?? '30' })}
        />
        <SearchFilter label="Ad or campaign" value={filters.text} onChange={(text) => set({ text })} />
        <AccountFilter
          accounts={data?.accounts ?? noAccounts}
          value={filters.account}
          onChange={(account) => set({ account })}
        />
        <ChartsButton />
        <ExportAds question={question} sort={sort} isEmpty={data?.currencies.length === 0} />
      </FilterBar>
      {data !== undefined && <Sums summary={data} />}
      <AdList
        brandId={brandId}
        question={question}
        sort={sort}
        total={data?.currencies.reduce((sum, { ads }) => sum + ads, 0) ?? null}
        empty={<Nothing active={active} onClear={clear} hasAccount={(data?.accounts.length ?? 0) > 0} />}
      />
    </div>
  )
}

type Accounts = Summary['accounts']

const noAccounts: Accounts = []

interface AccountFilterProps {
  readonly accounts: Accounts
  readonly value: string
  readonly onChange: (account: string) => void
}

/** There where there is a choice, and where an account narrows: a link, or the brand before, may have named one that this brand lacks. */
function AccountFilter({ accounts, value, onChange }: AccountFilterProps) {
  if (accounts.length < 2 && value === '') return null
  const known = accounts.map(({ accountId, name }) => ({ value: accountId, label: name ?? accountId }))
  const isStranger = value !== '' && known.every((account) => account.value !== value)
  return (
    <SelectFilter
      label="Account"
      choices={[
        { value: '', label: 'All accounts' },
        ...known,
        ...(isStranger ? [{ value, label: value.slice(0, 100) }] : []),
      ]}
      value={value}
      onChange={onChange}
    />
  )
}

function answerOf({ brand, window, currencies }: Summary): string {
  const [since, until] = daysText(window.since, window.until)
  const when = `from ${since} to ${until} (days of ${window.timeZone})`
  const [main] = currencies
  const name = brand.name.slice(0, 80)
  if (main === undefined) return `No ad of ${name} has any figures ${when}.`
  const { spend, revenue, roas } = main.totals
  const spent = `${moneyText(spend, main.currency)} on ${counted(main.ads, 'ad')}`
  const others = currencies.length === 1 ? '' : ` Other currencies: ${currencies.length - 1}.`
  return `${name} spent ${spent} for ${moneyText(revenue, main.currency)}, a ROAS of ${ratioText(roas)}, ${when}.${others}`
}

function ChartsButton() {
  const [parameters, change] = useSearchParameters()
  const hasCharts = parameters.get('charts') !== 'off'
  return (
    <Button
      variant={hasCharts ? 'light' : 'default'}
      aria-pressed={hasCharts}
      leftSection={<IconChartLine size={14} aria-hidden />}
      onClick={() => change({ charts: hasCharts ? 'off' : null }, { replace: true })}
    >
      Charts
    </Button>
  )
}

/** Sums and charts; of several currencies each has its own sums, and the charts show the first. */
function Sums({ summary: { currencies } }: { summary: Summary }) {
  const [parameters] = useSearchParameters()
  const [main] = currencies
  if (main === undefined) return null
  return (
    <>
      {currencies.map(({ currency, totals }) => (
        <div key={currency ?? ''}>
          {currencies.length > 1 && <span className={own['currency']}>{currency ?? 'Currency not known'}</span>}
          <Totals currency={currency} totals={totals} />
        </div>
      ))}
      {parameters.get('charts') !== 'off' && (
        <Suspense fallback={<div className={own['charts']} />}>
          <TrendCharts days={main.days} currency={main.currency} />
        </Suspense>
      )}
    </>
  )
}

interface AdListProps {
  readonly brandId: string
  readonly question: AdQuestion
  readonly sort: AdSort
  readonly total: number | null
  readonly empty: ReactNode
}

function AdList({ brandId, question, sort, total, empty }: AdListProps) {
  const pages = useAdPages(question, sort)
  const { ads, error, isPending, refetch } = pages
  const { order, direction } = sort
  const [, change] = useSearchParameters()
  const columns = useMemo(
    () =>
      adColumns(brandId, { order, direction }, (next) =>
        change(
          {
            order: adSortCodecs.order.write(next.order),
            direction: adSortCodecs.direction.write(next.direction),
          },
          { replace: true },
        ),
      ),
    [brandId, order, direction, change],
  )
  if (error !== null && ads.length === 0) return <Failure error={error} onRetry={() => void refetch()} />
  return (
    <>
      {error !== null && <Failure error={error} onRetry={() => void refetch()} />}
      <div className={own['list']}>
        <DataList
          caption="Ads with their figures"
          rows={ads}
          columns={columns}
          rowId={adId}
          rowName={({ name, adId: id }) => name ?? id}
          rowHeight={rowHeight}
          total={Math.max(total ?? 0, ads.length)}
          onEndReached={morePages(pages)}
          isLoading={isPending}
          empty={empty}
        />
      </div>
    </>
  )
}

function adId(ad: AdRow): string {
  return ad.adId
}

function Nothing(props: { active: number; onClear: () => void; hasAccount: boolean }) {
  if (props.active > 0) {
    return (
      <EmptyState title="No ad matches the filters" action={{ label: 'Clear filters', onClick: props.onClear }}>
        There may be ads outside of the window.
      </EmptyState>
    )
  }
  if (!props.hasAccount) {
    return (
      <EmptyState title="The brand has no ad account">
        Link one on the Admin page, under Brands; then <em>Sync now</em> fetches what its ads did.
      </EmptyState>
    )
  }
  return (
    <EmptyState title="No figures of ads yet">
      <em>Sync now</em> fetches the insights of the last days from Meta.
    </EmptyState>
  )
}

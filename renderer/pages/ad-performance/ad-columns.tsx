import type { AdOrder } from '../../../shared/ad-orders.ts'
import type { AdRow } from '../../../shared/contract/ads.ts'
import { countText } from '../../components/counts.ts'
import type { Column } from '../../components/data-list.tsx'
import { Sparkline } from '../../components/sparkline.tsx'
import { Name } from '../../components/untrusted.tsx'
import type { AdSort } from './ad-filters.ts'
import classes from './ad-performance.module.css'
import { AdPreview } from './ad-preview.tsx'
import { moneyText, percentText, ratioText } from './figures.ts'

interface Figure {
  readonly order: AdOrder
  readonly header: string
  readonly width: string
  readonly secondary?: boolean
  readonly isLeftOutOnPhones?: boolean
  readonly text: (ad: AdRow) => string
}

/** Also the columns of the export. */
export const adFigures: readonly Figure[] = [
  { order: 'spend', header: 'Spend', width: '92px', text: ({ spend, currency }) => moneyText(spend, currency) },
  {
    order: 'revenue',
    header: 'Revenue',
    width: '96px',
    isLeftOutOnPhones: true,
    text: ({ revenue, currency }) => moneyText(revenue, currency),
  },
  { order: 'roas', header: 'ROAS', width: '60px', text: ({ roas }) => ratioText(roas) },
  {
    order: 'purchases',
    header: 'Purchases',
    width: '82px',
    isLeftOutOnPhones: true,
    text: ({ purchases }) => countText(purchases),
  },
  {
    order: 'cost_per_purchase',
    header: 'Cost each',
    width: '84px',
    secondary: true,
    text: ({ costPerPurchase, currency }) => (costPerPurchase === null ? '–' : moneyText(costPerPurchase, currency)),
  },
  { order: 'ctr', header: 'CTR', width: '64px', secondary: true, text: ({ ctr }) => percentText(ctr) },
  { order: 'clicks', header: 'Clicks', width: '72px', secondary: true, text: ({ clicks }) => countText(clicks) },
  {
    order: 'impressions',
    header: 'Impressions',
    width: '92px',
    secondary: true,
    text: ({ impressions }) => countText(impressions),
  },
]

/** A click on a header sorts by it, the highest first; once more turns it round. */
export function adColumns(
  brandId: string,
  { order, direction }: AdSort,
  onSort: (sort: AdSort) => void,
): readonly Column<AdRow>[] {
  return [
    {
      id: 'ad',
      header: 'Ad',
      width: 'minmax(120px, 2fr)',
      cell: (ad) => <AdName ad={ad} brandId={brandId} />,
    },
    {
      id: 'trend',
      header: 'Spend over time',
      width: '108px',
      secondary: true,
      cell: (ad) => <Sparkline values={ad.spendSeries} label={trendInWords(ad)} />,
    },
    ...adFigures.map(
      (figure): Column<AdRow> => ({
        id: figure.order,
        header: figure.header,
        width: figure.width,
        align: 'right',
        sorted: figure.order === order ? direction : 'none',
        onSort: () =>
          onSort({
            order: figure.order,
            direction: figure.order === order && direction === 'descending' ? 'ascending' : 'descending',
          }),
        ...(figure.secondary === true ? { secondary: true } : {}),
        ...(figure.isLeftOutOnPhones === true ? { isLeftOutOnPhones: true } : {}),
        cell: (ad) => figure.text(ad),
      }),
    ),
  ]
}

function AdName({ ad, brandId }: { ad: AdRow; brandId: string }) {
  return (
    <>
      <AdPreview brandId={brandId} ad={ad} />
      <span className={classes['name']}>
        <Name text={ad.name} none={`Ad ${ad.adId.slice(0, 40)}`} />
        <span className={classes['campaign']}>
          {ad.status !== null && ad.status !== 'ACTIVE' && (
            <>{ad.status.slice(0, 40).toLowerCase().replaceAll('_', ' ')} · </>
          )}
          <bdi>{(ad.campaign ?? ad.adId).slice(0, 200)}</bdi>
        </span>
      </span>
    </>
  )
}

function trendInWords({ spendSeries, currency }: AdRow): string {
  const [first = 0, last = 0] = [spendSeries[0], spendSeries.at(-1)]
  return `Spend over the window, from ${moneyText(first, currency)} to ${moneyText(last, currency)}`
}

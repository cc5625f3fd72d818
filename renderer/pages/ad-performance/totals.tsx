import type { AdFigures } from '../../../shared/contract/ads.ts'
import { countText } from '../../components/counts.ts'
import classes from './ad-performance.module.css'
import { moneyText, percentText, ratioText } from './figures.ts'

/** The sums of one currency. */
export function Totals({ currency, totals }: { currency: string | null; totals: AdFigures }) {
  const cost = totals.costPerPurchase
  const entries = [
    ['Spend', moneyText(totals.spend, currency)],
    ['Revenue', moneyText(totals.revenue, currency)],
    ['ROAS', ratioText(totals.roas)],
    ['Purchases', countText(totals.purchases)],
    ['Cost each', cost === null ? '–' : moneyText(cost, currency)],
    ['CTR', percentText(totals.ctr)],
    ['Impressions', countText(totals.impressions)],
  ] as const
  return (
    <dl className={classes['totals']}>
      {entries.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

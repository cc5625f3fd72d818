import type { AdTotals } from '../../shared/scorecard.ts'
import type { Database, Statement } from './database.ts'

/** Days of a calendar, `2026-03-02`, both included. */
export interface Window {
  readonly since: string
  readonly until: string
}

/** Another program may have stored NaN or infinity (bad input 26); such a figure counts as unknown. */
const finite = (column: string): string => `case when ${column} between -1e15 and 1e15 then ${column} end`

/** Money is added up exactly and rounded once. */
const totalsOf = (window: string): string => `
  coalesce(round(sum(${finite('spend')}) filter (where ${window}), 2), 0)::float8 as spend,
  coalesce(round(sum(${finite('purchase_value')}) filter (where ${window}), 2), 0)::float8 as revenue,
  coalesce(sum(purchases) filter (where ${window}), 0)::float8 as purchases,
  coalesce(sum(link_clicks) filter (where ${window}), 0)::float8 as clicks,
  coalesce(sum(impressions) filter (where ${window}), 0)::float8 as impressions`

const totalsStatement: Statement = {
  name: 'list_ad_totals',
  text: `
select meta_ad_id as "adId", coalesce(nullif(btrim((array_agg(ad_name order by date desc))[1]), ''), meta_ad_id) as name,
  currency, ${totalsOf('date between $2::date and $3::date')}
from meta_ads_performance
where brand_id = $1::uuid and date between $2::date and $3::date
group by meta_ad_id, currency
order by spend desc, meta_ad_id`,
}

/**
 * What each ad of a brand did in a window, most spent first. An ad whose account changed its currency has a row for
 * each.
 */
export async function listAdTotals(database: Database, brandId: string, { since, until }: Window): Promise<AdTotals[]> {
  return database.query<AdTotals>(totalsStatement, [brandId, since, until])
}

import type { AdOrder } from '../../shared/ad-orders.ts'
import type { AdFigures } from '../../shared/contract/ads.ts'
import type { Database, Statement } from './database.ts'
import { composed, Places } from './run-conditions.ts'

/*
 * meta_ads_performance, aggregated for people. Sums leave out reach and frequency: the people of two days may be the same.
 * Measured at 2,000 ads × 90 days: docs/performance.md.
 */

export interface AdWindow {
  readonly brandId: string
  /** `2026-11-20`, both included. */
  readonly since: string
  readonly until: string
  /** In names, or an id; empty = all. */
  readonly text: string
  /** With or without `act_`; null = all. */
  readonly accountId: string | null
}

/** Where a page ended. */
export interface AdPlace {
  /** A number as the database writes it; null = it had none. */
  readonly value: string | null
  readonly adId: string
}

export interface AdTotals extends AdFigures {
  readonly adId: string
  readonly accountId: string
  /** Null in rows of older programs: then it is that of the account. */
  readonly currency: string | null
  readonly place: AdPlace
}

/** Numerics as the database sums them, so that a place in the order is exact. */
const sums = `
  coalesce(sum(row.spend), 0) as spend, coalesce(sum(row.purchase_value), 0) as revenue,
  coalesce(sum(row.purchases), 0) as purchases, coalesce(sum(row.impressions), 0) as impressions,
  coalesce(sum(row.link_clicks), 0) as clicks, coalesce(sum(row.add_to_carts), 0) as add_to_carts`

const figureOf: Readonly<Record<AdOrder, string>> = {
  spend: 'total.spend',
  revenue: 'total.revenue',
  roas: 'total.revenue / nullif(total.spend, 0)',
  purchases: 'total.purchases',
  cost_per_purchase: 'total.spend / nullif(total.purchases, 0)',
  ctr: 'total.clicks / nullif(total.impressions, 0)',
  clicks: 'total.clicks',
  impressions: 'total.impressions',
  add_to_carts: 'total.add_to_carts',
}

const figures = `
  total.spend::double precision as spend, total.revenue::double precision as revenue,
  (${figureOf.roas})::double precision as roas, total.purchases::double precision as purchases,
  (${figureOf.cost_per_purchase})::double precision as "costPerPurchase",
  total.impressions::double precision as impressions, total.clicks::double precision as clicks,
  (${figureOf.ctr})::double precision as ctr, total.add_to_carts::double precision as "addToCarts"`

const bareId = (value: string): string => `regexp_replace(${value}, '^act_', '')`

/** The rows that are meant. An ad is found by any of its names, and then counts with all of its rows. */
function rowsOf({ brandId, since, until, text, accountId }: AdWindow, places: Places): string {
  const window = `row.brand_id = ${places.of(brandId)}::uuid
    and row.date between ${places.of(since)}::date and ${places.of(until)}::date`
  const account =
    accountId === null ? '' : `and ${bareId('row.meta_ad_account_id')} = ${bareId(`${places.of(accountId)}::text`)}`
  if (text === '') return `from meta_ads_performance row where ${window} ${account}`
  const pattern = places.of(`%${text.replaceAll(/[\\%_]/g, '\\$&')}%`)
  return `from meta_ads_performance row where ${window} ${account}
    and row.meta_ad_id in (
      select row.meta_ad_id from meta_ads_performance row
      where ${window} and (row.ad_name ilike ${pattern}::text or row.campaign_name ilike ${pattern}::text
        or row.meta_ad_id = ${places.of(text)}::text)
    )`
}

export interface AdPageQuestion extends AdWindow {
  readonly order: AdOrder
  readonly isAscending: boolean
  readonly after: AdPlace | null
  readonly limit: number
}

/** A page of ads in an order; those without a number in it come last, whichever direction. */
export async function pageAdTotals(database: Database, question: AdPageQuestion): Promise<AdTotals[]> {
  const { order, isAscending, after, limit } = question
  const places = new Places()
  const value = figureOf[order]
  const statement = composed(
    'page_ad_totals',
    `
select total.ad_id as "adId", total.account_id as "accountId", total.currency,
  json_build_object('value', (${value})::text, 'adId', total.ad_id) as place, ${figures}
from (
  select row.meta_ad_id as ad_id, max(row.meta_ad_account_id) as account_id, max(row.currency) as currency, ${sums}
  ${rowsOf(question, places)}
  group by row.meta_ad_id
) total
${after === null ? '' : `where ${beyond(value, isAscending, after, places)}`}
order by ${value} ${isAscending ? 'asc' : 'desc'} nulls last, total.ad_id
limit ${places.of(limit)}::integer`,
  )
  return database.query<AdTotals>(statement, places.values)
}

function beyond(value: string, isAscending: boolean, { value: at, adId }: AdPlace, places: Places): string {
  const later = `total.ad_id > ${places.of(adId)}::text`
  if (at === null) return `${value} is null and ${later}`
  const place = `${places.of(at)}::numeric`
  return `(${value} ${isAscending ? '>' : '<'} ${place} or ${value} = ${place} and ${later} or ${value} is null)`
}

/** What an ad is called and shows. */
export interface AdFacts {
  readonly adId: string
  readonly name: string | null
  readonly campaign: string | null
  readonly status: string | null
  readonly hasPreview: boolean
  /** Part of the window → what was spent in it. */
  readonly spent: Readonly<Record<string, number>>
}

const factsStatement: Statement = {
  name: 'list_ad_facts',
  text: `
select wanted.ad_id as "adId", coalesce(ad.name, latest.ad_name) as name, latest.campaign_name as campaign, ad.status,
  exists (
    select from meta_ad_assets asset
    where asset.brand_id = $1::uuid and asset.kind = 'image' and asset.source_id = ad.image_hash
      and asset.storage_key is not null
  ) as "hasPreview",
  coalesce(spent.parts, '{}') as spent
from unnest($2::text[]) as wanted (ad_id)
left join meta_ads ad on ad.meta_ad_id = wanted.ad_id and ad.brand_id = $1::uuid
left join lateral (
  select row.ad_name, row.campaign_name from meta_ads_performance row
  where row.meta_ad_id = wanted.ad_id and row.date <= $4::date
  order by row.date desc limit 1
) latest on true
left join lateral (
  select json_object_agg(part.at, part.spend) as parts
  from (
    select (row.date - $3::date) * $5::integer / ($4::date - $3::date + 1) as at, sum(row.spend)::double precision as spend
    from meta_ads_performance row
    where row.meta_ad_id = wanted.ad_id and row.date between $3::date and $4::date
    group by 1
  ) part
) spent on true`,
}

/** `parts`: into how many equal parts the window is cut. */
export async function listAdFacts(
  database: Database,
  { brandId, since, until }: Pick<AdWindow, 'brandId' | 'since' | 'until'>,
  adIds: readonly string[],
  parts: number,
): Promise<AdFacts[]> {
  return database.query<AdFacts>(factsStatement, [brandId, adIds, since, until, parts])
}

export interface AccountDay extends Omit<AdFigures, 'roas' | 'costPerPurchase' | 'ctr'> {
  readonly accountId: string
  readonly currency: string | null
  readonly day: string
}

/** What each account had on each day. */
export async function sumAccountDays(database: Database, window: AdWindow): Promise<AccountDay[]> {
  const places = new Places()
  const statement = composed(
    'sum_account_days',
    `
select total.account_id as "accountId", total.currency, total.day::text as day,
  total.spend::double precision as spend, total.revenue::double precision as revenue,
  total.purchases::double precision as purchases, total.impressions::double precision as impressions,
  total.clicks::double precision as clicks, total.add_to_carts::double precision as "addToCarts"
from (
  select row.meta_ad_account_id as account_id, row.currency, row.date as day, ${sums}
  ${rowsOf(window, places)}
  group by row.meta_ad_account_id, row.currency, row.date
) total`,
  )
  return database.query<AccountDay>(statement, places.values)
}

/** How many ads of each account have rows in the window. */
export async function countAds(
  database: Database,
  window: AdWindow,
): Promise<{ readonly accountId: string; readonly currency: string | null; readonly ads: number }[]> {
  const places = new Places()
  const statement = composed(
    'count_ads',
    `
select seen.account_id as "accountId", seen.currency, count(*) as ads
from (
  select row.meta_ad_id, max(row.meta_ad_account_id) as account_id, max(row.currency) as currency
  ${rowsOf(window, places)}
  group by row.meta_ad_id
) seen
group by seen.account_id, seen.currency`,
  )
  return database.query(statement, places.values)
}

const previewStatement: Statement = {
  name: 'get_ad_preview',
  text: `
select asset.storage_key as key, asset.content_type as "contentType", asset.bytes
from meta_ads ad
join meta_ad_assets asset
  on asset.brand_id = ad.brand_id and asset.kind = 'image' and asset.source_id = ad.image_hash
where ad.meta_ad_id = $2::text and ad.brand_id = $1::uuid and asset.storage_key is not null`,
}

export interface AdPreview {
  readonly key: string
  readonly contentType: string | null
  readonly bytes: number | null
}

/** Where the image of an ad is kept; null = nowhere. */
export async function getAdPreview(database: Database, brandId: string, adId: string): Promise<AdPreview | null> {
  const [preview] = await database.query<AdPreview>(previewStatement, [brandId, adId])
  return preview ?? null
}

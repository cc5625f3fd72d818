/** The Ad Performance page of a brand with 2,000 ads over 90 days: what it asks when it is opened, sorted, searched and scrolled. */
import { withClient } from '../server.ts'
import { figure, percentile } from '../statistics.ts'
import { printTable, printTarget } from '../table.ts'
import { cells, columns, measure, type Place } from './answers.ts'

const ads = 2_000
const days = 90
/** ms: a page that is opened has its answer before anybody wonders. */
const target = 500

export async function measureAds(place: Place): Promise<void> {
  const [brandId = ''] = place.seeded.brandIds
  await seedAds(place.databaseUrl, brandId)
  const page = { brandId, days, limit: 100 }
  const first = await place.caller.call('ads/performance', { ...page, limit: 500 })
  const cursor = (first.value as { nextCursor: string }).nextCursor
  const questions = [
    ['totals and days', 'ads/summary', { brandId, days }],
    ['first page by spend', 'ads/performance', page],
    ['page from 500 on', 'ads/performance', { ...page, cursor }],
    ['by ROAS', 'ads/performance', { ...page, order: 'roas' }],
    ['with a text', 'ads/performance', { ...page, text: 'video 17' }],
    ['first page, 30 days', 'ads/performance', { ...page, days: 30 }],
  ] as const
  const rows: string[][] = []
  let worst = { name: '', p95: 0 }
  const calls = Math.ceil(place.calls / 10)
  for (const [name, path, input] of questions) {
    const measured = await measure(place, { path, input: () => input }, calls)
    const p95 = percentile(measured.ms, 95)
    if (p95 > worst.p95) worst = { name, p95 }
    rows.push([name, ...cells(measured)])
  }
  console.log(`\nAd performance, ${figure(ads)} ads × ${days} days; ${calls} calls each`)
  printTable(['question', ...columns], rows)
  printTarget(`Ad performance p95 ≤ ${target} ms`, `${figure(worst.p95, 1)} ms for ${worst.name}`, worst.p95 <= target)
}

/** Rows as meta_sync writes them: with the actions of Meta, which make them wide. */
async function seedAds(databaseUrl: string, brandId: string): Promise<void> {
  await withClient(databaseUrl, async (client) => {
    await client.query(
      `insert into brand_ad_accounts (brand_id, meta_ad_account_id, currency, time_zone, is_primary)
       values ($1::uuid, 'act_1', 'USD', 'UTC', true)`,
      [brandId],
    )
    await client.query(
      `insert into meta_ads_performance (brand_id, meta_ad_id, date, meta_ad_account_id, campaign_id, campaign_name, ad_name, currency,
         spend, impressions, reach, link_clicks, purchases, purchase_value, add_to_carts, video_views, raw_actions)
       select $1::uuid, 'ad' || ad, current_date - day, 'act_1', 'c' || ad % 40, 'Campaign ' || ad % 40, 'Summer video ' || ad, 'USD',
         (ad * 7919 + day * 31) % 10000 / 100.0, 1000 + ad % 500, 900, (ad + day) % 60, (ad + day) % 5, (ad * day) % 300, 3, 100,
         jsonb_build_array(
           jsonb_build_object('action_type', 'omni_purchase', 'value', ad::text),
           jsonb_build_object('action_type', 'link_click', 'value', day::text),
           jsonb_build_object('action_type', 'video_view', 'value', '100'),
           jsonb_build_object('action_type', 'add_to_cart', 'value', '3')
         )
       from generate_series(0, $3::integer - 1) day, generate_series(1, $2::integer) ad`,
      [brandId, ads, days],
    )
    await client.query('vacuum analyze meta_ads_performance')
  })
}

/** Rows of ads as meta_sync leaves them, by plain SQL; days count back from today in UTC. */
import type pg from 'pg'
import { insert } from './job-rows.ts'

export interface AdDay {
  readonly adId: string
  /** 0 = today. */
  readonly daysAgo: number
  readonly name?: string
  readonly campaign?: string
  readonly accountId?: string
  readonly currency?: string | null
  readonly spend?: number | null
  readonly revenue?: number | null
  readonly purchases?: number
  readonly impressions?: number
  readonly clicks?: number
}

export async function addAdDays(client: pg.ClientBase, brandId: string, days: readonly AdDay[]): Promise<void> {
  for (const day of days) {
    await client.query(
      `insert into meta_ads_performance (brand_id, meta_ad_id, date, meta_ad_account_id, ad_name, campaign_name, currency, spend,
         purchase_value, purchases, impressions, link_clicks)
       values ($1::uuid, $2, (now() at time zone 'UTC')::date - $3::integer, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
      [
        brandId,
        day.adId,
        day.daysAgo,
        day.accountId ?? 'act_1',
        day.name ?? `Ad ${day.adId}`,
        day.campaign ?? 'Campaign',
        day.currency === undefined ? 'EUR' : day.currency,
        day.spend === undefined ? 10 : day.spend,
        day.revenue === undefined ? 20 : day.revenue,
        day.purchases ?? 1,
        day.impressions ?? 1_000,
        day.clicks ?? 10,
      ],
    )
  }
}

export async function addAccount(client: pg.ClientBase, brandId: string, columns: object = {}): Promise<void> {
  await insert(client, 'brand_ad_accounts', {
    brand_id: brandId,
    meta_ad_account_id: 'act_1',
    account_name: 'Main account',
    is_primary: true,
    currency: 'EUR',
    time_zone: 'UTC',
    ...columns,
  })
}

/** The ad itself, with an image that is kept under this key; null = it has none. */
export async function addAd(client: pg.ClientBase, brandId: string, adId: string, key: string | null): Promise<void> {
  await client.query(
    `insert into meta_ads (meta_ad_id, brand_id, meta_ad_account_id, name, status, image_hash)
     values ($2, $1::uuid, 'act_1', 'Newest name of ' || $2, 'PAUSED', 'hash ' || $2)`,
    [brandId, adId],
  )
  if (key === null) return
  await client.query(
    `insert into meta_ad_assets (brand_id, kind, source_id, storage_key, sha256, content_type, bytes)
     values ($1::uuid, 'image', 'hash ' || $2, $3, 'abc', 'image/png', 3)`,
    [brandId, adId, key],
  )
}

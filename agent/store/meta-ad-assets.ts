import type { Database, Statement } from './database.ts'

export type AssetKind = 'image' | 'video'

/** An image or video that an ad of a brand shows, and that we do not have. */
export interface WantedAsset {
  readonly kind: AssetKind
  /** Image hash or video id. */
  readonly sourceId: string
  readonly accountId: string
  /** Of the ad that spent most with it, for messages. */
  readonly adName: string
}

/** What was refused is tried again after this many days: it may have been replaced. */
const refusalDays = 30
/** Spend counts for the order only. */
const spendDays = 90

function wantedStatement(kind: AssetKind, column: string): Statement {
  return {
    name: `list_wanted_${kind}s`,
    text: `
select ad.${column} as "sourceId", ad.meta_ad_account_id as "accountId",
  (array_agg(ad.name order by spent.spend desc nulls last, ad.meta_ad_id))[1] as "adName"
from meta_ads ad
left join lateral (
  select sum(performance.spend) as spend from meta_ads_performance performance
  where performance.meta_ad_id = ad.meta_ad_id and performance.date > current_date - ${spendDays}
) spent on true
where ad.brand_id = $1::uuid and ad.${column} is not null and ($2::boolean or ad.status = 'ACTIVE')
  and not exists (
    select from meta_ad_assets asset
    where asset.brand_id = ad.brand_id and asset.kind = '${kind}' and asset.source_id = ad.${column}
      and (asset.storage_key is not null or asset.fetched_at > now() - interval '${refusalDays} days')
  )
group by ad.${column}, ad.meta_ad_account_id
order by sum(spent.spend) desc nulls last, ad.${column}
limit $3::integer`,
  }
}

const wantedStatements: Readonly<Record<AssetKind, Statement>> = {
  image: wantedStatement('image', 'image_hash'),
  video: wantedStatement('video', 'video_id'),
}

/** Those on which most was spent lately come first. */
export async function listWantedAssets(
  database: Database,
  brandId: string,
  kind: AssetKind,
  wanted: { readonly inactive: boolean; readonly limit: number },
): Promise<WantedAsset[]> {
  const values = [brandId, wanted.inactive, wanted.limit]
  const rows = await database.query<Omit<WantedAsset, 'kind'>>(wantedStatements[kind], values)
  return rows.map((row) => ({ ...row, kind }))
}

const recordStatement: Statement = {
  name: 'record_meta_ad_asset',
  text: `
insert into meta_ad_assets (
  brand_id, kind, source_id, storage_key, sha256, content_type, bytes, refused_because, fetched_at
)
values ($1::uuid, $2::text, $3::text, $4::text, $5::text, $6::text, $7::bigint, $8::text, now())
on conflict (brand_id, kind, source_id) do update
set storage_key = excluded.storage_key, sha256 = excluded.sha256, content_type = excluded.content_type,
  bytes = excluded.bytes, refused_because = excluded.refused_because, fetched_at = excluded.fetched_at`,
}

export interface StoredAsset {
  readonly key: string
  readonly sha256: string
  readonly contentType: string
  readonly bytes: number
}

/** Notes where the bytes of an asset are, or why there are none. */
export async function recordAsset(
  database: Database,
  brandId: string,
  { kind, sourceId }: Pick<WantedAsset, 'kind' | 'sourceId'>,
  outcome: { readonly stored: StoredAsset } | { readonly refusedBecause: string },
): Promise<void> {
  const values =
    'stored' in outcome
      ? [outcome.stored.key, outcome.stored.sha256, outcome.stored.contentType, outcome.stored.bytes, null]
      : [null, null, null, null, outcome.refusedBecause]
  await database.query(recordStatement, [brandId, kind, sourceId, ...values])
}

const namedStatement: Statement = {
  name: 'list_named_files',
  text: `select distinct storage_key as key from meta_ad_assets where storage_key = any ($1::text[])`,
}

/** Those of the keys that some row names. */
export async function namedFiles(database: Database, keys: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await database.query<{ key: string }>(namedStatement, [keys])
  return new Set(rows.map(({ key }) => key))
}

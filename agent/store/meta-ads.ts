import type { Ad } from '../connectors/meta/ads.ts'
import type { Database, Statement } from './database.ts'

const columns = [
  'brand_id',
  'meta_ad_account_id',
  'name',
  'status',
  'creative_id',
  'thumbnail_url',
  'image_hash',
  'video_id',
  'link_url',
]
const listOf = (prefix: string): string => columns.map((column) => `${prefix}.${column}`).join(', ')

const saveStatement: Statement = {
  name: 'save_meta_ads',
  text: `
with saved as (
  insert into meta_ads as known (meta_ad_id, ${columns.join(', ')})
  select seen.id, $1::uuid, $2::text, seen.name, seen.status, seen."creativeId", seen."thumbnailUrl", seen."imageHash",
    seen."videoId", seen."linkUrl"
  from jsonb_to_recordset($3::jsonb) as seen (
    id text, name text, status text, "creativeId" text, "thumbnailUrl" text, "imageHash" text, "videoId" text, "linkUrl" text
  )
  on conflict (meta_ad_id) do update
  set ${columns.map((column) => `${column} = excluded.${column}`).join(', ')}, changed_at = now()
  where (${listOf('known')}) is distinct from (${listOf('excluded')})
  returning (known.xmax = 0) as is_new
)
select count(*) filter (where is_new) as added, count(*) filter (where not is_new) as changed from saved`,
}

/** Keeps what was seen of a page of ads, no ad twice. An ad that is not seen any more stays as it was. */
export async function saveMetaAds(
  database: Database,
  brandId: string,
  accountId: string,
  ads: readonly Ad[],
): Promise<{ added: number; changed: number }> {
  const values = [brandId, accountId, JSON.stringify(ads)]
  const [row] = await database.query<{ added: number; changed: number }>(saveStatement, values)
  return row ?? { added: 0, changed: 0 }
}

import type { PageReading } from '../connectors/web/page-reader.ts'
import type { Database, Statement } from './database.ts'

export interface AdDestination {
  readonly url: string
  readonly ads: number
}

/** More addresses than any brand has pages; those of most active ads. */
const mostDestinations = 20_000

const destinationsStatement: Statement = {
  name: 'list_ad_destinations',
  text: `
select link_url as url, count(*) as ads
from meta_ads
where brand_id = $1::uuid and link_url is not null and status not in ('ARCHIVED', 'DELETED')
group by link_url
order by count(*) filter (where status = 'ACTIVE') desc, count(*) desc, link_url
limit ${mostDestinations}`,
}

/** Where the ads of a brand lead, those that most ads lead to now first. */
export async function listAdDestinations(database: Database, brandId: string): Promise<AdDestination[]> {
  return database.query<AdDestination>(destinationsStatement, [brandId])
}

const hasAdsStatement: Statement = {
  name: 'has_meta_ads',
  text: `select exists (select from meta_ads where brand_id = $1::uuid) as found`,
}

/** Whether anything is known of the ads of a brand. */
export async function hasMetaAds(database: Database, brandId: string): Promise<boolean> {
  const [row] = await database.query<{ found: boolean }>(hasAdsStatement, [brandId])
  return row?.found ?? false
}

const removeStatement: Statement = {
  name: 'remove_abandoned_landing_pages',
  text: `
delete from landing_pages page
where page.brand_id = $1::uuid and not exists (select from unnest($2::text[]) as wanted (url) where wanted.url = page.url)
returning page.url`,
}

/** Forgets pages that no ad leads to any more: those that are not among `urls`. Returns how many. */
export async function removeAbandonedPages(
  database: Database,
  brandId: string,
  urls: readonly string[],
): Promise<number> {
  return (await database.query(removeStatement, [brandId, urls])).length
}

const saveStatement: Statement = {
  name: 'save_landing_page',
  text: `
with known as (
  select sha256 from landing_pages where brand_id = $1::uuid and url = $2::text
), saved as (
  insert into landing_pages as page (
    brand_id, url, ads, outcome, status, final_url, title, content_type, sha256, bytes, problem, changed_at
  )
  values (
    $1::uuid, $2::text, $3::integer, $4::text, $5::integer, $6::text, $7::text, $8::text, $9::text, $10::bigint, $11::text,
    case when $9::text is not null then now() end
  )
  on conflict (brand_id, url) do update
  set ads = excluded.ads, outcome = excluded.outcome, status = excluded.status, problem = excluded.problem, checked_at = now(),
    final_url = coalesce(excluded.final_url, page.final_url),
    title = case when excluded.sha256 is null then page.title else excluded.title end,
    content_type = case when excluded.sha256 is null then page.content_type else excluded.content_type end,
    bytes = coalesce(excluded.bytes, page.bytes), sha256 = coalesce(excluded.sha256, page.sha256),
    changed_at = case when excluded.sha256 <> coalesce(page.sha256, '') then now() else page.changed_at end
  returning sha256
)
select not exists (select from known) as "isNew",
  exists (select from known, saved where known.sha256 is distinct from saved.sha256) as "isChanged"
from saved`,
}

/** Keeps what came of asking for a page. Of one that could not be fetched, the content that was seen last stays. */
export async function saveLandingPage(
  database: Database,
  brandId: string,
  page: AdDestination & PageReading,
): Promise<{ readonly isNew: boolean; readonly isChanged: boolean }> {
  const { url, ads, outcome, status, finalUrl, title, contentType, sha256, bytes, problem } = page
  const values = [brandId, url, ads, outcome, status, finalUrl, title, contentType, sha256, bytes, problem]
  const [row] = await database.query<{ isNew: boolean; isChanged: boolean }>(saveStatement, values)
  return row ?? { isNew: false, isChanged: false }
}

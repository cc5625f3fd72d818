import type { LibraryAd } from '../connectors/meta/ad-library.ts'
import type { Database, Statement } from './database.ts'

const columns = ['page_id', 'page_name', 'content', 'platforms', 'languages', 'started_on', 'stopped_on']
const listOf = (prefix: string): string => columns.map((column) => `${prefix}.${column}`).join(', ')

/** The first and the last day count. One that runs has run until now, as far as it was seen. */
const saveStatement: Statement = {
  name: 'save_library_ads',
  text: `
with saved as (
  insert into library_ads as known (brand_id, library_ad_id, ${columns.join(', ')}, longevity_days)
  select $1::uuid, seen.id, seen."pageId", seen."pageName", jsonb_build_object('bodies', seen.bodies, 'titles', seen.titles),
    array(select jsonb_array_elements_text(seen.platforms)), array(select jsonb_array_elements_text(seen.languages)),
    seen."startedOn", seen."stoppedOn",
    coalesce(greatest(coalesce(seen."stoppedOn", (now() at time zone 'UTC')::date) - seen."startedOn" + 1, 0), 0)
  from jsonb_to_recordset($2::jsonb) as seen (
    id text, "pageId" text, "pageName" text, bodies jsonb, titles jsonb, platforms jsonb, languages jsonb, "startedOn" date,
    "stoppedOn" date
  )
  on conflict (brand_id, library_ad_id) do update
  set ${columns.map((column) => `${column} = excluded.${column}`).join(', ')}, longevity_days = excluded.longevity_days,
    last_seen_at = now(),
    changed_at = case when (${listOf('known')}) is distinct from (${listOf('excluded')}) then now() else known.changed_at end
  returning (known.xmax = 0) as is_new, known.changed_at = now() as is_changed, known.longevity_days
)
select count(*) filter (where is_new) as added, count(*) filter (where is_changed and not is_new) as changed,
  coalesce(max(longevity_days), 0)::integer as "longestDays"
from saved`,
}

export interface SavedLibraryAds {
  readonly added: number
  readonly changed: number
  /** For how many days the longest of them has run. */
  readonly longestDays: number
}

/** Keeps what a search has found, no ad twice in one call. An ad that is not found any more stays as it was. */
export async function saveLibraryAds(
  database: Database,
  brandId: string,
  ads: readonly LibraryAd[],
): Promise<SavedLibraryAds> {
  const [row] = await database.query<SavedLibraryAds>(saveStatement, [brandId, JSON.stringify(ads)])
  return row ?? { added: 0, changed: 0, longestDays: 0 }
}

import { z } from 'zod'
import { cleanText } from '../../../shared/errors.ts'
import type { GraphClient } from './graph-client.ts'
import { pages } from './pages.ts'

const texts = z.array(z.string().transform((text) => cleanText(text, 10_000))).default([])

/**
 * https://developers.facebook.com/docs/graph-api/reference/ads_archive/ , fields of
 * https://developers.facebook.com/docs/graph-api/reference/archived-ad/
 */
const librarySchema = z.object({
  id: z.string().min(1).max(50),
  page_id: z.string().optional(),
  page_name: z.string().optional(),
  ad_creation_time: z.string().optional(),
  ad_delivery_start_time: z.string().optional(),
  ad_delivery_stop_time: z.string().optional(),
  ad_creative_bodies: texts,
  ad_creative_link_titles: texts,
  publisher_platforms: z.array(z.string()).default([]),
  languages: z.array(z.string()).default([]),
})

/** An ad of the Ad Library, of whichever advertiser. Days are `2026-03-02`; null = Meta says nothing of it. */
export interface LibraryAd {
  readonly id: string
  readonly pageId: string | null
  readonly pageName: string | null
  readonly startedOn: string | null
  /** Null while it runs. */
  readonly stoppedOn: string | null
  readonly bodies: readonly string[]
  readonly titles: readonly string[]
  readonly platforms: readonly string[]
  readonly languages: readonly string[]
}

export interface LibrarySearch {
  /** Words that have to be in the ad; empty when pages are named. */
  readonly terms: string
  /** At most ten. */
  readonly pageIds: readonly string[]
  /** ISO 3166-1 alpha-2, at least one. Outside the EU and the UK the library holds only what is about politics. */
  readonly countries: readonly string[]
  readonly active: 'ACTIVE' | 'INACTIVE' | 'ALL'
}

const adsPerPage = 100

/**
 * What a search of the Ad Library finds, page by page. `ad_snapshot_url` is left out: it holds the token. The person
 * behind the token has to have confirmed who they are, or Meta refuses with code 10. @throws GraphFailure
 */
export async function* searchLibrary(client: GraphClient, search: LibrarySearch): AsyncGenerator<LibraryAd[]> {
  const query = {
    fields: Object.keys(librarySchema.shape).join(','),
    ad_type: 'ALL',
    ad_reached_countries: search.countries,
    ad_active_status: search.active,
    search_terms: search.terms === '' ? undefined : search.terms,
    search_page_ids: search.pageIds.length === 0 ? undefined : search.pageIds,
  }
  for await (const page of pages(client, '/ads_archive', query, librarySchema, { limit: adsPerPage, shrinks: true })) {
    yield page.map(libraryAdOf)
  }
}

function libraryAdOf(ad: z.output<typeof librarySchema>): LibraryAd {
  return {
    id: ad.id,
    pageId: ad.page_id ?? null,
    pageName: ad.page_name === undefined ? null : cleanText(ad.page_name, 1_000),
    startedOn: dayOf(ad.ad_delivery_start_time ?? ad.ad_creation_time),
    stoppedOn: dayOf(ad.ad_delivery_stop_time),
    bodies: ad.ad_creative_bodies,
    titles: ad.ad_creative_link_titles,
    platforms: ad.publisher_platforms,
    languages: ad.languages,
  }
}

/** Days come with or without a time behind them. */
function dayOf(text: string | undefined): string | null {
  const day = text?.slice(0, 10) ?? ''
  return /^\d{4}-\d{2}-\d{2}$/.test(day) ? day : null
}

import { textOf } from '../days.ts'
import { invalidParameter } from '../graph-error.ts'
import { asked, page } from '../paging.ts'
import { noise } from '../random.ts'
import { fieldsOf, picked, type Route } from '../request.ts'
import type { Simulation } from '../simulation.ts'

const adsPerTerm = 60
const mostPerPage = 250
/** The first day an ad of the library may have started: 2026-01-01. */
const firstDay = 20_454

/**
 * The Ad Library: https://developers.facebook.com/docs/graph-api/reference/ads_archive/ . What it finds belongs to the
 * words or the pages that are searched for; ads start, run for some weeks, and stop.
 */
export const libraryRoute: Route = {
  endpoint: 'library',
  method: 'GET',
  path: /^\/ads_archive$/,
  answer: ({ simulation, query, url, token }) => {
    if (!query.has('ad_reached_countries')) throw invalidParameter('The parameter ad_reached_countries is required.')
    const pages = listOf(query, 'search_page_ids')
    const terms = query.get('search_terms') ?? ''
    if (terms === '' && pages.length === 0)
      throw invalidParameter('Either search_terms or search_page_ids is required.')
    const { from, limit } = asked(query, mostPerPage)
    const subjects = pages.length > 0 ? pages : [terms.toLowerCase()]
    const found = subjects.flatMap((subject) => adsOf(simulation, subject, pages.length > 0, url.origin))
    const wanted = found.filter((ad) => isActive(query, ad))
    const rows = wanted.slice(from, from + limit).map((ad) => picked(ad, fieldsOf(query)))
    return page(rows, from, from + limit < wanted.length ? from + limit : null, url, token)
  },
}

function listOf(query: URLSearchParams, name: string): string[] {
  const given = query.get(name)
  if (given === null) return []
  const list: unknown = given.startsWith('[') ? JSON.parse(given) : given.split(',')
  return Array.isArray(list) ? list.map(String) : []
}

type LibraryAd = Readonly<Record<string, unknown>> & { readonly id: string; readonly ad_delivery_stop_time?: string }

function adsOf(simulation: Simulation, subject: string, isPage: boolean, origin: string): LibraryAd[] {
  const { seed } = simulation.world
  const key = [...subject].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) | 0, 7)
  const { day: today } = simulation.today({ timeZone: 'UTC' })
  return Array.from({ length: adsPerTerm }, (_, index): LibraryAd => {
    const draw = (part: number): number => noise(seed, key, index, part)
    const start = firstDay + Math.floor(draw(1) * (today - firstDay))
    const stop = start + Math.floor(draw(2) * 90)
    const pageId = isPage ? subject : String(500_000 + Math.floor(draw(3) * 5))
    const id = String(3_000_000_000_000 + Math.abs(key) * 100 + index)
    return {
      id,
      page_id: pageId,
      page_name: `Page ${pageId}`,
      ad_creation_time: textOf(start),
      ad_delivery_start_time: textOf(start),
      ...(stop < today ? { ad_delivery_stop_time: textOf(stop) } : {}),
      ad_creative_bodies: [`${subject}: ${['only today', 'our favourite', 'new'][index % 3]} (${index + 1})`],
      ad_creative_link_titles: [`${subject} ${index + 1}`],
      ad_snapshot_url: `${origin}/library/${id}`,
      publisher_platforms: index % 2 === 0 ? ['facebook', 'instagram'] : ['facebook'],
      languages: ['en'],
    }
  })
}

/** `ad_active_status`: ACTIVE (as it is when nothing is said), INACTIVE or ALL. */
function isActive(query: URLSearchParams, ad: LibraryAd): boolean {
  const wanted = query.get('ad_active_status') ?? 'ACTIVE'
  return wanted === 'ALL' || (ad.ad_delivery_stop_time === undefined) === (wanted === 'ACTIVE')
}

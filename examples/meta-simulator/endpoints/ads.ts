import { invalidParameter } from '../graph-error.ts'
import { asked, page } from '../paging.ts'
import { fieldsOf, picked, type Route } from '../request.ts'
import type { Simulation } from '../simulation.ts'
import type { Ad } from '../world.ts'

const mostPerPage = 500

/**
 * https://developers.facebook.com/docs/marketing-api/reference/ad-account/ads/ with `creative{…}` expanded:
 * https://developers.facebook.com/docs/marketing-api/reference/ad-creative/ .
 */
export const adsRoute: Route = {
  endpoint: 'ads',
  method: 'GET',
  path: /^\/(act_\d+)\/ads$/,
  answer: ({ simulation, parts: [id = ''], query, url, token }) => {
    const account = simulation.account(id)
    const { from, limit } = asked(query, mostPerPage)
    const wanted = statusesOf(query)
    const fields = fieldsOf(query)
    const rows: object[] = []
    let index = from
    for (; index < account.ads && rows.length < limit; index += 1) {
      const ad = simulation.world.ad(account, index)
      if (wanted.has(simulation.statusOf(ad))) rows.push(picked(adRow(simulation, ad, url.origin), fields))
    }
    return page(rows, from, index < account.ads ? index : null, url, token)
  },
}

/** `effective_status=["ACTIVE"]`; without it, whatever is neither archived nor deleted. */
function statusesOf(query: URLSearchParams): ReadonlySet<string> {
  const given = query.get('effective_status')
  if (given === null) return new Set(['ACTIVE', 'PAUSED'])
  const statuses: unknown = JSON.parse(given)
  if (!Array.isArray(statuses)) throw invalidParameter('param effective_status must be an array')
  return new Set(statuses.map(String))
}

function adRow(simulation: Simulation, ad: Ad, origin: string): Readonly<Record<string, unknown>> {
  const status = simulation.statusOf(ad)
  return {
    id: ad.id,
    name: ad.name,
    account_id: ad.account.id,
    campaign_id: ad.campaign.id,
    status,
    effective_status: status,
    creative: { id: ad.creativeId, ...creativeOf(ad, origin) },
  }
}

/**
 * Where its image, video and link stand depends on what the ad was made from; every seventh is made from a feed of
 * assets.
 */
function creativeOf(ad: Ad, origin: string): object {
  const link = `${origin}/shop/${ad.account.number}/${ad.index % 5}`
  const thumbnail_url = `${origin}/files/thumbnails/${ad.creativeId}.jpg?stp=dst-jpg&oe=6700000`
  if (ad.index % 7 === 6 && ad.videoId === null) {
    const asset_feed_spec = {
      images: [{ hash: ad.imageHash }],
      link_urls: [{ website_url: link }],
      bodies: [{ text: ad.name }],
    }
    return { object_type: 'SHARE', thumbnail_url, asset_feed_spec }
  }
  if (ad.videoId === null) {
    const link_data = { link, message: ad.name, image_hash: ad.imageHash }
    return {
      object_type: 'SHARE',
      thumbnail_url,
      image_hash: ad.imageHash,
      object_story_spec: { page_id: '100', link_data },
    }
  }
  const call_to_action = { type: 'SHOP_NOW', value: { link } }
  const video_data = { video_id: ad.videoId, message: ad.name, image_hash: ad.imageHash, call_to_action }
  return {
    object_type: 'VIDEO',
    thumbnail_url,
    video_id: ad.videoId,
    object_story_spec: { page_id: '100', video_data },
  }
}

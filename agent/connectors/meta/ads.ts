import { z } from 'zod'
import { cleanText } from '../../../shared/errors.ts'
import { accountPath } from './accounts.ts'
import type { GraphClient } from './graph-client.ts'
import { pages } from './pages.ts'

/**
 * https://developers.facebook.com/docs/marketing-api/reference/ad-creative/ ; where things stand depends on how the ad
 * was made.
 */
const creativeSchema = z.object({
  id: z.string(),
  thumbnail_url: z.string().optional(),
  image_hash: z.string().optional(),
  image_url: z.string().optional(),
  video_id: z.string().optional(),
  link_url: z.string().optional(),
  object_story_spec: z
    .object({
      link_data: z.object({ link: z.string().optional(), image_hash: z.string().optional() }).optional(),
      video_data: z
        .object({
          video_id: z.string().optional(),
          image_hash: z.string().optional(),
          call_to_action: z.object({ value: z.object({ link: z.string().optional() }).optional() }).optional(),
        })
        .optional(),
    })
    .optional(),
  asset_feed_spec: z
    .object({
      images: z.array(z.object({ hash: z.string().optional() })).optional(),
      videos: z.array(z.object({ video_id: z.string().optional() })).optional(),
      link_urls: z.array(z.object({ website_url: z.string().optional() })).optional(),
    })
    .optional(),
})
type Creative = z.output<typeof creativeSchema>

const adSchema = z.object({
  id: z.string().min(1).max(50),
  name: z.string().default(''),
  effective_status: z.string().default('UNKNOWN'),
  creative: creativeSchema.optional(),
})

/** An ad and what it shows. Null = Meta says nothing of it. */
export interface Ad {
  readonly id: string
  readonly name: string
  readonly status: string
  readonly creativeId: string | null
  /** A signed address that stops working after some days. */
  readonly thumbnailUrl: string | null
  readonly imageHash: string | null
  readonly videoId: string | null
  /** Where the ad leads. */
  readonly linkUrl: string | null
}

const creativeFields =
  'id,thumbnail_url,image_hash,image_url,video_id,link_url,' +
  'object_story_spec{link_data{link,image_hash},video_data{video_id,image_hash,call_to_action}},asset_feed_spec'

const adsPerPage = 200

/**
 * The ads of an account, page by page: https://developers.facebook.com/docs/marketing-api/reference/ad-account/ads/ .
 * `inactive`: also those that do not run any more. @throws GraphFailure
 */
export async function* fetchAds(
  client: GraphClient,
  accountId: string,
  { inactive }: { readonly inactive: boolean },
): AsyncGenerator<Ad[]> {
  const fields = `id,name,effective_status,creative.thumbnail_width(256).thumbnail_height(256){${creativeFields}}`
  const statuses = inactive
    ? ['ACTIVE', 'PAUSED', 'CAMPAIGN_PAUSED', 'ADSET_PAUSED', 'ARCHIVED', 'WITH_ISSUES']
    : ['ACTIVE']
  const query = { fields, effective_status: statuses }
  const path = `${accountPath(accountId)}/ads`
  for await (const page of pages(client, path, query, adSchema, { limit: adsPerPage, shrinks: true }))
    yield page.map(adOf)
}

function adOf({ id, name, effective_status, creative }: z.output<typeof adSchema>): Ad {
  return {
    id,
    name: cleanText(name, 1_000),
    status: effective_status,
    creativeId: creative?.id ?? null,
    thumbnailUrl: webAddress(creative?.thumbnail_url ?? creative?.image_url),
    imageHash: creative === undefined ? null : imageHashOf(creative),
    videoId: creative === undefined ? null : videoIdOf(creative),
    linkUrl: creative === undefined ? null : linkOf(creative),
  }
}

function imageHashOf({ image_hash, object_story_spec: story, asset_feed_spec: feed }: Creative): string | null {
  return image_hash ?? story?.link_data?.image_hash ?? story?.video_data?.image_hash ?? feed?.images?.[0]?.hash ?? null
}

function videoIdOf({ video_id, object_story_spec: story, asset_feed_spec: feed }: Creative): string | null {
  const id = video_id ?? story?.video_data?.video_id ?? feed?.videos?.[0]?.video_id
  return id !== undefined && /^\d{1,32}$/.test(id) ? id : null
}

function linkOf({ link_url, object_story_spec: story, asset_feed_spec: feed }: Creative): string | null {
  const inVideo = story?.video_data?.call_to_action?.value?.link
  return webAddress(link_url ?? story?.link_data?.link ?? inVideo ?? feed?.link_urls?.[0]?.website_url)
}

/** Null for anything but http and https: it will be shown as a link, and fetched. */
function webAddress(text: string | undefined): string | null {
  const url = text === undefined || text.length > 4_000 ? null : URL.parse(text)
  return url !== null && /^https?:$/.test(url.protocol) ? url.href : null
}

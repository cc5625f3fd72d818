import { z } from 'zod'
import type { JsonValue } from '../../../shared/domain.ts'
import { cleanText } from '../../../shared/errors.ts'

/*
 * A row of insights as Meta sends it (every number is a text) and as we keep it. Fields:
 * https://developers.facebook.com/docs/marketing-api/reference/ads-insights/
 */

/** A number as a text, exactly as sent: money goes to the database without ever being a float. */
const decimal = z.union([
  z.string().regex(/^-?\d{1,20}(?:\.\d{1,20})?(?:[eE][+-]?\d{1,3})?$/, { error: 'is not a number' }),
  z.number().transform(String),
])

const action = z.object({ action_type: z.string(), value: decimal.optional() })
const actions = z.array(action).default([])

export const insightSchema = z.object({
  account_currency: z.string().optional(),
  campaign_id: z.string().optional(),
  campaign_name: z.string().optional(),
  ad_id: z.string().min(1).max(50),
  ad_name: z.string().optional(),
  date_start: z.iso.date(),
  date_stop: z.iso.date(),
  spend: decimal.optional(),
  impressions: decimal.optional(),
  reach: decimal.optional(),
  frequency: decimal.optional(),
  inline_link_clicks: decimal.optional(),
  inline_link_click_ctr: decimal.optional(),
  cost_per_inline_link_click: decimal.optional(),
  actions,
  action_values: actions,
  purchase_roas: actions,
  video_play_actions: actions,
  video_p25_watched_actions: actions,
  video_p50_watched_actions: actions,
  video_p75_watched_actions: actions,
  video_p100_watched_actions: actions,
})
type Insight = z.output<typeof insightSchema>
type Actions = Insight['actions']

export const insightFields = Object.keys(insightSchema.shape)
  .filter((field) => !field.startsWith('date_'))
  .join(',')

/** What an ad did on a day. Texts are exact decimals; null = Meta says nothing, or there is nothing to divide by. */
export interface AdDay {
  readonly adId: string
  /** Of the account's time zone. */
  readonly date: string
  readonly campaignId: string | null
  readonly campaignName: string | null
  readonly adName: string | null
  /** ISO 4217, of spend, cost and values. */
  readonly currency: string | null
  readonly spend: string
  readonly impressions: number
  readonly reach: number
  readonly frequency: string | null
  readonly linkClicks: number
  /** Percent. */
  readonly linkCtr: string | null
  readonly linkCpc: string | null
  readonly addToCarts: number
  readonly purchases: number
  readonly purchaseValue: string
  readonly roas: string | null
  /** Views of three seconds and more, and of a quarter, half, … of the length; null for ads without a video. */
  readonly videoViews: number | null
  readonly videoP25: number | null
  readonly videoP50: number | null
  readonly videoP75: number | null
  readonly videoP100: number | null
  readonly rawActions: JsonValue
}

/**
 * The same event comes under several names, each with the whole count, so they are never added up: the first that is
 * there counts. `omni_` covers all channels; the others are what older accounts have.
 */
const eventNames = {
  purchase: ['omni_purchase', 'purchase', 'offsite_conversion.fb_pixel_purchase'],
  addToCart: ['omni_add_to_cart', 'add_to_cart', 'offsite_conversion.fb_pixel_add_to_cart'],
  videoView: ['video_view'],
} as const

export function adDayOf(row: Insight): AdDay {
  const spend = row.spend ?? '0'
  const purchaseValue = valueOf(row.action_values, eventNames.purchase) ?? '0'
  return {
    adId: row.ad_id,
    date: row.date_start,
    campaignId: row.campaign_id ?? null,
    campaignName: nameOf(row.campaign_name),
    adName: nameOf(row.ad_name),
    currency: row.account_currency ?? null,
    spend,
    impressions: count(row.impressions),
    reach: count(row.reach),
    frequency: row.frequency ?? null,
    linkClicks: count(row.inline_link_clicks),
    linkCtr: row.inline_link_click_ctr ?? (count(row.impressions) > 0 ? '0' : null),
    linkCpc: row.cost_per_inline_link_click ?? null,
    addToCarts: count(valueOf(row.actions, eventNames.addToCart)),
    purchases: count(valueOf(row.actions, eventNames.purchase)),
    purchaseValue,
    roas: valueOf(row.purchase_roas, eventNames.purchase) ?? ratio(purchaseValue, spend),
    ...videoOf(row),
    rawActions: rawActionsOf(row.actions),
  }
}

function videoOf(row: Insight) {
  const views = valueOf(row.actions, eventNames.videoView) ?? valueOf(row.video_play_actions, eventNames.videoView)
  const watched = (list: Actions): number | null => (views === null ? null : count(valueOf(list, eventNames.videoView)))
  return {
    videoViews: views === null ? null : count(views),
    videoP25: watched(row.video_p25_watched_actions),
    videoP50: watched(row.video_p50_watched_actions),
    videoP75: watched(row.video_p75_watched_actions),
    videoP100: watched(row.video_p100_watched_actions),
  }
}

/** Names may hold anything; what Postgres cannot keep is replaced, what nobody can read is cut. */
function nameOf(name: string | undefined): string | null {
  return name === undefined ? null : cleanText(name, 1_000)
}

function rawActionsOf(list: Actions): JsonValue {
  return list.map(({ action_type, value }) => ({ action_type: cleanText(action_type, 200), value: value ?? null }))
}

/** Null = it did not happen, or is not measured. */
function valueOf(list: Actions, names: readonly string[]): string | null {
  for (const name of names) {
    const found = list.find(({ action_type }) => action_type === name)
    if (found?.value !== undefined) return found.value
  }
  return null
}

/** Modelled conversions have decimals; a count is whole. */
function count(value: string | null | undefined): number {
  return Math.round(Number(value ?? 0))
}

function ratio(value: string, spend: string): string | null {
  const quotient = Number(value) / Number(spend)
  return Number.isFinite(quotient) ? quotient.toFixed(4) : null
}

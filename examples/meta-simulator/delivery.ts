import { textOf } from './days.ts'
import { between, noise } from './random.ts'
import type { Account, Ad } from './world.ts'

/** A number of an answer: Meta sends all of them as text. */
type Action = { readonly action_type: string; readonly value: string }

/**
 * A row of insights with `level=ad` and `time_increment=1`, fields as in
 * https://developers.facebook.com/docs/marketing-api/reference/ads-insights/ . What is zero among the actions is left
 * out, as there.
 */
export interface InsightRow {
  readonly [field: string]: string | readonly Action[] | undefined
}

/** How a day was restated since: which share of its rows is left, and what its numbers are multiplied with. */
export interface Restatement {
  readonly keep: number
  readonly factor: number
}

/** How much of its conversions a day shows at the end of itself, one and two days later; all after that. */
const attributed = [0.6, 0.85, 0.95]

/** Minor units of money, and how many of it a dollar is worth. */
const money: Readonly<Record<string, { readonly digits: number; readonly rate: number }>> = {
  JPY: { digits: 0, rate: 150 },
  EUR: { digits: 2, rate: 0.9 },
}

/**
 * What an ad did on a day, the same for the same seed. `age` is how many days ago that was (0 = today) and `passed` how
 * much of today is over, so that today's row grows and the last days are restated. Null when it did not deliver.
 */
export function rowOf(
  seed: number,
  ad: Ad,
  day: number,
  time: { readonly age: number; readonly passed: number },
  restated: Restatement = { keep: 1, factor: 1 },
): InsightRow | null {
  const { account, index } = ad
  const key = [account.number, index, day] as const
  if (noise(seed, ...key, 1) >= (account.delivering ?? 0.8) || noise(seed, ...key, 2) >= restated.keep) return null
  const shown = (time.age === 0 ? time.passed : 1) * restated.factor
  const impressions = Math.round(
    shown * between(400, 9_000, seed, account.number, index) * between(0.7, 1.3, seed, ...key, 3),
  )
  if (impressions === 0) return null
  const clicks = Math.round(impressions * between(0.004, 0.03, seed, ...key, 4))
  const carts = Math.round(clicks * between(0.05, 0.2, seed, ...key, 5))
  const purchases = Math.round(carts * between(0.2, 0.6, seed, ...key, 6) * (attributed[time.age] ?? 1))
  const { digits, rate } = money[account.currency] ?? { digits: 2, rate: 1 }
  const spend = (impressions / 1_000) * between(4, 14, seed, ...key, 7) * rate
  const value = purchases * between(25, 90, seed, ...key, 8) * rate
  const reach = Math.max(1, Math.round(impressions / between(1.05, 1.9, seed, ...key, 9)))
  const views = ad.videoId === null ? 0 : Math.round(impressions * between(0.2, 0.5, seed, ...key, 10))
  return {
    ...namesOf(ad, account),
    spend: spend.toFixed(digits),
    impressions: String(impressions),
    reach: String(reach),
    frequency: (impressions / reach).toFixed(6),
    ...clicksOf(clicks, impressions, spend),
    ...conversionsOf({ clicks, carts, purchases, views }, value, spend, digits),
    ...videoOf(views),
    date_start: textOf(day),
    date_stop: textOf(day),
  }
}

function namesOf(ad: Ad, account: Account): InsightRow {
  return {
    account_id: account.id,
    account_name: account.name,
    account_currency: account.currency,
    campaign_id: ad.campaign.id,
    campaign_name: ad.campaign.name,
    ad_id: ad.id,
    ad_name: ad.name,
  }
}

function clicksOf(clicks: number, impressions: number, spend: number): InsightRow {
  if (clicks === 0) return {}
  return {
    inline_link_clicks: String(clicks),
    inline_link_click_ctr: ((clicks / impressions) * 100).toFixed(6),
    cost_per_inline_link_click: (spend / clicks).toFixed(6),
  }
}

interface Counts {
  readonly clicks: number
  readonly carts: number
  readonly purchases: number
  readonly views: number
}

/** The same event comes under several names, which are not to be added up: `omni_` covers all channels. */
function conversionsOf(counts: Counts, value: number, spend: number, digits: number): InsightRow {
  const actions = [
    ...actionsOf(['link_click'], counts.clicks),
    ...actionsOf(['video_view'], counts.views),
    ...actionsOf(['omni_add_to_cart', 'add_to_cart', 'offsite_conversion.fb_pixel_add_to_cart'], counts.carts),
    ...actionsOf(['omni_purchase', 'purchase', 'offsite_conversion.fb_pixel_purchase'], counts.purchases),
  ]
  const values = actionsOf(['omni_purchase', 'purchase', 'offsite_conversion.fb_pixel_purchase'], value, digits)
  return {
    ...(actions.length > 0 ? { actions } : {}),
    ...(values.length > 0 ? { action_values: values } : {}),
    ...(values.length > 0 && spend > 0 ? { purchase_roas: actionsOf(['omni_purchase'], value / spend, 6) } : {}),
  }
}

function actionsOf(types: readonly string[], value: number, digits = 0): Action[] {
  return value === 0 ? [] : types.map((action_type) => ({ action_type, value: value.toFixed(digits) }))
}

function videoOf(views: number): InsightRow {
  if (views === 0) return {}
  const watched = (share: number): Action[] => actionsOf(['video_view'], Math.round(views * share))
  return {
    video_play_actions: watched(1.4),
    video_p25_watched_actions: watched(0.6),
    video_p50_watched_actions: watched(0.35),
    video_p75_watched_actions: watched(0.2),
    video_p100_watched_actions: watched(0.1),
  }
}

import { z } from 'zod'

/*
 * How the ads of a brand did in a window, against the window of the same length before it. Plain rules over plain sums:
 * an ad that cost next to nothing says nothing, so only ads with a share of the spend are judged. Money of different
 * currencies is never added up or compared; ratios are.
 */

const totals = z.object({
  spend: z.number(),
  revenue: z.number(),
  purchases: z.number(),
  clicks: z.number(),
  impressions: z.number(),
})
export type Totals = z.infer<typeof totals>

export interface AdTotals extends Totals {
  readonly adId: string
  readonly name: string
  /** ISO 4217; null = nobody knows. */
  readonly currency: string | null
}

const measures = totals.extend({
  /** Revenue for each unit of spend; null without spend. */
  roas: z.number().nullable(),
  /** Clicks in percent of impressions; null without impressions. */
  ctr: z.number().nullable(),
})
export type Measures = z.infer<typeof measures>

export const attentionReasons = ['no_purchases', 'loses_money', 'roas_fell', 'ctr_fell'] as const
export type AttentionReason = (typeof attentionReasons)[number]

const scoredAd = z.object({
  adId: z.string(),
  name: z.string(),
  currency: z.string().nullable(),
  current: measures,
  /** Null = it did not run in the window before. */
  previous: measures.nullable(),
})
export type ScoredAd = z.infer<typeof scoredAd>

const day = z.string()
const window = z.object({ since: day, until: day })

export const scorecardSchema = z.object({
  kind: z.literal('scorecard'),
  version: z.literal(1),
  brand: z.string(),
  window,
  previousWindow: window,
  /** One for each currency, most spent first. */
  totals: z.array(z.object({ currency: z.string().nullable(), current: measures, previous: measures.nullable() })),
  ads: z.number().int(),
  /** Ads that took enough of the spend to be judged. */
  judged: z.number().int(),
  topPerformers: z.array(scoredAd),
  needsAttention: z.array(scoredAd.extend({ reasons: z.array(z.enum(attentionReasons)) })),
  /** How many need attention in all; the list above has the most expensive ones. */
  attentionCount: z.number().int(),
})
export type Scorecard = z.infer<typeof scorecardSchema>

/** An ad is judged from this share of the spend in its currency on. */
const judgedShare = 0.01
/** What counts as a fall against the window before. */
const fall = 0.3
const mostListed = 10

export interface ScorecardInput {
  readonly brand: string
  readonly window: Scorecard['window']
  readonly previousWindow: Scorecard['window']
  readonly current: readonly AdTotals[]
  readonly previous: readonly AdTotals[]
}

export function scorecardOf({ brand, window, previousWindow, current, previous }: ScorecardInput): Scorecard {
  const before = new Map(previous.map((ad) => [keyOf(ad), ad]))
  const ads = current.map((ad): ScoredAd => {
    const { adId, name, currency } = ad
    return { adId, name, currency, current: measuresOf(ad), previous: measuresOrNull(before.get(keyOf(ad))) }
  })
  const all = totalsByCurrency(current, previous)
  const usual = new Map(all.map((one) => [one.currency, one.current]))
  const judged = ads.filter((ad) => ad.current.spend > 0 && ad.current.spend >= shareOf(usual.get(ad.currency)))
  const attention = judged
    .map((ad) => ({ ...ad, reasons: reasonsFor(ad) }))
    .filter(({ reasons }) => reasons.length > 0)
    .toSorted((a, b) => b.current.spend - a.current.spend)
  return {
    kind: 'scorecard',
    version: 1,
    brand,
    window,
    previousWindow,
    totals: all,
    ads: ads.length,
    judged: judged.length,
    topPerformers: judged
      .filter((ad) => performsWell(ad, usual.get(ad.currency)))
      .toSorted((a, b) => (b.current.roas ?? 0) - (a.current.roas ?? 0))
      .slice(0, mostListed),
    needsAttention: attention.slice(0, mostListed),
    attentionCount: attention.length,
  }
}

function keyOf({ adId, currency }: AdTotals): string {
  return `${adId} ${currency ?? ''}`
}

export function measuresOf({ spend, revenue, purchases, clicks, impressions }: Totals): Measures {
  return {
    spend,
    revenue,
    purchases,
    clicks,
    impressions,
    roas: spend > 0 ? rounded(revenue / spend, 4) : null,
    ctr: impressions > 0 ? rounded((clicks / impressions) * 100, 4) : null,
  }
}

function measuresOrNull(of: Totals | undefined): Measures | null {
  return of === undefined ? null : measuresOf(of)
}

function totalsByCurrency(current: readonly AdTotals[], previous: readonly AdTotals[]): Scorecard['totals'] {
  const [now, before] = [sums(current), sums(previous)]
  return [...now]
    .map(([currency, total]) => ({
      currency,
      current: measuresOf(total),
      previous: measuresOrNull(before.get(currency)),
    }))
    .toSorted((a, b) => b.current.spend - a.current.spend)
}

function sums(ads: readonly AdTotals[]): Map<string | null, Totals> {
  const all = new Map<string | null, Totals>()
  for (const ad of ads) {
    const sum = all.get(ad.currency) ?? { spend: 0, revenue: 0, purchases: 0, clicks: 0, impressions: 0 }
    all.set(ad.currency, {
      spend: rounded(sum.spend + ad.spend, 2),
      revenue: rounded(sum.revenue + ad.revenue, 2),
      purchases: sum.purchases + ad.purchases,
      clicks: sum.clicks + ad.clicks,
      impressions: sum.impressions + ad.impressions,
    })
  }
  return all
}

function shareOf(total: Measures | undefined): number {
  return (total?.spend ?? 0) * judgedShare
}

/** It sells, earns what it costs, and is not below what all ads of its currency earn together. */
function performsWell({ current }: ScoredAd, usual: Measures | undefined): boolean {
  const { roas, purchases } = current
  return purchases > 0 && roas !== null && roas >= 1 && roas >= (usual?.roas ?? 0)
}

function reasonsFor({ current, previous }: ScoredAd): AttentionReason[] {
  const found: Readonly<Record<AttentionReason, boolean>> = {
    no_purchases: current.purchases === 0,
    loses_money: current.purchases > 0 && current.roas !== null && current.roas < 1,
    roas_fell: fell(current.roas, previous?.roas ?? null),
    ctr_fell: fell(current.ctr, previous?.ctr ?? null),
  }
  return attentionReasons.filter((reason) => found[reason])
}

function fell(now: number | null, before: number | null): boolean {
  return now !== null && before !== null && before > 0 && now < before * (1 - fall)
}

function rounded(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits
}

import { z } from 'zod'
import { adOrders } from '../ad-orders.ts'
import { reading } from './base.ts'
import { cursor, id, instant, limit, reference, searchText } from './words.ts'

/** A day as the ad account counts them: `2026-11-20`. */
export const day = z.iso.date()
/** Days, today included. */
const windowDays = z.number().int().min(1).max(365)

/** Sums of a window. Money in the currency beside it. Null where there is nothing to divide by. */
const figures = z.object({
  spend: z.number(),
  revenue: z.number(),
  /** Revenue for each unit spent. */
  roas: z.number().nullable(),
  purchases: z.number(),
  costPerPurchase: z.number().nullable(),
  impressions: z.number(),
  clicks: z.number(),
  /** Link clicks of impressions, 0 to 1. */
  ctr: z.number().nullable(),
  addToCarts: z.number(),
})
export type AdFigures = z.infer<typeof figures>

/** The window that was meant: days of the account's zone, both included. */
const window = z.object({ since: day, until: day, timeZone: z.string() })

const ad = figures.extend({
  adId: z.string(),
  /** As Meta called it last. */
  name: z.string().nullable(),
  campaign: z.string().nullable(),
  accountId: z.string(),
  /** ISO 4217; null: nobody has said. */
  currency: z.string().nullable(),
  /** Meta's effective_status; null: the ad itself has not been fetched. */
  status: z.string().nullable(),
  /** What was spent, over the window in equal parts, the oldest first; at most 30. */
  spendSeries: z.array(z.number()),
  /** Its image is kept here: `ads.preview` gives it. */
  hasPreview: z.boolean(),
})
export type AdRow = z.infer<typeof ad>

const question = {
  brandId: id,
  days: windowDays.default(30),
  /** In the name of the ad or its campaign, or the id of the ad. */
  text: searchText.default(''),
  accountId: z.string().max(100).nullable().default(null),
} as const

export const ads = {
  /** Ads with rows in the window, aggregated; the order's nulls come last. */
  performance: reading
    .route({
      method: 'GET',
      path: '/brands/{brandId}/ads',
      tags: ['ads'],
      summary: 'The ads of a brand over a window of days, aggregated.',
    })
    .input(
      z.object({
        ...question,
        order: z.enum(adOrders).default('spend'),
        direction: z.enum(['descending', 'ascending']).default('descending'),
        cursor,
        limit,
      }),
    )
    .output(z.object({ asOf: instant, window, ads: z.array(ad), nextCursor: z.string().nullable() })),
  /** Totals and what each day had; sums are made for each currency by itself. */
  summary: reading
    .route({
      method: 'GET',
      path: '/brands/{brandId}/ads/summary',
      tags: ['ads'],
      summary: 'Totals of the ads of a brand over a window of days, for each currency.',
    })
    .input(z.object(question))
    .output(
      z.object({
        asOf: instant,
        brand: reference,
        window,
        /** Those that most was spent in first. */
        currencies: z.array(
          z.object({
            currency: z.string().nullable(),
            ads: z.number().int(),
            totals: figures,
            /** One for each day of the window. */
            days: z.array(z.object({ day, spend: z.number(), revenue: z.number(), purchases: z.number() })),
          }),
        ),
        accounts: z.array(
          z.object({
            accountId: z.string(),
            name: z.string().nullable(),
            currency: z.string().nullable(),
            timeZone: z.string().nullable(),
            isPrimary: z.boolean(),
          }),
        ),
      }),
    ),
  /** The image of an ad; null when this agent keeps none. Not one of those answers that a device keeps. */
  preview: reading
    .meta({ scope: 'read', gated: true, withoutDatabase: 'asked' })
    .route({
      method: 'GET',
      path: '/brands/{brandId}/ads/{adId}/preview',
      tags: ['ads'],
      summary: 'The image of an ad.',
    })
    .input(z.object({ brandId: id, adId: z.string().min(1).max(100) }))
    .output(z.object({ image: z.object({ contentType: z.string(), base64: z.string() }).nullable() })),
}

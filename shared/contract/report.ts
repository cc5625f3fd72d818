import { z } from 'zod'
import { reading } from './base.ts'
import { cursor, due, groupScope, id, instant } from './words.ts'

export const reportDays = [7, 30, 90] as const

const figures = z.object({
  /** For how long there was data and a policy to judge it by; the times of several datasets together. Whole seconds, as all lengths here. */
  judgedSeconds: z.number().int(),
  staleSeconds: z.number().int(),
  /** Share of the judged time in which it was fresh, 0 to 1; null where nothing is judged. */
  freshShare: z.number().nullable(),
  /** How often something went stale. */
  timesStale: z.number().int(),
  longestStaleSeconds: z.number().int(),
  /** How often something became fresh again, and for how long it had been stale then, all together; their quotient is the mean time to recovery. */
  recoveries: z.number().int(),
  recoverySeconds: z.number().int(),
  /** Of runs, and what other programs reported; how many of them succeeded. */
  attempts: z.number().int(),
  successes: z.number().int(),
  /** Datasets that are judged, and how many of them are stale at the end. */
  judged: z.number().int(),
  staleNow: z.number().int(),
})
export type ReportFigures = z.infer<typeof figures>

const dataset = figures.extend({
  dataset: z.string(),
  label: z.string(),
  /** Of today, by which all of it is judged; null = none. */
  maxAgeHours: z.number().nullable(),
  due: due.nullable(),
  /** The first success that is known, if it lies within the two windows; before it nothing is judged. */
  since: instant.nullable(),
  /** The window before, of the same length; null where nothing of it is judged. */
  before: figures.nullable(),
})
export type ReportDataset = z.infer<typeof dataset>

const brand = figures.extend({
  id,
  name: z.string(),
  since: instant.nullable(),
  before: figures.nullable(),
  /** The dataset that was stale the longest, all together; null when none was. */
  worst: z.string().nullable(),
  /** One for each of `pages`: at how many of the moments that are judged the page was ready. */
  readyAt: z.array(z.object({ ready: z.number().int(), of: z.number().int() })),
  /** The one that was stale the longest first; null unless asked for. */
  datasets: z.array(dataset).nullable(),
})
export type ReportBrand = z.infer<typeof brand>

export const report = {
  /**
   * How fresh the data was, by the policy of today: brand by brand in the order of their ids, a few in a call, for each call reads all attempts of
   * its brands in two windows. The figures of an organization are those of its brands added up.
   */
  brands: reading
    .route({
      method: 'GET',
      path: '/organizations/{organizationId}/report',
      tags: ['report'],
      summary: 'How fresh the data of each brand was over the last days.',
    })
    .input(
      z.object({
        ...groupScope,
        days: z.union([z.literal(7), z.literal(30), z.literal(90)]).default(30),
        /** At which time of day it is asked whether pages were ready. */
        at: z
          .string()
          .regex(/^([01]\d|2[0-3]):[0-5]\d$/)
          .default('09:00'),
        zone: z.string().min(1).max(64).default('UTC'),
        on: z.enum(['weekdays', 'daily']).default('weekdays'),
        withDatasets: z.boolean().default(false),
        cursor,
      }),
    )
    .output(
      z.object({
        asOf: instant,
        /** The window: from here to `asOf`. */
        from: instant,
        pages: z.array(z.object({ key: z.string(), label: z.string() })),
        /** Brands in scope, of which these are some. */
        total: z.number().int(),
        brands: z.array(brand),
        nextCursor: z.string().nullable(),
      }),
    ),
}

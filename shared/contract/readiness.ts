import { z } from 'zod'
import { outlookGaps } from '../outlook.ts'
import { reading } from './base.ts'
import {
  attempt,
  due,
  freshness,
  groupScope,
  id,
  instant,
  instantIn,
  jsonObject,
  refresh,
  verdict,
  waitedHold,
} from './words.ts'

/** A run of the brand that refreshes the dataset, or the fix: under way, or about to be. */
const work = z.object({
  state: z.enum(['running', 'queued']),
  jobId: id,
  jobType: z.string(),
  /** Null while it is queued. */
  runId: id.nullable(),
  /** Since when it runs, or is due. */
  since: instant.nullable(),
  /** What the queued one waits for; null = no hold. */
  hold: waitedHold.nullable(),
  /** Where it is; null = nowhere yet. */
  step: z.object({ key: z.string(), done: z.number().nullable(), total: z.number().nullable() }).nullable(),
})

const item = z.object({
  dataset: z.string(),
  label: z.string(),
  maxAgeHours: z.number(),
  /** When the maximum counts; null = always. */
  due: due.nullable(),
  state: freshness,
  lastStatus: attempt,
  suspicious: z.boolean(),
  lastSuccessAt: instant.nullable(),
  lastAttemptAt: instant.nullable(),
  /** Of the last attempt, when it failed or nobody knows how it went. */
  error: z.string().nullable(),
  ageHours: z.number().nullable(),
  staleAt: instant.nullable(),
  reason: z.string().nullable(),
  fix: z
    .object({
      jobType: z.string(),
      parameters: jsonObject,
      /** Why nobody can run it now, and what to configure; null when somebody can (J8). */
      blocked: z.string().nullable(),
    })
    .nullable(),
  work: work.nullable(),
  /**
   * When a dataset that is not fresh is expected to be, never before `asOf`; null for one that is fresh, and where nobody can say
   * (`refresh.gap`).
   */
  expectedAt: instant.nullable(),
  refresh,
})
export type ReadinessItemRow = z.infer<typeof item>

const pageReadiness = z.object({
  page: z.string(),
  label: z.string(),
  verdict,
  /** Worst first, each with what to do next; empty when ready. */
  reasons: z.array(z.string()),
  items: z.array(item),
  /** When a page that is not ready is expected to be, never before `asOf`; null when it is ready, and when nobody can say. */
  expectedAt: instant.nullable(),
  /** When the first dataset of a page that is ready or degraded goes stale; null when it is not. */
  readyUntil: instant.nullable(),
  /** Start of what refreshes that dataset next, under way or planned; null = nothing does. */
  nextRunAt: instant.nullable(),
  /** Something begins to refresh each dataset before it goes stale; null for a page that is not ready. */
  isRefreshedInTime: z.boolean().nullable(),
})

/** What runs for a page of a brand: under way, or due. */
const pageWork = z.object({
  state: z.enum(['running', 'queued']),
  jobId: id,
  jobType: z.string(),
  /** Null while it is queued, and for a run of another program. */
  runId: id.nullable(),
  /** Since when it runs, or is due. */
  since: instant,
})
export type ReadinessPageWork = z.infer<typeof pageWork>

const answered = pageReadiness.extend({ asOf: instant, brandId: id, brandName: z.string() })

export const readiness = {
  /** The same as `page` for who knows the name of a brand only. `ready` = it may be used: ready or degraded. */
  ask: reading
    .route({
      method: 'GET',
      path: '/readiness/{page}',
      tags: ['readiness'],
      summary: 'May this page be used for the brand of this name or id?',
    })
    .input(z.object({ page: z.string().min(1).max(200), brand: z.string().min(1).max(200) }))
    .output(answered.extend({ ready: z.boolean() })),
  /** F9, for programs that must ask first: may this page of this brand be used? */
  page: reading
    .route({
      method: 'GET',
      path: '/brands/{brandId}/pages/{page}/readiness',
      tags: ['readiness'],
      summary: 'May this page of this brand be used?',
    })
    .input(z.object({ brandId: id, page: z.string().min(1).max(200) }))
    .output(answered),
  /**
   * Every page for every brand in scope: verdicts, why not, when it will be ready or until when it is, and what runs for it. Times are whole
   * seconds after `asOf`, for a thousand brands are many. `by`: which of them will not be ready at that instant, as far as anybody can say.
   */
  list: reading
    .route({
      method: 'GET',
      path: '/organizations/{organizationId}/readiness',
      tags: ['readiness'],
      summary: 'The readiness of every page for every brand.',
    })
    .input(z.object({ ...groupScope, by: instantIn.nullable().default(null) }))
    .output(
      z.object({
        asOf: instant,
        pages: z.array(z.object({ key: z.string(), label: z.string() })),
        brands: z.array(
          z.object({
            id,
            name: z.string(),
            /** One for each of `pages`, in their order. */
            verdicts: z.array(verdict),
            /** By page, why it is not plainly ready. */
            reasons: z.record(z.string(), z.string()),
            /** As `verdicts`: in how many seconds a page that is not ready is expected to be; null when it is, and when nobody can say. */
            readyInSeconds: z.array(z.number().int().nullable()),
            /** As `verdicts`: for how many seconds a page that is not `not_ready` stays so by what is there; null when it is not, and without end. */
            readyForSeconds: z.array(z.number().int().nullable()),
            /**
             * By page, the dataset that goes stale before anything begins to refresh it, and in how many seconds: of a page that can be used
             * the first, of one that is expected what keeps it from being ready at `by`.
             */
            goesStale: z.record(z.string(), z.object({ dataset: z.string(), inSeconds: z.number().int() })),
            /** By page, why nobody can say when it will be ready: what is in the way first of all, and in words. */
            unknown: z.record(z.string(), z.object({ gap: z.enum(outlookGaps), why: z.string() })),
            /** By page, what runs for it now. */
            work: z.record(z.string(), pageWork),
            /** Pages that will not be ready at `by`; null when it was not asked. */
            notReadyBy: z.array(z.string()).nullable(),
          }),
        ),
      }),
    ),
}

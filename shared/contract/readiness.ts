import { z } from 'zod'
import { reading } from './base.ts'
import { attempt, freshness, id, instant, jsonObject, organizationScope, verdict } from './words.ts'

const item = z.object({
  dataset: z.string(),
  label: z.string(),
  maxAgeHours: z.number(),
  state: freshness,
  lastStatus: attempt,
  suspicious: z.boolean(),
  lastSuccessAt: instant.nullable(),
  ageHours: z.number().nullable(),
  staleAt: instant.nullable(),
  reason: z.string().nullable(),
  fix: z.object({ jobType: z.string(), parameters: jsonObject }).nullable(),
})

const pageReadiness = z.object({
  page: z.string(),
  label: z.string(),
  verdict,
  /** Worst first, each with what to do next; empty when ready. */
  reasons: z.array(z.string()),
  items: z.array(item),
})

export const readiness = {
  /** F9, for programs that must ask first: may this page of this brand be used? */
  page: reading
    .route({
      method: 'GET',
      path: '/brands/{brandId}/pages/{page}/readiness',
      tags: ['readiness'],
      summary: 'May this page of this brand be used?',
    })
    .input(z.object({ brandId: id, page: z.string().min(1).max(200) }))
    .output(pageReadiness.extend({ asOf: instant, brandId: id, brandName: z.string() })),
  /** Every page for every brand in scope, verdicts only, and the whole answer for one brand. */
  list: reading
    .route({
      method: 'GET',
      path: '/organizations/{organizationId}/readiness',
      tags: ['readiness'],
      summary: 'The readiness of every page for every brand.',
    })
    .input(z.object(organizationScope))
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
          }),
        ),
      }),
    ),
}

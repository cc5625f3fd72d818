import { z } from 'zod'
import { framing, reading, tokenScopes } from './base.ts'
import { groupedBrand, id, instant } from './words.ts'

export const organizationSummary = z.object({
  id,
  name: z.string(),
  /** Features that are on, `PIPELINE_MANAGER` among them. */
  features: z.array(z.string()),
  brands: z.number().int(),
})

export const session = {
  /** Who I am here, what I may do, and what there is to choose from. */
  get: framing
    .route({
      method: 'GET',
      path: '/session',
      tags: ['session'],
      summary: 'Who the caller is, what it may do, and its organizations.',
    })
    .output(
      z.object({
        operator: z.string(),
        scope: z.enum(tokenScopes),
        organizations: z.array(organizationSummary),
        agentName: z.string(),
        programVersion: z.string(),
        database: z.object({ kind: z.enum(['embedded', 'external']), serverVersion: z.string() }),
        /** The zone of schedules that name none. */
        defaultTimeZone: z.string(),
        /** True for the sample workspace that a first start loads. */
        isSample: z.boolean(),
        /** The database's clock. */
        asOf: instant,
      }),
    ),
  /** Brands of one organization by name, with their groups; the console keeps them for its selectors and its palette. */
  brands: reading
    .route({
      method: 'GET',
      path: '/organizations/{organizationId}/brands',
      tags: ['session'],
      summary: 'Brands of one organization by name.',
    })
    .input(z.object({ organizationId: id }))
    .output(
      z.object({
        /** The `brandsVersion` of a freshness board whose lines are those of these brands. */
        version: z.string(),
        brands: z.array(groupedBrand),
      }),
    ),
}

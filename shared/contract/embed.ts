import { z } from 'zod'
import { reading } from './base.ts'
import { id, instant } from './words.ts'

export const bannerMinutes = { usual: 12 * 60, most: 30 * 24 * 60 } as const

export const embed = {
  /**
   * The address of a banner that says in a page of another program whether a page of ours is ready. Whoever has it reads that one verdict
   * until it expires, and nothing else.
   */
  banner: reading
    .meta({ scope: 'read', gated: true, withoutDatabase: 'asked' })
    .route({
      method: 'POST',
      path: '/brands/{brandId}/pages/{page}/banner',
      tags: ['readiness'],
      summary: 'A signed address of an embeddable readiness banner.',
      successStatus: 201,
    })
    .input(
      z.object({
        brandId: id,
        page: z.string().min(1).max(200),
        minutes: z.number().int().min(1).max(bannerMinutes.most).default(bannerMinutes.usual),
      }),
    )
    .output(
      z.object({
        /** From the root of the agent that made it; no other knows its signature. `&theme=light`, `dark` or `auto` may follow. */
        path: z.string(),
        expiresAt: instant,
      }),
    ),
}

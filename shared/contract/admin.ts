import { z } from 'zod'
import { administering, overseeing } from './base.ts'
import { cursor, id, instant, json, limit } from './words.ts'

export const admin = {
  features: overseeing
    .route({
      method: 'GET',
      path: '/admin/features',
      tags: ['admin'],
      summary: 'Sections that are on or off per organization.',
    })
    .output(
      z.array(
        z.object({
          organizationId: id,
          organizationName: z.string(),
          brands: z.number().int(),
          feature: z.string(),
          enabled: z.boolean(),
          /** Null: nobody has decided yet, which counts as off. */
          changedAt: instant.nullable(),
          changedBy: z.string().nullable(),
        }),
      ),
    ),
  setFeature: administering
    .route({
      method: 'PUT',
      path: '/admin/organizations/{organizationId}/features/{feature}',
      tags: ['admin'],
      summary: 'Switches a section on or off.',
    })
    .input(z.strictObject({ organizationId: id, feature: z.string().min(1).max(100), enabled: z.boolean() }))
    .output(z.object({ changed: z.boolean() })),
  /** What people did, the newest first. */
  actions: overseeing
    .route({ method: 'GET', path: '/admin/actions', tags: ['admin'], summary: 'What people did, the newest first.' })
    .input(z.object({ organizationId: id.nullable().default(null), cursor, limit }))
    .output(
      z.object({
        actions: z.array(
          z.object({
            id: z.string(),
            happenedAt: instant,
            operator: z.string(),
            door: z.string(),
            organizationId: id.nullable(),
            action: z.string(),
            subjectType: z.string(),
            subjectId: z.string(),
            before: json,
            after: json,
          }),
        ),
        nextCursor: z.string().nullable(),
      }),
    ),
  /** What they are is not kept on devices. */
  tokens: administering
    .meta({ scope: 'admin', gated: false, withoutDatabase: 'asked' })
    .route({
      method: 'GET',
      path: '/admin/tokens',
      tags: ['admin'],
      summary: 'Tokens of programs; never the tokens themselves.',
    })
    .output(
      z.array(
        z.object({
          id,
          name: z.string(),
          scope: z.enum(['read', 'operate', 'admin']),
          organizationId: id.nullable(),
          createdAt: instant,
          createdBy: z.string(),
          lastUsedAt: instant.nullable(),
          expiresAt: instant.nullable(),
          revokedAt: instant.nullable(),
        }),
      ),
    ),
}

import { z } from 'zod'
import { pingStates } from '../pings/check.ts'
import { operating, reading } from './base.ts'
import { id, instant, instantIn, organizationScope, reference } from './words.ts'

const schedule = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('period'), periodSeconds: z.number().int() }),
  z.strictObject({ kind: z.literal('cron'), cron: z.string().max(200), timeZone: z.string().max(64) }),
])

const settings = {
  name: z.string().min(1).max(500),
  /** In addresses: `/ping/<key>/<slug>`. */
  slug: z.string().min(1).max(100),
  /** Of the brand; each is kept by one check at most. */
  dataset: z.string().min(1).max(200),
  schedule,
  graceSeconds: z.number().int(),
  /** Once paused, only a person wakes it; otherwise a ping does. */
  resumesByHand: z.boolean(),
} as const

/** What can be done to a check. */
export const checkActions = ['pause', 'resume', 'remove', 'restore'] as const
export type CheckAction = (typeof checkActions)[number]

const check = z.object({
  id,
  brand: reference,
  ...settings,
  state: z.enum(pingStates),
  lastPingAt: instant.nullable(),
  /** When the next ping is expected, and until when it is in time; null when none is, and when it is down. */
  dueAt: instant.nullable(),
  downAt: instant.nullable(),
  /** Of the runs under way, the one that began first. */
  startedAt: instant.nullable(),
  runsUnderWay: z.number().int(),
  /** How long the last run took that began and ended with the same `rid`. */
  lastDurationMs: z.number().int().nullable(),
  pings: z.number().int(),
  /** The maximum age that the brand has for the dataset, hours. Not `isOwn`: a person decided it, and the plan of this check does not count. */
  maxAge: z.object({ hours: z.number().nullable(), isOwn: z.boolean() }),
  /** Another check of the brand has this slug: pings by it are refused as ambiguous. */
  isAmbiguous: z.boolean(),
  changedAt: instant,
  changedBy: z.string(),
})
export type PingCheckView = z.infer<typeof check>

/** `changedAt` of what the caller saw; something newer is a CONFLICT. Left out: whatever is there is replaced. */
const seenAt = instantIn.optional()

const tags = ['pings']
const path = '/organizations/{organizationId}/pings'
/** What holds secrets is not kept on devices, and not for whoever only reads. */
const secret = operating.meta({ scope: 'operate', gated: true, withoutDatabase: 'asked' })

/** Checks: jobs of other programs that call an address when they begin, end or fail. */
export const pings = {
  list: reading
    .route({ method: 'GET', path, tags, summary: 'Checks, and how they do.' })
    .input(z.object(organizationScope))
    .output(z.object({ asOf: instant, checks: z.array(check) })),
  /** Makes a check, or changes the one that `checkId` names; its brand stays. */
  save: operating
    .route({ method: 'POST', path, tags, summary: 'Makes or changes a check.', successStatus: 200 })
    .input(
      z.strictObject({ organizationId: id, checkId: id.nullable().default(null), brandId: id, seenAt, ...settings }),
    )
    .output(z.object({ id, changed: z.boolean() })),
  act: operating
    .route({
      method: 'POST',
      path: '/pings/{checkId}/{action}',
      tags,
      summary: 'Pauses, resumes, removes or restores a check.',
      successStatus: 200,
    })
    .input(z.strictObject({ checkId: id, action: z.enum(checkActions) }))
    .output(z.object({ changed: z.boolean() })),
  /** Whoever knows an address may say how that job went, and nothing else. */
  address: secret
    .route({ method: 'GET', path: '/pings/{checkId}/address', tags, summary: 'The addresses of a check: secrets.' })
    .input(z.object({ checkId: id }))
    .output(
      z.object({
        /** From the root of any agent: `/ping/<uuid>`. */
        path: z.string(),
        /** `/ping/<key>/<slug>`; null while the brand has no key. */
        slugPath: z.string().nullable(),
      }),
    ),
  /** The address before leads nowhere from then on. */
  renewAddress: operating
    .route({
      method: 'POST',
      path: '/pings/{checkId}/address',
      tags,
      summary: 'Gives a check another address.',
      successStatus: 200,
    })
    .input(z.strictObject({ checkId: id }))
    .output(z.object({ changed: z.literal(true) })),
  /** A key names the brand in addresses that name the check by its slug; all of those change with it. */
  renewKey: operating
    .route({
      method: 'POST',
      path: '/brands/{brandId}/ping-key',
      tags,
      summary: 'Gives a brand a ping key, or another one.',
      successStatus: 200,
    })
    .input(z.strictObject({ brandId: id }))
    .output(z.object({ changed: z.literal(true) })),
  /** The last runs that pings told of, newest first. */
  runs: reading
    .route({ method: 'GET', path: '/pings/{checkId}/runs', tags, summary: 'What pings of a check told last.' })
    .input(z.object({ checkId: id }))
    .output(
      z.object({
        asOf: instant,
        runs: z.array(
          z.object({
            id,
            rid: z.string().nullable(),
            /** Null: nobody has said yet. */
            status: z.enum(['running', 'completed', 'failed', 'cancelled']).nullable(),
            firstAt: instant,
            startedAt: instant.nullable(),
            completedAt: instant.nullable(),
            exitStatus: z.number().int().nullable(),
            error: z.string().nullable(),
            /** What was sent along last, 10,000 characters at most. */
            log: z.string().nullable(),
          }),
        ),
      }),
    ),
}

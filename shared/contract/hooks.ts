import { z } from 'zod'
import { hookStyles, isJsonPointer } from '../hook-mapping.ts'
import { operating, reading } from './base.ts'
import { id, instant, instantIn, json, organizationScope, reference } from './words.ts'

const source = z.union([
  z.strictObject({
    pointer: z
      .string()
      .max(500)
      .refine(isJsonPointer, 'is no JSON pointer: it begins with "/" ("/repository/name"), or is empty'),
  }),
  z.strictObject({ value: json }),
])
const contents = {
  name: z.string().min(1).max(200),
  style: z.enum(hookStyles),
  jobType: z.string().min(1).max(200),
  /** By the names of the job type's parameters; those that are left out have their defaults. */
  mapping: z
    .record(z.string().min(1).max(200), source)
    .refine((all) => Object.keys(all).length <= 100, 'has more than 100 entries'),
  enabled: z.boolean(),
} as const

const hook = z.object({
  id,
  brand: reference,
  ...contents,
  /** Below the address of the agent. */
  path: z.string(),
  /** The latest request whose signature was not right, and why; it may have come from anybody. */
  refusedAt: instant.nullable(),
  refusedBecause: z.string().nullable(),
  changedAt: instant,
  changedBy: z.string(),
})
export type HookView = z.infer<typeof hook>

const delivery = z.object({
  id: z.string(),
  /** As the sender calls the message. */
  messageId: z.string(),
  receivedAt: instant,
  outcome: z.enum(['queued', 'refused']),
  reason: z.string().nullable(),
  /** The job that was queued; it may have been swept away since. */
  jobId: id.nullable(),
})
export type HookDeliveryView = z.infer<typeof delivery>

const path = '/organizations/{organizationId}/hooks'
const tags = ['hooks']
const place = { organizationId: id, hookId: id, seenAt: instantIn.optional() } as const
const told = z.object({ hook, changed: z.boolean() })
/** Shown this once. */
const secret = z.string()

/** Addresses at which other programs queue a job: `POST /api/hooks/<id>`, signed. */
export const hooks = {
  list: reading
    .route({ method: 'GET', path, tags, summary: 'Addresses at which other programs queue jobs.' })
    .input(z.object(organizationScope))
    .output(z.object({ hooks: z.array(hook) })),
  create: operating
    .route({ method: 'POST', path, tags, summary: 'Makes a hook; its secret is shown this once.', successStatus: 201 })
    .input(
      z.strictObject({
        organizationId: id,
        brandId: id,
        ...contents,
        style: contents.style.default('standard'),
        mapping: contents.mapping.default({}),
        enabled: contents.enabled.default(true),
      }),
    )
    .output(z.object({ hook, secret })),
  /** Absent fields stay as they are. */
  update: operating
    .route({ method: 'PATCH', path: `${path}/{hookId}`, tags, summary: 'Changes a hook.' })
    .input(
      z.strictObject({
        ...place,
        name: contents.name.optional(),
        style: contents.style.optional(),
        jobType: contents.jobType.optional(),
        mapping: contents.mapping.optional(),
        enabled: contents.enabled.optional(),
      }),
    )
    .output(told),
  /** What is signed with the old one is refused from then on. */
  renewSecret: operating
    .route({
      method: 'POST',
      path: `${path}/{hookId}/secret`,
      tags,
      summary: 'Gives a hook a new secret.',
      successStatus: 200,
    })
    .input(z.strictObject(place))
    .output(z.object({ hook, secret })),
  remove: operating
    .route({ method: 'DELETE', path: `${path}/{hookId}`, tags, summary: 'Removes a hook; it can be restored.' })
    .input(z.strictObject(place))
    .output(told),
  restore: operating
    .route({
      method: 'POST',
      path: `${path}/{hookId}/restore`,
      tags,
      summary: 'Brings a removed hook back, with its secret.',
      successStatus: 200,
    })
    .input(z.strictObject(place))
    .output(told),
  deliveries: reading
    .route({
      method: 'GET',
      path: `${path}/{hookId}/deliveries`,
      tags,
      summary: 'What came to a hook, the newest first.',
    })
    .input(z.object({ organizationId: id, hookId: id, limit: z.number().int().min(1).max(200).default(20) }))
    .output(z.object({ deliveries: z.array(delivery) })),
}

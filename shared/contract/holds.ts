import { z } from 'zod'
import { holdStates, longestHoldReason } from '../holds.ts'
import { operating, reading } from './base.ts'
import { id, instant, instantIn, organizationScope, reference } from './words.ts'

const jobType = z.string().min(1).max(200)
const reason = z
  .string()
  .min(1)
  .max(4 * longestHoldReason)

const hold = z.object({
  id,
  /** Null = all brands of the organization. */
  brand: reference.nullable(),
  /** Null = all job types. */
  jobType: z.string().nullable(),
  state: z.enum(holdStates),
  startsAt: instant,
  /** Null = until it is ended. */
  endsAt: instant.nullable(),
  reason: z.string(),
  createdBy: z.string(),
  createdAt: instant,
  changedBy: z.string(),
  changedAt: instant,
  /** By hand; null also for one that is over by its time. */
  endedBy: z.string().nullable(),
  endedAt: instant.nullable(),
})
export type HoldView = z.infer<typeof hold>

const path = '/organizations/{organizationId}/holds'
const tags = ['holds']
/** `changedAt` of what the caller saw; something newer is a CONFLICT. Left out: whatever is there is changed. */
const seenAt = instantIn.optional()
const place = { organizationId: id, holdId: id, seenAt } as const
const answer = z.object({ hold, changed: z.boolean(), message: z.string() })

/** "Start nothing of this until then": what is due waits, what runs goes on, and no job is changed. */
export const holds = {
  list: reading
    .route({ method: 'GET', path, tags, summary: 'What is held, will be, and was in the last 7 days.' })
    /** With a brand: what is about it, alone or with others. */
    .input(z.object(organizationScope))
    .output(z.object({ asOf: instant, holds: z.array(hold) })),
  /** When it answers, nothing that it is about is started any more. */
  create: operating
    .route({
      method: 'POST',
      path,
      tags,
      summary: 'Starts nothing of a brand or job type for a while.',
      successStatus: 201,
    })
    .input(
      z.strictObject({
        organizationId: id,
        /** Null = all brands. */
        brandId: id.nullable().default(null),
        /** Null = all job types. */
        jobType: jobType.nullable().default(null),
        /** Null = now. */
        startsAt: instantIn.nullable().default(null),
        /** Null = until it is ended. */
        endsAt: instantIn.nullable().default(null),
        reason,
      }),
    )
    .output(answer),
  /** Moves the end, or says another reason. */
  change: operating
    .route({ method: 'PATCH', path: `${path}/{holdId}`, tags, summary: 'Moves the end of a hold.' })
    .input(z.strictObject({ ...place, endsAt: instantIn.nullable().optional(), reason: reason.optional() }))
    .output(answer),
  /** What it held starts by the catch-up policies of the jobs. */
  end: operating
    .route({ method: 'POST', path: `${path}/{holdId}/end`, tags, summary: 'Ends a hold.' })
    .input(z.strictObject(place))
    .output(answer),
  /** Undo of an end by hand, for what is left of its time. */
  restore: operating
    .route({ method: 'POST', path: `${path}/{holdId}/restore`, tags, summary: 'Puts a hold back that was ended.' })
    .input(z.strictObject(place))
    .output(answer),
}

import { z } from 'zod'
import { debounceSeconds, triggerOutcomes } from '../dataset-triggers.ts'
import { operating, reading } from './base.ts'
import { groupScope, id, instant, instantIn, jsonObject, reference } from './words.ts'

const datasetKey = z.string().min(1).max(200)
const debounce = z.number().int().min(0).max(debounceSeconds.most)

const trigger = z.object({
  id,
  brand: reference,
  /** The dataset whose refresh fires it. */
  dataset: datasetKey,
  /** Null = it runs a job type with parameters of its own. */
  job: z
    .object({
      id,
      /** Null: the job was deleted. */
      name: z.string().nullable(),
      status: z.string().nullable(),
    })
    .nullable(),
  jobType: z.string(),
  parameters: jsonObject,
  /** How long refreshes are gathered from the first one on, seconds. */
  debounceSeconds: debounce,
  pausedAt: instant.nullable(),
  /** Why it paused itself; null where a person did. */
  pausedBecause: z.string().nullable(),
  /** What is in the way of its firing now, in a sentence; null = nothing. */
  hindrance: z.string().nullable(),
  lastSuccessAt: instant.nullable(),
  /** When it fires for refreshes that have been seen; null = it waits for one. */
  firesAt: instant.nullable(),
  lastFiredAt: instant.nullable(),
  lastOutcome: z.enum(triggerOutcomes).nullable(),
  lastReason: z.string().nullable(),
  /** The job that it queued last; it may have been swept away since. */
  lastJobId: id.nullable(),
  changedAt: instant,
  changedBy: z.string(),
})
export type TriggerView = z.infer<typeof trigger>

const path = '/organizations/{organizationId}/triggers'
const tags = ['triggers']
/** `changedAt` of what the caller saw; something newer is a CONFLICT. Left out: whatever is there is changed. */
const seenAt = instantIn.optional()
const answer = z.object({ trigger, changed: z.boolean(), message: z.string() })

/** "When this dataset of a brand is refreshed, run that." */
export const triggers = {
  list: reading
    .route({ method: 'GET', path, tags, summary: 'What runs when a dataset is refreshed.' })
    .input(z.object({ ...groupScope, dataset: datasetKey.nullable().default(null) }))
    .output(z.object({ asOf: instant, triggers: z.array(trigger) })),
  /** Names a job of the brand, or a job type with parameters of its own. One that closes a loop is refused; the same twice is one. */
  create: operating
    .route({ method: 'POST', path, tags, summary: 'Runs a job whenever a dataset is refreshed.', successStatus: 201 })
    .input(
      z.strictObject({
        organizationId: id,
        brandId: id,
        dataset: datasetKey,
        jobId: id.nullable().default(null),
        /** Needed without a job. */
        jobType: z.string().min(1).max(200).nullable().default(null),
        /** Of a job type; a job has its own. */
        parameters: jsonObject.default({}),
        debounceSeconds: debounce.default(debounceSeconds.usual),
      }),
    )
    .output(answer),
  /** Resumed, it fires for what is refreshed from then on. */
  update: operating
    .route({ method: 'PATCH', path: `${path}/{triggerId}`, tags, summary: 'Pauses, resumes or slows a trigger.' })
    .input(
      z.strictObject({
        organizationId: id,
        triggerId: id,
        seenAt,
        isPaused: z.boolean().optional(),
        debounceSeconds: debounce.optional(),
      }),
    )
    .output(answer),
  remove: operating
    .route({ method: 'DELETE', path: `${path}/{triggerId}`, tags, summary: 'Removes a trigger.' })
    .input(z.strictObject({ organizationId: id, triggerId: id, seenAt }))
    .output(z.object({ changed: z.boolean() })),
}

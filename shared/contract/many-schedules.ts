import { z } from 'zod'
import { widestSpread } from '../spread.ts'
import { operating, reading } from './base.ts'
import { jobName, jobTypeKey } from './jobs.ts'
import { cadence, rules } from './schedule-rules.ts'
import { id, jsonObject } from './words.ts'

const { concurrencyKey: _ofEach, ...sharedRules } = rules
/** What of many schedules is changed at once: names, parameters and keys are each schedule's own. Absent = as it is. */
const change = { cron: cadence.cron.optional(), timeZone: cadence.timeZone.optional(), ...sharedRules } as const
/** A stable error code when it was refused; null otherwise. */
const refused = z.string().nullable()
const dryRun = z.boolean().default(false)

/** Calls about many schedules at once; each brand or job answers for itself, in the order of the request. */
export const manySchedules = {
  coverage: reading
    .route({
      method: 'GET',
      path: '/organizations/{organizationId}/schedules/coverage',
      tags: ['schedules'],
      summary: 'Which brands have a recurring job of a type.',
    })
    .input(z.object({ organizationId: id, jobType: jobTypeKey }))
    .output(
      z.object({
        /** Brands in use with an active or paused one; of several, the oldest. */
        scheduled: z.array(z.object({ brandId: id, jobId: id, jobName: z.string() })),
      }),
    ),
  /**
   * A brand that has a recurring job of the type is left alone. The same `requestId` makes one for each brand, however often it is sent, and says
   * which those were.
   */
  createMany: operating
    .route({
      method: 'POST',
      path: '/organizations/{organizationId}/schedules',
      tags: ['schedules'],
      summary: 'Creates one recurring job for each of many brands that have none of the type.',
      successStatus: 200,
    })
    .input(
      z.strictObject({
        organizationId: id,
        /** Null = all brands in use of the organization. */
        brandIds: z.array(id).min(1).max(1_000).nullable(),
        jobType: jobTypeKey,
        name: jobName.optional(),
        parameters: jsonObject.default({}),
        ...cadence,
        ...rules,
        /** Each brand begins at a minute of its own, always the same, within so many after the time of `cron`; 0 = all at that time. */
        spreadMinutes: z.number().int().min(0).max(widestSpread).default(0),
        requestId: id.optional(),
        /** Says what would become of each, and makes nothing. */
        dryRun,
      }),
    )
    .output(
      z.object({
        results: z.array(
          z.object({
            brandId: id,
            /** Null for one that is none of the organization's. */
            brandName: z.string().nullable(),
            /** `created`: also where a dry run would. `repeated`: this request made it before. `exists`: the brand has one, which is left as it is. */
            outcome: z.enum(['created', 'repeated', 'exists', 'refused']),
            message: z.string(),
            refused,
            /** Null where there is none. */
            jobId: id.nullable(),
            /** When it fires, or would; null where it was refused or existed. */
            cron: z.string().nullable(),
          }),
        ),
        created: z.number().int(),
        repeated: z.number().int(),
        existing: z.number().int(),
        refused: z.number().int(),
        /** What keeps all of them from running now: no agent can (J8); null = nothing does. */
        note: z.string().nullable(),
      }),
    ),
  /** A schedule that somebody else has changed since `version` is refused, unless it is already as asked for. */
  changeMany: operating
    .route({
      method: 'POST',
      path: '/organizations/{organizationId}/schedules/changes',
      tags: ['schedules'],
      summary: 'Changes many recurring jobs; each answers for itself.',
      successStatus: 200,
    })
    .input(
      z.strictObject({
        organizationId: id,
        changes: z
          .array(z.strictObject({ jobId: id, version: z.number().int().min(1), ...change }))
          .min(1)
          .max(1_000),
        /** Says what would become of each, and changes nothing. */
        dryRun,
      }),
    )
    .output(
      z.object({
        results: z.array(
          z.object({
            jobId: id,
            outcome: z.enum(['changed', 'unchanged', 'refused']),
            message: z.string(),
            refused,
            /** Of the job as it is now; null where it was refused. */
            version: z.number().int().nullable(),
            /** What takes the change back, for another such call: the fields that were asked for as they were. Null where nothing was changed. */
            before: z.object(change).nullable(),
          }),
        ),
        changed: z.number().int(),
      }),
    ),
}

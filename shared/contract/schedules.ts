import { z } from 'zod'
import { operating, reading } from './base.ts'
import { jobName, jobOutcome, jobTypeKey } from './jobs.ts'
import { manySchedules } from './many-schedules.ts'
import { cadence, rules } from './schedule-rules.ts'
import { groupScope, id, instant, jsonObject, reference } from './words.ts'

export const schedules = {
  /** Every fire of the coming hours, for the lane chart; at most 10,000, the earliest. */
  timeline: reading
    .route({
      method: 'GET',
      path: '/organizations/{organizationId}/timeline',
      tags: ['schedules'],
      summary: 'Every run that is planned for the coming hours.',
    })
    .input(z.object({ ...groupScope, hours: z.number().int().min(1).max(168).default(24) }))
    .output(
      z.object({
        asOf: instant,
        /** How far the fires below reach: the end of the hours, or, when there are more than are told, the last of those. */
        until: instant,
        lanes: z.array(
          z.object({
            brand: reference.nullable(),
            jobs: z.array(
              z.object({
                jobId: id,
                jobName: z.string(),
                jobType: z.string(),
                /** In which the job's times are meant; null = it runs once and names none. */
                timeZone: z.string().nullable(),
                /** p90 of its last runs; null when it never ran. */
                expectedMs: z.number().nullable(),
                /** The earliest first. */
                fires: z.array(instant),
                /** Those of them that would overlap an earlier fire with the job's concurrency key. */
                collisions: z.array(instant),
              }),
            ),
          }),
        ),
        /** There are more fires within the hours than are told: those after `until`. */
        truncated: z.boolean(),
      }),
    ),
  create: operating
    .route({
      method: 'POST',
      path: '/schedules',
      tags: ['schedules'],
      summary: 'Creates a recurring job.',
      successStatus: 201,
    })
    .input(
      z.strictObject({
        organizationId: id,
        brandId: id.nullable(),
        jobType: jobTypeKey,
        name: jobName.optional(),
        parameters: jsonObject.default({}),
        productId: id.nullable().default(null),
        ...cadence,
        ...rules,
        requestId: id.optional(),
      }),
    )
    .output(jobOutcome),
  /** Absent fields stay as they are. A version that somebody else has replaced is a CONFLICT; read the job to show both. */
  update: operating
    .route({
      method: 'PATCH',
      path: '/schedules/{jobId}',
      tags: ['schedules'],
      summary: 'Changes a recurring job; refused when somebody else was first.',
    })
    .input(
      z.strictObject({
        jobId: id,
        version: z.number().int().min(1),
        name: jobName.optional(),
        parameters: jsonObject.optional(),
        cron: cadence.cron.optional(),
        timeZone: cadence.timeZone.optional(),
        ...rules,
      }),
    )
    .output(jobOutcome),
  /** J12: creates or updates the one recurring job of (brand, job type). */
  ensure: operating
    .route({
      method: 'PUT',
      path: '/brands/{brandId}/recurring-jobs/{jobType}',
      tags: ['schedules'],
      summary: 'Creates or updates the one recurring job of a brand and job type.',
    })
    .input(
      z.strictObject({
        brandId: id,
        jobType: jobTypeKey,
        name: jobName.optional(),
        parameters: jsonObject.optional(),
        ...cadence,
        ...rules,
      }),
    )
    .output(jobOutcome.extend({ created: z.boolean() })),
  ...manySchedules,
}

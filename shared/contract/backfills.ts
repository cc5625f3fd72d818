import { z } from 'zod'
import { mostDaysPerRun } from '../backfills.ts'
import { operating, reading } from './base.ts'
import { jobTypeKey, priority } from './jobs.ts'
import { id, instant, jsonObject, organizationScope, reference } from './words.ts'

/** `YYYY-MM-DD`, without a zone. What is no day of the calendar is refused with words, by the call. */
const day = z.string().min(1).max(40)
const days = z.object({ first: z.string(), last: z.string() })

const backfill = z.object({
  id,
  brand: reference,
  jobType: z.string(),
  /** Both days are included. */
  first: z.string(),
  last: z.string(),
  daysPerRun: z.number().int(),
  newestFirst: z.boolean(),
  /** Days that had a completed run were left out. */
  onlyMissing: z.boolean(),
  /** It has a concurrency key of its own, beside the regular runs; else it takes turns with them. */
  isBeside: z.boolean(),
  /** The parameters that say no days. */
  parameters: jsonObject,
  requestedBy: z.string(),
  createdAt: instant,
  /** When somebody called off what had not begun; null = nobody has. */
  cancelledAt: instant.nullable(),
  cancelledBy: z.string().nullable(),
  /** How many runs it is; the counts below add up to it. */
  runs: z.number().int(),
  done: z.number().int(),
  /** For good: nothing is planned for them. */
  failed: z.number().int(),
  running: z.number().int(),
  /** Not begun, or waiting for another attempt. */
  waiting: z.number().int(),
  /** Called off, or put away without having completed. */
  cancelled: z.number().int(),
  /** When the last run of it ended; null = none has. */
  lastEndedAt: instant.nullable(),
})
export type BackfillView = z.infer<typeof backfill>

const backfillJob = z.object({
  jobId: id,
  /** Ends with its days. */
  name: z.string(),
  standing: z.enum(['done', 'failed', 'running', 'waiting', 'cancelled']),
  /** The run in progress, else the last one; null = it has not begun. */
  runId: id.nullable(),
  /** At most 2,000 characters. */
  lastError: z.string().nullable(),
  nextRunAt: instant.nullable(),
})
export type BackfillJobView = z.infer<typeof backfillJob>

const asked = {
  organizationId: id,
  brandId: id,
  jobType: jobTypeKey,
  /** The first and the last day, both included; none of them in the future. */
  first: day,
  last: day,
  /** At most what the job type says. */
  daysPerRun: z.number().int().min(1).max(mostDaysPerRun).default(1),
  newestFirst: z.boolean().default(false),
  /** Leaves out the days that had a completed run with the same other parameters. */
  onlyMissing: z.boolean().default(false),
  /** Those that say no days. */
  parameters: jsonObject.default({}),
  /** The job by whose time limit, retries, product, zone and key its runs go; null = the oldest schedule of the brand and type. */
  likeJobId: id.nullable().default(null),
} as const

const path = '/organizations/{organizationId}/backfills'
const tags = ['backfills']
const place = { organizationId: id, backfillId: id } as const
const answer = z.object({ backfill, changed: z.boolean(), message: z.string() })

/** Old days, run again: one-time jobs for a range of days, one after another, that make no data look newer than those days. */
export const backfills = {
  list: reading
    .route({ method: 'GET', path, tags, summary: 'Backfills under way, and those over since at most 30 days.' })
    .input(z.object(organizationScope))
    .output(z.object({ asOf: instant, backfills: z.array(backfill) })),
  get: reading
    .route({ method: 'GET', path: `${path}/{backfillId}`, tags, summary: 'One backfill, with each of its runs.' })
    .input(z.object(place))
    .output(z.object({ asOf: instant, backfill, jobs: z.array(backfillJob) })),
  /** What `create` would make of the same; nothing is written. */
  preview: reading
    .route({
      method: 'POST',
      path: `${path}/preview`,
      tags,
      summary: 'Which runs a backfill would be.',
      successStatus: 200,
    })
    .input(z.object(asked))
    .output(
      z.object({
        /** In the order in which they are done, 400 at most; empty when nothing is missing. */
        runs: z.array(z.object({ first: z.string(), last: z.string(), isCovered: z.boolean() })),
        /** Of the first and of the last run; null without runs. */
        firstParameters: jsonObject.nullable(),
        lastParameters: jsonObject.nullable(),
        /** Days of the range that had a completed run with the same other parameters. */
        covered: z.array(days),
        coveredDays: z.number().int(),
        /** By whose clocks days begin and end; IANA name. */
        zone: z.string(),
        /** Of all runs, one after another, by the median of such runs for the brand; null = there are none to go by. ms */
        estimateMs: z.number().nullable(),
        /** Why `create` would refuse it now; null = it would not. */
        refusal: z.string().nullable(),
        /** What else is to be known, as sentences. */
        notes: z.array(z.string()),
      }),
    ),
  create: operating
    .route({ method: 'POST', path, tags, summary: 'Runs old days again.', successStatus: 201 })
    .input(
      z.strictObject({
        ...asked,
        priority: priority.default('low'),
        /** True: with a key of its own, beside the regular runs of the brand. */
        isBeside: z.boolean().default(false),
        /** The same one makes one backfill, however often it is sent. */
        requestId: id.optional(),
      }),
    )
    .output(answer),
  /** What has begun goes on. */
  cancel: operating
    .route({
      method: 'POST',
      path: `${path}/{backfillId}/cancel`,
      tags,
      summary: 'Calls off what has not begun.',
      successStatus: 200,
    })
    .input(z.strictObject(place))
    .output(answer),
  retry: operating
    .route({
      method: 'POST',
      path: `${path}/{backfillId}/retry`,
      tags,
      summary: 'Tries again what has failed for good.',
      successStatus: 200,
    })
    .input(z.strictObject(place))
    .output(answer),
}

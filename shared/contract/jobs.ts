import { z } from 'zod'
import { type JobAction, jobActions, lastResults } from '../domain.ts'
import { operating, reading } from './base.ts'
import { lastRun } from './last-run.ts'
import {
  catchUpPolicy,
  change,
  cursor,
  groupScope,
  id,
  instant,
  instantIn,
  jobState,
  jsonObject,
  limit,
  overlapPolicy,
  reference,
  scheduleType,
  searchText,
  triggerSource,
} from './words.ts'

export const job = z.object({
  id,
  name: z.string(),
  jobType: z.string(),
  /** Null for platform-level jobs; a brand that was deleted is named as such by the console. */
  brand: reference.nullable(),
  /** What another program calls a product; null = for none. */
  productId: id.nullable(),
  scheduleType,
  cronExpression: z.string().nullable(),
  timeZone: z.string().nullable(),
  /** What a person chose; as stored, another program may have written a word that is not ours. */
  status: z.string(),
  /** A status that is not ours counts as paused: nobody claims such a job. */
  state: jobState,
  nextRunAt: instant.nullable(),
  priority: z.enum(['low', 'normal', 'high', 'urgent']),
  overlapPolicy,
  catchUpPolicy,
  concurrencyKey: z.string(),
  /** The key that the job names; null = it has the usual one, of brand and job type. */
  ownConcurrencyKey: z.string().nullable(),
  maxRetries: z.number().int(),
  /** So many runs in a row have to fail for good before it is told. */
  alertAfter: z.number().int(),
  /** Of the run in progress, else of the next one. */
  attempt: z.number().int(),
  timeoutMinutes: z.number().int().nullable(),
  maxRuns: z.number().int().nullable(),
  runsCompleted: z.number().int(),
  parameters: jsonObject,
  /** False where another program stored something that is not shown (too large, too deep, no object); `parameters` is then empty. */
  parametersReadable: z.boolean(),
  /** At most 8,000 characters. */
  lastError: z.string().nullable(),
  lastRun: lastRun.nullable(),
  /** The run in progress, with where it is. */
  currentRun: z
    .object({
      id,
      startedAt: instant,
      agentName: z.string().nullable(),
      attempt: z.number().int(),
      cancelRequestedAt: instant.nullable(),
      /** Null before the first step, and for runs of other programs. */
      step: z
        .object({
          key: z.string(),
          /** 1, 2, 3, … of `count`. */
          number: z.number().int(),
          count: z.number().int(),
          done: z.number().nullable(),
          total: z.number().nullable(),
        })
        .nullable(),
    })
    .nullable(),
  /** No living agent can run it (J8). */
  hasNoAgent: z.boolean(),
  /** What keeps it from starting now, of several that which ends last; null = nothing does. */
  hold: z.object({ id, endsAt: instant.nullable(), reason: z.string(), createdBy: z.string() }).nullable(),
  triggerSource,
  requestedBy: z.string().nullable(),
  version: z.number().int(),
  createdAt: instant.nullable(),
  updatedAt: instant.nullable(),
})
export type JobRow = z.infer<typeof job>

/** What a change of one job answers. */
export const jobOutcome = z.object({
  job,
  /** False when it was so already. */
  changed: z.boolean(),
  /** One sentence for the person who asked. */
  message: z.string(),
})

const waitsBehind = z.object({ runId: id, jobName: z.string(), startedAt: instant }).nullable()

/** The version that the person saw; a newer one is a CONFLICT. */
const expectedVersion = z.number().int().min(1).optional()
export const jobTypeKey = z.string().min(1).max(200)
export const jobName = z.string().min(1).max(500)
export const priority = z.enum(['low', 'normal', 'high', 'urgent'])

/** What narrows a list of jobs, beside their states. */
const jobNarrowing = {
  ...groupScope,
  jobTypes: z.array(jobTypeKey).max(100).default([]),
  scheduleType: scheduleType.nullable().default(null),
  productId: id.nullable().default(null),
  /** How their last run ended, whatever becomes of them now: a recurring job that has failed for good waits for its next time as `active`. */
  lastResults: z.array(z.enum(lastResults)).max(10).default([]),
  /** In the name, the job type or the brand. */
  text: searchText.default(''),
} as const

export const jobs = {
  list: reading
    .route({
      method: 'GET',
      path: '/organizations/{organizationId}/jobs',
      tags: ['jobs'],
      summary: 'Jobs by state, last result, type, brand and text.',
    })
    .input(
      z.object({
        ...jobNarrowing,
        /** Empty = all but archived ones, which only their own filter shows (J12). */
        states: z.array(jobState).max(10).default([]),
        /** `urgency`: running, retrying and dead first, then by next run. */
        order: z.enum(['urgency', 'next_run', 'name', 'last_finished']).default('urgency'),
        cursor,
        limit,
      }),
    )
    .output(
      z.object({
        asOf: instant,
        jobs: z.array(job),
        nextCursor: z.string().nullable(),
      }),
    ),
  /** How many jobs such a list has. Counting looks at all of them, which a page need not wait for. */
  counts: reading
    .route({
      method: 'GET',
      path: '/organizations/{organizationId}/jobs/counts',
      tags: ['jobs'],
      summary: 'How many jobs are in each state.',
    })
    .input(z.object(jobNarrowing))
    .output(
      z.object({
        asOf: instant,
        /** Archived ones included. */
        byState: z.record(jobState, z.number().int()),
      }),
    ),
  /** Products that jobs are for, those of most jobs first; archived jobs do not count (J12). */
  products: reading
    .route({
      method: 'GET',
      path: '/organizations/{organizationId}/jobs/products',
      tags: ['jobs'],
      summary: 'The products that jobs are for.',
    })
    .input(z.object({ ...groupScope, jobTypes: z.array(jobTypeKey).max(100).default([]) }))
    .output(z.object({ products: z.array(z.object({ productId: id, jobs: z.number().int() })) })),
  get: reading
    .route({ method: 'GET', path: '/jobs/{jobId}', tags: ['jobs'], summary: 'One job, and what people did to it.' })
    .input(z.object({ jobId: id }))
    .output(
      z.object({
        asOf: instant,
        job,
        /** Null for a platform-level job, and for one whose brand is gone. */
        organizationId: id.nullable(),
        /** What people did to it, the newest first, at most 20. */
        actions: z.array(z.object({ happenedAt: instant, operator: z.string(), door: z.string(), action: z.string() })),
      }),
    ),
  /** What people did to a job, with what each of them changed. */
  history: reading
    .route({
      method: 'GET',
      path: '/jobs/{jobId}/history',
      tags: ['jobs'],
      summary: 'Who changed a job, from what to what; the newest first.',
    })
    .input(z.object({ jobId: id, cursor, limit }))
    .output(
      z.object({
        actions: z.array(
          z.object({
            id: z.string(),
            happenedAt: instant,
            operator: z.string(),
            door: z.string(),
            action: z.string(),
            /** What follows the name of who did it: "changed the schedule from Daily at 06:00 to Daily at 07:00 Europe/Berlin". */
            sentence: z.string(),
            changes: z.array(change),
            /** What people decide about a job, as it was; null = it was new. */
            before: jsonObject.nullable(),
            after: jsonObject.nullable(),
          }),
        ),
        nextCursor: z.string().nullable(),
      }),
    ),
  /** J12: a one-time job, due now unless `at` says when. The same `requestId` makes one job, however often it is sent. */
  queue: operating
    .route({ method: 'POST', path: '/jobs', tags: ['jobs'], summary: 'Queues a one-time job.', successStatus: 201 })
    .input(
      z.strictObject({
        organizationId: id,
        /** Null = a platform-level job, for admins. */
        brandId: id.nullable(),
        jobType: jobTypeKey,
        /** Absent = the job type. */
        name: jobName.optional(),
        parameters: jsonObject.default({}),
        productId: id.nullable().default(null),
        /** The job whose work it does once more: by its time limit, retries, concurrency key and product. */
        likeJobId: id.nullable().default(null),
        priority: priority.default('normal'),
        at: instantIn.optional(),
        requestId: id.optional(),
      }),
    )
    .output(z.object({ job, created: z.boolean(), message: z.string(), waitsBehind })),
  /**
   * One thing done to some jobs; each answers for itself. `retry` refuses those of whose last run nobody has said whether it did its work, but
   * for one alone with `notDone`. `run_now` queues the job's own type and parameters once more.
   */
  act: operating
    .route({
      method: 'POST',
      path: '/organizations/{organizationId}/jobs/actions',
      tags: ['jobs'],
      summary: 'Does one thing to some jobs; each answers for itself.',
      successStatus: 200,
    })
    .input(
      z.strictObject({
        organizationId: id,
        action: z.enum(jobActions),
        jobs: z
          .array(z.strictObject({ id, version: expectedVersion }))
          .min(1)
          .max(1_000),
        /** Of `resume`: takes a pause back, so that a planned retry or a due run still is what comes next. Else it means nothing. */
        undo: z.boolean().default(false),
        /** Of `retry` of one job: whoever asks knows that its last run may have done its work, and says that it has not. Else it means nothing. */
        notDone: z.boolean().default(false),
        /** For `run_now`: starts them once. */
        requestId: id.optional(),
      }),
    )
    .output(
      z.object({
        results: z.array(
          z.object({
            jobId: id,
            changed: z.boolean(),
            message: z.string(),
            /** A stable error code when it was refused; null otherwise. */
            refused: z.string().nullable(),
            /** Of a job that `run_now` queued. */
            queuedJobId: id.nullable(),
          }),
        ),
        changed: z.number().int(),
      }),
    ),
  pause: single('pause', 'Stops new runs of a job.'),
  resume: single('resume', 'Lets a paused job run again, its next run computed from now.'),
  /** Refused where nobody has said whether the last run did its work: see `runs.confirm`. */
  retry: single('retry', 'Tries a failed or dead job again, now.'),
  archive: single('archive', 'Takes a job out of the lists.'),
  /** Undo of archive: as it was, with its next run computed from now. */
  restore: single('restore', 'Undoes an archive.'),
}

function single(action: JobAction, summary: string) {
  return operating
    .route({ method: 'POST', path: `/jobs/{jobId}/${action}`, tags: ['jobs'], summary, successStatus: 200 })
    .input(z.strictObject({ jobId: id, version: expectedVersion }))
    .output(jobOutcome)
}

import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { runOutcomes } from '../run-decision.ts'
import { operating, reading } from './base.ts'
import {
  cursor,
  groupScope,
  id,
  instant,
  instantIn,
  jsonObject,
  limit,
  reference,
  runProblem,
  runStatus,
  searchText,
  stepStatus,
  storedLevel,
  triggerSource,
} from './words.ts'

/** Of a line in the log of a run: 0 = before the first. */
const lineSequence = z.number().int().min(0).max(2_147_483_647)

export const run = z.object({
  id,
  jobId: id,
  jobName: z.string(),
  jobType: z.string(),
  brand: reference.nullable(),
  /** In which the job's times are meant, as it is now; null = it runs once and names none. */
  timeZone: z.string().nullable(),
  status: runStatus,
  /** Null while it runs and after a plain success; as stored, another program may have its own words. */
  problem: z.string().nullable(),
  attempt: z.number().int(),
  scheduledFor: instant.nullable(),
  startedAt: instant.nullable(),
  completedAt: instant.nullable(),
  /** Until `asOf` for a run in progress. */
  durationMs: z.number().nullable(),
  records: z.number().int().nullable(),
  triggerSource: triggerSource.nullable(),
  requestedBy: z.string().nullable(),
  agent: reference.nullable(),
  /** First line, at most 300 characters; the whole text comes with the run itself. */
  error: z.string().nullable(),
})
export type RunRow = z.infer<typeof run>

/** How a run ended, or that it goes on. `warnings` = completed with problem `warnings`. */
export const runResults = ['running', 'completed', 'warnings', 'failed', 'cancelled'] as const
export type RunResult = (typeof runResults)[number]

/** What Run History filters by; every field narrows. */
export const runFilter = {
  ...groupScope,
  jobTypes: z.array(z.string().max(200)).max(100).default([]),
  results: z.array(z.enum(runResults)).max(5).default([]),
  problems: z.array(runProblem).max(20).default([]),
  triggers: z.array(triggerSource).max(3).default([]),
  agentIds: z.array(id).max(50).default([]),
  /** `retry` = attempt 2 and more. */
  attempts: z.enum(['any', 'first', 'retry']).default('any'),
  jobId: id.nullable().default(null),
  /** Runs of this backfill. */
  backfillId: id.nullable().default(null),
  /** Started at or after. A run that has not started is only shown without a range. */
  from: instantIn.nullable().default(null),
  /** Started before. */
  to: instantIn.nullable().default(null),
  /** In the error message or in a log line, whatever the case. */
  text: searchText.default(''),
} as const

const filterInput = z.object(runFilter)
export type RunFilterInput = z.input<typeof filterInput>
/** The same with its defaults filled in. */
export type RunFilter = z.output<typeof filterInput>

/** Null = all that matches was looked at. A search for text reads logs and stops after some seconds: then it got back to here. */
const searchedBackTo = instant.nullable()

/** What a person found out about a run whose outcome nobody knew; the run's own status stays what it was. */
const decision = z.object({
  outcome: z.enum(runOutcomes),
  by: z.string(),
  at: instant,
  /** `done`: as of when the data counts. */
  doneAt: instant.nullable(),
  note: z.string().nullable(),
  /** `done`: how many records the source has of it; null = not counted. */
  records: z.number().int().nullable(),
})

const step = z.object({
  position: z.number().int(),
  key: z.string(),
  status: stepStatus,
  fatal: z.boolean(),
  dataset: z.string().nullable(),
  startedAt: instant.nullable(),
  completedAt: instant.nullable(),
  records: z.number().int().nullable(),
  done: z.number().nullable(),
  total: z.number().nullable(),
  error: z.string().nullable(),
  /** The run that has done it, where this one goes on with that and skipped it. */
  doneBy: id.nullable(),
  metadata: jsonObject,
})
export type RunStepRow = z.infer<typeof step>

const logLine = z.object({
  /** 1, 2, 3, … within the run. */
  seq: z.number().int(),
  at: instant,
  level: storedLevel,
  step: z.string().nullable(),
  /** May hold ANSI colours; nothing else of a terminal. */
  message: z.string(),
})
export type LogLine = z.infer<typeof logLine>

/** A small file that the run made, without its content. */
const artifact = z.object({
  name: z.string(),
  mediaType: z.string(),
  bytes: z.number().int(),
  createdAt: instant,
})
export type RunArtifactRow = z.infer<typeof artifact>

const resultCounts = z.object({
  running: z.number().int(),
  completed: z.number().int(),
  warnings: z.number().int(),
  failed: z.number().int(),
  cancelled: z.number().int(),
})

export const runs = {
  /** The newest first. A search that was cut short has a `nextCursor` from which it goes on, also when it found nothing so far. */
  list: reading
    .route({
      method: 'GET',
      path: '/organizations/{organizationId}/runs',
      tags: ['runs'],
      summary: 'Runs by any filter, the newest first.',
    })
    .input(z.object({ ...runFilter, cursor, limit }))
    .output(z.object({ asOf: instant, runs: z.array(run), nextCursor: z.string().nullable(), searchedBackTo })),
  /**
   * True totals and the charts over everything that matches; `from` null = the 30 days before `to`. A search for text counts the runs that
   * started since `searchedBackTo`.
   */
  summary: reading
    .route({
      method: 'GET',
      path: '/organizations/{organizationId}/runs/summary',
      tags: ['runs'],
      summary: 'Totals and charts of the runs that match.',
    })
    .input(
      z.object({
        ...runFilter,
        buckets: z.number().int().min(1).max(200).default(48),
        /** Without them, very many runs are counted in a fifth of the time. */
        withDurations: z.boolean().default(true),
      }),
    )
    .output(
      z.object({
        asOf: instant,
        from: instant,
        to: instant,
        bucketMs: z.number(),
        /** May be more than the results below: a run can be pending, or have a status of another program. */
        total: z.number().int(),
        byResult: resultCounts,
        /** Of very many completed runs, so many that were drawn at random say how long they take; null = all of them do, or none. */
        durationsOf: z.number().int().nullable(),
        searchedBackTo,
        buckets: z.array(
          resultCounts.extend({
            at: instant,
            /** Of completed runs in the bucket, within 2 %; null without any, and where nobody asked. */
            p50Ms: z.number().nullable(),
            p95Ms: z.number().nullable(),
          }),
        ),
      }),
    ),
  get: reading
    .route({ method: 'GET', path: '/runs/{runId}', tags: ['runs'], summary: 'One run with its steps and attempts.' })
    .input(z.object({ runId: id }))
    .output(
      z.object({
        asOf: instant,
        run: run.extend({
          organizationId: id.nullable(),
          /** Whole, at most 8,000 characters. */
          errorMessage: z.string().nullable(),
          parameters: jsonObject.nullable(),
          metadata: jsonObject,
          cancelRequestedAt: instant.nullable(),
          cancelRequestedBy: z.string().nullable(),
          leaseExpiresAt: instant.nullable(),
          /** Of the job; null when it has been edited away. */
          maxRetries: z.number().int().nullable(),
          /** The failed run that it goes on with; null = it began at the beginning. */
          continuesRunId: id.nullable(),
          /** Null = nobody has said; only a run with problem `outcome_unknown` asks. */
          decision: decision.nullable(),
          logLines: z.number().int(),
        }),
        /** What a rerun uses unless it is given others. */
        rerun: z.object({
          parameters: jsonObject,
          /** False where another program stored something that is not shown (too large, too deep, no object); `parameters` is then empty. */
          parametersReadable: z.boolean(),
          /** `job`: the run did not record what it was given; these are its job's as they are now. */
          parametersOf: z.enum(['run', 'job']),
        }),
        /** What going on with it would do; null = it cannot be gone on with, only done from the beginning. */
        resume: z
          .object({
            /** The step at which it failed. */
            step: z.string(),
            /** What is not done once more, with the run that has done it. */
            done: z.array(z.object({ step: z.string(), runId: id })),
            /** Steps before it that were not fatal and failed: they are done once more, too. */
            again: z.array(z.string()),
          })
          .nullable(),
        steps: z.array(step),
        /** What it made for people to read, by name; `runs.artifact` has the content. */
        artifacts: z.array(artifact),
        /** The attempts at the same work, first to last, this one included. */
        attempts: z.array(
          z.object({
            id,
            attempt: z.number().int(),
            status: runStatus,
            problem: z.string().nullable(),
            startedAt: instant.nullable(),
            durationMs: z.number().nullable(),
          }),
        ),
        actions: z.array(z.object({ happenedAt: instant, operator: z.string(), door: z.string(), action: z.string() })),
      }),
    ),
  /** A file that the run made, whole. */
  artifact: reading
    .route({
      method: 'GET',
      path: '/runs/{runId}/artifacts/{name}',
      tags: ['runs'],
      summary: 'A file that a run made.',
    })
    .input(z.object({ runId: id, name: z.string().min(1).max(200) }))
    .output(artifact.extend({ text: z.string() })),
  /** Lines after `afterSeq`, or the last ones with `tail`. Older programs' logs come as lines too. */
  log: reading
    .route({ method: 'GET', path: '/runs/{runId}/log', tags: ['runs'], summary: 'Lines of the log of a run.' })
    .input(
      z.object({
        runId: id,
        afterSeq: lineSequence.default(0),
        /** The last n lines instead. */
        tail: z.number().int().min(1).max(5_000).optional(),
        limit: z.number().int().min(1).max(5_000).default(1_000),
      }),
    )
    .output(
      z.object({
        lines: z.array(logLine),
        /** Of the last line that there is, 0 without any: beyond the last one given, there is more to ask for. */
        lastSeq: z.number().int(),
        ended: z.boolean(),
      }),
    ),
  /** New lines as they come, until the run has ended; without any, an empty piece every five seconds. */
  followLog: reading
    .route({
      method: 'GET',
      path: '/runs/{runId}/log/follow',
      tags: ['runs'],
      summary: 'The log of a run as it is written, as a stream.',
    })
    .input(z.object({ runId: id, afterSeq: lineSequence.default(0) }))
    .output(eventIterator(z.object({ lines: z.array(logLine), ended: z.boolean() }))),
  /**
   * Everything that matches, in pieces of text: CSV (RFC 4180, formulas escaped) or a JSON array. At most 100,000 runs; `cut` on the
   * last piece says that there are more.
   */
  export: reading
    .route({
      method: 'GET',
      path: '/organizations/{organizationId}/runs/export',
      tags: ['runs'],
      summary: 'Every run that matches as CSV or JSON, as a stream of text.',
    })
    .input(z.object({ ...runFilter, format: z.enum(['csv', 'json']) }))
    .output(eventIterator(z.object({ text: z.string(), rows: z.number().int(), cut: z.boolean() }))),
  /** J11: asks the agent that holds it to stop it. */
  cancel: operating
    .route({
      method: 'POST',
      path: '/runs/{runId}/cancel',
      tags: ['runs'],
      summary: 'Asks the agent of a run to stop it.',
      successStatus: 200,
    })
    .input(z.strictObject({ runId: id }))
    .output(z.object({ changed: z.boolean(), message: z.string() })),
  /** Queues the run's job type and parameters once more, or with these; a run that recorded none has its job's. */
  rerun: operating
    .route({
      method: 'POST',
      path: '/runs/{runId}/rerun',
      tags: ['runs'],
      summary: 'Queues the work of a run once more.',
      successStatus: 201,
    })
    .input(z.strictObject({ runId: id, parameters: jsonObject.optional(), requestId: id.optional() }))
    .output(z.object({ jobId: id, created: z.boolean(), message: z.string() })),
  /**
   * Queues the work of a failed run once more, with its parameters, to begin with the step at which it failed: what it has done before is skipped
   * and refreshes nothing. Only what `runs.get` offers as `resume`; anything else is a CONFLICT with the reason.
   */
  resume: operating
    .route({
      method: 'POST',
      path: '/runs/{runId}/resume',
      tags: ['runs'],
      summary: 'Goes on with a failed run at the step at which it failed.',
      successStatus: 201,
    })
    .input(z.strictObject({ runId: id, requestId: id.optional() }))
    .output(z.object({ jobId: id, created: z.boolean(), message: z.string(), step: z.string() })),
  /**
   * J5: says of a run with problem `outcome_unknown` whether it did its work. `done`: the dataset of its step is refreshed as of `doneAt`, the job
   * goes on with its next fire. `not_done`: it is run again, as by a retry. Who says it second is told what was decided first (CONFLICT).
   */
  confirm: operating
    .route({
      method: 'POST',
      path: '/runs/{runId}/confirm',
      tags: ['runs'],
      summary: 'Says whether a run did its work whose outcome nobody knows.',
      successStatus: 200,
    })
    .input(
      z.strictObject({
        runId: id,
        outcome: z.enum(runOutcomes),
        /** Of `done`: as of when the data counts, never in the future; absent = the start of the run. */
        doneAt: instantIn.optional(),
        /** Of `done`: how many records the source has of it. */
        records: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
        note: z.string().max(2_000).optional(),
      }),
    )
    .output(z.object({ changed: z.boolean(), message: z.string() })),
}

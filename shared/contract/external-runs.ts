import { z } from 'zod'
import { externalSources, externalStatuses } from '../external-runs.ts'
import { reading } from './base.ts'
import { cursor, groupScope, id, instant, instantIn, jsonObject, limit, reference, searchText } from './words.ts'

const externalStatus = z.enum(externalStatuses)

const externalRun = z.object({
  id,
  source: z.enum(externalSources),
  /** Who told it: an address, or a name. */
  producer: z.string(),
  jobNamespace: z.string(),
  jobName: z.string(),
  brand: reference.nullable(),
  dataset: z.string().nullable(),
  /** What the run says, or while it says nothing what its steps say together; null: nobody has said. */
  status: externalStatus.nullable(),
  /** Of the first message about it, by its sender's clock; in the order of which they are listed. */
  firstEventAt: instant,
  startedAt: instant.nullable(),
  completedAt: instant.nullable(),
  /** From start to end; null unless both were told. */
  durationMs: z.number().nullable(),
  records: z.number().int().nullable(),
  /** First line, at most 300 characters. */
  error: z.string().nullable(),
  steps: z.object({ total: z.number().int(), failed: z.number().int() }),
})
export type ExternalRunRow = z.infer<typeof externalRun>

const filter = {
  ...groupScope,
  sources: z.array(z.enum(externalSources)).max(10).default([]),
  results: z.array(externalStatus).max(10).default([]),
  /** First heard of at or after, and before. */
  from: instantIn.nullable().default(null),
  to: instantIn.nullable().default(null),
  /** In producer, job or error message, whatever the case. */
  text: searchText.default(''),
} as const
const filterInput = z.object(filter)
export type ExternalRunFilterInput = z.input<typeof filterInput>
export type ExternalRunFilter = z.output<typeof filterInput>

/** A dataset as the program names it, and which of ours it is. */
const namedDataset = z.object({
  namespace: z.string(),
  name: z.string(),
  /** Null for inputs, and where it was not counted. */
  rows: z.number().int().nullable(),
  /** By the rules as they are now; null: it is not mapped. */
  mapped: z.object({ brand: reference, dataset: z.string() }).nullable(),
  facets: z.json(),
})

const path = '/organizations/{organizationId}/external-runs'
const tags = ['external runs']

export const externalRuns = {
  /** Runs of other programs, the newest first; steps are shown with the run they belong to, which is found by what they say as well. */
  list: reading
    .route({ method: 'GET', path, tags, summary: 'Runs of other programs, the newest first.' })
    .input(z.object({ ...filter, cursor, limit }))
    .output(z.object({ asOf: instant, runs: z.array(externalRun), nextCursor: z.string().nullable() })),
  /** How many match; beyond 10,000 it is not counted further, and `isMore` says so. */
  summary: reading
    .route({ method: 'GET', path: `${path}/summary`, tags, summary: 'How many runs of other programs match.' })
    .input(z.object(filter))
    .output(
      z.object({
        asOf: instant,
        total: z.number().int(),
        isMore: z.boolean(),
        byResult: z.object({
          running: z.number().int(),
          completed: z.number().int(),
          failed: z.number().int(),
          cancelled: z.number().int(),
          unknown: z.number().int(),
        }),
      }),
    ),
  get: reading
    .route({ method: 'GET', path: '/external-runs/{runId}', tags, summary: 'One run of another program.' })
    .input(z.object({ runId: id }))
    .output(
      z.object({
        asOf: instant,
        run: externalRun.extend({
          organizationId: id,
          /** The program's own names for it, and for the run it is a step of. */
          runKey: z.string(),
          parentKey: z.string().nullable(),
          lastEventAt: instant,
          nominalStartAt: instant.nullable(),
          nominalEndAt: instant.nullable(),
          errorMessage: z.string().nullable(),
          log: z.string().nullable(),
          /** What was said of the run and of its job, by name; what was too large says so. */
          facets: jsonObject,
        }),
        /** The run it is a step of; null: of none. */
        parent: z.object({ id, jobName: z.string() }).nullable(),
        /** At most 200, in the order in which they began. */
        steps: z.array(externalRun),
        inputs: z.array(namedDataset),
        outputs: z.array(namedDataset),
      }),
    ),
}

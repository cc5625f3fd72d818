import { z } from 'zod'
import { maximumSources } from '../freshness.ts'
import { operating, reading } from './base.ts'
import { refresher } from './refresher.ts'
import {
  attempt,
  due,
  freshness as freshnessWord,
  groupedBrand,
  groupName,
  groupScope,
  id,
  instant,
  instantIn,
  jsonObject,
  refresh,
  waitedHold,
} from './words.ts'

const maximumSource = z.enum(maximumSources)
const datasetKey = z.string().min(1).max(200)
const maxAgeHours = z.number().positive().max(87_600)

/** Both axes of F6 for one dataset of one brand, and what a person asks next. */
export const datasetFacts = z.object({
  dataset: z.string(),
  label: z.string(),
  freshness: freshnessWord,
  lastAttempt: attempt,
  suspicious: z.boolean(),
  /** Whole seconds since the last success at `asOf`; null without one. */
  ageSeconds: z.number().int().nullable(),
  maxAgeHours: z.number().nullable(),
  maxAgeSource: maximumSource,
  /** When the maximum counts: the brand's own due time, else the dataset's (F9); null = always, and where there is no maximum. */
  due: due.nullable(),
  lastSuccessAt: instant.nullable(),
  lastAttemptAt: instant.nullable(),
  staleAt: instant.nullable(),
  /** Start of the run in progress, else of the next one planned, after the holds that it waits for; null = none, or nobody can say. */
  nextRunAt: instant.nullable(),
  /** What the next run waits for; null = it waits for no hold. */
  hold: waitedHold.nullable(),
  /** The zone in which the job of that run has its times; null = it names none. */
  nextRunZone: z.string().nullable(),
  /** Start of the run in progress; null = nothing runs, so that `nextRunAt` is planned, and late when it has passed. */
  runningSince: instant.nullable(),
  /** Of the last success; null = not counted. */
  records: z.number().int().nullable(),
  /** First line of the last attempt's error. */
  error: z.string().nullable(),
  /** Why it is not plainly fresh, as sentences; null when it is. */
  reason: z.string().nullable(),
  lastRunId: id.nullable(),
})
export type DatasetFacts = z.infer<typeof datasetFacts>

const fix = z.object({ jobType: z.string(), parameters: jsonObject })

export const freshness = {
  /**
   * Every dataset of every brand at once: one string per brand, one character per dataset (`shared/cell-code.ts`), `.` where the brand
   * does not have it. Small enough for 1,000 × 50, all the more without ids and names, which are most of it: who has the brands of
   * `session.brands` leaves them out, and knows by their version that they are the same.
   */
  board: reading
    .route({
      method: 'GET',
      path: '/organizations/{organizationId}/board',
      tags: ['freshness'],
      summary: 'The whole freshness matrix of an organization.',
    })
    .input(
      z.object({
        organizationId: id,
        /** Only its brands; null = all. */
        group: groupName.nullable().default(null),
        /** Without a group alone: who has all brands does not know which lines are those of a group. */
        withBrands: z.boolean().default(true),
      }),
    )
    .output(
      z.object({
        asOf: instant,
        datasets: z.array(z.object({ key: z.string(), label: z.string() })),
        /** Changes with the brands, their names, their groups and their order; of all brands, whatever the group. */
        brandsVersion: z.string(),
        /** Null without `withBrands`, unless a group was asked for. */
        brands: z.array(groupedBrand).nullable(),
        /** A line for each brand, in their order. */
        cells: z.string(),
      }),
    ),
  /** Counts, and the few causes behind what is wrong, the one with the most effects first. */
  summary: reading
    .route({
      method: 'GET',
      path: '/organizations/{organizationId}/freshness',
      tags: ['freshness'],
      summary: 'The state of an organization in one sentence, with causes.',
    })
    .input(z.object(groupScope))
    .output(
      z.object({
        asOf: instant,
        datasets: z.number().int(),
        counts: z.record(freshnessWord, z.number().int()),
        lastAttemptFailed: z.number().int(),
        suspicious: z.number().int(),
        causes: z.array(
          z.object({
            /** One sentence without the count. */
            text: z.string(),
            /** Null: it holds for several brands (no agent can run a job type). */
            brandId: id.nullable(),
            brandName: z.string().nullable(),
            jobId: id.nullable(),
            runId: id.nullable(),
            /** How many datasets it explains. */
            effects: z.number().int(),
          }),
        ),
        /** Effects of causes beyond those listed. */
        otherEffects: z.number().int(),
      }),
    ),
  /** The facts of all datasets of some brands, for what is on screen. */
  cells: reading
    .route({
      method: 'POST',
      path: '/organizations/{organizationId}/cells',
      tags: ['freshness'],
      summary: 'All facts of the datasets of some brands.',
      successStatus: 200,
    })
    .input(z.object({ organizationId: id, brandIds: z.array(id).min(1).max(100) }))
    .output(z.object({ asOf: instant, brands: z.array(z.object({ id, datasets: z.array(datasetFacts) })) })),
  /** How old the datasets of some brands are, for a screen full of them: a fiftieth of what all their facts weigh. */
  ages: reading
    .route({
      method: 'POST',
      path: '/organizations/{organizationId}/ages',
      tags: ['freshness'],
      summary: 'The ages of the datasets of some brands.',
      successStatus: 200,
    })
    .input(z.object({ organizationId: id, brandIds: z.array(id).min(1).max(100) }))
    .output(
      z.object({
        asOf: instant,
        /** Keys of what any of these brands has. */
        datasets: z.array(z.string()),
        /** `ages`: whole seconds since the last success of each dataset, in their order; null where there was none. */
        brands: z.array(z.object({ id, ages: z.array(z.number().int().nullable()) })),
      }),
    ),
  /** The cards of one brand, worst first. */
  brand: reading
    .route({
      method: 'GET',
      path: '/brands/{brandId}/datasets',
      tags: ['freshness'],
      summary: 'The datasets of one brand, worst first.',
    })
    .input(z.object({ brandId: id }))
    .output(
      z.object({
        asOf: instant,
        brand: z.object({ id, name: z.string(), organizationId: id }),
        datasets: z.array(
          datasetFacts.extend({
            /** Records of the last 30 successes, oldest first, for a sparkline. */
            recentRecords: z.array(z.number().int()),
            refreshers: z.array(refresher),
            /** What a person would run to refresh it; null when nothing in the catalog does. */
            fix: fix.nullable(),
          }),
        ),
      }),
    ),
  /** Everything about one dataset of one brand: the drawer. */
  dataset: reading
    .route({
      method: 'GET',
      path: '/brands/{brandId}/datasets/{dataset}',
      tags: ['freshness'],
      summary: 'Everything about one dataset of one brand.',
    })
    .input(z.object({ brandId: id, dataset: datasetKey }))
    .output(
      z.object({
        asOf: instant,
        brand: z.object({ id, name: z.string(), organizationId: id }),
        facts: datasetFacts,
        refreshers: z.array(refresher),
        refresh,
        fix: fix.nullable(),
        /** Pages that require it, with their own maximum, hours. */
        consumers: z.array(z.object({ page: z.string(), label: z.string(), maxAgeHours: z.number() })),
        /** What a probe measured of the data itself, last; null = nothing measures it. */
        probe: z
          .object({
            probedAt: instant,
            latestAt: instant.nullable(),
            rowCount: z.number().nullable(),
            movedAt: instant.nullable(),
            /** Whether anything moved with the last success; null = nothing to compare with. */
            moved: z.boolean().nullable(),
            problem: z.string().nullable(),
          })
          .nullable(),
        /** The brand's own ages and due time, if there are any: one of the three at least. */
        policy: z
          .object({
            maxAgeHours: z.number().nullable(),
            warnAgeHours: z.number().nullable(),
            due: due.nullable(),
            changedAt: instant,
            changedBy: z.string().nullable(),
          })
          .nullable(),
        /** Why it is as it is, from the policy to the agent; each link leads somewhere. */
        chain: z.array(
          z.object({
            kind: z.enum(['policy', 'last_success', 'job', 'run', 'step', 'error', 'agent']),
            text: z.string(),
            jobId: id.nullable(),
            runId: id.nullable(),
          }),
        ),
        /**
         * The last 30 days in hours, oldest first, one character each: f fresh for at least half of the hour, s stale, n nothing yet,
         * - no policy. Judged by the maximum age and the due time of today: what it was then is not kept.
         */
        band: z.object({ from: instant, hours: z.string() }),
        /** Share of the hours since the first success that have a policy in which it was fresh, 0 to 1; null without any. */
        uptime: z.number().nullable(),
        attempts: z.array(
          z.object({
            /** Null: another program recorded it, without a run. */
            runId: id.nullable(),
            happenedAt: instant,
            status: attempt,
            records: z.number().int().nullable(),
            suspicious: z.boolean(),
            error: z.string().nullable(),
          }),
        ),
      }),
    ),
  /** F5, for programs: is this dataset young enough to be used? */
  check: reading
    .route({
      method: 'GET',
      path: '/brands/{brandId}/datasets/{dataset}/freshness',
      tags: ['freshness'],
      summary: 'Is this dataset young enough to be used?',
    })
    .input(z.object({ brandId: id, dataset: datasetKey, maxAgeHours: maxAgeHours.optional() }))
    .output(z.object({ asOf: instant, fresh: z.boolean(), ...datasetFacts.shape })),
  setPolicy: operating
    .route({
      method: 'PUT',
      path: '/brands/{brandId}/datasets/{dataset}/policy',
      tags: ['freshness'],
      summary: 'Sets or clears the ages and the due time that a brand has of its own.',
    })
    .input(
      z.strictObject({
        brandId: id,
        dataset: datasetKey,
        /** Null: the dataset's and the pages' count. */
        maxAgeHours: maxAgeHours.nullable(),
        /** F7: from this age on it is at risk; null = no age says so. Left out, it stays, and goes with the maximum. */
        warnAgeHours: maxAgeHours.nullable().optional(),
        /** When the maximum counts; null = when the dataset says. Left out, it stays, and goes with the maximum. */
        due: due.nullable().optional(),
        /** `changedAt` of the ages it was decided on, null for none: others are not overwritten. Left out: whatever is there may be replaced. */
        seenAt: instantIn.nullable().optional(),
      }),
    )
    .output(
      z.object({
        /** Null: it has none of its own now. */
        changedAt: instant.nullable(),
        maxAgeHours: z.number().nullable(),
        before: z.number().nullable(),
        warnBefore: z.number().nullable(),
        dueBefore: due.nullable(),
      }),
    ),
  /** What running the fixes of these cells would start, and what is skipped and why; nothing is started. */
  previewFixes: reading
    .route({
      method: 'POST',
      path: '/organizations/{organizationId}/fixes/preview',
      tags: ['freshness'],
      summary: 'What running the fixes of some datasets would start.',
      successStatus: 200,
    })
    .input(
      z.object({
        organizationId: id,
        cells: z
          .array(z.object({ brandId: id, dataset: datasetKey }))
          .min(1)
          .max(5_000),
      }),
    )
    .output(
      z.object({
        runs: z.array(
          z.object({
            brandId: id,
            brandName: z.string(),
            jobType: z.string(),
            parameters: jsonObject,
            /** Datasets of the selection that this run refreshes. */
            datasets: z.array(z.string()),
            waitsBehindRunId: id.nullable(),
          }),
        ),
        skipped: z.array(z.object({ brandId: id, brandName: z.string(), dataset: z.string(), reason: z.string() })),
      }),
    ),
  /** Queues the fixes of these cells, one job for each of the preview's runs. The same `requestId` starts them once. */
  runFixes: operating
    .route({
      method: 'POST',
      path: '/organizations/{organizationId}/fixes',
      tags: ['freshness'],
      summary: 'Queues the fixes of some datasets.',
    })
    .input(
      z.strictObject({
        organizationId: id,
        requestId: id,
        cells: z
          .array(z.object({ brandId: id, dataset: datasetKey }))
          .min(1)
          .max(5_000),
      }),
    )
    .output(z.object({ jobIds: z.array(id), skipped: z.number().int() })),
  /** F1, from outside: an attempt has begun. */
  recordStart: operating
    .route({
      method: 'POST',
      path: '/brands/{brandId}/datasets/{dataset}/start',
      tags: ['record'],
      summary: 'Records from outside that an attempt has begun.',
      successStatus: 200,
    })
    .input(z.strictObject({ brandId: id, dataset: datasetKey }))
    .output(z.object({ recorded: z.literal(true) })),
  /** F2, from outside. `happenedAt` must not lie in the future; absent = now. */
  recordSuccess: operating
    .route({
      method: 'POST',
      path: '/brands/{brandId}/datasets/{dataset}/success',
      tags: ['record'],
      summary: 'Records from outside that an attempt succeeded.',
      successStatus: 200,
    })
    .input(
      z.strictObject({
        brandId: id,
        dataset: datasetKey,
        records: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).nullable().default(null),
        happenedAt: instantIn.optional(),
        metadata: jsonObject.default({}),
      }),
    )
    .output(z.object({ recorded: z.literal(true) })),
  /** F3, from outside. */
  recordFailure: operating
    .route({
      method: 'POST',
      path: '/brands/{brandId}/datasets/{dataset}/failure',
      tags: ['record'],
      summary: 'Records from outside that an attempt failed.',
      successStatus: 200,
    })
    .input(
      z.strictObject({
        brandId: id,
        dataset: datasetKey,
        error: z.string().min(1).max(100_000),
        happenedAt: instantIn.optional(),
      }),
    )
    .output(z.object({ recorded: z.literal(true) })),
}

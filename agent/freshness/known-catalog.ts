import { z } from 'zod'
import { type BackfillRule, mostDaysPerRun } from '../../shared/backfills.ts'
import { due } from '../../shared/contract/words.ts'
import type { JsonObject } from '../../shared/domain.ts'
import { dueFrom, storedDue } from '../../shared/due.ts'
import { canonicalJson } from '../../shared/json.ts'
import { isRunbook, longestOwner } from '../../shared/ownership.ts'
import { type Catalog, runnableJobTypes } from '../jobs/catalog/catalog.ts'
import { publicCatalog } from '../jobs/catalog/public-catalog.ts'

/**
 * What exists, as far as anybody has said: the catalog of this process and what agents published of theirs. Only the
 * declarative part, so nothing in it can be run. The rows are written by other programs: an entry that is not in the format
 * is left out, and two that contradict each other are named, never silently won.
 */
export interface KnownCatalog {
  readonly datasets: ReadonlyMap<string, KnownDataset>
  readonly jobTypes: ReadonlyMap<string, KnownJobType>
  readonly pages: ReadonlyMap<string, KnownPage>
  /** Whole sentences. */
  readonly conflicts: readonly string[]
}

/** One that is wrong hides nothing; no other scheme ever becomes a link. */
const ownership = {
  owner: z.string().min(1).max(longestOwner).nullable().default(null).catch(null),
  runbook: z.string().refine(isRunbook).nullable().default(null).catch(null),
} as const

const datasetSchema = z.object({
  label: z.string().max(200),
  max_age_hours: z.number().positive().max(87_600).nullable(),
  /** One that is wrong hides no dataset. */
  due: due
    .transform((found) => dueFrom(storedDue(found)))
    .nullable()
    .default(null)
    .catch(null),
  /** F8. */
  never_zero: z.boolean().default(false),
  ...ownership,
})
const stepSchema = z.object({
  key: z.string().max(200),
  dataset: z.string().nullable(),
  fatal: z.boolean(),
  when: z.string().nullable(),
})
/** Checked where it is used: a suggestion that is wrong hides no job type. */
const cadenceSchema = z.object({ cron: z.string().max(1_000), time_zone: z.string().max(100).nullable() })
const backfillSchema = z
  .object({
    from: z.string().min(1).max(200),
    to: z.string().min(1).max(200).nullable(),
    most_days: z.int().min(1).max(mostDaysPerRun),
  })
  .transform(({ from, to, most_days: mostDays }): BackfillRule => ({ from, to, mostDays }))
const jobTypeSchema = z.object({
  label: z.string().max(200),
  description: z.string().max(2_000).nullable(),
  parameters: z.record(z.string(), z.json()),
  steps: z.array(stepSchema).max(200),
  cadence: cadenceSchema.nullable().default(null).catch(null),
  /** One that is wrong hides no job type either. */
  backfill: backfillSchema.nullable().default(null).catch(null),
  resume: z.boolean().default(false).catch(false),
  expected_minutes: z.number().min(1).max(1_440).nullable().default(null).catch(null),
  ...ownership,
})
const pageSchema = z.object({
  label: z.string().max(200),
  ...ownership,
  requires: z
    .array(
      z.object({
        dataset: z.string(),
        max_age_hours: z.number().positive().max(87_600),
        fix: z.object({ job_type: z.string(), parameters: z.record(z.string(), z.json()) }),
      }),
    )
    .max(200),
})

export type KnownDataset = { readonly key: string } & z.infer<typeof datasetSchema>
export type KnownJobType = { readonly key: string } & z.infer<typeof jobTypeSchema>
export type KnownPage = { readonly key: string } & z.infer<typeof pageSchema>

export interface PublishedCatalog {
  /** Who published it, for messages. */
  readonly source: string
  /** It adds what nobody else says, and contradicts nobody: whoever changed it since may have been somebody else. */
  readonly isGone: boolean
  readonly jobTypes: readonly string[]
  readonly catalog: unknown
}

interface Source extends PublishedCatalog {
  /** The preset of a process without a file of its own: said by nobody, so it contradicts nobody. */
  readonly isFallback: boolean
}

/**
 * The union; where two differ, the earlier source is shown: a file of one's own, then what agents published (the living first, of
 * each kind the newest), and the preset last when this process has no file.
 */
export function mergeKnownCatalog(own: Catalog, published: readonly PublishedCatalog[]): KnownCatalog {
  const isFallback = own.baseDirectory === null
  const ours = {
    source: 'this program',
    jobTypes: runnableJobTypes(own),
    catalog: publicCatalog(own),
    isGone: false,
    isFallback,
  }
  const theirs = published.map((source) => ({ ...source, isFallback: false }))
  const sources = isFallback ? [...theirs, ours] : [ours, ...theirs]
  const conflicts: string[] = []
  return {
    datasets: merge('dataset', 'datasets', datasetSchema, sources, conflicts),
    jobTypes: merge('job type', 'job_types', jobTypeSchema, runnableFirst(sources), conflicts),
    pages: merge('page', 'pages', pageSchema, sources, conflicts),
    conflicts,
  }
}

/** What can be run somewhere is described by who can run it: a preset alone only says that it exists. */
function runnableFirst(sources: readonly Source[]): Source[] {
  const parts = (keep: (key: string, source: Source) => boolean): Source[] =>
    sources.map((source) => {
      const all = Object.entries(entriesOf(source.catalog, 'job_types'))
      return { ...source, catalog: { job_types: Object.fromEntries(all.filter(([key]) => keep(key, source))) } }
    })
  const runnable = (key: string, source: Source): boolean => source.jobTypes.includes(key)
  const somewhere = new Set(sources.flatMap(({ jobTypes }) => jobTypes))
  return [...parts(runnable), ...parts((key) => !somewhere.has(key))]
}

function merge<Entry extends object>(
  kind: string,
  part: string,
  schema: z.ZodType<Entry>,
  sources: readonly Source[],
  conflicts: string[],
): Map<string, Entry & { readonly key: string }> {
  const merged = new Map<string, Entry & { readonly key: string }>()
  const from = new Map<string, string>()
  for (const { source, catalog, isGone, isFallback } of sources) {
    for (const [key, raw] of Object.entries(entriesOf(catalog, part))) {
      const checked = schema.safeParse(raw)
      if (!checked.success) continue
      const entry = { ...checked.data, key }
      const known = merged.get(key)
      if (known === undefined) {
        merged.set(key, entry)
        from.set(key, source)
      } else if (!isFallback && !isGone && canonicalJson(known) !== canonicalJson(entry)) {
        conflicts.push(`The ${kind} ${key} is described differently by ${from.get(key)} and by ${source}.`)
      }
    }
  }
  return merged
}

function entriesOf(catalog: unknown, part: string): JsonObject {
  const parsed = z.record(z.string(), z.unknown()).safeParse(catalog)
  const entries = z.record(z.string(), z.json()).safeParse(parsed.data?.[part])
  return entries.data ?? {}
}

/** The datasets that a job of this type with these parameters refreshes: a step whose parameter is off does not run. */
export function refreshedDatasets(jobType: KnownJobType, parameters: JsonObject): string[] {
  return jobType.steps.flatMap(({ dataset, when }) =>
    dataset !== null && (when === null || parameterOf(jobType, parameters, when) === true) ? [dataset] : [],
  )
}

const schemaWithDefault = z.object({ properties: z.record(z.string(), z.object({ default: z.json().optional() })) })

/** The value given, else the default of the schema. */
function parameterOf(jobType: KnownJobType, parameters: JsonObject, name: string): unknown {
  if (Object.hasOwn(parameters, name)) return parameters[name]
  return schemaWithDefault.safeParse(jobType.parameters).data?.properties[name]?.default
}

/** F9: the maximum ages that pages ask of a dataset, hours. */
export function pageMaximums(catalog: KnownCatalog, dataset: string): number[] {
  return [...catalog.pages.values()].flatMap(({ requires }) =>
    requires.filter((requirement) => requirement.dataset === dataset).map(({ max_age_hours: hours }) => hours),
  )
}

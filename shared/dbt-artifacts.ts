import { z } from 'zod'
import { Problem } from './errors.ts'

/*
 * What dbt writes after it has run, as far as it says how fresh something is. The forms are those of
 * https://docs.getdbt.com/reference/artifacts/run-results-json (v5, v6) and https://docs.getdbt.com/reference/artifacts/sources-json (v3), what the
 * project says beside them is in dbt-manifest.ts;
 * what is not needed is not looked at, so that a newer dbt of the same version of the form goes on working.
 */

/** `error_after` and `warn_after`; null = none. */
export interface DbtAges {
  readonly maxAgeHours: number | null
  readonly warnAgeHours: number | null
}

/** One thing that dbt built, or looked at. */
export interface DbtResult extends DbtAges {
  /** dbt's own name, `model.shop.orders`: the same for the same node in every run. */
  readonly uniqueId: string
  readonly datasetKey: string
  readonly status: 'completed' | 'failed'
  readonly startedAt: Date | null
  /** When it was attempted. */
  readonly at: Date
  /** As of when the data is; null = as of the attempt. */
  readonly freshAsOf: Date | null
  /** Rows that the database says were written; null = it does not say. */
  readonly records: number | null
  readonly error: string | null
}

export interface DbtInvocation {
  /** Of the whole run of dbt; two files of one run have the same. */
  readonly id: string
  /** `dbt build`, `dbt source freshness` */
  readonly command: string
  readonly dbtVersion: string
  readonly at: Date
  readonly results: readonly DbtResult[]
  /** Nodes that say nothing about a dataset: tests, and what was skipped. */
  readonly left: number
}

const instant = z.iso.datetime({ offset: true, local: true }).transform(utcInstant)
/** What goes into names of rows: no control characters, no halves of letters. */
export const plain = z.string().regex(/^[^\p{Cc}\p{Cs}]*$/u, 'holds characters that cannot be stored')
const metadata = z.object({
  dbt_schema_version: z.string(),
  dbt_version: plain.max(100).default('of an unknown version'),
  generated_at: instant,
  invocation_id: plain.min(1).max(200).nullish(),
})
const uniqueId = plain.min(1).max(500)
/** What cannot be read as rows (text, a share of bytes) is none. */
const rows = z
  .object({ rows_affected: z.int().min(0).nullish().catch(null) })
  .nullish()
  .catch(null)
const text = z.union([z.string(), z.number()]).nullish()

const runResults = z.object({
  metadata,
  args: z.object({ which: z.string().max(100).nullish() }).nullish(),
  results: z.array(
    z.object({
      unique_id: uniqueId,
      status: z.string().max(100),
      message: text,
      timing: z
        .array(z.object({ name: z.string(), started_at: instant.nullish(), completed_at: instant.nullish() }))
        .default([]),
      adapter_response: rows,
    }),
  ),
})

const threshold = z
  .object({ count: z.int().positive().nullish(), period: z.enum(['minute', 'hour', 'day']).nullish() })
  .nullish()
export const criteria = z.object({ warn_after: threshold, error_after: threshold }).nullish()
const sources = z.object({
  metadata,
  results: z.array(
    z.object({
      unique_id: uniqueId,
      status: z.string().max(100),
      error: text,
      max_loaded_at: instant.nullish(),
      snapshotted_at: instant.nullish(),
      criteria,
    }),
  ),
})

/** dbt writes UTC, in older versions without saying so. */
function utcInstant(written: string): Date {
  return new Date(/(?:z|[+-]\d\d:?\d\d)$/i.test(written) ? written : `${written}Z`)
}

/** Commands after which a result says that something was built. `compile`, `docs generate`, `test` report models that nobody touched. */
const building = new Set(['build', 'run', 'seed', 'snapshot', 'retry', 'clone'])
export const built: ReadonlySet<string> = new Set(['model', 'seed', 'snapshot'])
/** Attempted or not, nothing is known of it. */
const untouched = new Set(['skipped', 'no-op', 'reused'])

/** @throws Problem `invalid_input` for another version of the form, naming it; for what is not in the form; for a command that builds nothing. */
export function readRunResults(document: unknown): DbtInvocation {
  requireVersion(document, {
    form: 'run-results',
    file: 'run_results',
    known: 'v5 and v6',
    isKnown: (version) => version === 5 || version === 6,
  })
  const { metadata: head, args, results } = checked(runResults, document, 'run_results')
  const which = args?.which ?? null
  if (which !== null && !building.has(which)) {
    throw new Problem('invalid_input', `These are the results of "dbt ${which}", which builds nothing.`, {
      field: 'run_results.args.which',
      value: which,
      fix: 'Import target/run_results.json after "dbt build" or "dbt run", before another command writes it anew.',
    })
  }
  const nodes = results.filter((one) => built.has(kindOf(one.unique_id)) && !untouched.has(one.status))
  return invocationOf(
    head,
    `dbt ${which ?? 'run'}`,
    results.length,
    nodes.map((one) => builtResult(one, head.generated_at)),
  )
}

type RunResult = z.infer<typeof runResults>['results'][number]

function builtResult({ unique_id: id, status, message, timing, adapter_response }: RunResult, generatedAt: Date) {
  const executed = timing.find(({ name }) => name === 'execute')
  const isDone = status === 'success'
  return {
    uniqueId: id,
    status: isDone ? ('completed' as const) : ('failed' as const),
    startedAt: executed?.started_at ?? null,
    at: executed?.completed_at ?? generatedAt,
    freshAsOf: null,
    records: isDone ? (adapter_response?.rows_affected ?? null) : null,
    error: isDone ? null : String(message ?? `dbt says "${status}".`),
    maxAgeHours: null,
    warnAgeHours: null,
  }
}

/** @throws Problem as `readRunResults`. */
export function readSources(document: unknown): DbtInvocation {
  requireVersion(document, { form: 'sources', file: 'sources', known: 'v3', isKnown: (version) => version === 3 })
  const { metadata: head, results } = checked(sources, document, 'sources')
  return invocationOf(
    head,
    'dbt source freshness',
    results.length,
    results.map((one) => sourceResult(one, head.generated_at)),
  )
}

type SourceResult = z.infer<typeof sources>['results'][number]

/** Stale or not: when the newest row came is when the source succeeded last. Only a question that failed is a failure. */
function sourceResult({ unique_id: id, status, error, criteria: given, ...times }: SourceResult, generatedAt: Date) {
  const loadedAt = times.max_loaded_at ?? null
  const isKnown = status !== 'runtime error' && loadedAt !== null
  return {
    uniqueId: id,
    status: isKnown ? ('completed' as const) : ('failed' as const),
    startedAt: null,
    at: times.snapshotted_at ?? generatedAt,
    freshAsOf: isKnown ? loadedAt : null,
    records: null,
    error: isKnown ? null : String(error ?? `dbt says "${status}".`),
    ...agesOf(given),
  }
}

export function agesOf(given: z.infer<typeof criteria>): DbtAges {
  return { maxAgeHours: hoursOf(given?.error_after), warnAgeHours: hoursOf(given?.warn_after) }
}

const hoursOfPeriod = { minute: 1 / 60, hour: 1, day: 24 } as const

function hoursOf(given: z.infer<typeof threshold>): number | null {
  const { count = null, period = null } = given ?? {}
  return count === null || period === null ? null : count * hoursOfPeriod[period]
}

export function kindOf(id: string): string {
  return id.slice(0, id.indexOf('.'))
}

/** `model.shop.orders` → `orders`, `model.shop.orders.v2` → `orders.v2`, `source.shop.raw.orders` → `raw.orders`. */
function shortName(id: string): string {
  return id.split('.').slice(2).join('.') || id
}

/** What nodes are called here, by their own names. Two of one short name (of different packages) are told apart by their whole names. */
export function datasetKeys(ids: Iterable<string>): ReadonlyMap<string, string> {
  const uses = Map.groupBy(new Set(ids), shortName)
  return new Map([...uses].flatMap(([short, own]) => own.map((id) => [id, own.length === 1 ? short : id] as const)))
}

function invocationOf(
  head: z.infer<typeof metadata>,
  command: string,
  count: number,
  results: readonly Omit<DbtResult, 'datasetKey'>[],
): DbtInvocation {
  const keys = datasetKeys(results.map((one) => one.uniqueId))
  const { generated_at: at, dbt_version: dbtVersion } = head
  return {
    id: head.invocation_id ?? at.toISOString(),
    command,
    dbtVersion,
    at,
    results: results.map((one) => ({ ...one, datasetKey: keys.get(one.uniqueId) ?? one.uniqueId })),
    left: count - results.length,
  }
}

interface Form {
  /** As the file names it: `https://schemas.getdbt.com/dbt/run-results/v6.json` */
  readonly form: string
  /** Its name in `target/`, without `.json`. */
  readonly file: string
  readonly known: string
  readonly isKnown: (version: number) => boolean
}

/** @throws Problem `invalid_input` for another form, or another version of it, naming it. */
export function requireVersion(document: unknown, { form, file, known, isKnown }: Form): void {
  const head = z.object({ metadata: z.object({ dbt_schema_version: z.string() }) }).safeParse(document)
  const given = head.data?.metadata.dbt_schema_version ?? null
  const [, name, version = ''] = /\/dbt\/([a-z-]+)\/v(\d{1,4})\.json$/.exec(given ?? '') ?? []
  if (name === form && isKnown(Number(version))) return
  const found = name === undefined ? given : `${name} v${version}`
  const what = found === null ? 'This is no file of dbt: it names no form.' : `This is ${found}.`
  throw new Problem('invalid_input', what, {
    field: 'metadata.dbt_schema_version',
    value: given,
    fix: `Known are ${form} ${known}: give target/${file}.json, or use a version of dbt that writes one of these.`,
  })
}

/** @throws Problem `invalid_input`, naming file and field. */
export function checked<Value>(schema: z.ZodType<Value>, document: unknown, file: string): Value {
  const { success, data, error } = schema.safeParse(document)
  if (success) return data
  const [issue] = error.issues
  const path = [file, ...(issue?.path ?? [])].join('.')
  throw new Problem('invalid_input', `${path}: ${issue?.message ?? 'is not as dbt writes it'}`, {
    field: path,
    value: null,
    fix: 'Give the file as dbt has written it.',
  })
}

import type { JsonObject } from '../domain.ts'
import type { ExternalRun, Fact } from '../external-runs.ts'
import { freshAsOf } from './fresh-as-of.ts'
import type { DatasetName } from './mapping.ts'

/** Kinds of facts about a run, the word before the first colon. */
export const factName = {
  run: (facet: string) => `run:${facet}`,
  job: (facet: string) => `job:${facet}`,
  input: (dataset: DatasetName) => `input:${datasetText(dataset)}`,
  output: (dataset: DatasetName) => `output:${datasetText(dataset)}`,
  /** How many rows were written to an output; said apart, because the message that ends a run may leave it out. */
  rows: (dataset: DatasetName) => `rows:${datasetText(dataset)}`,
  /** What became of the table itself; said apart for the same reason. */
  change: (dataset: DatasetName) => `change:${datasetText(dataset)}`,
} as const

function datasetText({ namespace, name }: DatasetName): string {
  return `${namespace}\n${name}`
}

/** The dataset that a fact is about; null for facts about the run. */
export function datasetOfFact(factKey: string, kind: 'input' | 'output'): DatasetName | null {
  if (!factKey.startsWith(`${kind}:`)) return null
  const [namespace = '', name = ''] = factKey.slice(kind.length + 1).split('\n')
  return { namespace, name }
}

/** The value of a fact `change`. */
interface LifecycleChange {
  /** A word of OpenLineage's facet `lifecycleStateChange`: of DROP, TRUNCATE and RENAME no data comes, of the others it does. */
  readonly change: string
  /** `datasetText` of what was renamed; null = nothing was. */
  readonly previous: string | null
}

/** The fact's key and value. `previous`: as it was called before a RENAME. */
export function changeFact(dataset: DatasetName, change: string, previous: DatasetName | null): [string, JsonObject] {
  const value = { change, previous: previous === null ? null : datasetText(previous) } satisfies LifecycleChange
  return [factName.change(dataset), value]
}

/** What a run did to a dataset it writes. */
export interface Outcome extends DatasetName {
  /** `unknown`: it ended without bringing data, and without failing. */
  readonly status: 'running' | 'completed' | 'failed' | 'unknown'
  readonly attemptedAt: Date
  /** Of a success: as of when the data is. */
  readonly freshAsOf: Date | null
  readonly rows: number | null
  readonly error: string | null
}

/**
 * What is known of each dataset that a run writes, from all of its messages together: one that names no outputs ends a run whose outputs an
 * earlier one has named. An end counts as of the last sign of life, so that a sign which was late cannot leave the dataset running.
 */
export function outcomesOf(run: ExternalRun): Outcome[] {
  const told = stateOf(run)
  if (told === null) return []
  const renamed = renamesOf(run)
  return Object.keys(run.facts).flatMap((key) => {
    const dataset = datasetOfFact(key, 'output')
    if (dataset === null) return []
    const rows = told.status === 'completed' ? rowsOf(run.facts[factName.rows(dataset)]) : null
    const without = told.status === 'completed' ? withoutData(run, dataset, { rows, renamed }) : null
    if (without !== null) return [{ ...dataset, ...told, ...without, freshAsOf: null, rows: null }]
    return [{ ...dataset, ...told, rows }]
  })
}

/** Of a run that completed: how the dataset stands when no data came into it; null = it was refreshed. */
function withoutData(
  run: ExternalRun,
  dataset: DatasetName,
  { rows, renamed }: { readonly rows: number | null; readonly renamed: ReadonlyMap<string, string> },
): Pick<Outcome, 'status' | 'error'> | null {
  const by = `${run.jobNamespace} ${run.jobName}`
  const change = changeOf(run.facts[factName.change(dataset)])?.change ?? null
  if (change === 'DROP') return { status: 'failed', error: `The table was dropped by ${by}.` }
  // The loader that empties it first says how much it wrote then.
  if (change === 'TRUNCATE' && !(rows !== null && rows > 0)) {
    return { status: 'unknown', error: `The table was emptied by ${by}, which did not say that it wrote rows.` }
  }
  const name = change === null ? renamed.get(datasetText(dataset)) : undefined
  return name === undefined ? null : { status: 'unknown', error: `The table was renamed to ${name} by ${by}.` }
}

/** What tables are called now, by their names before, the first by name where there are two. */
function renamesOf({ facts }: ExternalRun): ReadonlyMap<string, string> {
  const renames = Object.entries(facts).flatMap(([key, fact]) => {
    if (!key.startsWith('change:')) return []
    const told = changeOf(fact)
    return told?.change === 'RENAME' && told.previous !== null
      ? [[told.previous, key.slice(key.indexOf('\n') + 1)] as const]
      : []
  })
  return new Map(renames.toSorted(([, one], [, other]) => (one < other ? 1 : -1)))
}

function changeOf(fact: Fact | undefined): LifecycleChange | null {
  const value = fact?.value
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  const { change, previous } = value
  return typeof change === 'string' ? { change, previous: typeof previous === 'string' ? previous : null } : null
}

function stateOf(run: ExternalRun): Omit<Outcome, keyof DatasetName | 'rows'> | null {
  const { status, runningAt, completedAt, nominalStartAt, nominalEndAt } = run
  if (completedAt === null) {
    return runningAt === null ? null : { status: 'running', attemptedAt: runningAt, freshAsOf: null, error: null }
  }
  const attemptedAt = runningAt !== null && runningAt > completedAt ? runningAt : completedAt
  if (status === 'completed') {
    const asOf = freshAsOf(completedAt, { start: nominalStartAt, end: nominalEndAt })
    return { status, attemptedAt, freshAsOf: asOf, error: null }
  }
  return { status: 'failed', attemptedAt, freshAsOf: null, error: run.error ?? wordsWithoutError(run) }
}

function wordsWithoutError({ status, jobNamespace, jobName }: ExternalRun): string {
  return `${jobNamespace} ${jobName} ${status === 'cancelled' ? 'was aborted' : 'failed'} and did not say why.`
}

function rowsOf(fact: Fact | undefined): number | null {
  return typeof fact?.value === 'number' ? fact.value : null
}

/** Of what a run did, what it had not done before. */
export function newOutcomes(before: ExternalRun | null, after: ExternalRun): Outcome[] {
  const known = new Set(before === null ? [] : outcomesOf(before).map((outcome) => JSON.stringify(outcome)))
  return outcomesOf(after).filter((outcome) => !known.has(JSON.stringify(outcome)))
}

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

/** What a run did to a dataset it writes. */
export interface Outcome extends DatasetName {
  readonly status: 'running' | 'completed' | 'failed'
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
  return Object.keys(run.facts).flatMap((key) => {
    const dataset = datasetOfFact(key, 'output')
    if (dataset === null) return []
    const rows = told.status === 'completed' ? rowsOf(run.facts[factName.rows(dataset)]) : null
    return [{ ...dataset, ...told, rows }]
  })
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

import type { Step } from './catalog/catalog.ts'
import type { DatasetEvent, RunJournal } from './run-journal.ts'

type Facts = Partial<Pick<DatasetEvent, 'recordsAffected' | 'suspicious' | 'errorMessage' | 'metadata'>>

/**
 * What a run does to its datasets. Steps may refresh one together: the first begins it, it is fresh once all have
 * succeeded, failed when one of them fails (F1 to F4). Its records are what the last of them that counts says.
 */
export class DatasetAttempts {
  readonly #journal: RunJournal
  /** In order; those that the parameters leave out are not there. */
  readonly #steps: readonly Step[]
  readonly #asOf: (at: number) => number
  readonly #standing = new Map<string, { status: DatasetEvent['status']; records: number | null }>()

  /** `asOf`: as of when data is that was brought at an instant; both monotonic ms. */
  constructor(journal: RunJournal, steps: readonly Step[], asOf: (at: number) => number) {
    this.#journal = journal
    this.#asOf = asOf
    this.#steps = steps
  }

  begin(step: Step, position: number, at: number): void {
    if (step.dataset === null || this.#standing.has(step.dataset)) return
    this.#note(step.dataset, position, 'running', at, {})
  }

  succeed(step: Step, position: number, at: number, facts: Facts): void {
    const standing = this.#standingOf(step)
    if (step.dataset === null || standing?.status !== 'running') return
    const records = facts.recordsAffected ?? standing.records
    if (this.#isRefreshedLater(step)) this.#standing.set(step.dataset, { ...standing, records })
    else this.#note(step.dataset, position, 'completed', at, { ...facts, recordsAffected: records })
  }

  /** `unknown`: it was stopped, or nobody knows how it ended. */
  fail(step: Step, position: number, status: 'failed' | 'unknown', at: number, errorMessage: string): void {
    if (step.dataset !== null) this.#note(step.dataset, position, status, at, { errorMessage })
  }

  /** A step that will not run any more leaves what earlier steps have begun unknown. */
  abandon(step: Step, position: number, at: number, reason: string): void {
    if (this.#standingOf(step)?.status === 'running' && this.#steps.includes(step)) {
      this.fail(step, position, 'unknown', at, reason)
    }
  }

  #standingOf({ dataset }: Step): { status: DatasetEvent['status']; records: number | null } | undefined {
    return dataset === null ? undefined : this.#standing.get(dataset)
  }

  #isRefreshedLater(step: Step): boolean {
    return this.#steps.slice(this.#steps.indexOf(step) + 1).some(({ dataset }) => dataset === step.dataset)
  }

  #note(datasetKey: string, stepPosition: number, status: DatasetEvent['status'], at: number, facts: Facts): void {
    this.#standing.set(datasetKey, { status, records: facts.recordsAffected ?? null })
    const nothing = { recordsAffected: null, suspicious: false, errorMessage: null, metadata: null }
    const freshAt = status === 'completed' ? this.#asOf(at) : at
    this.#journal.dataset({ datasetKey, stepPosition, status, at, freshAt, ...nothing, ...facts })
  }
}

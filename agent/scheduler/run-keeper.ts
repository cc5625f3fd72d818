import type { Clock } from '../../shared/clock.ts'
import type { RunJournal } from '../jobs/run-journal.ts'
import type { DatabaseTime } from './database-time.ts'
import type { KeptRun, RunOutbox } from './run-outbox.ts'

export interface RunKeeperSettings {
  readonly outbox: RunOutbox
  readonly clock: Clock
  readonly databaseTime: DatabaseTime
}

/** What runs do while the database is away is gathered this long. */
const gatherMs = 1_000

/** Keeps on this device what could not be written, and lets go of it once it was; knows which runs of this process are kept. */
export class RunKeeper {
  readonly #settings: RunKeeperSettings
  readonly #kept = new Set<string>()
  readonly #soon = new Map<string, RunJournal>()
  #timer: NodeJS.Timeout | null = null

  constructor(settings: RunKeeperSettings) {
    this.#settings = settings
  }

  /** Whether what is kept of this run belongs to work of this process, which delivers it by itself. */
  holds(runId: string): boolean {
    return this.#kept.has(runId)
  }

  /** Something was noted in the journal, and the database does not answer. */
  keepSoon(journal: RunJournal): void {
    this.#soon.set(journal.runId, journal)
    this.#timer ??= setTimeout(() => this.#keepGathered(), gatherMs)
  }

  /** Keeps what was gathered. */
  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#keepGathered()
  }

  /** All that these journals hold and that is not known to be written. */
  keep(journals: readonly RunJournal[]): void {
    const { outbox, clock, databaseTime } = this.#settings
    // Whoever has claimed a run has heard the database's clock.
    const keptAt = databaseTime.now()
    const runs = journals.flatMap((journal): KeptRun[] => {
      const record = journal.unconfirmed(clock)
      return record === null ? [] : [{ record, brandId: journal.brandId, keptAt }]
    })
    if (runs.length === 0 || !outbox.keep(runs)) return
    for (const { record } of runs) this.#kept.add(record.runId)
  }

  /** An earlier process kept it; this one delivers it now. */
  takeOver(runId: string): void {
    this.#kept.add(runId)
  }

  /** They are on record, or nobody's any more. */
  release(runIds: readonly string[]): void {
    if (this.#kept.size + this.#soon.size === 0) return
    for (const runId of runIds) this.#soon.delete(runId)
    const kept = runIds.filter((runId) => this.#kept.delete(runId))
    if (kept.length > 0) this.#settings.outbox.remove(kept)
  }

  /** Nothing here works on this run any more: all that it did stays, to be delivered as what an earlier process left. */
  leave(journal: RunJournal): void {
    this.keep([journal])
    this.handOver(journal.runId)
  }

  /** What is kept of this run stays as it is, and counts as left by an earlier process. */
  handOver(runId: string): void {
    this.#soon.delete(runId)
    this.#kept.delete(runId)
  }

  #keepGathered(): void {
    this.#timer = null
    const journals = [...this.#soon.values()]
    this.#soon.clear()
    this.keep(journals)
  }
}

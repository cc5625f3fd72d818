import type { Clock } from '../../shared/clock.ts'
import { describeError } from '../../shared/errors.ts'
import { RunJournal } from '../jobs/run-journal.ts'
import { type Database, isTransient } from '../store/database.ts'
import { databaseNow } from '../store/database-clock.ts'
import { recordProgress } from '../store/run-record.ts'
import { runsOnRecord } from '../store/scheduled-job-runs.ts'
import type { DatabaseTime } from './database-time.ts'
import type { AgentListener } from './events.ts'
import type { Recorder } from './recorder.ts'
import type { RunKeeper } from './run-keeper.ts'
import { isEnd, type KeptRun, type RunOutbox } from './run-outbox.ts'

export interface LeftoversSettings {
  readonly outbox: RunOutbox
  readonly keeper: RunKeeper
  readonly recorder: Pick<Recorder, 'endRestored'>
  readonly database: Database
  readonly clock: Clock
  readonly databaseTime: DatabaseTime
  readonly now: () => Date | null
  readonly emit: AgentListener
}

/** How long results wait for a database that knows their runs, ms. */
const homelessMs = 14 * 24 * 3_600_000

/** What is kept here of runs that the database of this agent does not know. */
export interface ResultsElsewhere {
  /** Of runs that have ended. */
  readonly count: number
  /** When the first of them is dropped, by the database's clock; null = there are none. */
  readonly until: Date | null
}

/** So many are in memory at the same time. */
const together = 50

/**
 * Delivers what an earlier process of this agent kept and could not deliver any more (O3), before anybody here looks for stuck runs:
 * a run whose result waits is not stuck. J3 holds as ever: a run that was taken over meanwhile is not changed, and what was kept of it
 * is dropped with a word. A run that is not in this database at all may be of another one that this device worked on: what was kept of it
 * waits for two weeks.
 */
export class Leftovers {
  readonly #settings: LeftoversSettings
  #delivering: Promise<void> | null = null
  /** Runs that this database does not have, and never will. */
  readonly #elsewhere = new Map<string, Pick<KeptRun, 'keptAt'> & { readonly hasEnded: boolean }>()

  constructor(settings: LeftoversSettings) {
    this.#settings = settings
  }

  /** Resolves when nothing is left that this database knows. Throws when the database cannot be asked; what is left then waits for the next time. */
  deliver(): Promise<void> {
    return (this.#delivering ??= this.#deliver().finally(() => (this.#delivering = null)))
  }

  /** What waits for another database, which is no sign that this one is away. */
  get elsewhere(): ResultsElsewhere {
    const ended = [...this.#elsewhere.values()].filter(({ hasEnded }) => hasEnded)
    const first = Math.min(...ended.map(({ keptAt }) => keptAt.getTime()))
    return { count: ended.length, until: ended.length === 0 ? null : new Date(first + homelessMs) }
  }

  async #deliver(): Promise<void> {
    const { outbox, keeper } = this.#settings
    const left = outbox.runIds().filter((runId) => !keeper.holds(runId) && !this.#waitsElsewhere(runId))
    for (let first = 0; first < left.length; first += together) {
      await this.#deliverThese(outbox.load(left.slice(first, first + together)))
    }
  }

  #waitsElsewhere(runId: string): boolean {
    const kept = this.#elsewhere.get(runId)
    return kept !== undefined && kept.keptAt.getTime() >= this.#settings.databaseTime.now().getTime() - homelessMs
  }

  async #deliverThese(left: readonly KeptRun[]): Promise<void> {
    const keptFor = await this.#ages()
    const here = await this.#ofThisDatabase(left)
    const journals = here.map((kept) => RunJournal.restored(kept.record, kept.brandId, keptFor(kept)))
    const [open, ended] = [journals.filter(isOpen), journals.filter((journal) => !isOpen(journal))]
    for (const journal of open) await this.#deliverProgress(journal)
    await Promise.all(ended.map((journal) => this.#deliverEnd(journal)))
  }

  /** When something was kept, as monotonic ms of this process. By the database's clock, which may not be ahead of itself. */
  async #ages(): Promise<(kept: KeptRun) => number> {
    const { database, clock, databaseTime, now } = this.#settings
    const askedAt = clock.monotonic()
    const standIn = now()
    if (standIn === null) databaseTime.observe(await databaseNow(database), askedAt)
    const [here, there] = [clock.monotonic(), databaseTime.now().getTime()]
    return ({ keptAt }) => here - Math.max(0, there - keptAt.getTime())
  }

  /** Those whose runs are on record here, and those that have waited for long enough. */
  async #ofThisDatabase(left: readonly KeptRun[]): Promise<KeptRun[]> {
    const { database, databaseTime, emit } = this.#settings
    const onRecord = await runsOnRecord(
      database,
      left.map(({ record }) => record.runId),
    )
    const oldest = databaseTime.now().getTime() - homelessMs
    const isHere = ({ record, keptAt }: KeptRun): boolean => onRecord.has(record.runId) || keptAt.getTime() < oldest
    const elsewhere = left.filter((kept) => !isHere(kept))
    for (const { record } of left) this.#elsewhere.delete(record.runId)
    for (const { record, keptAt } of elsewhere) this.#elsewhere.set(record.runId, { keptAt, hasEnded: isEnd(record) })
    if (elsewhere.length > 0) {
      const runs = elsewhere.length === 1 ? 'the result of a run' : `the results of ${elsewhere.length} runs`
      const message = `This device keeps ${runs} that this database does not know: for 14 days, in case it works on another one again.`
      emit({ type: 'trouble', message })
    }
    return left.filter(isHere)
  }

  async #deliverEnd(journal: RunJournal): Promise<void> {
    const outcome = await this.#settings.recorder.endRestored(journal)
    if (outcome !== 'kept') this.#tell(journal, 'result', outcome === 'recorded')
  }

  async #deliverProgress(journal: RunJournal): Promise<void> {
    const { outbox, database, clock, now, emit } = this.#settings
    const { runId } = journal
    try {
      const held = await recordProgress(database, [journal.take(clock)], now())
      this.#tell(journal, 'progress', held.length > 0)
    } catch (error) {
      if (isTransient(error)) throw error
      emit({ type: 'trouble', message: `What was kept of run ${runId} could not be recorded: ${describeError(error)}` })
    }
    outbox.remove([runId])
  }

  #tell({ runId }: RunJournal, what: 'result' | 'progress', isDelivered: boolean): void {
    const words = { result: 'The result', progress: 'What was done' } as const
    const message = isDelivered
      ? `${words[what]} of run ${runId}, kept on this device while the database was away, is on record.`
      : `${words[what]} of run ${runId} was kept on this device and came too late: the run is somebody else's or was removed. It is dropped.`
    this.#settings.emit({ type: 'late_result', runId, isDelivered, message })
  }
}

/** The run had not ended when it was kept. */
function isOpen(journal: RunJournal): boolean {
  return journal.conclusion === null
}

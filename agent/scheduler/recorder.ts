import { setTimeout as delay } from 'node:timers/promises'
import type { Clock } from '../../shared/clock.ts'
import { describeError } from '../../shared/errors.ts'
import type { LiveTopic } from '../../shared/live-topics.ts'
import type { RunConclusion, RunJournal } from '../jobs/run-journal.ts'
import { type Database, isTransient } from '../store/database.ts'
import { type RunEnd, recordEnd, recordProgress, wasRecorded } from '../store/run-record.ts'
import type { RunKeeper } from './run-keeper.ts'

export interface RecorderSettings {
  readonly database: Database
  readonly clock: Clock
  readonly keeper: RunKeeper
  /** Most runs ended by one statement. */
  readonly batch: number
  /** Stands in for the database's clock in tests; null in production. */
  readonly now: () => Date | null
  /** J3: a write found that this run is no longer ours. */
  readonly onLost: (runId: string) => void
  /** Steps, lines or datasets of running runs were written. */
  readonly onProgress: (topics: readonly LiveTopic[]) => void
  /** The job of a run that just ended was edited while it ran, and has no next run yet. */
  readonly onEdited: (jobId: string) => void
  /** After every answered write of ends: concurrency keys are free again. */
  readonly onEnded: () => void
  readonly onTrouble: (message: string) => void
}

/** `kept`: the agent stops before the database has answered; the next one of this name delivers it. */
export type EndOutcome = 'recorded' | 'lost' | 'kept'

interface Ending {
  readonly journal: RunJournal
  readonly settle: (outcome: EndOutcome) => void
  /** An earlier write of this end got no answer, so it may have got through. */
  unanswered: boolean
}

/** Progress is gathered this long, so that a short run costs one write and a long one is live. */
const progressDelayMs = 100
const retryMs = { first: 250, most: 10_000 }
/** A write without an answer for this long is kept on the device meanwhile: a half-open connection takes thirty seconds to fail. */
const slowMs = 2_000
const flushesInFlight = 2

/**
 * Writes journals behind the runs. Ends go out at once while fewer than two writes are in flight, else they gather up to
 * the batch size. A write without an answer is repeated until it gets one: nothing of a run is given up while the process
 * lives, and J3 keeps a repeated write harmless. From the first failure on, what waits is kept on the device as well, so that it
 * outlives the process (O3); while the database answers, that costs nothing.
 */
export class Recorder {
  readonly #settings: RecorderSettings
  readonly #endings: Ending[] = []
  readonly #dirty = new Set<RunJournal>()
  readonly #progressWrites = new Set<Promise<void>>()
  readonly #endWrites = new Set<Promise<void>>()
  /** Runs in those writes. */
  #sending = 0
  #progressTimer: NodeJS.Timeout | null = null
  #retryTimer: NodeJS.Timeout | null = null
  #retryDelay = retryMs.first
  /** The last write got no answer, or none yet for too long. */
  #isAway = false
  #progressRetryDelay = progressDelayMs
  #stopped = false
  #drained: (() => void)[] = []

  constructor(settings: RecorderSettings) {
    this.#settings = settings
  }

  /** Runs whose end is not acknowledged yet. The claimer holds back while this is large. */
  get backlog(): number {
    return this.#endings.length + this.#endWrites.size * this.#settings.batch
  }

  /** Runs that have ended and wait for a database that did not answer. */
  get waiting(): number {
    return this.#isAway ? this.#endings.length + this.#sending : 0
  }

  /** The database does not answer, and all that waits for it is on the device. */
  get isKept(): boolean {
    return this.#isAway && this.#endings.every(({ journal }) => this.#settings.keeper.holds(journal.runId))
  }

  /** Something was noted in the journal; it is written within a tenth of a second. */
  note(journal: RunJournal): void {
    if (this.#stopped) return
    this.#dirty.add(journal)
    if (this.#isAway) this.#settings.keeper.keepSoon(journal)
    this.#progressTimer ??= setTimeout(() => {
      this.#progressTimer = null
      this.#writeProgress()
    }, this.#progressRetryDelay)
  }

  /**
   * Writes the journal's progress now, for steps whose start must be on record first; false when the run is lost, or when
   * `signal` aborts before the database has answered.
   */
  async writeNow(journal: RunJournal, signal: AbortSignal): Promise<boolean> {
    for (let pause = retryMs.first; !signal.aborted && !this.#stopped; pause = Math.min(pause * 2, retryMs.most)) {
      while (journal.isTaken) await Promise.race(this.#progressWrites)
      if (journal.isEmpty) return true
      let held = true
      await this.#sendProgress([journal], (lost) => (held = !lost.includes(journal.runId)))
      if (!held || journal.isEmpty) return held
      await delay(pause, undefined, { signal }).catch(() => undefined)
    }
    return false
  }

  /** Ends the run. Resolves when the database has it, or says the run is no longer ours. */
  end(journal: RunJournal, conclusion: RunConclusion): Promise<EndOutcome> {
    journal.conclusion = conclusion
    this.#dirty.delete(journal)
    // Nothing is sent before the next try, and the process may end before that.
    if (this.#isAway) this.#settings.keeper.keep([journal])
    return this.#queue(journal, false)
  }

  /** Ends the run of a journal that an earlier process kept: whether its end got through is not known. */
  endRestored(journal: RunJournal): Promise<EndOutcome> {
    this.#settings.keeper.takeOver(journal.runId)
    return this.#queue(journal, true)
  }

  /**
   * Gives up what the journal of a lost run still holds. Lost while the database does not answer means only that the lease can no
   * longer be believed in: what was done stays on the device, and is delivered if nobody has taken the run over.
   */
  forget(journal: RunJournal): void {
    this.#dirty.delete(journal)
    if (this.#isAway) this.#settings.keeper.leave(journal)
    else this.#settings.keeper.release([journal.runId])
  }

  /** Tries what waits once more, now. Resolves when it is answered, or has failed again. */
  async retryNow(): Promise<void> {
    if (this.#retryTimer === null) return
    clearTimeout(this.#retryTimer)
    this.#retryTimer = null
    this.#pump()
    while (this.#retryTimer === null && this.#endWrites.size > 0) await Promise.allSettled(this.#endWrites)
  }

  /** Resolves when nothing is left to write. */
  async drain(): Promise<void> {
    if (this.#progressTimer) {
      clearTimeout(this.#progressTimer)
      this.#progressTimer = null
      this.#writeProgress()
    }
    await Promise.allSettled(this.#progressWrites)
    if (this.#endings.length > 0 || this.#endWrites.size > 0)
      await new Promise<void>((done) => this.#drained.push(done))
  }

  /** Stops trying. Only after `drain`, or when the program gives up on an unreachable database. */
  stop(): void {
    this.#stopped = true
    if (this.#progressTimer) clearTimeout(this.#progressTimer)
    if (this.#retryTimer) clearTimeout(this.#retryTimer)
    this.#settings.keeper.stop()
    for (const ending of this.#endings.splice(0)) this.#giveUp(ending)
    this.#settleDrained()
  }

  #queue(journal: RunJournal, unanswered: boolean): Promise<EndOutcome> {
    return new Promise((settle) => {
      this.#endings.push({ journal, settle, unanswered })
      if (this.#endings.length === 1) this.#pumpSoon()
    })
  }

  #giveUp({ journal, settle }: Ending): void {
    settle(this.#settings.keeper.holds(journal.runId) ? 'kept' : 'lost')
  }

  /**
   * Lets the other runs of this turn of the event loop end too, and the claim that takes their places go first: nothing else
   * makes the agent wait, and on a busy machine the server takes the core from the agent as soon as it gets a statement
   * (measured: the claim went out up to 1.7 ms later).
   */
  #pumpSoon(): void {
    setImmediate(() => setImmediate(() => this.#pump()))
  }

  #pump(): void {
    while (this.#endWrites.size < flushesInFlight && this.#retryTimer === null) {
      const batch = this.#nextBatch()
      if (batch.length === 0) break
      const write: Promise<void> = this.#sendEnds(batch).finally(() => {
        this.#endWrites.delete(write)
        this.#sending -= batch.length
        this.#pump()
        this.#settleDrained()
      })
      this.#endWrites.add(write)
      this.#sending += batch.length
    }
  }

  /** Journals with a write under way wait for it; two that touch one dataset go into different statements. */
  #nextBatch(): Ending[] {
    const batch: Ending[] = []
    const touched = new Set<string>()
    for (let index = 0; index < this.#endings.length && batch.length < this.#settings.batch; ) {
      const ending = this.#endings[index]
      const keys = ending?.journal.datasetKeys() ?? []
      if (!ending || ending.journal.isTaken || keys.some((key) => touched.has(key))) {
        index += 1
        continue
      }
      for (const key of keys) touched.add(key)
      batch.push(ending)
      this.#endings.splice(index, 1)
    }
    return batch
  }

  async #sendEnds(batch: readonly Ending[]): Promise<void> {
    const { database, clock, now, keeper } = this.#settings
    const journals = batch.map(({ journal }) => journal)
    try {
      const records = journals.map((journal) => runEnd(journal, clock))
      const ended = await this.#watched(recordEnd(database, records, now()), journals)
      const answered = new Map(ended.map((run) => [run.runId, run]))
      this.#answered()
      for (const [index, ending] of batch.entries()) {
        ending.journal.written()
        const row = answered.get(ending.journal.runId)
        if (row?.edited) this.#settings.onEdited(row.jobId)
        ending.settle(row ? 'recorded' : await this.#missing(ending, records[index]))
      }
      keeper.release(journals.map(({ runId }) => runId))
      this.#settings.onEnded()
    } catch (error) {
      for (const ending of batch) ending.journal.putBack()
      if (isTransient(error)) this.#retryEnds(batch, error)
      else await this.#sendApart(batch, error)
    }
  }

  async #missing(ending: Ending, sent: RunEnd | undefined): Promise<EndOutcome> {
    if (!ending.unanswered || sent === undefined) return 'lost'
    const ours = await wasRecorded(this.#settings.database, sent).catch(() => false)
    return ours ? 'recorded' : 'lost'
  }

  #retryEnds(batch: readonly Ending[], error: unknown): void {
    for (const ending of batch) ending.unanswered = true
    this.#isAway = true
    this.#settings.keeper.keep(batch.map(({ journal }) => journal))
    if (this.#stopped) {
      for (const ending of batch) this.#giveUp(ending)
      return
    }
    this.#endings.unshift(...batch)
    this.#settings.onTrouble(`Results of ${batch.length} runs wait for the database: ${describeError(error)}`)
    this.#retryTimer ??= setTimeout(() => {
      this.#retryTimer = null
      this.#pump()
    }, this.#retryDelay)
    this.#retryDelay = Math.min(this.#retryDelay * 2, retryMs.most)
  }

  /** The statement was refused: one run of the batch carries something the database does not take. Each goes alone. */
  async #sendApart(batch: readonly Ending[], error: unknown): Promise<void> {
    if (batch.length > 1) {
      for (const ending of batch) await this.#sendEnds([ending])
      return
    }
    const [ending] = batch
    if (!ending) return
    const reason = `The result could not be recorded: ${describeError(error)}`
    this.#settings.onTrouble(`Run ${ending.journal.runId}: ${reason}`)
    ending.settle(await this.#sendBare(ending.journal, reason))
  }

  /** Ends the run without any of its details, so that it does not stay running because of them. */
  async #sendBare(journal: RunJournal, reason: string): Promise<EndOutcome> {
    const end = runEnd(journal, this.#settings.clock)
    journal.written()
    const bare: RunEnd = {
      ...end,
      steps: [],
      lines: [],
      datasets: [],
      history: [],
      logs: null,
      metadata: {},
      status: 'failed',
      problem: 'failed',
      errorMessage: reason,
      recordsAffected: null,
      job: { ...end.job, lastError: reason, completedIncrement: 0 },
    }
    try {
      const ended = await recordEnd(this.#settings.database, [bare], this.#settings.now())
      this.#settings.keeper.release([journal.runId])
      this.#settings.onEnded()
      return ended.length > 0 ? 'recorded' : 'lost'
    } catch (error) {
      if (isTransient(error)) this.#settings.keeper.handOver(journal.runId)
      else this.#settings.keeper.release([journal.runId])
      this.#settings.onTrouble(`Run ${journal.runId} is left to recovery: ${describeError(error)}`)
      return 'lost'
    }
  }

  #writeProgress(): void {
    const ready: RunJournal[] = []
    const touched = new Set<string>()
    for (const journal of this.#dirty) {
      const keys = journal.datasetKeys()
      if (journal.isTaken || keys.some((key) => touched.has(key))) continue
      for (const key of keys) touched.add(key)
      ready.push(journal)
      this.#dirty.delete(journal)
    }
    // What has to wait goes with the next round.
    const [waiting] = this.#dirty
    if (waiting) this.note(waiting)
    if (ready.length > 0) void this.#sendProgress(ready, (lost) => lost.forEach(this.#settings.onLost))
  }

  #sendProgress(journals: readonly RunJournal[], onLost: (runIds: string[]) => void): Promise<void> {
    const { database, clock, now } = this.#settings
    const touchesDatasets = journals.some((journal) => journal.datasetKeys().length > 0)
    const records = journals.map((journal) => journal.take(clock))
    const write = this.#watched(recordProgress(database, records, now()), journals)
      .then((held) => {
        this.#settings.onProgress(touchesDatasets ? ['runs', 'datasets'] : ['runs'])
        this.#progressRetryDelay = progressDelayMs
        this.#answered()
        for (const journal of journals) journal.written()
        this.#settings.keeper.release(journals.map(({ runId }) => runId))
        const lost = journals.filter((journal) => !held.includes(journal.runId)).map((journal) => journal.runId)
        if (lost.length > 0) onLost(lost)
      })
      .catch((error: unknown) => {
        for (const journal of journals) journal.putBack()
        this.#progressFailed(journals, error, onLost)
      })
      .finally(() => {
        this.#progressWrites.delete(write)
        this.#pump()
      })
    this.#progressWrites.add(write)
    return write
  }

  #progressFailed(journals: readonly RunJournal[], error: unknown, onLost: (runIds: string[]) => void): void {
    const open = journals.filter((journal) => !journal.conclusion)
    this.#settings.onTrouble(`Progress of ${journals.length} runs waits: ${describeError(error)}`)
    if (isTransient(error)) {
      this.#isAway = true
      this.#settings.keeper.keep(journals)
      this.#progressRetryDelay = Math.min(this.#progressRetryDelay * 2, retryMs.most)
      for (const journal of open) this.note(journal)
      return
    }
    // One of them carries something the database does not take; the others go on without it. Its own progress is kept for
    // its end: the same statement would only be refused again.
    if (journals.length > 1) for (const journal of open) void this.#sendProgress([journal], onLost)
  }

  /** Without an answer for too long, what is under way is on the device as well. */
  #watched<Answer>(write: Promise<Answer>, journals: readonly RunJournal[]): Promise<Answer> {
    const slow = setTimeout(() => {
      this.#isAway = true
      this.#settings.keeper.keep(journals)
    }, slowMs)
    return write.finally(() => clearTimeout(slow))
  }

  #answered(): void {
    this.#isAway = false
    this.#retryDelay = retryMs.first
  }

  #settleDrained(): void {
    if (this.#endings.length > 0 || this.#endWrites.size > 0) return
    for (const done of this.#drained.splice(0)) done()
  }
}

function runEnd(journal: RunJournal, clock: Clock): RunEnd {
  const { conclusion } = journal
  if (!conclusion) throw new Error(`run ${journal.runId} has no conclusion`)
  return journal.takeEnd(clock, conclusion)
}

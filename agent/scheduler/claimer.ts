import { randomUUID } from 'node:crypto'
import { v7 as timeOrderedId } from 'uuid'
import type { Clock } from '../../shared/clock.ts'
import { describeError } from '../../shared/errors.ts'
import { adoptRuns, type ClaimedRun, type ClaimIds, claimRuns, nextDue } from '../store/claim.ts'
import { type Database, isTransient, isUniqueViolation } from '../store/database.ts'
import type { Clockwork } from './clockwork.ts'
import type { DatabaseTime } from './database-time.ts'

export interface ClaimerSettings {
  readonly database: Database
  readonly clock: Clock
  readonly clockwork: Clockwork
  readonly databaseTime: DatabaseTime
  readonly agentId: string
  readonly jobTypes: readonly string[]
  /** Most runs claimed by one statement. */
  readonly batch: number
  readonly leaseSeconds: number
  /** Stands in for the database's clock in tests; null in production. */
  readonly now: () => Date | null
  /** False while the database is known to be away or to take no changes; whoever knows wakes the claimer when that is over. */
  readonly mayAsk: () => boolean
  /** How many more runs may start now. */
  readonly room: () => number
  /** `askedAt`: monotonic ms at which the claim was sent; the lease is trusted from there. */
  readonly onClaimed: (run: ClaimedRun, askedAt: number) => void
  readonly onTrouble: (message: string) => void
}

const retryMs = { first: 500, most: 30_000 }
const conflictRetries = 20
/** Slack for what is not known exactly about the database's clock. ms */
const clockSlackMs = 50
/** Something fell due since the claim, or is blocked; ask again after this. ms */
const againMs = 5

/**
 * Takes due jobs while there is room for them (J1, J2), and arms one alarm for the next instant at which something falls
 * due, so that scheduled work starts on time without frequent polling. One question is under way at a time.
 */
export class Claimer {
  readonly #settings: ClaimerSettings
  #running: Promise<void> | null = null
  #again = false
  #stopped = true
  #retryDelay = retryMs.first
  /** Claims that got no answer: they may have been made all the same. */
  #unheard: ClaimIds = { runIds: [], runTokens: [] }

  constructor(settings: ClaimerSettings) {
    this.#settings = settings
  }

  start(): void {
    this.#stopped = false
    this.wake()
  }

  /** Claims nothing after this resolves. Safe twice. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#settings.clockwork.disarm('due')
    await this.#running
  }

  /** Something may be due: a wake-up, a finished run, a poll. Calls while a claim is under way count as one more. */
  wake(): void {
    if (this.#stopped) return
    if (this.#running) {
      this.#again = true
      return
    }
    this.#running = this.#claimAll().finally(() => {
      this.#running = null
      if (this.#again) {
        this.#again = false
        this.wake()
      }
    })
  }

  async #claimAll(): Promise<void> {
    let askedAt = this.#settings.clock.monotonic()
    if (!this.#settings.mayAsk()) return
    try {
      await this.#adopt()
      while (!this.#stopped) {
        askedAt = this.#settings.clock.monotonic()
        const limit = Math.min(this.#settings.room(), this.#settings.batch)
        // A run that ends wakes the claimer again.
        if (limit <= 0) return
        const claimed = await this.#claim(limit)
        if (claimed === 0) break
      }
      if (!this.#stopped) await this.#armForNextDue(askedAt)
      this.#retryDelay = retryMs.first
    } catch (error) {
      // A refused question is our fault or that of a row. A database that does not answer is told by whoever watches over it.
      if (!isTransient(error)) this.#settings.onTrouble(`No work could be claimed: ${describeError(error)}`)
      if (!this.#stopped) this.#settings.clockwork.arm('due', this.#retryDelay, () => this.wake())
      this.#retryDelay = Math.min(this.#retryDelay * 2, retryMs.most)
    }
  }

  async #claim(limit: number): Promise<number> {
    const { database, clock, databaseTime, agentId, jobTypes, leaseSeconds } = this.#settings
    for (let conflicts = 0; ; conflicts += 1) {
      const askedAt = clock.monotonic()
      const request = {
        agentId,
        jobTypes,
        limit,
        leaseSeconds,
        now: this.#settings.now(),
        runIds: Array.from({ length: limit }, () => timeOrderedId()),
        runTokens: Array.from({ length: limit }, () => randomUUID()),
      }
      let runs: ClaimedRun[]
      try {
        runs = await claimRuns(database, request)
      } catch (error) {
        if (isTransient(error)) this.remember(request)
        // Another agent took the same concurrency key at this instant; the next question sees it as busy.
        if (!isUniqueViolation(error) || conflicts >= conflictRetries) throw error
        continue
      }
      const [first] = runs
      if (first && !request.now) databaseTime.observe(first.claimedAt, askedAt)
      return this.#begin(runs, askedAt)
    }
  }

  #begin(runs: readonly ClaimedRun[], askedAt: number): number {
    for (const run of runs) this.#settings.onClaimed(run, askedAt)
    return runs.length
  }

  /** These claims got no answer; whether they were made is asked before the next one. */
  remember({ runIds, runTokens }: ClaimIds): void {
    this.#unheard = {
      runIds: [...this.#unheard.runIds, ...runIds],
      runTokens: [...this.#unheard.runTokens, ...runTokens],
    }
  }

  /** Takes up what was claimed by a statement whose answer was lost; otherwise those runs would wait for their lease. */
  async #adopt(): Promise<void> {
    const { database, clock, leaseSeconds, now } = this.#settings
    if (this.#unheard.runIds.length === 0 || this.#stopped) return
    const askedAt = clock.monotonic()
    const runs = await adoptRuns(database, this.#unheard, leaseSeconds, now())
    this.#unheard = { runIds: [], runTokens: [] }
    this.#begin(runs, askedAt)
  }

  /** `claimedAt`: monotonic ms of the last claim, which found nothing; whatever fell due since then is asked for too. */
  async #armForNextDue(claimedAt: number): Promise<void> {
    const { database, clock, clockwork, databaseTime, jobTypes } = this.#settings
    const now = this.#settings.now()
    const claimed = databaseTime.at(claimedAt)
    const since = claimed && new Date(claimed.getTime() - clockSlackMs)
    const askedAt = clock.monotonic()
    const answer = await nextDue(database, jobTypes, since, now)
    if (!now) databaseTime.observe(answer.now, askedAt)
    if (!answer.nextDueAt || this.#stopped) return
    const wait = answer.nextDueAt.getTime() - databaseTime.now().getTime()
    clockwork.arm('due', Math.max(wait, againMs), () => this.wake())
  }
}

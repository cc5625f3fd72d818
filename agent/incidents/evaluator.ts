import type { Clock } from '../../shared/clock.ts'
import { describeError } from '../../shared/errors.ts'
import type { ChangeFeed } from '../console/change-feed.ts'
import type { Leadership } from '../leader/leadership.ts'
import type { DatabasePool } from '../store/database.ts'
import { evaluate, noMemory, type RoundMemory, type RoundOptions, type RoundResult } from './round.ts'

export interface EvaluatorOptions extends Omit<RoundOptions, 'now'> {
  /** With ordinary plans, and with the triggers that tell consoles. */
  readonly database: DatabasePool
  readonly leadership: Leadership
  readonly changes: ChangeFeed
  readonly clock: Clock
  readonly onTrouble: (message: string) => void
  /** Told after each round. */
  readonly onRound?: (result: RoundResult) => void
  /** Stands in for the database's clock in tests. */
  readonly now?: () => Date | null
  readonly pace?: Partial<EvaluationPace>
}

/** Milliseconds. */
export interface EvaluationPace {
  /** After a hint: what changes together is looked at together. */
  readonly settleMs: number
  /** Between the end of a round and the next one, at least. */
  readonly gapMs: number
  /** The gap is also so many times as long as the round took, so that evaluation takes a small share of any database. */
  readonly gapRounds: number
  /** A hint is never needed. */
  readonly pollMs: number
  readonly retryMs: { readonly first: number; readonly most: number }
}

const usualPace: EvaluationPace = {
  settleMs: 100,
  gapMs: 250,
  gapRounds: 10,
  pollMs: 150_000,
  retryMs: { first: 1_000, most: 30_000 },
}
/** However slow the database is, it is looked at that often. ms */
const longestGapMs = 15_000

/**
 * Keeps incidents true, while this process leads (N1). A round follows each hint that something has changed, the instant at which the
 * clock alone turns something, and in any case every two and a half minutes; where nothing changes, a round is one short transaction
 * that writes nothing.
 *
 * States: idle ⇄ leading → stopped. Losing the lead in the middle of a round is harmless: rounds may overlap (round.ts).
 */
export class IncidentEvaluator {
  readonly #options: EvaluatorOptions
  readonly #pace: EvaluationPace
  #memory: RoundMemory = noMemory
  #unsubscribe: (() => void) | null = null
  /** Of this lead; null while another agent leads. */
  #listening: Promise<() => void> | null = null
  #timer: NodeJS.Timeout | null = null
  /** By the monotonic clock, as the two below. */
  #dueAt = Number.POSITIVE_INFINITY
  #notBefore = Number.NEGATIVE_INFINITY
  #round: Promise<void> | null = null
  #retryMs = 0
  #stopped = false

  constructor(options: EvaluatorOptions) {
    this.#options = options
    this.#pace = { ...usualPace, ...options.pace }
  }

  start(): void {
    if (this.#unsubscribe !== null || this.#stopped) return
    const { leadership } = this.#options
    this.#unsubscribe = leadership.subscribe((isLeader) => (isLeader ? this.#lead() : this.#follow()))
    if (leadership.isLeader) this.#lead()
  }

  /** Complete when it resolves; safe twice, safe before start. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#unsubscribe?.()
    this.#unsubscribe = null
    const listening = this.#listening
    this.#follow()
    await listening?.catch(() => undefined)
    await this.#round
  }

  /** Something may have changed. */
  touch(): void {
    this.#arm(this.#pace.settleMs)
  }

  #lead(): void {
    if (this.#listening !== null || this.#stopped) return
    this.#memory = noMemory
    this.#retryMs = 0
    this.#listening = this.#listen()
    this.#arm(0)
  }

  #follow(): void {
    const listening = this.#listening
    this.#listening = null
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#dueAt = Number.POSITIVE_INFINITY
    void listening?.then((unsubscribe) => unsubscribe())
  }

  async #listen(): Promise<() => void> {
    const { changes, onTrouble } = this.#options
    try {
      return await changes.subscribe(({ type }) => {
        if (type === 'changed' || type === 'resync') this.touch()
      })
    } catch (error) {
      onTrouble(`Changes are not heard, incidents are looked for now and then: ${describeError(error)}`)
      return () => undefined
    }
  }

  /** In `delayMs` at the latest, but not sooner than the pace allows. */
  #arm(delayMs: number): void {
    if (this.#listening === null) return
    const now = this.#options.clock.monotonic()
    this.#dueAt = Math.min(this.#dueAt, now + delayMs)
    // The round under way arms the next one.
    if (this.#round !== null) return
    if (this.#timer !== null) clearTimeout(this.#timer)
    const waitMs = Math.max(0, Math.max(this.#dueAt, this.#notBefore) - now)
    this.#timer = setTimeout(() => this.#ring(), waitMs)
  }

  #ring(): void {
    this.#timer = null
    this.#dueAt = Number.POSITIVE_INFINITY
    this.#round = this.#evaluate().then((nextMs) => {
      this.#round = null
      this.#arm(Math.min(nextMs, this.#pace.pollMs))
    })
  }

  /** Answers when the next round is wanted if nothing happens, ms from now. Never rejects. */
  async #evaluate(): Promise<number> {
    const { database, clock, onRound, onTrouble, now } = this.#options
    const { gapMs, gapRounds, retryMs } = this.#pace
    const startedAt = clock.monotonic()
    try {
      const result = await evaluate(database, { ...this.#options, now: now?.() ?? null }, this.#memory)
      const tookMs = clock.monotonic() - startedAt
      this.#memory = result.memory
      this.#retryMs = 0
      this.#notBefore = clock.monotonic() + Math.min(Math.max(gapMs, tookMs * gapRounds), longestGapMs)
      onRound?.(result)
      if (result.hasMore) return 0
      const turn = result.nextTurnAt
      // Past the instant: at it, nothing has turned yet.
      return turn === null ? this.#pace.pollMs : turn.getTime() - result.moment.getTime() - tookMs + 1
    } catch (error) {
      // Said once; the agent itself tells when the database goes and comes back.
      if (this.#retryMs === 0) onTrouble(`Incidents could not be evaluated: ${describeError(error)}`)
      this.#retryMs = Math.min(Math.max(retryMs.first, this.#retryMs * 2), retryMs.most)
      this.#memory = { ...this.#memory, steadySince: null }
      this.#notBefore = clock.monotonic() + this.#retryMs
      return this.#retryMs
    }
  }
}

/**
 * The one place of an agent process that knows whether its database can be used.
 *
 *   connecting ──┬─ a try succeeds ──► up ◄────────────────┐
 *                │                     │ ▲                 │ changes are taken
 *                │    doubt, and a try │ │ a try succeeds  │
 *                │    that fails       ▼ │                 │
 *                └─ a try fails ─────► down ──────────► limited   (read-only server, schema of a newer program)
 *
 * Promises:
 * - While the database is down, only this place connects to it, once per try; everybody else waits at the gate. Connections that are
 *   open go on, so that results still get through where only new connections are refused.
 * - A try that harms (a wrong password) is made once, then when a person asks, and otherwise every half hour at most.
 * - One broken connection is no outage: it raises a doubt, and a try decides. Nothing is asked while nobody doubts.
 * - It is not down as long as answers arrive: a network that is too slow for new connections may still carry those that are open.
 */
import type { Clock } from '../../shared/clock.ts'
import { causeRules, type DatabaseCause, type DatabaseState, retryDelayMs } from '../../shared/connection.ts'
import type { Problem } from '../../shared/errors.ts'
import { settledWithin } from '../scheduler/settled-within.ts'
import { type ConnectionGate, DatabaseAway } from '../store/connection-gate.ts'
import { type DatabaseTrouble, troubleOfQuestion } from '../store/database-trouble.ts'
import { problemOf, type Trouble } from './trouble.ts'

export interface Attempt {
  /** The database's clock. */
  readonly now: Date
  /** Questions are answered; null: changes are taken as well. */
  readonly limit: DatabaseTrouble | null
}

export interface SupervisorOptions {
  readonly clock: Clock
  /** One try: connects, looks, closes. @throws DatabaseTrouble. Ends soon after the signal aborts. */
  readonly attempt: (signal: AbortSignal) => Promise<Attempt>
  /** What an error of any connection means, in words. */
  readonly describe: (error: unknown) => DatabaseTrouble
  /** In [0, 1). */
  readonly random: () => number
  /** `up` for whoever has just worked with the database. Default: nothing is known before the first try. */
  readonly initially?: 'connecting' | 'up'
}

/** What is known now. Instants are by the database's clock, as far as that is known, else by the machine's. */
export interface DatabaseView {
  readonly state: DatabaseState
  readonly cause: DatabaseCause | null
  /** In a sentence, with the name of what is meant; null while all is well. Without a cause it is nothing that keeps anybody from work. */
  readonly reason: string | null
  /** What a person can do about it. */
  readonly fix: string | null
  /** When this state began. */
  readonly since: Date
  /** Null while all is well, and while a try is under way. */
  readonly nextTryAt: Date | null
}

export type DatabaseListener = (view: DatabaseView) => void

/** Doubts that come together are settled by one try, ms. */
const doubtEveryMs = 1_000
/** Waited for at most when somebody wants to know now, ms. */
const patienceMs = 2_000
/** An answer as young as this needs no proof, ms. */
const freshMs = 5_000

export class ConnectionSupervisor {
  readonly #options: SupervisorOptions
  readonly #listeners = new Set<DatabaseListener>()
  readonly #stopped = new AbortController()
  #state: DatabaseState
  #trouble: Trouble | null = null
  /** Why changes by others are not heard, though questions are answered. */
  #deafness: string | null = null
  /** Monotonic ms, as all instants here. */
  #since: number
  #nextTryAt: number | null = null
  #answeredAt = Number.NEGATIVE_INFINITY
  #triedAt = Number.NEGATIVE_INFINITY
  #failures = 0
  #trying: Promise<void> | null = null
  #timer: NodeJS.Timeout | null = null
  /** What the database's clock said last, and what ours said then; null until it has answered. */
  #told: { readonly now: number; readonly monotonic: number; readonly wall: number } | null = null

  constructor(options: SupervisorOptions) {
    this.#options = options
    this.#state = options.initially ?? 'connecting'
    this.#since = options.clock.monotonic()
  }

  get state(): DatabaseState {
    return this.#state
  }

  /** Questions are answered. */
  get canRead(): boolean {
    return this.#state === 'up' || this.#state === 'limited'
  }

  /** Changes are taken. */
  get canChange(): boolean {
    return this.#state === 'up'
  }

  get view(): DatabaseView {
    return {
      state: this.#state,
      cause: this.#trouble?.cause ?? null,
      reason: this.#trouble?.reason ?? this.#deafness,
      fix: this.#trouble?.fix ?? null,
      since: this.#instant(this.#since),
      nextTryAt: this.#nextTryAt === null ? null : this.#instant(this.#nextTryAt),
    }
  }

  /**
   * The database's clock, carried on by ours since it was told; the machine's until then. The monotonic clock stands still while a laptop
   * sleeps, and the wall clock may be set back: whichever has gone further is nearer to the truth.
   */
  now(): Date {
    const { clock } = this.#options
    const wall = clock.now().getTime()
    if (this.#told === null) return new Date(wall)
    const elapsed = Math.max(clock.monotonic() - this.#told.monotonic, wall - this.#told.wall)
    return new Date(this.#told.now + elapsed)
  }

  /** The database has just told its clock. */
  observe(now: Date): void {
    const { clock } = this.#options
    this.#told = { now: now.getTime(), monotonic: clock.monotonic(), wall: clock.now().getTime() }
  }

  /** Changes by others are not heard, as behind a pooler in transaction mode, and why; null: they are. */
  noteDeafness(reason: string | null): void {
    if (this.#deafness === reason) return
    this.#deafness = reason
    if (this.#trouble === null) this.#tell()
  }

  /** Why a call is refused now, with when it is tried again; for `canRead` or `canChange` being false. */
  problem(): Problem {
    return problemOf(this.#trouble, this.#nextTryAt === null ? null : this.#nextTryAt - this.#options.clock.monotonic())
  }

  /** Hears every change of the view from now on, but not that a try is under way; returns how to stop listening. */
  subscribe(listener: DatabaseListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** What stands before every connection but those of a try. */
  readonly gate: ConnectionGate = {
    closed: () => (this.canRead ? null : new DatabaseAway(this.problem())),
    answered: () => {
      this.#answeredAt = this.#options.clock.monotonic()
    },
    failed: (error) => this.#hear(error),
  }

  /** The first try. */
  start(): void {
    void this.retry()
  }

  /** Tries now, whatever was planned; the try that is under way counts. Resolves with its outcome known; never rejects. */
  retry(): Promise<void> {
    if (this.#stopped.signal.aborted) return Promise.resolve()
    return (this.#trying ??= this.#try().finally(() => {
      this.#trying = null
    }))
  }

  /** Makes sure that what is said is true now: asks, unless the database has answered of late. Takes two seconds at most. */
  async confirm(): Promise<DatabaseView> {
    const isFresh = this.#options.clock.monotonic() - this.#answeredAt < freshMs
    if (this.canRead && !isFresh) await settledWithin([this.retry()], patienceMs)
    return this.view
  }

  /** Resolves when the first try has ended, at once if it has already; after `ms` at most, where they are given. */
  async settled(ms?: number): Promise<void> {
    if (this.#state !== 'connecting') return
    if (ms === undefined) await this.#trying
    else await settledWithin([this.#trying ?? Promise.resolve()], ms)
  }

  /** Resolves when changes are taken. @throws the signal's reason. */
  async usable(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    if (this.canChange) return
    const { promise, resolve, reject } = Promise.withResolvers<null>()
    const unsubscribe = this.subscribe(() => this.canChange && resolve(null))
    const abort = (): void => reject(signal.reason as Error)
    signal.addEventListener('abort', abort)
    await promise.finally(() => {
      unsubscribe()
      signal.removeEventListener('abort', abort)
    })
  }

  /** Tries no more. Complete when it resolves; safe twice. */
  async stop(): Promise<void> {
    this.#stopped.abort()
    this.#plan(null)
    await this.#trying
  }

  /** A connection broke or a question failed, somewhere. */
  #hear(error: unknown): void {
    if (!this.canRead) return
    const cause = troubleOfQuestion(error)
    if (cause === null) return
    // The server has said what it thinks of us: asking once more would be a second try at the same lock.
    if (causeRules[cause].retry === 'person' || cause === 'too_many_connections')
      this.#failed(this.#options.describe(error))
    else if (cause !== this.#trouble?.cause) this.#doubt()
  }

  #doubt(): void {
    if (this.#trying !== null || this.#stopped.signal.aborted) return
    const sinceTried = this.#options.clock.monotonic() - this.#triedAt
    if (sinceTried >= doubtEveryMs) void this.retry()
    else if (this.#timer === null) this.#plan(doubtEveryMs - sinceTried)
  }

  async #try(): Promise<void> {
    const began = this.#options.clock.monotonic()
    this.#triedAt = began
    this.#plan(null)
    try {
      const { now, limit } = await this.#options.attempt(this.#stopped.signal)
      if (this.#stopped.signal.aborted) return
      this.gate.answered()
      this.observe(now)
      if (limit === null) this.#become('up', null)
      else this.#failed(limit)
    } catch (error) {
      if (this.#stopped.signal.aborted) return
      const trouble = this.#options.describe(error)
      if (trouble.trouble === 'timed_out' && this.canRead && this.#answeredAt > began) this.#plan(doubtEveryMs)
      else this.#failed(trouble)
    }
  }

  #failed({ trouble: cause, message, fix }: DatabaseTrouble): void {
    this.#failures += 1
    this.#plan(retryDelayMs(cause, this.#failures, this.#options.random()))
    this.#become(causeRules[cause].isReadable ? 'limited' : 'down', { cause, reason: message, fix: fix ?? null })
  }

  #become(state: DatabaseState, trouble: Trouble | null): void {
    const wasWell = this.#state === 'up'
    if (state !== this.#state) this.#since = this.#options.clock.monotonic()
    this.#state = state
    this.#trouble = trouble
    if (state === 'up') this.#failures = 0
    if (state !== 'up' || !wasWell) this.#tell()
  }

  #tell(): void {
    const { view } = this
    for (const listener of this.#listeners) listener(view)
  }

  /** Null plans nothing. */
  #plan(delayMs: number | null): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#nextTryAt = null
    if (delayMs === null || this.#stopped.signal.aborted) return
    this.#nextTryAt = this.#options.clock.monotonic() + delayMs
    this.#timer = setTimeout(() => void this.retry(), delayMs)
  }

  #instant(monotonic: number): Date {
    return new Date(this.now().getTime() + monotonic - this.#options.clock.monotonic())
  }
}

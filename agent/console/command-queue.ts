import { randomUUID } from 'node:crypto'
import { ORPCError } from '@orpc/server'
import type { JsonObject } from '../../shared/domain.ts'
import { describeError, Problem } from '../../shared/errors.ts'
import type { ConnectionSupervisor } from '../connection/supervisor.ts'
import { livingApiToken } from '../store/api-tokens.ts'
import { type Database, isUnreachable } from '../store/database.ts'
import type { CommandStore, KeptCommand } from './command-store.ts'
import type { Identity } from './context.ts'
import type { Deferrals } from './deferrals.ts'

export interface CommandQueueOptions {
  readonly store: CommandStore
  readonly deferrals: Deferrals
  readonly supervisor: ConnectionSupervisor
  readonly database: Database
  /** Makes the call as this caller. @throws as the call does. */
  readonly make: (call: string, input: unknown, identity: Identity) => Promise<unknown>
  /** What waits, or what is in conflict, has changed. */
  readonly onChange: () => void
}

/** More than anybody does in an outage; beyond it something is wrong. */
const most = 1_000

/** What got no answer is tried again so soon while the database is said to be there; each time twice as long, up to the longest, ms. */
const firstWaitMs = 5_000
const longestWaitMs = 60_000

/**
 * What operators asked for while the database was away and can be done later as well (O2): kept on the device with what they saw, and
 * done when the database is back, in the order in which it was asked for. Whether it still makes sense is for the call itself to say: it
 * was handed what the operator saw. What does not, is shown as a conflict until somebody has read it.
 */
export class CommandQueue {
  readonly #options: CommandQueueOptions
  readonly #unwatch: () => void
  #delivering: Promise<void> | null = null
  #timer: NodeJS.Timeout | null = null
  #waitMs = firstWaitMs
  #stopped = false

  constructor(options: CommandQueueOptions) {
    this.#options = options
    this.#unwatch = options.supervisor.subscribe(() => void this.deliver())
  }

  /** Answers what the call answers meanwhile. @throws Problem when it cannot be kept. */
  add(call: string, input: unknown, identity: Identity): unknown {
    const { store, deferrals, supervisor, onChange } = this.#options
    const deferral = deferrals[call]
    if (deferral === undefined) throw supervisor.problem()
    const command: KeptCommand = {
      id: randomUUID(),
      call,
      // The contract lets nothing else through for calls that can wait.
      input: input as JsonObject,
      identity,
      organizationId: organizationOf(input),
      askedAt: supervisor.now(),
      state: 'waiting',
      message: null,
    }
    if (store.list().length >= most || !store.add(command)) throw notKept(supervisor.problem())
    onChange()
    // The database came back while this was on its way here: nobody says so again.
    if (supervisor.canChange) this.#plan(0)
    return deferral.waiting(input)
  }

  /** Of what the caller may see; the oldest first. */
  list(identity: Identity): (KeptCommand & { readonly subjects: readonly string[] })[] {
    const { store, deferrals } = this.#options
    return store
      .list()
      .filter((command) => isVisible(command, identity))
      .map((command) => ({ ...command, subjects: deferrals[command.call]?.subjects(command.input) ?? [] }))
  }

  /** A conflict was read, or what waits is not wanted any more. False when there is none, or not for this caller. */
  dismiss(id: string, identity: Identity): boolean {
    const { store, onChange } = this.#options
    const found = store.list().find((command) => command.id === id && isVisible(command, identity))
    if (found === undefined || !store.remove(id)) return false
    onChange()
    return true
  }

  /** Does what waits, as far as the database takes changes. Never rejects; calls while it is under way count as that one. */
  deliver(): Promise<void> {
    if (this.#stopped || !this.#options.supervisor.canChange) return Promise.resolve()
    return (this.#delivering ??= this.#deliverAll().finally(() => {
      this.#delivering = null
    }))
  }

  /** Complete when it resolves; safe twice. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#unwatch()
    if (this.#timer !== null) clearTimeout(this.#timer)
    await this.#delivering
  }

  async #deliverAll(): Promise<void> {
    const { store, onChange } = this.#options
    for (const command of store.list()) {
      if (command.state !== 'waiting') continue
      const outcome = await this.#outcomeOf(command)
      // What was done is not done again by the next process.
      if (outcome.type === 'done') store.remove(command.id)
      else if (outcome.type === 'unanswered') return this.#tryLater()
      else if (this.#stopped) return
      else store.conflict(command.id, outcome.message)
      this.#waitMs = firstWaitMs
      onChange()
      if (this.#stopped) return
    }
  }

  /** One broken connection is no outage: the database that is there the whole time is not said to be back. */
  #tryLater(): void {
    if (!this.#options.supervisor.canChange) return
    this.#plan(this.#waitMs)
    this.#waitMs = Math.min(2 * this.#waitMs, longestWaitMs)
  }

  #plan(delayMs: number): void {
    if (this.#stopped) return
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#afterCurrent(), delayMs)
  }

  /** A delivery that is under way knows only what waited when it began. */
  async #afterCurrent(): Promise<void> {
    await this.#delivering
    await this.deliver()
  }

  async #outcomeOf({ call, input, identity }: KeptCommand): Promise<Outcome> {
    const { make, deferrals } = this.#options
    try {
      const answer = await make(call, input, await this.#stillAllowed(identity))
      const message = deferrals[call]?.conflict(answer) ?? null
      return message === null ? { type: 'done' } : { type: 'conflict', message }
    } catch (error) {
      return isUnanswered(error) ? { type: 'unanswered' } : { type: 'conflict', message: describeError(error) }
    }
  }

  /** A token may have been revoked, or given less to do, meanwhile. */
  async #stillAllowed(identity: Identity): Promise<Identity> {
    if (identity.tokenId === undefined) return identity
    const token = await livingApiToken(this.#options.database, identity.tokenId)
    if (token !== null) return { ...identity, scope: token.scope, organizationId: token.organizationId }
    throw new Problem('unauthorized', `The token "${identity.operator}" is revoked or has expired meanwhile.`)
  }
}

type Outcome =
  | { readonly type: 'done' }
  | { readonly type: 'unanswered' }
  | { readonly type: 'conflict'; readonly message: string }

/** The database went away again: it waits for the next time. */
function isUnanswered(error: unknown): boolean {
  return isUnreachable(error) || (error instanceof ORPCError && error.status === 503)
}

/** The organization that an input names; null where it names none. */
export function organizationOf(input: unknown): string | null {
  if (typeof input !== 'object' || input === null || !('organizationId' in input)) return null
  return typeof input.organizationId === 'string' ? input.organizationId : null
}

function isVisible({ organizationId }: KeptCommand, identity: Identity): boolean {
  return identity.organizationId === null || identity.organizationId === organizationId
}

function notKept(problem: Problem): Problem {
  const { code, message, field, value } = problem
  return new Problem(code, `${message} It cannot be kept on this device for later either.`, {
    field: field ?? 'database',
    value,
    fix: 'Do it again when the database is back; Settings says what is the matter with the store on this device.',
  })
}

import type { LiveTopic } from '../../shared/live-topics.ts'
import { Rounds } from '../incidents/rounds.ts'
import type { Leadership } from '../leader/leadership.ts'
import type { AgentEvent } from '../scheduler/events.ts'
import type { DatabasePool } from '../store/database.ts'
import { triggerRound } from './trigger-round.ts'

export interface DatasetTriggersOptions {
  /** With the triggers that tell consoles and wake schedulers, which an agent's own connections silence. */
  readonly database: DatabasePool
  readonly leadership: Leadership
  readonly onTrouble: (message: string) => void
  /** A hint is never needed, ms. */
  readonly pollMs?: number
}

const usualPollMs = 30_000
/** After a hint: what changes together is looked at together, and a flood of hints is five looks a second. ms */
const settleMs = 200
const topics: ReadonlySet<LiveTopic> = new Set(['datasets', 'triggers'])

/**
 * Fires triggers while this process leads: after each hint that a dataset may have been refreshed, when the debounce of one ends, and
 * every half minute in any case. Rounds that overlap are harmless.
 */
export class DatasetTriggers {
  readonly #rounds: Rounds
  readonly #leadership: Leadership
  #unsubscribe: (() => void) | null = null
  #timer: NodeJS.Timeout | null = null

  constructor({ database, leadership, onTrouble, pollMs = usualPollMs }: DatasetTriggersOptions) {
    this.#leadership = leadership
    this.#rounds = new Rounds({
      name: 'Triggers of datasets do not fire',
      round: async () => (leadership.isLeader ? (await triggerRound(database)).nextMs : null),
      pollMs: () => pollMs,
      onTrouble,
    })
  }

  start(): void {
    this.#unsubscribe ??= this.#leadership.subscribe((isLeader) => isLeader && this.#rounds.poke())
    this.#rounds.start()
  }

  /** Complete when it resolves; safe twice, safe before start. */
  async stop(): Promise<void> {
    this.#unsubscribe?.()
    this.#unsubscribe = null
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    await this.#rounds.stop()
  }

  /** What has changed in the database, by whomever. */
  changed(changed: readonly LiveTopic[]): void {
    if (this.#leadership.isLeader && changed.some((topic) => topics.has(topic))) this.#touch()
  }

  /** Of the agent in this process: sooner than its own announcement, and heard through a pooler too. */
  hear({ type }: AgentEvent): void {
    if (type === 'run_ended' && this.#leadership.isLeader) this.#touch()
  }

  #touch(): void {
    if (this.#unsubscribe === null) return
    this.#timer ??= setTimeout(() => {
      this.#timer = null
      this.#rounds.poke()
    }, settleMs)
  }
}

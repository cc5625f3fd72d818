import type { Clock } from '../../shared/clock.ts'
import { describeError } from '../../shared/errors.ts'
import { type LiveTopic, liveTopics } from '../../shared/live-topics.ts'
import { isUnreachable } from '../store/database.ts'
import type { ConsoleServices } from './context.ts'

export interface AnswerWarmerOptions {
  readonly services: () => ConsoleServices
  /** Whether anybody ever looked at the console of this agent, as far as this device remembers. */
  readonly wasLookedAt: () => boolean
  readonly clock: Clock
  /** For tests, which have less time. */
  readonly pace?: Partial<typeof usualPace>
}

/** Milliseconds. */
const usualPace = {
  /** After the first change, so that many are one. */
  gather: 5_000,
  /** Between two rounds. */
  rest: 60_000,
}
/** A round that takes long is made more rarely: a hundredth of the time at most is spent on it. */
const mostShare = 0.01
/** In one round; where there are more they take turns. */
const mostOrganizations = 5

/**
 * Keeps the picture recent on an agent that nobody looks at now (O1): when something has changed, what opens each tab and depends on it is
 * asked again, once a minute at most, and kept as any answer is. Nothing is asked while nothing changes, and nothing at all on an
 * agent whose console was never opened: it does without the calls, which take memory.
 */
export class AnswerWarmer {
  readonly #options: AnswerWarmerOptions
  readonly #pace: typeof usualPace
  readonly #topics = new Set<LiveTopic>()
  #turn = 0
  #restUntil = Number.NEGATIVE_INFINITY
  #timer: NodeJS.Timeout | null = null
  #round: Promise<void> | null = null
  #stopped = false

  constructor(options: AnswerWarmerOptions) {
    this.#options = options
    this.#pace = { ...usualPace, ...options.pace }
  }

  /** Something has changed, or, at the start, may have. */
  note(topics: readonly LiveTopic[] = liveTopics): void {
    if (this.#stopped) return
    for (const topic of topics) this.#topics.add(topic)
    this.#arm()
  }

  /** Complete when it resolves; safe twice. */
  async stop(): Promise<void> {
    this.#stopped = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    await this.#round
  }

  #arm(): void {
    if (this.#timer !== null || this.#round !== null || this.#topics.size === 0 || this.#stopped) return
    const now = this.#options.clock.monotonic()
    this.#timer = setTimeout(
      () => {
        this.#timer = null
        this.#round = this.#ask().finally(() => {
          this.#round = null
          this.#arm()
        })
      },
      Math.max(this.#pace.gather, this.#restUntil - now),
    )
  }

  async #ask(): Promise<void> {
    const { services, wasLookedAt, clock } = this.#options
    const began = clock.monotonic()
    const topics = new Set(this.#topics)
    this.#topics.clear()
    // What changes while the database is away is asked when it is back: everything is noted then.
    if (!services().supervisor.canRead || !wasLookedAt()) return
    try {
      await this.#askAll(topics)
    } catch (error) {
      if (!isUnreachable(error)) services().onTrouble(`The picture for outages is not renewed: ${describeError(error)}`)
    }
    const took = clock.monotonic() - began
    this.#restUntil = clock.monotonic() + Math.max(this.#pace.rest, took / mostShare)
  }

  async #askAll(topics: ReadonlySet<LiveTopic>): Promise<void> {
    const services = this.#options.services()
    // Loaded here: an agent that nobody has looked at does without the calls.
    const { openingCalls, openingClient } = await import('./opening-calls.ts')
    const client = openingClient(services)
    const { organizations, asOf } = await client.session.get()
    const open = organizations.filter(({ features }) => features.includes('PIPELINE_MANAGER'))
    for (const { id } of this.#nextOf(open)) {
      for (const call of openingCalls(client, id, asOf)) {
        if (this.#stopped || !services.supervisor.canRead) return
        if (call.topics.some((topic) => topics.has(topic))) await call.ask()
      }
    }
  }

  #nextOf<Item>(items: readonly Item[]): readonly Item[] {
    if (items.length <= mostOrganizations) return items
    const from = this.#turn % items.length
    this.#turn = from + mostOrganizations
    return [...items.slice(from), ...items.slice(0, from)].slice(0, mostOrganizations)
  }
}

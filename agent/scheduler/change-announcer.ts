import { describeError } from '../../shared/errors.ts'
import type { LiveTopic } from '../../shared/live-topics.ts'
import { announceChanges } from '../store/changes.ts'
import type { Database } from '../store/database.ts'
import type { AgentEvent } from './events.ts'

export interface ChangeAnnouncerSettings {
  /** Not the connections that runs are written with. */
  readonly database: Database
  readonly onTrouble: (message: string) => void
}

/** Milliseconds. What is on a screen follows within the second, and a full queue costs four small statements each second. */
const announce = { firstAfter: 25, every: 250 }
const retryMs = { first: 1_000, most: 30_000 }

/** What an event means for whoever looks at the tables; the others change no row, or a trigger tells of it. */
const topicsOfEvent: Partial<Record<AgentEvent['type'], readonly LiveTopic[]>> = {
  run_started: ['runs', 'jobs'],
  run_ended: ['runs', 'jobs', 'datasets'],
  run_lost: ['runs', 'jobs', 'datasets'],
  run_recovered: ['runs', 'jobs', 'datasets'],
  late_result: ['runs', 'jobs', 'datasets'],
  job_skipped: ['jobs'],
}

/**
 * Tells consoles what this agent's own connections wrote, on which the triggers stay silent: a NOTIFY in every commit would
 * halve the rate of runs. Noting a change costs the hot path an entry in a set; one statement announces whatever was noted,
 * shortly after the first change and then four times a second at most. Nothing is sent while nothing happens.
 */
export class ChangeAnnouncer {
  readonly #settings: ChangeAnnouncerSettings
  readonly #topics = new Set<LiveTopic>()
  #timer: NodeJS.Timeout | null = null
  /** Settles when the statement under way has been answered, or not. */
  #sending: Promise<void> | null = null
  #pauseMs = announce.firstAfter
  #retryDelay = retryMs.first
  #stopped = false

  constructor(settings: ChangeAnnouncerSettings) {
    this.#settings = settings
  }

  readonly hear = (event: AgentEvent): void => {
    const topics = topicsOfEvent[event.type]
    if (topics !== undefined) this.note(topics)
  }

  /** Rows of these subjects have changed and are committed. */
  note(topics: readonly LiveTopic[]): void {
    if (this.#stopped) return
    for (const topic of topics) this.#topics.add(topic)
    this.#arm()
  }

  /** Announces what is left. Resolves when that is answered; safe twice. */
  async stop(): Promise<void> {
    this.#stopped = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    await this.#sending
    if (this.#topics.size > 0) await this.#send()
  }

  #arm(): void {
    if (this.#timer !== null || this.#sending !== null) return
    this.#timer = setTimeout(() => {
      this.#timer = null
      // Quiet since the last one: the next change is told quickly again.
      this.#pauseMs = announce.firstAfter
      if (this.#topics.size > 0) this.#sending = this.#send().finally(() => this.#sent())
    }, this.#pauseMs)
  }

  #sent(): void {
    this.#sending = null
    // Also with nothing to tell: the pause counts from here.
    if (!this.#stopped) this.#arm()
  }

  async #send(): Promise<void> {
    const topics = [...this.#topics]
    this.#topics.clear()
    this.#pauseMs = announce.every
    try {
      await announceChanges(this.#settings.database, topics)
      this.#retryDelay = retryMs.first
    } catch (error) {
      for (const topic of topics) this.#topics.add(topic)
      this.#pauseMs = this.#retryDelay
      // Told once for each outage.
      if (this.#retryDelay === retryMs.first)
        this.#settings.onTrouble(`Open consoles were not told of changes: ${describeError(error)}`)
      this.#retryDelay = Math.min(this.#retryDelay * 2, retryMs.most)
    }
  }
}

import type { LiveTopic } from '../../shared/live-topics.ts'
import type { Change } from './change-feed.ts'

export type DatabaseChange = Extract<Change, { type: 'database' }>

/** What has happened since a console was last told, folded: however slow it reads, this does not grow. */
export interface Mail {
  readonly database: DatabaseChange | null
  /** Everything has to be asked anew; then single topics do not matter. */
  readonly resync: boolean
  readonly topics: readonly LiveTopic[]
  readonly beat: Date | null
  readonly end: boolean
}

/** Gathers changes for one console until it takes them. */
export class ChangeMailbox {
  #database: DatabaseChange | null = null
  #resync = false
  readonly #topics = new Set<LiveTopic>()
  #beat: Date | null = null
  #end = false
  #arrived = Promise.withResolvers<null>()

  readonly put = (change: Change): void => {
    if (change.type === 'database') this.#database = change
    else if (change.type === 'resync') this.#resync = true
    else if (change.type === 'beat') this.#beat = change.asOf
    else if (change.type === 'end') this.#end = true
    else for (const topic of change.topics) this.#topics.add(topic)
    this.#arrived.resolve(null)
  }

  /** Waits until there is something, and empties the box. */
  async take(): Promise<Mail> {
    await this.#arrived.promise
    this.#arrived = Promise.withResolvers<null>()
    const mail = {
      database: this.#database,
      resync: this.#resync,
      topics: this.#resync ? [] : [...this.#topics],
      beat: this.#beat,
      end: this.#end,
    }
    this.#database = null
    this.#resync = false
    this.#topics.clear()
    this.#beat = null
    return mail
  }
}

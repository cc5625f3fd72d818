import { randomUUID } from 'node:crypto'
import type { Clock } from '../../shared/clock.ts'
import type { LiveTopic } from '../../shared/live-topics.ts'
import type { ConnectionSupervisor, DatabaseView } from '../connection/supervisor.ts'
import { changeListener, sendEcho } from '../store/changes.ts'
import type { Database } from '../store/database.ts'
import { databaseNow } from '../store/database-clock.ts'
import type { Listener } from '../store/listener.ts'
import type { Change, ChangeFeed, ChangeListener } from './change-feed.ts'

export interface DatabaseChangesSettings {
  /** Of the listening connection; asked for when the database answers. */
  readonly url: () => string
  readonly applicationName: string
  /** Asked instead while that connection is down. */
  readonly database: Database
  /** Knows whether the database answers at all. */
  readonly supervisor: ConnectionSupervisor
  readonly clock: Clock
  /** For tests, which have less time. */
  readonly pace?: Partial<Pace>
}

/** Milliseconds. */
export interface Pace {
  /** Between two proofs that the connection lives. */
  readonly beatMs: number
  /** Between two questions while nothing is heard. */
  readonly pollMs: number
  /** How long an echo may take. */
  readonly echoMs: number
  /** How long the connection is kept when the last console is gone: a reload is back at once. */
  readonly lingerMs: number
}

const usualPace: Pace = { beatMs: 5_000, pollMs: 5_000, echoMs: 3_000, lingerMs: 30_000 }
/** What changes at the same time is told together, four times a second at most. */
const gatherMs = 100
const tellMs = 250

const noEcho =
  'notifications do not arrive: connect to the server itself, or to a pooler in session mode, for changes at once'

/** While at least one console is open, and a little longer. */
interface Listening {
  readonly listener: Listener
  /** Settles with the first try to connect. */
  readonly tried: Promise<void>
}

/**
 * What anybody changes in the database, for the consoles of this process. One connection listens for all of them, and only while
 * one of them is open: an agent that nobody looks at costs nothing.
 *
 * States: idle → listening ⇄ deaf (the connection is down, or nothing arrives over it: a pooler in transaction mode takes a LISTEN
 * and forgets it) → idle. Deaf, the database is asked every five seconds through the pool; as long as that is answered, everything
 * on the screens is asked again with each answer. While the database itself is away (the supervisor says so) nothing is asked; consoles
 * hear that, and a beat.
 */
export class DatabaseChanges implements ChangeFeed {
  readonly #settings: DatabaseChangesSettings
  readonly #pace: Pace
  readonly #subscribers = new Set<ChangeListener>()
  readonly #topics = new Set<LiveTopic>()
  /** Comes back when notifications arrive. */
  readonly #echo = `echo ${randomUUID()}`
  #listening: Listening | null = null
  #closing: Promise<void> = Promise.resolve()
  /** Why changes are not heard; null while they are. */
  #deafness: string | null = null
  #toldAt = Number.NEGATIVE_INFINITY
  #tellTimer: NodeJS.Timeout | null = null
  #pollTimer: NodeJS.Timeout | null = null
  #echoTimer: NodeJS.Timeout | null = null
  #lingerTimer: NodeJS.Timeout | null = null
  #beatTimer: NodeJS.Timeout | null = null
  #isReadable: boolean
  readonly #unwatch: () => void
  #stopped = false

  constructor(settings: DatabaseChangesSettings) {
    this.#settings = settings
    this.#pace = { ...usualPace, ...settings.pace }
    this.#isReadable = settings.supervisor.canRead
    this.#unwatch = settings.supervisor.subscribe((view) => this.#follow(view))
  }

  async subscribe(listener: ChangeListener): Promise<() => void> {
    if (this.#stopped) {
      listener({ type: 'end' })
      return () => undefined
    }
    this.#subscribers.add(listener)
    clear(this.#lingerTimer)
    if (this.#isReadable) await (this.#listening ??= this.#listen()).tried
    else this.#waitForDatabase()
    return () => this.#unsubscribe(listener)
  }

  /** Something has changed that no database tells of. */
  announce(topics: readonly LiveTopic[]): void {
    if (this.#subscribers.size > 0) this.#gather(topics)
  }

  /** Ends every stream and the connection. Complete when it resolves; safe twice. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#unwatch()
    if (this.#topics.size > 0) this.#tellTopics()
    this.#tell({ type: 'end' })
    this.#subscribers.clear()
    clear(this.#lingerTimer)
    this.#silence()
    await this.#closing
  }

  #unsubscribe(listener: ChangeListener): void {
    this.#subscribers.delete(listener)
    if (this.#subscribers.size > 0 || this.#stopped) return
    clear(this.#lingerTimer)
    this.#lingerTimer = setTimeout(() => this.#silence(), this.#pace.lingerMs)
  }

  #listen(): Listening {
    const { url, applicationName, supervisor } = this.#settings
    // One that was given up has nothing more to say.
    const current = (): boolean => this.#listening?.listener === listener
    const listener = changeListener({
      url: url(),
      applicationName,
      beatMs: this.#pace.beatMs,
      gate: supervisor.gate,
      onTopics: (topics) => current() && this.#gather(topics),
      onOther: (payload) => current() && payload === this.#echo && this.#hear(),
      onBeat: (asOf) => current() && this.#tellBeat(asOf),
      onState: (isListening, reason) => {
        if (!current()) return
        if (isListening) this.#prove()
        else this.#deaf(reason ?? 'the connection was closed')
      },
    })
    return { listener, tried: this.#closing.then(() => listener.start()) }
  }

  /** The database went or came back, or something is known of it that was not. */
  #follow(view: DatabaseView): void {
    const wasReadable = this.#isReadable
    this.#isReadable = this.#settings.supervisor.canRead
    this.#tell({ type: 'database', view })
    if (this.#isReadable === wasReadable || this.#subscribers.size === 0) return
    if (!this.#isReadable) return this.#waitForDatabase()
    clear(this.#beatTimer)
    this.#beatTimer = null
    this.#tell({ type: 'resync' })
    if (this.#listening === null) this.#listening = this.#listen()
    else this.#listening.listener.retryNow()
  }

  /** What changed meanwhile is not heard, so that everything is asked anew afterwards. */
  #waitForDatabase(): void {
    this.#deafness ??= 'the database was away'
    this.#beatTimer ??= setInterval(
      () => this.#tell({ type: 'beat', asOf: this.#settings.supervisor.now() }),
      this.#pace.beatMs,
    )
  }

  #silence(): void {
    const listening = this.#listening
    this.#listening = null
    for (const timer of [this.#tellTimer, this.#pollTimer, this.#echoTimer, this.#beatTimer]) clear(timer)
    this.#tellTimer = null
    this.#pollTimer = null
    this.#beatTimer = null
    this.#topics.clear()
    this.#deafness = null
    this.#settings.supervisor.noteDeafness(null)
    if (listening !== null) this.#closing = listening.tried.then(() => listening.listener.stop())
  }

  #gather(topics: readonly LiveTopic[]): void {
    for (const topic of topics) this.#topics.add(topic)
    const sinceTold = this.#settings.clock.monotonic() - this.#toldAt
    this.#tellTimer ??= setTimeout(() => this.#tellTopics(), Math.max(gatherMs, tellMs - sinceTold))
  }

  #tellTopics(): void {
    this.#tellTimer = null
    this.#toldAt = this.#settings.clock.monotonic()
    const topics = [...this.#topics]
    this.#topics.clear()
    this.#tell({ type: 'changed', topics })
  }

  /** The connection is there. Whether anything arrives over it is learned by sending something over another one. */
  #prove(): void {
    clear(this.#echoTimer)
    this.#echoTimer = setTimeout(() => this.#deaf(noEcho), this.#pace.echoMs)
    // Without an answer there will be no echo either.
    sendEcho(this.#settings.database, this.#echo).catch(() => undefined)
  }

  #hear(): void {
    clear(this.#echoTimer)
    // The first connection: whoever subscribes waits for it, so nothing was missed.
    if (this.#deafness === null) return
    this.#deafness = null
    clear(this.#pollTimer)
    this.#pollTimer = null
    this.#settings.supervisor.noteDeafness(null)
    this.#tell({ type: 'resync' })
  }

  /** The connection is down, or could not be made again, or nothing arrives over it. */
  #deaf(reason: string): void {
    clear(this.#echoTimer)
    this.#deafness = reason
    if (this.#pollTimer === null) this.#armPoll()
  }

  #armPoll(): void {
    this.#pollTimer = setTimeout(() => void this.#poll(), this.#pace.pollMs)
  }

  async #poll(): Promise<void> {
    const timer = this.#pollTimer
    const { database, supervisor } = this.#settings
    const asOf = this.#isReadable ? await databaseNow(database).catch(() => null) : null
    // Heard again, or silenced, while the question was under way.
    if (this.#pollTimer !== timer) return
    if (asOf !== null) {
      supervisor.noteDeafness(
        `Changes are not heard (${this.#deafness}); they are looked for every ${this.#pace.pollMs / 1_000} s.`,
      )
      this.#tellBeat(asOf)
      this.#tell({ type: 'resync' })
      if (this.#deafness === noEcho) sendEcho(database, this.#echo).catch(() => undefined)
    }
    this.#armPoll()
  }

  #tellBeat(asOf: Date): void {
    this.#settings.supervisor.observe(asOf)
    this.#tell({ type: 'beat', asOf })
  }

  #tell(change: Change): void {
    for (const subscriber of this.#subscribers) subscriber(change)
  }
}

/** Of an interval as well: to Node they are the same. */
function clear(timer: NodeJS.Timeout | null): void {
  if (timer !== null) clearTimeout(timer)
}

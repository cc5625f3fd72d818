import type { Clock } from '../../shared/clock.ts'
import { gatherMs as usualGatherMs } from '../../shared/notifications/dispatch-plan.ts'
import type { SecretMasker } from '../jobs/log/secret-masker.ts'
import type { Leadership } from '../leader/leadership.ts'
import { settledWithin } from '../scheduler/settled-within.ts'
import type { DatabasePool } from '../store/database.ts'
import type { Channel } from './channels/channel.ts'
import type { DesktopPort } from './channels/desktop.ts'
import { Deliverer } from './deliverer.ts'
import { DesktopFollower } from './desktop-follower.ts'
import type { DeviceOutbox } from './device-outbox.ts'
import { dispatchRound } from './dispatch-round.ts'
import { Rounds } from './rounds.ts'

/** A device with a desktop: what shows, and what remembers. */
export interface DesktopDevice {
  readonly port: DesktopPort
  readonly outbox: DeviceOutbox
}

export interface NotifierOptions {
  /** Not the connections that runs are written with. */
  readonly database: DatabasePool
  readonly agent: { readonly id: string; readonly name: string }
  readonly channels: ReadonlyMap<string, Channel>
  /** Null = this agent runs without one. */
  readonly desktop: DesktopDevice | null
  readonly leadership: Leadership
  readonly clock: Clock
  readonly masker: SecretMasker
  /** For how long after its last heartbeat an agent counts as alive. */
  readonly aliveSeconds: number
  readonly consoleUrl: string | null
  /** 0 up to, not including, 1. */
  readonly random: () => number
  readonly onTrouble: (message: string) => void
  /** For tests, which have less time, ms. */
  readonly gatherMs?: number
}

/** How long `stop` waits for a database that may not answer any more, ms. */
const answerMs = 5_000

/** Between two looks when every change is heard, and while changes are not heard, ms. */
const pollsMs = { hearing: 300_000, deaf: 30_000 }

/**
 * Who is told, and the telling, of one agent: the dispatch while it leads, deliveries of its own channels, its desktop. It costs next
 * to nothing while nothing happens: the database says when there is something to do, and looking without being told is rare.
 */
export class Notifier {
  readonly #options: NotifierOptions
  readonly #dispatch: Rounds
  readonly #deliverer: Deliverer
  readonly #follower: DesktopFollower | null
  #isHearing = false
  #dispatchedAt: number | null = null
  #unsubscribe: (() => void) | null = null

  constructor(options: NotifierOptions) {
    const { database, desktop, aliveSeconds, onTrouble, gatherMs = usualGatherMs } = options
    this.#options = options
    const pollMs = (): number => (this.#isHearing ? pollsMs.hearing : pollsMs.deaf)
    const onDone = (): void => {
      this.#dispatchedAt = options.clock.monotonic()
    }
    const round = (): Promise<number | null> =>
      this.#lead(() => dispatchRound(database, { gatherMs, aliveSeconds, onDone }))
    this.#dispatch = new Rounds({ name: 'Nobody is told', round, pollMs, onTrouble })
    this.#deliverer = new Deliverer({ ...options, pollMs })
    this.#follower = desktop === null ? null : new DesktopFollower({ ...options, ...desktop, gatherMs, pollMs })
  }

  /** When a round of the dispatch was last done here, by the monotonic clock, ms; null = none yet. */
  get dispatchedAt(): number | null {
    return this.#dispatchedAt
  }

  start(): void {
    this.#unsubscribe ??= this.#options.leadership.subscribe((isLeader) => {
      if (isLeader) this.#dispatch.poke()
    })
    this.#dispatch.start()
    this.#deliverer.start()
    this.#follower?.start()
  }

  /**
   * Complete when it resolves, but for questions that the database does not answer: those end with its connections, which the owner
   * closes next. Safe twice, safe before start.
   */
  async stop(): Promise<void> {
    this.#unsubscribe?.()
    this.#unsubscribe = null
    const parts = [this.#dispatch, this.#deliverer, this.#follower]
    await settledWithin(
      parts.map((part) => part?.stop() ?? Promise.resolve()),
      answerMs,
    )
  }

  /** The database says that transitions wait for the dispatch, or messages for their channels. */
  hear(what: 'dispatch' | 'deliveries'): void {
    if (what === 'dispatch') return this.#dispatch.poke()
    this.#deliverer.poke()
    this.#follower?.poke()
  }

  /** Whether the database can say so. */
  listening(isListening: boolean): void {
    this.#isHearing = isListening
    this.hear('dispatch')
    this.hear('deliveries')
  }

  async #lead(round: () => Promise<number | null>): Promise<number | null> {
    return this.#options.leadership.isLeader ? round() : null
  }
}

import { randomUUID } from 'node:crypto'
import type { Clock } from '../../shared/clock.ts'
import type { LeaderSession } from '../store/leader-session.ts'
import {
  claimLeaderRow,
  isLeaderLockHeld,
  recordLeader,
  releaseLeaderLock,
  releaseLeaderRow,
  renewLeaderRow,
  tryLeaderLock,
} from '../store/leadership.ts'

/** Milliseconds. */
export interface LeaderPace {
  /** How often somebody who waits looks whether nobody leads, and how often the row is renewed. */
  readonly tryMs: number
  /** How often a session breaks its silence, after how much the server ends it, and how long it is believed in. */
  readonly beatMs: number
  readonly silenceMs: number
  readonly trustMs: number
  /** How long the row holds, and how long it is believed in. */
  readonly rowMs: number
  readonly rowTrustMs: number
  /** How long any answer may take. */
  readonly patienceMs: number
  /** How long to wait before the first and the last of the tries to connect. */
  readonly reconnectMs: readonly [first: number, most: number]
}

export const usualPace: LeaderPace = {
  tryMs: 12_000,
  beatMs: 3_000,
  silenceMs: 10_000,
  trustMs: 8_000,
  rowMs: 30_000,
  rowTrustMs: 25_000,
  patienceMs: 5_000,
  reconnectMs: [500, 30_000],
}

/** One way to lead. */
export interface Hold {
  /** How often it takes its turn, and how long its answer may be believed, counted from when it was asked; ms. */
  readonly everyMs: number
  readonly trustMs: number
  /** Whether the death of the session ends it. */
  readonly endsWithSession: boolean
  /** Keeps the leadership, or tries to get it. Throws when the database does not answer. */
  turn(session: LeaderSession): Promise<boolean>
  /** The next turn tries, however little time has passed. */
  hurry(): void
  /** Lets somebody else lead, when it is held. */
  release(session: LeaderSession): Promise<void>
}

/** By a lock of the session. */
export class LockHold implements Hold {
  readonly endsWithSession = true
  readonly #agentId: string
  readonly #clock: Clock
  readonly #pace: LeaderPace
  /** The session whose lock it is. */
  #held: LeaderSession | null = null
  #nextTryAt = Number.NEGATIVE_INFINITY

  constructor(agentId: string, clock: Clock, pace: LeaderPace) {
    this.#agentId = agentId
    this.#clock = clock
    this.#pace = pace
  }

  get everyMs(): number {
    return this.#pace.beatMs
  }

  get trustMs(): number {
    return this.#pace.trustMs
  }

  async turn(session: LeaderSession): Promise<boolean> {
    if (this.#held !== session && this.#clock.monotonic() >= this.#nextTryAt) return this.#try(session)
    await session.beat()
    return this.#held === session
  }

  hurry(): void {
    this.#nextTryAt = Number.NEGATIVE_INFINITY
  }

  async release(session: LeaderSession): Promise<void> {
    if (this.#held !== session) return
    this.#held = null
    await releaseLeaderLock(session)
  }

  async #try(session: LeaderSession): Promise<boolean> {
    this.#held = null
    this.#nextTryAt = this.#clock.monotonic() + this.#pace.tryMs
    if (!(await tryLeaderLock(session))) return false
    // Locked first and looked then: whoever leads by the row does it in the other order.
    if (await recordLeader(session, this.#agentId)) this.#held = session
    else await releaseLeaderLock(session)
    return this.#held === session
  }
}

/** By the row. */
export class RowHold implements Hold {
  readonly endsWithSession = false
  readonly #agentId: string
  readonly #pace: LeaderPace
  /** Of the term under way. */
  #token: string | null = null

  constructor(agentId: string, pace: LeaderPace) {
    this.#agentId = agentId
    this.#pace = pace
  }

  get everyMs(): number {
    return this.#pace.tryMs
  }

  get trustMs(): number {
    return this.#pace.rowTrustMs
  }

  async turn(session: LeaderSession): Promise<boolean> {
    const seconds = this.#pace.rowMs / 1_000
    if (this.#token !== null && (await renewLeaderRow(session, this.#token, seconds))) return true
    this.#token = null
    const token = randomUUID()
    if (!(await claimLeaderRow(session, { agentId: this.#agentId, token, seconds }))) return false
    // Claimed first and looked then: whoever leads by the lock does it in the other order.
    if (await isLeaderLockHeld(session)) await releaseLeaderRow(session, token)
    else this.#token = token
    return this.#token !== null
  }

  hurry(): void {
    // Every turn tries.
  }

  async release(session: LeaderSession): Promise<void> {
    const token = this.#token
    this.#token = null
    if (token !== null) await releaseLeaderRow(session, token)
  }
}

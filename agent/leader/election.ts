import type { Clock } from '../../shared/clock.ts'
import { describeError } from '../../shared/errors.ts'
import { type ConnectionGate, DatabaseAway, openGate } from '../store/connection-gate.ts'
import { LeaderSession } from '../store/leader-session.ts'
import { type Hold, type LeaderPace, LockHold, RowHold, usualPace } from './holds.ts'
import type { Leadership } from './leadership.ts'

export interface ElectionSettings {
  readonly url: string
  readonly agentId: string
  readonly agentName: string
  readonly clock: Clock
  /** The database cannot be asked; told once for each outage. */
  readonly onTrouble: (message: string) => void
  /** Before every connection. Default: it stands open. */
  readonly gate?: ConnectionGate
  /** For tests, which have less time. */
  readonly pace?: Partial<LeaderPace>
}

/** Makes this agent lead whenever nobody else does. States and promises: leadership.ts. */
export class Election implements Leadership {
  readonly #settings: ElectionSettings
  readonly #pace: LeaderPace
  readonly #holds: { readonly lock: Hold; readonly row: Hold }
  readonly #listeners = new Set<(isLeader: boolean) => void>()
  #session: LeaderSession | null = null
  #hold: Hold | null = null
  /** Monotonic ms. */
  #trustedUntil = Number.NEGATIVE_INFINITY
  #told = false
  #turning: Promise<void> | null = null
  #timer: NodeJS.Timeout | null = null
  #trustTimer: NodeJS.Timeout | null = null
  #reconnectMs: number
  #isTroubled = false
  #isHurried = false
  #stopped = true

  constructor(settings: ElectionSettings) {
    this.#settings = settings
    this.#pace = { ...usualPace, ...settings.pace }
    const { agentId, clock } = settings
    this.#holds = { lock: new LockHold(agentId, clock, this.#pace), row: new RowHold(agentId, this.#pace) }
    this.#reconnectMs = this.#pace.reconnectMs[0]
  }

  get isLeader(): boolean {
    return this.#settings.clock.monotonic() < this.#trustedUntil
  }

  subscribe(listener: (isLeader: boolean) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Resolves after the first try, whether or not the database answered. */
  async start(): Promise<void> {
    if (!this.#stopped) return
    this.#stopped = false
    await this.#turn()
  }

  /** Leads no more from this call on; everything is closed when it resolves. Safe twice, safe before start. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#distrust()
    this.#disarm()
    await this.#turning
    const [session, hold] = [this.#session, this.#hold]
    this.#session = null
    if (session === null) return
    // Without an answer it frees itself in time.
    await hold?.release(session).catch(() => undefined)
    await session.close()
  }

  /** One question at a time; never rejects. */
  #turn(): Promise<void> {
    this.#disarm()
    return (this.#turning ??= this.#takeTurn().finally(() => {
      this.#turning = null
      if (this.#stopped) return
      const soon = this.#isHurried && this.#session !== null
      this.#isHurried = false
      this.#arm(soon ? 0 : this.#session === null ? this.#backOff() : (this.#hold?.everyMs ?? 0))
    }))
  }

  async #takeTurn(): Promise<void> {
    const { clock, onTrouble } = this.#settings
    try {
      const session = (this.#session ??= await this.#open())
      if (this.#stopped) return
      const hold = (this.#hold = session.isOwn ? this.#holds.lock : this.#holds.row)
      const askedAt = clock.monotonic()
      const leads = await hold.turn(session)
      if (this.#stopped || this.#session !== session) return
      if (leads) this.#trust(askedAt + hold.trustMs)
      else this.#distrust()
      this.#reconnectMs = this.#pace.reconnectMs[0]
      this.#isTroubled = false
    } catch (error) {
      // Who keeps the gate has said already that the database is away.
      const isTold = this.#isTroubled || error instanceof DatabaseAway
      if (!isTold) onTrouble(`Who leads the agents cannot be found out: ${describeError(error)}`)
      this.#isTroubled = true
      this.#session?.drop()
      this.#lose()
    }
  }

  async #open(): Promise<LeaderSession> {
    const { url, agentName, gate = openGate } = this.#settings
    const away = gate.closed()
    if (away !== null) throw away
    const opening = LeaderSession.open({
      ...this.#pace,
      url,
      applicationName: `pipeline-manager leader ${agentName}`,
      onVacancy: () => this.#hurry(),
      onEnd: () => {
        this.#lose()
        // A turn that is under way fails, and the next one is armed then.
        if (!this.#stopped && this.#turning === null) this.#arm(this.#backOff())
      },
    })
    try {
      const session = await opening
      gate.answered()
      return session
    } catch (error) {
      gate.failed(error)
      throw error
    }
  }

  #hurry(): void {
    if (this.#stopped || this.isLeader) return
    this.#hold?.hurry()
    this.#isHurried = this.#turning !== null
    if (!this.#isHurried) void this.#turn()
  }

  /** The session is gone. */
  #lose(): void {
    this.#session = null
    if (this.#hold?.endsWithSession !== false) this.#distrust()
  }

  #backOff(): number {
    const wait = this.#reconnectMs
    this.#reconnectMs = Math.min(wait * 2, this.#pace.reconnectMs[1])
    return wait
  }

  #arm(ms: number): void {
    this.#disarm()
    this.#timer = setTimeout(() => void this.#turn(), ms)
  }

  #disarm(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  #trust(until: number): void {
    this.#trustedUntil = until
    if (this.#trustTimer !== null) clearTimeout(this.#trustTimer)
    this.#trustTimer = setTimeout(() => this.#tell(), Math.ceil(until - this.#settings.clock.monotonic()) + 1)
    this.#tell()
  }

  #distrust(): void {
    this.#trustedUntil = Number.NEGATIVE_INFINITY
    if (this.#trustTimer !== null) clearTimeout(this.#trustTimer)
    this.#trustTimer = null
    this.#tell()
  }

  #tell(): void {
    const { isLeader } = this
    if (isLeader === this.#told) return
    this.#told = isLeader
    for (const listener of this.#listeners) listener(isLeader)
  }
}

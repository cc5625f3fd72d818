import type pg from 'pg'
import { describeError } from '../../shared/errors.ts'
import { beat } from './beat.ts'
import { type ConnectionGate, openGate } from './connection-gate.ts'
import { connectionConfig, endedOrDropped } from './database.ts'
import { dropConnection, SessionClient } from './session-client.ts'

export interface ListenerSettings {
  readonly url: string
  readonly applicationName: string
  /** By channel: a hint that something may have changed; never proof (anybody can NOTIFY, and with any text). */
  readonly channels: Readonly<Record<string, (payload: string) => void>>
  /** Told each time the listener comes back, goes down, or fails to come back; while down, polling carries on. */
  readonly onState: (listening: boolean, reason: string | null) => void
  /** Told the database's clock with every beat. */
  readonly onBeat?: (now: Date) => void
  /** How often the connection proves that it is alive; ms. */
  readonly beatMs?: number
  /** How long it waits for the proof; ms. */
  readonly patienceMs?: number
  /** The longest wait before it is tried again; ms. */
  readonly reconnectMs?: number
  /** Default: open. */
  readonly gate?: ConnectionGate
}

const firstReconnectMs = 500
const usual = { beatMs: 60_000, patienceMs: 30_000, reconnectMs: 30_000, gate: openGate }

/**
 * One connection that listens. It reconnects for ever, and asks itself a question now and then because a
 * half-open connection is silent.
 */
export class Listener {
  readonly #settings: ListenerSettings & typeof usual
  #client: pg.Client | null = null
  #timer: NodeJS.Timeout | null = null
  #delayMs = firstReconnectMs
  #stopped = true

  constructor(settings: ListenerSettings) {
    this.#settings = { ...usual, ...settings }
  }

  /** Resolves after the first try, whether or not it succeeded. */
  async start(): Promise<void> {
    if (!this.#stopped) return
    this.#stopped = false
    await this.#connect()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    if (this.#timer) clearTimeout(this.#timer)
    const client = this.#client
    this.#client = null
    if (client) await endedOrDropped(client.end(), () => [client])
  }

  /** The database can be reached again: whoever waits to try need not wait any longer. */
  retryNow(): void {
    if (this.#stopped || this.#client !== null) return
    if (this.#timer) clearTimeout(this.#timer)
    this.#delayMs = firstReconnectMs
    void this.#connect()
  }

  async #connect(): Promise<void> {
    const { channels, onState, gate } = this.#settings
    const away = gate.closed()
    if (away !== null) return this.#missed(away)
    const client = new SessionClient(connectionConfig({ ...this.#settings, purpose: 'console' }))
    this.#client = client
    client.on('notification', ({ channel, payload }) => channels[channel]?.(payload ?? ''))
    const down = (error: unknown): void => this.#down(client, error)
    client.on('error', down)
    client.on('end', () => down(new Error('Connection terminated')))
    try {
      await client.connect()
      for (const channel of Object.keys(channels)) await client.query(`listen ${channel}`)
    } catch (error) {
      down(error)
      return
    }
    if (this.#client !== client) return
    this.#delayMs = firstReconnectMs
    gate.answered()
    onState(true, null)
    this.#beat(client)
  }

  #beat(client: pg.Client): void {
    this.#timer = setTimeout(() => {
      this.#prove(client).then(
        () => {
          if (this.#client !== client) return
          this.#settings.gate.answered()
          this.#beat(client)
        },
        (error: unknown) => this.#down(client, error),
      )
    }, this.#settings.beatMs)
  }

  async #prove(client: pg.Client): Promise<void> {
    const { patienceMs, onBeat } = this.#settings
    if (onBeat === undefined) return beat(client, patienceMs)
    // The driver takes a limit for each query; its types know the connection's only.
    const question = { text: 'select clock_timestamp() as now', query_timeout: patienceMs }
    const { rows } = await client.query<{ now: Date }>(question)
    if (this.#client === client && rows[0]) onBeat(rows[0].now)
  }

  #down(client: pg.Client, error: unknown): void {
    if (this.#client !== client) return
    this.#client = null
    if (this.#timer) clearTimeout(this.#timer)
    // Broken or silent: there is nobody to say goodbye to.
    dropConnection(client)
    if (this.#stopped) return
    this.#settings.gate.failed(error)
    this.#missed(error)
  }

  #missed(error: unknown): void {
    this.#settings.onState(false, describeError(error))
    this.#timer = setTimeout(() => void this.#connect(), this.#delayMs)
    this.#delayMs = Math.min(this.#delayMs * 2, this.#settings.reconnectMs)
  }
}

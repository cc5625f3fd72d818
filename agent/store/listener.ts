import pg from 'pg'
import { describeError } from '../../shared/errors.ts'
import { connectionConfig, dropConnection, endedOrDropped } from './database.ts'

/** Work may be due; a run may have to be cancelled; a job may lack its next run. */
export type WakeUp = 'jobs' | 'cancel' | 'plan'

function isWakeUp(payload: string | undefined): payload is WakeUp {
  return payload === 'jobs' || payload === 'cancel' || payload === 'plan'
}

export interface ListenerSettings {
  readonly url: string
  readonly applicationName: string
  /** A hint that something may have changed; never proof (anybody can NOTIFY). */
  readonly onWakeUp: (kind: WakeUp) => void
  /** Told once for each time the listener goes down or comes back; while down, polling carries on. */
  readonly onState: (listening: boolean, reason: string | null) => void
}

const channel = 'pipeline_manager'
const heartbeatMs = 60_000
const reconnectMs = { first: 500, most: 30_000 }

/**
 * One connection that listens for wake-ups (J1). It reconnects for ever, and asks itself a question every minute because
 * a half-open connection is silent.
 */
export class Listener {
  readonly #settings: ListenerSettings
  #client: pg.Client | null = null
  #timer: NodeJS.Timeout | null = null
  #delayMs = reconnectMs.first
  #stopped = true

  constructor(settings: ListenerSettings) {
    this.#settings = settings
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

  async #connect(): Promise<void> {
    const client = new pg.Client(connectionConfig({ ...this.#settings, purpose: 'console' }))
    this.#client = client
    client.on('notification', (message) => {
      if (isWakeUp(message.payload)) this.#settings.onWakeUp(message.payload)
    })
    const down = (error?: Error): void => this.#down(client, error?.message ?? 'connection closed')
    client.on('error', down)
    client.on('end', () => down())
    try {
      await client.connect()
      await client.query(`listen ${channel}`)
    } catch (error) {
      down(error instanceof Error ? error : new Error(String(error)))
      return
    }
    if (this.#client !== client) return
    this.#delayMs = reconnectMs.first
    this.#settings.onState(true, null)
    // Whatever was written while nobody listened.
    this.#settings.onWakeUp('jobs')
    this.#settings.onWakeUp('cancel')
    this.#beat(client)
  }

  #beat(client: pg.Client): void {
    this.#timer = setTimeout(() => {
      client.query('select 1').then(
        () => this.#client === client && this.#beat(client),
        (error: unknown) => this.#down(client, describeError(error)),
      )
    }, heartbeatMs)
  }

  #down(client: pg.Client, reason: string): void {
    if (this.#client !== client) return
    this.#client = null
    if (this.#timer) clearTimeout(this.#timer)
    // Broken or silent: there is nobody to say goodbye to.
    dropConnection(client)
    if (this.#stopped) return
    this.#settings.onState(false, reason)
    this.#timer = setTimeout(() => void this.#connect(), this.#delayMs)
    this.#delayMs = Math.min(this.#delayMs * 2, reconnectMs.most)
  }
}

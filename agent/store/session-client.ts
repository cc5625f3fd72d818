import { callbackify } from 'node:util'
import pg from 'pg'

/** How a session is set up: names of settings as PostgreSQL has them, and their values. */
export type SessionSettings = Readonly<Record<string, string>>

export interface SessionClientConfig extends pg.ClientConfig {
  readonly session: SessionSettings
}

/** How a pool hears of it. */
export type OnConnected = (error: Error | null, client?: pg.Client) => void

const settingsStatement =
  'select set_config(name, value, false) from unnest($1::text[], $2::text[]) as setting (name, value)'

/**
 * Is connected once its session is set up. By a statement and not by what a session starts with: poolers refuse parameters there that
 * they do not know (PgBouncer: `unsupported startup parameter`), or drop them silently.
 */
export class SessionClient extends pg.Client {
  readonly #session: SessionSettings

  /** Not taken apart: a pool hides the password from whoever lists what is in its settings. */
  constructor(config: SessionClientConfig) {
    super(config)
    this.#session = config.session
    // A pool listens only once it has been told that this is connected. Until then an error that nobody hears would end the program,
    // and whatever breaks rejects the statement under way or the next one as well.
    this.on('error', () => undefined)
  }

  override connect(): Promise<pg.Client>
  override connect(callback: OnConnected): void
  override connect(callback?: OnConnected): Promise<pg.Client> | void {
    if (callback === undefined) return this.#connectAndSetUp()
    callbackify(() => this.#connectAndSetUp())(callback)
  }

  async #connectAndSetUp(): Promise<pg.Client> {
    await super.connect()
    try {
      await this.query(settingsStatement, [Object.keys(this.#session), Object.values(this.#session)])
    } catch (error) {
      // Whoever is told that it could not connect has nothing to end.
      dropConnection(this)
      throw error
    }
    return this
  }
}

/** Ends the connection without a word to the server. */
export function dropConnection(client: pg.ClientBase): void {
  // The driver has no public way to drop a connection without saying goodbye over it.
  const { connection } = client as unknown as { connection: { stream: { destroy(): void } } }
  connection.stream.destroy()
}

/**
 * A pooler greets its clients with a process id of its own, and in transaction mode gives their statements to whichever session is
 * free. The id in the greeting and the one in an answer (`pg_backend_pid()`) tell whether there is one.
 */
export function isPooled(client: pg.Client, processId: number): boolean {
  // Documented, but missing in the driver's types.
  const greeted = client as unknown as { readonly processID: number | null }
  return greeted.processID !== processId
}

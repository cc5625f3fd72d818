import type { Clock } from '../../shared/clock.ts'
import type { Settings } from '../settings/definitions.ts'
import { type DatabasePool, openPool } from '../store/database.ts'
import { reachDatabase } from '../store/reach-database.ts'

/** The one database everything here works on, whoever runs its server. */
export interface Connection {
  /** With its password; for a scheduler's own pool and listener. Never shown. */
  readonly url: string
  readonly kind: 'embedded' | 'external'
  /** For people and for questions that read whole tables. */
  readonly database: DatabasePool
  /** True when this process has just started the embedded server, so that nobody else can have used it before. */
  readonly startedHere: boolean
  /** `18.4` */
  readonly serverVersion: string
  /** Closes the pool, and stops the embedded server when nobody else uses it. Complete on return; safe twice. */
  close(): Promise<void>
}

export interface ConnectOptions {
  readonly clock: Clock
  /** Told in plain words what happens to the embedded server, and about connections that broke while idle. */
  readonly onLog: (message: string) => void
}

const consoleConnections = 4

/**
 * Opens the database of the settings: the person's own, or the embedded one below the data directory. Tries once.
 * @throws Problem `database_unreachable` when trying again may help; `database_refused` when only a person can help;
 * `unavailable` for an embedded server that does not start.
 */
export async function connect(
  settings: Pick<Settings, 'databaseUrl' | 'dataDirectory' | 'agentName'>,
  options: ConnectOptions,
): Promise<Connection> {
  return settings.databaseUrl === null
    ? openOwn(settings.dataDirectory, options)
    : openExternal(settings.databaseUrl, options)
}

async function openExternal(url: string, options: ConnectOptions): Promise<Connection> {
  const { serverVersion } = await reachDatabase(url)
  const database = consolePool(url, options)
  return { url, kind: 'external', database, startedHere: false, serverVersion, close: () => database.stop() }
}

async function openOwn(dataDirectory: string, options: ConnectOptions): Promise<Connection> {
  // Whoever brings a database of their own does not load the code that runs one.
  const { openEmbedded } = await import('../store/embedded/open-embedded.ts')
  const server = await openEmbedded({ dataDirectory, clock: options.clock, onLog: options.onLog })
  try {
    const { serverVersion } = await reachDatabase(server.url)
    const database = consolePool(server.url, options)
    const close = async (): Promise<void> => {
      await database.stop()
      await server.close()
    }
    return { url: server.url, kind: 'embedded', database, startedHere: server.startedHere, serverVersion, close }
  } catch (error) {
    await server.close()
    throw error
  }
}

function consolePool(url: string, { onLog }: ConnectOptions): DatabasePool {
  return openPool({
    url,
    applicationName: 'pipeline-manager console',
    size: consoleConnections,
    purpose: 'console',
    onConnectionError: (error) => onLog(`A database connection broke: ${error.message}`),
  })
}

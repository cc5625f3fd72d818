import type { Clock } from '../../shared/clock.ts'
import type { Settings } from '../settings/definitions.ts'
import type { ConnectionGate } from '../store/connection-gate.ts'
import { type DatabasePool, openPool } from '../store/database.ts'
import { reachDatabase } from '../store/reach-database.ts'

/** Where the one database is that everything here works on, whoever runs its server. */
export interface DatabaseSource {
  /** With its password; for a scheduler's own pool and listener. Never shown. */
  readonly url: string
  readonly kind: 'embedded' | 'external'
  /** True when this process has just started the embedded server, so that nobody else can have used it before. */
  readonly startedHere: boolean
  /** Starts the embedded server again where it died. Null for a server of the person's own. @throws Problem `unavailable`. */
  readonly revive: (() => Promise<void>) | null
  /** Stops the embedded server when nobody else uses it. Complete on return; safe twice. */
  close(): Promise<void>
}

export interface Connection extends DatabaseSource {
  /** For people and for questions that read whole tables. */
  readonly database: DatabasePool
  /** `18.4` */
  readonly serverVersion: string
  /** Closes the pool as well. */
  close(): Promise<void>
}

export interface ConnectOptions {
  readonly clock: Clock
  /** Told in plain words what happens to the embedded server, and about connections that broke while idle. */
  readonly onLog: (message: string) => void
}

type ConnectSettings = Pick<Settings, 'databaseUrl' | 'dataDirectory'>

/** Most connections. For what other programs report: a batch of pings and one of events at a time. */
const connections = { console: 4, intake: 2 } as const

/**
 * Opens the database of the settings: the person's own, or the embedded one below the data directory. Tries once.
 * @throws Problem `database_unreachable` when trying again may help; `database_refused` when only a person can help;
 * `unavailable` for an embedded server that does not start.
 */
export async function connect(settings: ConnectSettings, options: ConnectOptions): Promise<Connection> {
  const source = await openSource(settings, options)
  try {
    const { serverVersion } = await reachDatabase(source.url)
    const database = sharedPool('console', source.url, options)
    const close = async (): Promise<void> => {
      await database.stop()
      await source.close()
    }
    return { ...source, database, serverVersion, close }
  } catch (error) {
    await source.close()
    throw error
  }
}

/** A server of the person's own is not asked yet; the embedded one is started. @throws Problem `unavailable`. */
export async function openSource(settings: ConnectSettings, options: ConnectOptions): Promise<DatabaseSource> {
  const { databaseUrl: url, dataDirectory } = settings
  if (url !== null) return { url, kind: 'external', startedHere: false, revive: null, close: () => Promise.resolve() }
  // Whoever brings a database of their own does not load the code that runs one.
  const { openEmbedded } = await import('../store/embedded/open-embedded.ts')
  const server = await openEmbedded({ dataDirectory, ...options })
  return { ...server, kind: 'embedded' }
}

/** Connects when it is first asked. */
export function sharedPool(
  purpose: keyof typeof connections,
  url: string,
  { onLog, gate }: Pick<ConnectOptions, 'onLog'> & { readonly gate?: ConnectionGate },
): DatabasePool {
  return openPool({
    url,
    applicationName: `pipeline-manager ${purpose}`,
    size: connections[purpose],
    purpose,
    onConnectionError: (error) => onLog(`A database connection broke: ${error.message}`),
    ...(gate === undefined ? {} : { gate }),
  })
}

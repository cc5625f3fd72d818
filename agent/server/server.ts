import { randomUUID } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { Server as TlsServer } from 'node:tls'
import type { FastifyInstance } from 'fastify'
import type { Clock } from '../../shared/clock.ts'
import type { ConsoleServices } from '../console/context.ts'
import type { RunTally } from '../metrics/run-tally.ts'
import type { App, ServerTimeouts } from './app.ts'
import { type CertificateLook, ServedCertificate } from './certificate.ts'
import { announceConsole, type ConsoleKey, lastDatabase, openConsoleKey } from './console-folder.ts'
import { consoleLink } from './console-link.ts'
import { type Exposure, type ExposureSettings, exposureOf } from './exposure.ts'
import type { HealthRoutes } from './health-routes.ts'
import type { LimitSizes } from './limits.ts'
import { listen } from './listen.ts'

export interface ServerOptions extends HealthRoutes, ExposureSettings {
  /** 0 takes a free one. */
  readonly port: number
  /** A person asked for this very port; otherwise the next free one will do on this machine. */
  readonly isPortNamed: boolean
  readonly agentName: string
  /** Holds the key of sessions, and says where this console is. */
  readonly dataDirectory: string
  /** Null = the embedded one; told to commands that are to work on the same. */
  readonly databaseUrl: string | null
  /** Of the console's build; may be missing. */
  readonly rendererFolder: string
  /** Origins whose pages may show our banner in a frame; null = none. */
  readonly embedOrigins: readonly string[] | null
  /** Calls change nothing. */
  readonly isReadOnly: boolean
  /** What the calls work with; null while the agent starts. Asked with every call. */
  readonly services: () => ConsoleServices | null
  /** What became of the runs of this process. */
  readonly tally: RunTally
  readonly clock: Clock
  /** Only tests set any. */
  readonly limits?: Partial<LimitSizes>
  /** Only tests set any. */
  readonly timeouts?: Partial<ServerTimeouts>
  /** Milliseconds between two looks at the files of the certificate. Only tests set any. */
  readonly certificateLookMs?: number
  /** Told about what a person should know, in whole sentences; a warning unless it says otherwise. */
  readonly onLog: (message: string, level?: 'info' | 'warn') => void
}

export interface Server {
  /**
   * Listens from the moment it resolves. @throws Problem `conflict` when a port is taken that others count on, `not_allowed` beyond loopback without
   * TLS, `unavailable` when the data directory cannot be used.
   */
  start(): Promise<void>
  /** Ends streams, answers what is under way, for at most two seconds, then closes. Safe twice, safe before start. */
  stop(): Promise<void>
  /** `http://127.0.0.1:4180`; null before start. */
  readonly url: string | null
  /** The port listened on; null before start. */
  readonly port: number | null
  /** A link that signs its reader in once, within ten minutes, as this person. Not for logs. @throws before start. */
  consoleLink(operator: string): string
  /** About the certificate, in whole sentences; what keeps nothing from working yet. */
  readonly warnings: readonly string[]
  /** Looks at once whether the certificate was renewed, and tells what it found; null without one, and before start. */
  lookAtCertificate(): CertificateLook | null
}

/** A service that has lost its environment file would start so. */
const anotherDatabase =
  'The last agent with this data folder worked on a Postgres of its own; this one has no database_url and works on the embedded database.'

const closeGraceMs = 2_000
const usualCertificateLookMs = 60_000

interface Running {
  readonly app: App
  readonly address: AddressInfo
  readonly key: ConsoleKey
  readonly certificate: ServedCertificate | null
  readonly withdraw: () => Promise<void>
}

/** The HTTP server of an agent: health, the doors of the contract, and the console's files. */
export function createServer(options: ServerOptions): Server {
  const startId = randomUUID()
  const state: { app: App | null; running: Running | null } = { app: null, running: null }
  let starting: Promise<void> | null = null
  let stopping: Promise<void> | null = null
  const url = (): string | null => (state.running === null ? null : urlOf(state.running.address, options))
  return {
    start: () => (starting ??= start(options, startId, state)),
    stop: () => (stopping ??= stop(state, starting)),
    get url() {
      return url()
    },
    get port() {
      return state.running?.address.port ?? null
    },
    get warnings() {
      return state.running?.certificate?.warnings ?? []
    },
    lookAtCertificate() {
      const found = state.running?.certificate?.look() ?? null
      if (found === null) options.onLog('There is no certificate to look at again.', 'info')
      if (found === 'same') options.onLog('The certificate in the files is the one that is served.', 'info')
      return found
    },
    consoleLink(operator) {
      const base = url()
      if (state.running === null || base === null) throw new Error('The server has not been started.')
      return consoleLink(state.running.key.bytes, options.clock, { url: base, startId, operator })
    },
  }
}

async function start(
  options: ServerOptions,
  startId: string,
  state: { app: App | null; running: Running | null },
): Promise<void> {
  const exposure = exposureOf(options)
  const { dataDirectory, databaseUrl, agentName, onLog } = options
  // Loaded here, so that commands which only read do not pay for a server.
  const [{ createApp }, key] = await Promise.all([import('./app.ts'), openConsoleKey(dataDirectory)])
  let listening: number | null = null
  state.app = await createApp({ options, exposure, key, startId, port: () => listening })
  const address = await listen(state.app.fastify, options)
  listening = address.port
  const url = urlOf(address, options)
  const database = databaseUrl === null ? 'embedded' : 'external'
  if (database === 'embedded' && (await lastDatabase(dataDirectory)) === 'external') onLog(anotherDatabase)
  const localUrl = localUrlOf(address, options)
  const said = { url, localUrl, agentName, pid: process.pid, startId, database } as const
  const withdraw = await announceConsole(dataDirectory, address.port, said)
  const certificate = servedCertificate(state.app, exposure, options)
  certificate?.start()
  state.running = { app: state.app, address, key, certificate, withdraw }
}

function servedCertificate(
  { fastify: { server } }: App,
  { tls }: Exposure,
  { tlsCert, tlsKey, clock, certificateLookMs, onLog }: ServerOptions,
): ServedCertificate | null {
  if (tls === null || !(server instanceof TlsServer)) return null
  const everyMs = certificateLookMs ?? usualCertificateLookMs
  return new ServedCertificate({ files: { tlsCert, tlsKey }, certificate: tls, server, clock, everyMs, onLog })
}

async function stop(
  state: { app: App | null; running: Running | null },
  starting: Promise<void> | null,
): Promise<void> {
  await starting?.catch(() => undefined)
  state.running?.certificate?.stop()
  await state.running?.withdraw()
  if (state.app !== null) await close(state.app)
}

async function close({ fastify, streams }: App): Promise<void> {
  const { server } = fastify
  const closed = closedServer(fastify)
  streams.end()
  server.closeIdleConnections()
  const timer = setTimeout(() => server.closeAllConnections(), closeGraceMs)
  await closed
  clearTimeout(timer)
  await fastify.close()
}

function closedServer({ server }: FastifyInstance): Promise<void> {
  return new Promise((resolve) => {
    if (server.listening) server.close(() => resolve())
    else resolve()
  })
}

/** Where a browser on this machine finds it. */
function urlOf(address: AddressInfo, options: ServerOptions): string {
  const { tlsCert, publicHost } = options
  return publicHost !== null && tlsCert !== null ? `https://${publicHost}` : localUrlOf(address, options)
}

function localUrlOf({ address, family, port }: AddressInfo, { tlsCert }: ServerOptions): string {
  const isAny = address === '0.0.0.0' || address === '::'
  const name = isAny ? '127.0.0.1' : family === 'IPv6' ? `[${address}]` : address
  return `${tlsCert === null ? 'http' : 'https'}://${name}:${port}`
}

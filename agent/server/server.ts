import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { Problem } from '../../shared/errors.ts'
import { type HealthRoutes, healthRoutes } from './health-routes.ts'
import { isLoopback, isOwnHost } from './host-check.ts'

export interface ServerOptions extends HealthRoutes {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** A person asked for this very port; otherwise the next free one will do. */
  readonly isPortNamed: boolean
  /** Told about what a person should know, in whole sentences. */
  readonly onLog: (message: string) => void
}

export interface Server {
  /** Listens from the moment it resolves. @throws Problem `conflict` when a named port is taken, `not_allowed` beyond loopback. */
  start(): Promise<void>
  /** Answers what is under way, for at most two seconds, then closes. Safe twice, safe before start. */
  stop(): Promise<void>
  /** `http://127.0.0.1:4180`; null before start. */
  readonly url: string | null
  /** The port listened on; null before start. */
  readonly port: number | null
}

const nextPorts = 20
const closeGraceMs = 2_000

/** Milliseconds; Fastify has none of them by default, and a silent client would hold its place for ever. */
const timeouts = { connectionTimeout: 30_000, requestTimeout: 15_000, keepAliveTimeout: 5_000 }

/** The HTTP server of an agent: plain HTTP for this machine alone. Routes are added in `addRoutes`, one line for each subject. */
export function createServer(options: ServerOptions): Server {
  let app: FastifyInstance | null = null
  let listening: AddressInfo | null = null
  let stopping: Promise<void> | null = null
  const port = (): number | null => listening?.port ?? null
  return {
    async start() {
      if (app !== null) return
      if (!isLoopback(options.host)) throw beyondLoopback(options.host)
      app = await createApp(options, port)
      listening = await listen(app, options)
    },
    stop: () => (stopping ??= app === null ? Promise.resolve() : close(app)),
    get url() {
      return listening === null ? null : `http://${hostOf(listening)}:${listening.port}`
    },
    get port() {
      return port()
    },
  }
}

async function createApp(options: ServerOptions, port: () => number | null): Promise<FastifyInstance> {
  const { fastify } = await import('fastify')
  const app = fastify({ ...timeouts, logger: false, forceCloseConnections: 'idle' })
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    })
    if (isOwnHost(request.headers.host, port() ?? 0)) return
    await reply.code(421).send({ error: 'This server answers only as localhost, 127.0.0.1 or [::1] with its port.' })
  })
  addRoutes(app, options)
  await app.ready()
  return app
}

function addRoutes(app: FastifyInstance, options: ServerOptions): void {
  healthRoutes(app, options)
}

/** The server is listened with directly: a Fastify instance can be told to listen only once, and the port may be taken. */
async function listen(app: FastifyInstance, { host, port, isPortNamed, onLog }: ServerOptions): Promise<AddressInfo> {
  const mayMove = port !== 0 && !isPortNamed
  const last = Math.min(port + nextPorts, 65_535)
  const candidates = mayMove ? [...Array.from({ length: last - port + 1 }, (_, index) => port + index), 0] : [port]
  for (const candidate of candidates) {
    const address = await tryListen(app, host, candidate)
    if (address === null) continue
    if (port !== 0 && address.port !== port) onLog(`Port ${port} is taken by another program; using ${address.port}.`)
    return address
  }
  throw new Problem('conflict', `Port ${port} of ${host} is taken by another program.`, {
    field: 'port',
    value: port,
    fix: 'Stop that program, or choose another port with --port (0 takes any free one).',
  })
}

/** Null when the port is taken. */
function tryListen(app: FastifyInstance, host: string, port: number): Promise<AddressInfo | null> {
  const { server } = app
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      server.off('listening', onListening)
      if (error.code === 'EADDRINUSE') resolve(null)
      else reject(cannotListen(host, port, error))
    }
    const onListening = (): void => {
      server.off('error', onError)
      const address = server.address()
      if (typeof address === 'object' && address !== null) resolve(address)
      else reject(new Error('The server listens on no port.'))
    }
    server.once('error', onError)
    server.once('listening', onListening)
    server.listen({ host, port })
  })
}

async function close(app: FastifyInstance): Promise<void> {
  const { server } = app
  const closed = new Promise<void>((resolve) => {
    if (server.listening) server.close(() => resolve())
    else resolve()
  })
  server.closeIdleConnections()
  const timer = setTimeout(() => server.closeAllConnections(), closeGraceMs)
  await closed
  clearTimeout(timer)
  await app.close()
}

function hostOf({ address, family }: AddressInfo): string {
  return family === 'IPv6' ? `[${address}]` : address
}

function beyondLoopback(host: string): Problem {
  return new Problem('not_allowed', `The server listens on this machine only; "${host}" would let other machines in.`, {
    field: 'host',
    value: host,
    fix: 'Use 127.0.0.1, and let other machines in through a proxy with TLS and a login, or an SSH tunnel.',
  })
}

function cannotListen(host: string, port: number, error: NodeJS.ErrnoException): Problem {
  const isPrivileged = error.code === 'EACCES'
  return new Problem('unavailable', `The server cannot listen on ${host}, port ${port}: ${error.message}`, {
    field: isPrivileged ? 'port' : 'host',
    value: isPrivileged ? port : host,
    fix: isPrivileged ? 'Choose a port from 1024 on with --port.' : 'Use 127.0.0.1.',
    cause: error,
  })
}

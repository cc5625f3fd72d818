import { createServer as createHttpServer, type Server as HttpServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { constants } from 'node:zlib'
import compress from '@fastify/compress'
import cookie from '@fastify/cookie'
import helmet from '@fastify/helmet'
import { type FastifyInstance, fastify } from 'fastify'
import { describeError, Problem } from '../../shared/errors.ts'
import { Authentication } from './authentication.ts'
import { consoleFiles } from './console-files.ts'
import type { ConsoleKey } from './console-folder.ts'
import { LinkCodes } from './console-link.ts'
import { contentSecurityPolicy } from './content-policy.ts'
import { doors, EventStreams } from './doors.ts'
import { bannerRoutes } from './embed/banner-routes.ts'
import type { Exposure } from './exposure.ts'
import { guard } from './guard.ts'
import { healthRoutes } from './health-routes.ts'
import { dbtRoutes } from './intake/dbt-routes.ts'
import { hookRoutes } from './intake/hook-routes.ts'
import { lineageRoutes } from './intake/lineage-routes.ts'
import { pingRoutes } from './intake/ping-routes.ts'
import { readJsonBodies } from './json-body.ts'
import { addLimits, usualLimits } from './limits.ts'
import { readingRoutes } from './reading-routes.ts'
import { loggedPath, pathOf } from './requests.ts'
import type { ServerOptions } from './server.ts'
import { SessionCookie } from './session-cookie.ts'
import { sessionRoutes } from './session-routes.ts'
import { Sessions } from './sessions.ts'
import { Strangers } from './strangers.ts'
import { forStranger, toldError, unexpected } from './told-error.ts'

/** Milliseconds; Fastify has none of them by default, and a silent client would hold its place for ever. */
export interface ServerTimeouts {
  /** No byte in either direction. Streams send one every five seconds. */
  readonly silence: number
  /** From the first byte of a request to its last. */
  readonly request: number
}

const usualTimeouts: ServerTimeouts = { silence: 30_000, request: 15_000 }
const keepAliveMs = 5_000

/** Bytes from which an answer is worth compressing. */
const compressFrom = 1_024
/**
 * Answers are packed once and read once: lightly (a tenth larger than at the usual levels, a quarter of the work), and up to so many bytes
 * at once, because the streams around another thread take more work than the packing.
 */
const packing = {
  syncThreshold: 128 * 1_024,
  brotliOptions: { params: { [constants.BROTLI_PARAM_QUALITY]: 2 } },
  zlibOptions: { level: 2 },
}

export interface App {
  readonly fastify: FastifyInstance
  readonly streams: EventStreams
}

export interface AppOptions {
  readonly options: ServerOptions
  readonly exposure: Exposure
  readonly key: ConsoleKey
  /** Of this start: links of an earlier one do not work. */
  readonly startId: string
  /** Listened on; null before that. */
  readonly port: () => number | null
}

/** All routes and what guards them. Nothing is listened on yet. */
export async function createApp({ options, exposure, key, startId, port }: AppOptions): Promise<App> {
  const { clock, services, version, isReadOnly, rendererFolder, embedOrigins, onLog } = options
  const app = fastify({
    logger: false,
    forceCloseConnections: 'idle',
    // The one hop that is ours; anything further in the header was written by the caller.
    trustProxy: exposure.behindProxy ? (_address: string, hop: number) => hop === 0 : false,
    serverFactory: (handler) => createListener(exposure, { ...usualTimeouts, ...options.timeouts }, handler),
  })
  app.decorateRequest('identity', null)
  app.decorateRequest('callerId', '')
  app.decorateRequest('ownOrigin', '')
  app.setErrorHandler((error, request, reply) => {
    const told = toldError(request.identity === null ? forStranger(error) : error, pathOf(request))
    if (told === null) onLog(`${request.method} ${loggedPath(request)} failed: ${describeError(error)}`)
    const { status, body } = told ?? unexpected
    const again = error instanceof Problem ? error.retryAfterSeconds : undefined
    if (again !== undefined) reply.header('retry-after', Math.max(1, again))
    void reply.code(status).type('application/json').send(body)
  })
  readJsonBodies(app)
  await addHeaders(app, exposure)
  await app.register(cookie)
  const sizes = { ...usualLimits, ...options.limits }
  const limits = await addLimits(app, sizes)
  const sessions = new Sessions(key.bytes, clock)
  const sessionCookie = new SessionCookie(key.instance)
  const strangers = new Strangers(clock, { unknown: sizes.unknown })
  const onRefused = limits.refused
  const authentication = new Authentication({ sessions, cookie: sessionCookie, services, strangers, onRefused })
  guard(app, { exposure, port, limits, authentication })
  await app.register(compress, {
    threshold: compressFrom,
    encodings: ['br', 'gzip'],
    globalDecompression: false,
    ...packing,
  })
  const streams = new EventStreams(app)
  healthRoutes(app, options)
  readingRoutes(app, options, { authentication, limits })
  const codes = new LinkCodes(key.bytes, clock, startId)
  sessionRoutes(app, { sessions, codes, cookie: sessionCookie, authentication, limits })
  bannerRoutes(app, { key: key.bytes, clock, services, limits, embedOrigins })
  hookRoutes(app, { services, isReadOnly, limits, strangers })
  const reporting = { services, authentication, clock, isReadOnly, onLog }
  await lineageRoutes(app, reporting)
  await dbtRoutes(app, reporting)
  pingRoutes(app, { clock, services, isReadOnly, onLog }, sizes)
  doors(app, { version, services, isReadOnly, streams, authentication })
  await consoleFiles(app, rendererFolder)
  await app.ready()
  return { fastify: app, streams }
}

function createListener(
  { tls }: Exposure,
  { silence, request }: ServerTimeouts,
  handler: Parameters<typeof createHttpServer>[1],
): HttpServer {
  // Node looks for late requests only so often.
  const given = {
    requestTimeout: request,
    headersTimeout: request,
    connectionsCheckingInterval: Math.ceil(request / 3),
  }
  const server =
    tls === null
      ? createHttpServer(given, handler)
      : // It has everything of an HTTP server that Fastify and we use; Node's types do not say so.
        (createHttpsServer({ cert: tls.cert, key: tls.key, ...given }, handler) as unknown as HttpServer)
  server.setTimeout(silence)
  server.keepAliveTimeout = keepAliveMs
  return server
}

/** What browsers are told to do and not to do; API answers are not kept by anybody. */
async function addHeaders(app: FastifyInstance, { tls, behindProxy }: Exposure): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: contentSecurityPolicy },
    referrerPolicy: { policy: 'no-referrer' },
    hsts: tls === null && !behindProxy ? false : { maxAge: 31_536_000, includeSubDomains: false },
    xFrameOptions: { action: 'deny' },
  })
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('cache-control', 'no-store')
  })
}

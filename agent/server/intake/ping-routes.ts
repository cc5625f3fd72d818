import { randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '../../../shared/clock.ts'
import { cleanText, describeError, Problem } from '../../../shared/errors.ts'
import type { ConsoleServices } from '../../console/context.ts'
import { Batcher, retryAfterSeconds } from '../../intake/batcher.ts'
import { type PingAnswer, pingBodyLimit, pingTargetName, type ReceivedPing } from '../../intake/pings/received-ping.ts'
import { maskShaped, maskShapedUntil, shapeReach } from '../../jobs/log/secret-masker.ts'
import { requireServices } from '../authentication.ts'
import type { LimitSizes } from '../limits.ts'
import { Strangers } from '../strangers.ts'
import { toldError } from '../told-error.ts'
import { readPingAddress } from './ping-address.ts'
import { readHead, zoneHeaders } from './zone.ts'

export interface PingRoutes {
  readonly clock: Clock
  readonly services: () => ConsoleServices | null
  /** Nothing is written by this agent. */
  readonly isReadOnly: boolean
  readonly onLog: (message: string) => void
}

/** What is sent beyond this is not read: a ping with a log is small, one with a database dump is a mistake. */
const mostBodyBytes = 16 * 1024 * 1024
/** A batch is eight statements, whatever its size: what waits a little longer waits less for those before it (measured: docs/performance.md). */
const batch = { mostItems: 500, gatherMs: 20, mostWaiting: 10_000 } as const

/** As Healthchecks answers. */
const answers = {
  ok: { status: 200, text: 'OK' },
  created: { status: 201, text: 'Created' },
  unknown: { status: 404, text: 'not found' },
  ambiguous: { status: 409, text: 'ambiguous slug' },
} as const satisfies Record<PingAnswer, { status: number; text: string }>

/**
 * `/ping/…`, as Healthchecks has it, for the programs that call it. No token, cookie or sign-in: the address is the secret. So no path of
 * these is logged or repeated in an answer, and errors are answered here, by a few words of plain text.
 */
export function pingRoutes(app: FastifyInstance, options: PingRoutes, sizes: Pick<LimitSizes, 'unknownPings'>): void {
  const { clock } = options
  const strangers = new Strangers(clock, { unknown: sizes.unknownPings })
  const pings = new Batcher<ReceivedPing, PingAnswer>({ ...batch, write: (some) => write(options, some) })
  app.addHook('onClose', () => pings.stop())
  void app.register(async (zone) => {
    zone.removeAllContentTypeParsers()
    // Read by the handler, and only as far as it is kept.
    zone.addContentTypeParser('*', (_request, _payload, done) => done(null, undefined))
    zone.setErrorHandler((error, _request, reply) => tell(reply, refusalOf(error, options)))
    const own = { helmet: false, compress: false } as const
    zone.route({
      ...own,
      method: ['GET', 'HEAD', 'POST'],
      exposeHeadRoute: false,
      url: '/ping/*',
      handler: async (request, reply) => {
        const { target, ping } = await receive(request, options)
        const wait = strangers.waitFor(request.ip, pingTargetName(target))
        if (wait > 0) throw tooMany(wait)
        const answer = await pings.add(ping)
        if (answer === 'unknown') strangers.wasUnknown(request.ip, pingTargetName(target))
        else strangers.wasThere(pingTargetName(target))
        return tell(reply, answers[answer])
      },
    })
    zone.options('/ping/*', own, (_request, reply) =>
      tell(reply.header('access-control-allow-methods', methods), allowed),
    )
    zone.route({
      ...own,
      method: ['PUT', 'PATCH', 'DELETE'],
      url: '/ping/*',
      handler: (_request, reply) => tell(reply.header('allow', methods), { status: 405, text: 'method not allowed' }),
    })
  })
}

const methods = 'GET, HEAD, POST'
const allowed = { status: 200, text: '' } as const

/** Loaded with the first ping: an agent that nobody pings does without. */
async function write({ services, clock }: PingRoutes, pings: readonly ReceivedPing[]) {
  const { intake, catalog } = requireServices(services)
  const { writePings } = await import('../../intake/pings/write-pings.ts')
  const isInCatalog = (datasetKey: string): boolean => catalog.datasets.has(datasetKey)
  return writePings(intake, pings, { now: () => clock.monotonic(), isInCatalog })
}

async function receive(request: FastifyRequest, { clock, isReadOnly }: PingRoutes) {
  const arrivedAt = clock.monotonic()
  if (isReadOnly) throw new Answer({ status: 503, text: 'this agent only reads' })
  const { path, query } = partsOf(request.raw.url ?? '')
  const address = readPingAddress(path, query)
  if ('status' in address) throw new Answer(address)
  const log = request.method === 'POST' ? await readLog(request) : null
  const { target, kind, exitStatus, rid } = address
  const userAgent = request.headers['user-agent']
  const ping: ReceivedPing = {
    target,
    kind,
    exitStatus,
    rid,
    log,
    userAgent: userAgent === undefined ? null : cleanText(maskShaped(userAgent), 200),
    arrivedAt,
    newRunId: randomUUID(),
  }
  return { target, ping }
}

function partsOf(url: string): { path: string; query: URLSearchParams } {
  const end = url.indexOf('?')
  const path = end === -1 ? url : url.slice(0, end)
  return { path: path.slice('/ping/'.length), query: new URLSearchParams(end === -1 ? '' : url.slice(end + 1)) }
}

/** Text as far as it is any, without what looks like a secret: what is not UTF-8 shows as such. Null = nothing was sent. */
async function readLog(request: FastifyRequest): Promise<string | null> {
  // A secret that the cut goes through is seen whole.
  const keep = pingBodyLimit + shapeReach
  const head = await readHead(request.raw, { keep, most: mostBodyBytes }).catch(() => {
    // Whoever sent it has gone, or stopped in the middle.
    throw new Answer({ status: 400, text: 'incomplete body' })
  })
  if (head === null) throw new Answer({ status: 413, text: 'too large' })
  return head.bytes.length === 0 ? null : keptText(head.bytes)
}

function keptText(bytes: Buffer): string {
  const decoder = new TextDecoder()
  // The cut may go through a letter, which then belongs to the rest.
  const isLonger = bytes.length > pingBodyLimit
  const kept = decoder.decode(bytes.subarray(0, pingBodyLimit), { stream: isLonger })
  const rest = isLonger ? decoder.decode(bytes.subarray(pingBodyLimit)) : ''
  return cleanText(maskShapedUntil(kept + rest, kept.length), 2 * pingBodyLimit)
}

interface Told {
  readonly status: number
  readonly text: string
  /** Seconds. */
  readonly retryAfter?: number
}

/** An answer that is not a ping's. */
class Answer extends Error {
  readonly told: Told

  constructor(told: Told) {
    super(told.text)
    this.told = told
  }
}

function tooMany(seconds: number): Answer {
  return new Answer({ status: 429, text: 'too many unknown addresses', retryAfter: seconds })
}

/** Never with the address in it. */
function refusalOf(error: unknown, { onLog }: PingRoutes): Told {
  if (error instanceof Answer) return error.told
  // Why, and where it is, is not for whoever calls.
  if (error instanceof Problem && error.code === 'database_unreachable') {
    return { status: 503, text: 'the database cannot be reached', retryAfter: retryAfterSeconds }
  }
  const told = toldError(error, '/ping')
  if (told === null) {
    onLog(`A ping failed: ${describeError(error)}`)
    return { status: 500, text: 'not recorded' }
  }
  const message = error instanceof Problem ? error.message : 'invalid request'
  const isTemporary = told.status === 503 || told.status === 429
  return { status: told.status, text: message, ...(isTemporary ? { retryAfter: retryAfterSeconds } : {}) }
}

function tell(reply: FastifyReply, { status, text, retryAfter }: Told): FastifyReply {
  if (retryAfter !== undefined) void reply.header('retry-after', retryAfter)
  // What is left of the body is not waited for.
  if (status === 413) void reply.header('connection', 'close')
  return reply
    .code(status)
    .headers({
      ...zoneHeaders,
      'access-control-allow-origin': '*',
      'access-control-expose-headers': 'Ping-Body-Limit',
      'ping-body-limit': pingBodyLimit,
    })
    .type('text/plain; charset=utf-8')
    .send(text)
}

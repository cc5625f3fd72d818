import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Problem } from '../../shared/errors.ts'
import { type ConsoleContext, type ConsoleServices, readingIdentity } from '../console/context.ts'
import { type Authentication, requireServices } from './authentication.ts'
import { descriptionPath, pathOf } from './requests.ts'

export interface Doors {
  readonly version: string
  readonly services: () => ConsoleServices | null
  readonly isReadOnly: boolean
  readonly streams: EventStreams
  readonly authentication: Authentication
}

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

/** Makes the call that a request asks for, and answers it; false when there is no such call. */
export type Handle = (
  request: FastifyRequest,
  reply: FastifyReply,
  given: { readonly prefix: `/${string}`; readonly context: ConsoleContext },
) => Promise<{ matched: boolean }>

/**
 * The two doors of HTTP: `/rpc` for the console, `/api` for other programs. Both make the same calls. Each is loaded when somebody
 * first knocks: an agent that nobody looks at does without (measured: 11 MB).
 */
export function doors(app: FastifyInstance, options: Doors): void {
  const { version, isReadOnly } = options
  let description: Promise<string> | null = null
  app.get(descriptionPath, async (_request, reply) => {
    description ??= import('./api-description.ts').then(({ describeApi }) => describeApi(version))
    return reply.type('application/json').send(await description)
  })
  const context: ContextOf = (request, reply) => contextOf(request, reply, options)
  addDoor(app, '/rpc', context, async () => (await import('./rpc-door.ts')).rpcDoor({ isReadOnly }))
  addDoor(app, '/api', context, async () => (await import('./rest-door.ts')).restDoor({ isReadOnly }))
}

type ContextOf = (request: FastifyRequest, reply: FastifyReply) => ConsoleContext

function addDoor(
  app: FastifyInstance,
  prefix: '/rpc' | '/api',
  contextOf: ContextOf,
  load: () => Promise<Handle>,
): void {
  let loading: Promise<Handle> | null = null
  app.route({
    method: methods,
    url: `${prefix}/*`,
    exposeHeadRoute: false,
    handler: async (request, reply) => {
      const context = contextOf(request, reply)
      const handle = await (loading ??= load())
      const { matched } = await handle(request, reply, { prefix, context })
      if (!matched) throw noSuchCall(request)
      return reply
    },
  })
}

/** On an agent that only reads nobody may more than that, and the console shows it. */
function contextOf(
  request: FastifyRequest,
  reply: FastifyReply,
  { services, isReadOnly, streams, authentication }: Doors,
): ConsoleContext {
  const { identity } = request
  // Below the path of an intake, where nothing is identified, there are no calls.
  if (identity === null) throw noSuchCall(request)
  return {
    identity: isReadOnly ? readingIdentity(identity) : identity,
    services: requireServices(services),
    door: {
      beginStream: () => streams.begin(request, reply),
      confirmCaller: () => authentication.confirm(request),
    },
  }
}

function noSuchCall(request: FastifyRequest): Problem {
  return new Problem('not_found', `There is no call ${request.method} ${pathOf(request)}.`, {
    field: 'path',
    value: pathOf(request),
    fix: `${descriptionPath} lists every call.`,
  })
}

/** Of one caller: each tab of a console has one or two. */
const mostStreams = 50

/** The streams of events that are being sent: how many each caller has. */
export class EventStreams {
  readonly #open = new Set<FastifyReply>()
  readonly #counts = new Map<string, number>()

  constructor(app: FastifyInstance) {
    app.addHook('onSend', async (_request, reply, payload) => {
      if (!String(reply.getHeader('content-type')).startsWith('text/event-stream')) return payload
      this.#open.add(reply)
      reply.raw.once('close', () => this.#open.delete(reply))
      return payload
    })
  }

  /** @throws Problem `too_many_requests`. */
  begin({ callerId }: FastifyRequest, { raw }: FastifyReply): void {
    const count = this.#counts.get(callerId) ?? 0
    if (count >= mostStreams) throw tooManyStreams()
    this.#counts.set(callerId, count + 1)
    if (raw.closed) this.#closed(callerId)
    else raw.once('close', () => this.#closed(callerId))
  }

  #closed(callerId: string): void {
    const left = (this.#counts.get(callerId) ?? 0) - 1
    if (left > 0) this.#counts.set(callerId, left)
    else this.#counts.delete(callerId)
  }

  /** Ends every one of them; their readers connect again. */
  end(): void {
    for (const reply of this.#open) reply.raw.destroy()
  }
}

function tooManyStreams(): Problem {
  return new Problem(
    'too_many_requests',
    `You have ${mostStreams} streams open, which is as many as one caller may have.`,
    {
      fix: 'Close those that nobody reads.',
    },
  )
}

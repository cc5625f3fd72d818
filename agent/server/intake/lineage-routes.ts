import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '../../../shared/clock.ts'
import { describeError, Problem } from '../../../shared/errors.ts'
import type { ConsoleServices } from '../../console/context.ts'
import { retryAfterSeconds } from '../../intake/batcher.ts'
import type { LineageIntake } from '../../intake/lineage/lineage-intake.ts'
import { type Authentication, requireServices } from '../authentication.ts'
import { pathOf } from '../requests.ts'
import { toldError, unexpected } from '../told-error.ts'
import { BodyRefusal, readJsonReports } from './json-reports.ts'
import { Reporters } from './reporters.ts'

export interface LineageRoutes {
  readonly services: () => ConsoleServices | null
  readonly authentication: Authentication
  readonly clock: Clock
  /** Nothing is taken. */
  readonly isReadOnly: boolean
  readonly onLog: (message: string) => void
}

const path = '/api/v1/lineage'

/**
 * `POST /api/v1/lineage` and `/api/v1/lineage/batch`, as the clients of OpenLineage call them: where they look by default, answered as
 * Marquez does and the specification says. No cookie is looked at. What cannot be taken now is a 503, because that is what the clients
 * try again; they give up on a 429.
 */
export async function lineageRoutes(app: FastifyInstance, options: LineageRoutes): Promise<void> {
  await app.register(async (zone) => {
    const reporters = new Reporters(options)
    const intake = lazyIntake(options)
    zone.addHook('onClose', () => intake.stop())
    readJsonReports(zone)
    zone.setErrorHandler((error, request, reply) => answerError(error, request, reply, options.onLog))
    zone.addHook('onRequest', async (request) => {
      if (request.method !== 'POST') throw onlyPost(request)
      if (options.isReadOnly) throw onlyReads()
      await reporters.identify(request)
    })
    // What a browser is told about pages; nothing here is one.
    const own = { helmet: false } as const
    zone.post(path, own, async (request, reply) => {
      const [{ organizationId }, taking] = await Promise.all([reporters.identify(request), intake.get()])
      await taking.take(organizationId, request.body)
      return reply.code(201).send()
    })
    zone.post(`${path}/batch`, own, async (request, reply) => {
      const [{ organizationId }, taking] = await Promise.all([reporters.identify(request), intake.get()])
      const events = eventsIn(request.body)
      const outcomes = await Promise.allSettled(events.map((event) => taking.take(organizationId, event)))
      const failed = outcomes.flatMap((outcome, index) =>
        outcome.status === 'rejected' ? [failureOf(outcome.reason, index, options.onLog)] : [],
      )
      return failed.length === 0 ? reply.code(204).send() : reply.code(200).send(batchAnswer(events.length, failed))
    })
    // There, so that the hook above is asked.
    zone.route({ method: ['GET', 'PUT', 'PATCH', 'DELETE'], url: path, handler: refusePlainly })
  })
}

/** Loaded when somebody first reports. */
function lazyIntake({ services }: LineageRoutes): { get(): Promise<LineageIntake>; stop(): Promise<void> } {
  let loading: Promise<LineageIntake> | null = null
  const load = async (ready: ConsoleServices): Promise<LineageIntake> => {
    const { LineageIntake: Intake } = await import('../../intake/lineage/lineage-intake.ts')
    return new Intake(ready)
  }
  return {
    get: async () => (loading ??= load(requireServices(services))),
    stop: async () => (await loading)?.stop(),
  }
}

function eventsIn(body: unknown): unknown[] {
  if (Array.isArray(body)) return body
  throw new Problem('invalid_input', 'A batch is an array of events.', {
    field: 'body',
    fix: `Send [ … ], or one event to ${path}.`,
  })
}

interface Failed {
  readonly index: number
  readonly reason: string
  readonly retriable: boolean
}

function failureOf(thrown: unknown, index: number, onLog: (message: string) => void): Failed {
  const told = toldError(thrown, path)
  if (told === null) onLog(`An event of a batch could not be stored: ${describeError(thrown)}`)
  const { status, body } = told ?? unexpected
  return { index, reason: 'message' in body ? String(body.message) : 'refused', retriable: status >= 429 }
}

/** As the specification has it; 204 would say that all of them were taken. */
function batchAnswer(received: number, failed: readonly Failed[]): object {
  const retriable = failed.filter((failure) => failure.retriable).length
  return {
    status: 'partial_success',
    summary: {
      received,
      successful: received - failed.length,
      failed: failed.length,
      retriable,
      non_retriable: failed.length - retriable,
    },
    failed_events: failed,
  }
}

function answerError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  onLog: (message: string) => void,
): void {
  const told = toldError(error, path, statusOf(error))
  if (told === null) onLog(`${request.method} ${pathOf(request)} failed: ${describeError(error)}`)
  const { status, body } = told ?? unexpected
  if (status === 503) reply.header('retry-after', retryAfterSeconds)
  if (status === 405) reply.header('allow', 'POST')
  void reply.code(status).type('application/json').send(body)
}

function statusOf(error: unknown): number | undefined {
  if (error instanceof BodyRefusal) return error.status
  if (!(error instanceof Problem)) return undefined
  return error.code === 'too_many_requests' ? 503 : undefined
}

function refusePlainly(request: FastifyRequest): never {
  throw onlyPost(request)
}

function onlyPost({ method }: FastifyRequest): BodyRefusal {
  return new BodyRefusal(405, `There is nothing to ${method} here.`, `Events are sent: POST ${path}`)
}

function onlyReads(): Problem {
  return new Problem('not_allowed', 'This agent only reads: nothing is taken.', {
    field: 'scope',
    fix: 'Report to another agent.',
  })
}

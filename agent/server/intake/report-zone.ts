import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { describeError, Problem } from '../../../shared/errors.ts'
import { retryAfterSeconds } from '../../intake/batcher.ts'
import { pathOf } from '../requests.ts'
import { toldError, unexpected } from '../told-error.ts'
import { BodyRefusal, type JsonReports, readJsonReports } from './json-reports.ts'
import { Reporters, type ReportersOptions } from './reporters.ts'

export interface ReportZoneOptions extends ReportersOptions {
  /** Nothing is taken. */
  readonly isReadOnly: boolean
  readonly onLog: (message: string) => void
}

/** What a browser is told about pages; nothing in the zone is one. */
export const noPage = { helmet: false } as const

/**
 * Where programs report with a token, at this path and below: no cookie is looked at, and JSON is posted. What cannot be taken now is a 503,
 * because that is what clients try again; they give up on a 429.
 */
export async function reportZone(
  app: FastifyInstance,
  { path, ...options }: ReportZoneOptions & JsonReports & { readonly path: string },
  routes: (zone: FastifyInstance, reporters: Reporters) => void,
): Promise<void> {
  await app.register(async (zone) => {
    const reporters = new Reporters(options)
    readJsonReports(zone, options)
    zone.setErrorHandler((error, request, reply) => answerError(error, request, reply, options.onLog))
    zone.addHook('onRequest', async (request) => {
      if (request.method !== 'POST') throw onlyPost(request, path)
      if (options.isReadOnly) throw onlyReads()
      await reporters.identify(request)
    })
    routes(zone, reporters)
    // There, so that the hook above is asked.
    const refusePlainly = (request: FastifyRequest): never => {
      throw onlyPost(request, path)
    }
    zone.route({ method: ['GET', 'PUT', 'PATCH', 'DELETE'], url: path, handler: refusePlainly })
  })
}

function answerError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  onLog: (message: string) => void,
): void {
  const told = toldError(error, pathOf(request), statusOf(error))
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

function onlyPost({ method }: FastifyRequest, path: string): BodyRefusal {
  return new BodyRefusal(405, `There is nothing to ${method} here.`, `Reports are sent: POST ${path}`)
}

function onlyReads(): Problem {
  return new Problem('not_allowed', 'This agent only reads: nothing is taken.', {
    field: 'scope',
    fix: 'Report to another agent.',
  })
}

import type { FastifyError } from 'fastify'
import { Problem } from '../../shared/errors.ts'
import { callerError } from '../console/errors.ts'
import { isUnreachable } from '../store/database.ts'

/** What a door says when it does not let a request through: the same shape as an answer of the calls behind it. */
export interface ToldError {
  readonly status: number
  readonly body: object
}

/** A Problem, or what Fastify refused, as the body its caller understands; null = nobody expected it. `path` decides the shape. */
export function toldError(thrown: unknown, path: string, status?: number): ToldError | null {
  const problem = thrown instanceof Problem ? thrown : refusalOf(thrown)
  const told = problem === null ? null : callerError(problem)
  if (told === null) return null
  const shown = status ?? httpStatus(thrown) ?? told.status
  const error = { ...told.toJSON(), status: shown }
  return { status: shown, body: path.startsWith('/rpc/') ? { json: error } : error }
}

/** That the database is away, as who is not identified is told: why, and where it is, is not for them. */
export function plainlyUnreachable(cause: unknown): Problem {
  return new Problem('database_unreachable', 'The database cannot be reached.', {
    fix: 'Try again in a moment; the agent keeps trying to reach it.',
    cause,
  })
}

/** What somebody who is not identified is told of an error. */
export function forStranger(thrown: unknown): unknown {
  const isAway = thrown instanceof Problem ? thrown.code === 'database_unreachable' : isUnreachable(thrown)
  return isAway ? plainlyUnreachable(thrown) : thrown
}

export const unexpected: ToldError = {
  status: 500,
  body: {
    defined: false,
    code: 'INTERNAL_SERVER_ERROR',
    status: 500,
    message: 'The agent could not answer; its log says why.',
  },
}

/** What Fastify itself refuses; its own faults (status 500 and more) are not for the caller. */
function refusalOf(thrown: unknown): Problem | null {
  if (!isRefusal(thrown)) return null
  const known = refusals[thrown.code]
  if (known !== undefined) return new Problem('invalid_input', known.message, { field: 'body', fix: known.fix })
  const message = `The request cannot be read: ${thrown.message}`
  return new Problem('invalid_input', message, { field: 'body', fix: 'Send one JSON document.' })
}

const refusals: Readonly<Record<string, { readonly message: string; readonly fix: string }>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: { message: 'The body is too large.', fix: 'Send less at a time.' },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    message: 'The body is not JSON.',
    fix: 'Send JSON with the header "Content-Type: application/json".',
  },
}

function httpStatus(thrown: unknown): number | undefined {
  return isRefusal(thrown) ? thrown.statusCode : undefined
}

function isRefusal(thrown: unknown): thrown is FastifyError & { statusCode: number } {
  if (!(thrown instanceof Error) || thrown instanceof Problem || !('statusCode' in thrown)) return false
  const { statusCode } = thrown
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500
}

import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Problem } from '../../shared/errors.ts'
import type { Authentication } from './authentication.ts'
import type { Exposure } from './exposure.ts'
import type { Limits } from './limits.ts'
import { isForeign, isFromBrowser } from './origin-check.ts'
import { changesSomething, isCall, isGuarded, isIntake, pathOf } from './requests.ts'
import { toldError } from './told-error.ts'

export interface Guard {
  readonly exposure: Exposure
  readonly port: () => number | null
  readonly limits: Limits
  readonly authentication: Authentication
}

/**
 * Every request passes here, in this order: is it for us (DNS rebinding), is it one too many, did another site make a browser send it
 * (CSRF), and who is it from. There is no CORS: no other site reads an answer.
 */
export function guard(app: FastifyInstance, { exposure, port, limits, authentication }: Guard): void {
  app.addHook('onRequest', async (request, reply) => {
    const origin = exposure.originOf(request.headers.host, port() ?? 0)
    if (origin === null) {
      const told = toldError(notOurName(request), pathOf(request), 421)
      return reply.code(421).send(told?.body)
    }
    request.ownOrigin = origin
    const path = pathOf(request)
    if (isIntake(path)) return limits.reported(request)
    await limits.arrived(request)
    if (!isGuarded(path)) return undefined
    refuseForeign(request)
    if (!isCall(path)) return undefined
    request.identity = await authentication.identify(request, reply)
    await limits.called(request)
    return undefined
  })
}

function refuseForeign(request: FastifyRequest): void {
  if (isForeign(request.headers, request.ownOrigin)) throw foreign('Another site made your browser send this.')
  if (!changesSomething(request.method) || request.headers.authorization !== undefined) return
  // Without a token it can only be a browser's cookie that speaks, and a browser says where a request comes from.
  if (!isFromBrowser(request.headers) && request.headers.cookie !== undefined) {
    throw foreign('A session is for browsers, and this does not come from one.')
  }
}

function notOurName({ headers }: FastifyRequest): Problem {
  return new Problem('not_allowed', `This server does not answer as "${headers.host ?? ''}".`, {
    field: 'host',
    value: headers.host,
    fix: 'Use localhost, 127.0.0.1 or [::1] with its port, or the name that the setting public_host has.',
  })
}

function foreign(message: string): Problem {
  return new Problem('not_allowed', message, {
    field: 'origin',
    fix: 'Programs use a token: "Authorization: Bearer …". Pages are served by this agent itself.',
  })
}

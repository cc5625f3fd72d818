import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { Problem } from '../../shared/errors.ts'
import { type Authentication, notSignedIn } from './authentication.ts'
import type { LinkCodes } from './console-link.ts'
import { bodyLimits } from './json-body.ts'
import type { Limits } from './limits.ts'
import type { SessionCookie } from './session-cookie.ts'
import type { Sessions } from './sessions.ts'

export interface SessionRoutes {
  readonly sessions: Sessions
  readonly codes: LinkCodes
  readonly cookie: SessionCookie
  readonly authentication: Authentication
  readonly limits: Limits
}

const signIn = z.union([
  z.strictObject({ code: z.string().max(1_000) }),
  z.strictObject({ token: z.string().max(200) }),
])

/**
 * `POST /session` with `{ "code" }` of a link, or `{ "token" }`: 204 and the cookie of a new session. `DELETE /session` ends it.
 * Who is signed in is a call of the contract: `session.get`.
 */
export function sessionRoutes(app: FastifyInstance, options: SessionRoutes): void {
  const { sessions, codes, cookie, authentication, limits } = options
  app.post('/session', { bodyLimit: bodyLimits.loginBytes }, async (request, reply) => {
    const given = signIn.safeParse(request.body)
    if (!given.success) throw neither()
    if ('token' in given.data) {
      const { id, scope } = await authentication.token(request, given.data.token.trim())
      if (scope === 'ingest') throw feedsOnly()
      cookie.set(request, reply, sessions.begin({ operator: null, tokenId: id }))
    } else {
      const operator = codes.redeem(given.data.code)
      if (operator === null) {
        await limits.refused(request)
        throw notSignedIn(
          'This link has been used, is older than ten minutes, or is from before the agent was started.',
        )
      }
      cookie.set(request, reply, sessions.begin({ operator, tokenId: null }))
    }
    return reply.code(204).send()
  })
  app.delete('/session', async (request, reply) => {
    const text = cookie.read(request)
    const session = text === null ? null : sessions.read(text)
    if (session !== null) sessions.end(session)
    cookie.clear(request, reply)
    return reply.code(204).send()
  })
}

function neither(): Problem {
  return new Problem('invalid_input', 'To sign in takes the code of a link or a token.', {
    field: 'body',
    fix: 'Send {"code": "…"} or {"token": "pm_…"}.',
  })
}

function feedsOnly(): Problem {
  return new Problem('not_allowed', 'This token only feeds the intakes; it signs nobody in.', {
    field: 'token',
    fix: 'Use a token with the scope read: pm token create --name <name> --scope read',
  })
}

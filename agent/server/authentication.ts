import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Problem } from '../../shared/errors.ts'
import type { ConsoleServices, Identity } from '../console/context.ts'
import { answeredWithin } from '../scheduler/settled-within.ts'
import type { LivingToken } from '../store/api-tokens.ts'
import { isTransient } from '../store/database.ts'
import { isTokenShaped, tokenById, tokenOf } from './bearer-token.ts'
import type { SessionCookie } from './session-cookie.ts'
import type { Sessions } from './sessions.ts'
import type { Strangers } from './strangers.ts'
import type { KnownToken } from './token-memory.ts'
import { plainlyUnreachable } from './told-error.ts'

export interface AuthenticationOptions {
  readonly sessions: Sessions
  readonly cookie: SessionCookie
  readonly services: () => ConsoleServices | null
  readonly strangers: Strangers
  /** Counts a token that was refused and takes its time. @throws Problem `too_many_requests`. */
  readonly onRefused: (request: FastifyRequest) => Promise<void>
}

/** Who a call comes from: a token in the Authorization header, or the session of a browser. */
export class Authentication {
  readonly #options: AuthenticationOptions

  constructor(options: AuthenticationOptions) {
    this.#options = options
  }

  /** @throws Problem `unauthorized`; `unavailable` while the agent starts and a token cannot be looked up. */
  async identify(request: FastifyRequest, reply: FastifyReply): Promise<Identity> {
    const { authorization } = request.headers
    return authorization === undefined ? this.#ofSession(request, reply) : this.#ofToken(request, authorization)
  }

  /** Whether who was identified before would still be, for an answer that goes on. @throws as `identify`; nothing is counted or renewed. */
  async confirm(request: FastifyRequest): Promise<void> {
    const { sessions, cookie, services } = this.#options
    if (request.headers.authorization === undefined) {
      const session = sessions.read(cookie.read(request) ?? '')
      if (session === null) throw sessionOver()
      await this.#sessionIdentity(session, services)
      return
    }
    const { database } = requireServices(services)
    if ((await lookedUp(tokenById(database, request.identity?.tokenId ?? ''))) === null) throw unknownToken()
  }

  /**
   * A program that is identified by nothing but its token: as a bearer, or as the password of basic authentication (RFC 7617), whatever the
   * name. @throws as `identify`.
   */
  async program(request: FastifyRequest): Promise<Identity> {
    const { authorization = '' } = request.headers
    const [, basic] = /^Basic +([A-Za-z0-9+/=]+) *$/i.exec(authorization) ?? []
    const text =
      basic === undefined
        ? authorization
        : `Bearer ${Buffer.from(basic, 'base64').toString().split(':').slice(1).join(':')}`
    return this.#ofToken(request, text)
  }

  /** A token that was pasted by a person. @throws Problem `unauthorized`, `too_many_requests`. */
  async token(request: FastifyRequest, text: string): Promise<LivingToken> {
    const { database } = requireServices(this.#options.services)
    const token = isTokenShaped(text)
      ? await this.#options.strangers.find(request.ip, digestOf(text), () => lookedUp(tokenOf(database, text)))
      : null
    if (token !== null) return token
    await this.#options.onRefused(request)
    throw unknownToken()
  }

  async #ofToken(request: FastifyRequest, authorization: string): Promise<Identity> {
    const [, text = ''] = /^Bearer +(\S+) *$/i.exec(authorization) ?? []
    const token = await this.token(request, text)
    request.callerId = token.id
    return identityOf(token, 'api')
  }

  async #ofSession(request: FastifyRequest, reply: FastifyReply): Promise<Identity> {
    const { sessions, cookie, services } = this.#options
    const text = cookie.read(request)
    if (text === null) throw notSignedIn('You are not signed in.')
    const session = sessions.read(text)
    if (session === null) throw sessionOver()
    const identity = await this.#sessionIdentity(session, services)
    request.callerId = session.tokenId ?? `person ${identity.operator}`
    const renewed = sessions.renewed(session)
    if (renewed !== null) cookie.set(request, reply, renewed)
    return identity
  }

  async #sessionIdentity(
    { operator, tokenId }: { operator: string | null; tokenId: string | null },
    services: () => ConsoleServices | null,
  ): Promise<Identity> {
    if (tokenId === null) {
      return { operator: operator ?? 'operator', door: 'console', scope: 'admin', organizationId: null }
    }
    const token = await this.#sessionToken(tokenId, requireServices(services))
    if (token === null) throw notSignedIn('The token you signed in with is revoked or has expired.')
    return identityOf(token, 'console')
  }

  /** While it cannot be looked up, a token that was seen alive of late is believed to be so still. */
  async #sessionToken(tokenId: string, { database, tokens }: ConsoleServices): Promise<KnownToken | null> {
    try {
      const token = await lookedUp(inTime(tokenById(database, tokenId)))
      if (token === null) tokens.forget(tokenId)
      else tokens.remember(token)
      return token
    } catch (error) {
      const known = tokens.recall(tokenId)
      if (known === null) throw error
      return known
    }
  }
}

/** @throws Problem `unavailable` while the agent starts. */
export function requireServices(services: () => ConsoleServices | null): ConsoleServices {
  const ready = services()
  if (ready !== null) return ready
  throw new Problem('unavailable', 'The agent is still starting: its database is not ready yet.', {
    fix: 'Try again in a moment; /readyz says what it waits for.',
  })
}

/** So that no token is kept for longer than its call. */
function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64')
}

/** A token cannot be known while the database does not answer; that is not the caller's fault. */
async function lookedUp(token: Promise<LivingToken | null>): Promise<LivingToken | null> {
  try {
    return await token
  } catch (error) {
    if (!isTransient(error)) throw error
    throw plainlyUnreachable(error)
  }
}

/** How long a session waits for its token to be looked up, ms; a database that is that slow is answered for by what is remembered. */
const patienceMs = 2_500

/** @throws as a database that does not answer does, when it takes too long. */
async function inTime<Answer>(question: Promise<Answer>): Promise<Answer> {
  const answered = question.then((answer) => ({ answer }))
  const inTimeOrNull = await answeredWithin<{ readonly answer: Answer } | null>(answered, patienceMs, null)
  if (inTimeOrNull === null) throw new Error('no answer in time')
  return inTimeOrNull.answer
}

function identityOf({ id, name, scope, organizationId }: KnownToken, door: Identity['door']): Identity {
  return { operator: name, door, scope, organizationId, tokenId: id }
}

export function notSignedIn(message: string): Problem {
  return new Problem('unauthorized', message, {
    fix: 'On the machine of the agent, "pm console" prints a link that signs you in. Elsewhere, use a token.',
  })
}

function sessionOver(): Problem {
  return notSignedIn('Your session has ended.')
}

function unknownToken(): Problem {
  return new Problem('unauthorized', 'This token is not valid: unknown, revoked or expired.', {
    field: 'authorization',
    fix: 'Send "Authorization: Bearer <token>" with a token of "pm token create".',
  })
}

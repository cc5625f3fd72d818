import type { CookieSerializeOptions } from '@fastify/cookie'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { sessionHours } from './sessions.ts'

/**
 * The cookie of a session: no script reads it, no other site sends it. Over HTTPS its name has the prefix that ties it to this very
 * host; without, it names the installation, because the ports of one machine share their cookies.
 */
export class SessionCookie {
  readonly #instance: string

  constructor(instance: string) {
    this.#instance = instance
  }

  read(request: FastifyRequest): string | null {
    return request.cookies[this.#name(request)] ?? null
  }

  set(request: FastifyRequest, reply: FastifyReply, text: string): void {
    reply.setCookie(this.#name(request), text, { ...this.#attributes(request), maxAge: sessionHours * 3_600 })
  }

  clear(request: FastifyRequest, reply: FastifyReply): void {
    reply.clearCookie(this.#name(request), this.#attributes(request))
  }

  #name(request: FastifyRequest): string {
    const name = `pipeline-manager-${this.#instance}`
    return isSecure(request) ? `__Host-${name}` : name
  }

  #attributes(request: FastifyRequest): CookieSerializeOptions {
    return { path: '/', httpOnly: true, sameSite: 'strict', secure: isSecure(request) }
  }
}

function isSecure({ ownOrigin }: FastifyRequest): boolean {
  return ownOrigin.startsWith('https:')
}

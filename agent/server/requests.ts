import type { FastifyRequest } from 'fastify'
import type { Identity } from '../console/context.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Set for calls; null for everything that needs no identity. */
    identity: Identity | null
    /** Of the token or the person that calls, for counting; empty without one. */
    callerId: string
    /** The address as the caller named it, `http://127.0.0.1:4180`; one of ours. */
    ownOrigin: string
  }
}

/** The path without its query. */
export function pathOf({ url }: Pick<FastifyRequest, 'url'>): string {
  const end = url.indexOf('?')
  return end === -1 ? url : url.slice(0, end)
}

/** The path as it may be logged: of a ping it is a secret. */
export function loggedPath(request: Pick<FastifyRequest, 'url'>): string {
  const path = pathOf(request)
  return path.startsWith('/ping/') ? '/ping/…' : path
}

/** A call of the contract: needs an identity. */
export function isCall(path: string): boolean {
  return (path.startsWith('/api/') || path.startsWith('/rpc/')) && path !== descriptionPath
}

/** The description of all calls; open, so that tools can read it. */
export const descriptionPath = '/api/openapi.json'

/**
 * What other programs report to: a zone without cookies, whose routes look for their own token or secret, and count for themselves. A path
 * or what begins with it and a slash.
 */
const intakes = ['/api/v1/lineage', '/api/v1/dbt', '/api/hooks', '/ping'] as const

export function isIntake(path: string): boolean {
  return intakes.some((intake) => path === intake || path.startsWith(`${intake}/`))
}

/** What only pages of ours, and programs, may ask for. */
export function isGuarded(path: string): boolean {
  return path === '/session' || path.startsWith('/api/') || path.startsWith('/rpc/')
}

export function changesSomething(method: string): boolean {
  return method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS'
}

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

/** A call of the contract: needs an identity. */
export function isCall(path: string): boolean {
  return (path.startsWith('/api/') || path.startsWith('/rpc/')) && path !== descriptionPath
}

/** The description of all calls; open, so that tools can read it. */
export const descriptionPath = '/api/openapi.json'

/** What only pages of ours, and programs, may ask for. */
export function isGuarded(path: string): boolean {
  return path === '/session' || path.startsWith('/api/') || path.startsWith('/rpc/')
}

/** Programs call it as often as their jobs run; it has limits of its own. Its path is a secret. */
export function isPing(path: string): boolean {
  return path.startsWith('/ping/')
}

export function changesSomething(method: string): boolean {
  return method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS'
}

import { invalidParameter } from './graph-error.ts'

/** A page of an edge: https://developers.facebook.com/docs/graph-api/results . */
export interface Page {
  readonly data: readonly unknown[]
  readonly paging?: {
    readonly cursors: { readonly before: string; readonly after: string }
    readonly next?: string
  }
}

export interface Asked {
  /** Where the page begins; a number whose meaning is the endpoint's own. */
  readonly from: number
  readonly limit: number
}

/** `limit` and `after` of a request. */
export function asked(query: URLSearchParams, most: number): Asked {
  const limit = Number(query.get('limit') ?? '25')
  if (!Number.isInteger(limit) || limit < 1) throw invalidParameter('param limit must be a positive integer')
  return { from: positionOf(query.get('after')), limit: Math.min(limit, most) }
}

/** `end`: where the next page begins; null after the last one. `next` carries the token, as Meta's does. */
export function page(data: readonly unknown[], from: number, end: number | null, url: URL, token: string): Page {
  if (data.length === 0) return { data }
  const cursors = { before: cursorOf(from), after: cursorOf(end ?? from + data.length) }
  if (end === null) return { data, paging: { cursors } }
  const next = new URL(url)
  next.searchParams.set('access_token', token)
  next.searchParams.set('after', cursors.after)
  return { data, paging: { cursors, next: next.href } }
}

export function cursorOf(position: number): string {
  return Buffer.from(`position:${position}`).toString('base64url')
}

function positionOf(cursor: string | null): number {
  if (cursor === null || cursor === '') return 0
  const [, position] = /^position:(\d+)$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? []
  if (position === undefined) throw invalidParameter('Invalid cursors values: after')
  return Number(position)
}

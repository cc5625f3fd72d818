import type { PingKind } from '../../../shared/pings/check.ts'
import type { PingTarget } from '../../intake/pings/received-ping.ts'

export interface PingAddress {
  readonly target: PingTarget
  readonly kind: PingKind
  /** Null: the address has none. */
  readonly exitStatus: number | null
  readonly rid: string | null
}

/** What Healthchecks answers to an address that cannot be one, in its words. */
export interface BadAddress {
  readonly status: 400 | 404
  readonly text: 'invalid url format' | 'invalid uuid format' | 'not found'
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const word = /^[\w-]{1,100}$/
const mostExitStatus = 255

/**
 * `/ping/<uuid>[/start|/fail|/log|/<exit status>]` and `/ping/<ping key>/<slug>[…]`, with `?rid=<uuid>` and `?create=1`. `path` is what
 * follows `/ping/`, as it was sent: nothing that needs to be decoded is part of an address.
 */
export function readPingAddress(path: string, query: URLSearchParams): PingAddress | BadAddress {
  const rid = query.getAll('rid').at(-1) ?? null
  const [first = '', ...others] = path.split('/')
  const isCode = uuid.test(first)
  // `/ping/<uuid>/` is the same as without the slash.
  const [slug, action, ...rest] = isCode ? ['', ...(others.join('/') === '' ? [] : others)] : others
  if (slug === undefined || rest.length > 0) return notFound
  if (!isCode && !(word.test(first) && word.test(slug))) return notFound
  const said = action === undefined ? success : readAction(action)
  if (said === null) return notFound
  if (slug !== slug.toLowerCase() || (said.exitStatus ?? 0) > mostExitStatus) return badUrl
  if (rid !== null && !uuid.test(rid)) return badRid
  const target: PingTarget = isCode
    ? { code: first.toLowerCase() }
    : { key: first, slug, create: query.getAll('create').at(-1) === '1' }
  return { target, ...said, rid: rid?.toLowerCase() ?? null }
}

const notFound = { status: 404, text: 'not found' } as const
const badUrl = { status: 400, text: 'invalid url format' } as const
const badRid = { status: 400, text: 'invalid uuid format' } as const

interface Said {
  readonly kind: PingKind
  readonly exitStatus: number | null
}

const success: Said = { kind: 'success', exitStatus: null }
const actions: ReadonlyMap<string, Said> = new Map(
  (['start', 'fail', 'log'] as const).map((kind) => [kind, { kind, exitStatus: null }]),
)

/** Null: no such action. */
function readAction(text: string): Said | null {
  if (!/^\d+$/.test(text)) return actions.get(text) ?? null
  const exitStatus = Number(text)
  return { kind: exitStatus === 0 ? 'success' : 'fail', exitStatus }
}

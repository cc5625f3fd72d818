import type { PingKind } from '../../../shared/pings/check.ts'

/** What an address names. Both are secrets: they reach no log and no answer. */
export type PingTarget =
  | { readonly code: string }
  | {
      readonly key: string
      readonly slug: string /** Makes the check when it is not there. */
      readonly create: boolean
    }

/** The same for two addresses of one check; a secret like them. */
export function pingTargetName(target: PingTarget): string {
  return 'code' in target ? target.code : `${target.key}/${target.slug}`
}

/** A ping as it came in, checked as far as that goes without asking anybody. */
export interface ReceivedPing {
  readonly target: PingTarget
  readonly kind: PingKind
  /** Null: the address has none. */
  readonly exitStatus: number | null
  readonly rid: string | null
  /** What was sent along, cut to what is kept; null = nothing. */
  readonly log: string | null
  readonly userAgent: string | null
  /** By the monotonic clock, ms. */
  readonly arrivedAt: number
  /** Names the run, should it have no name of its own. */
  readonly newRunId: string
}

/** `unknown`: nothing is there, or it belongs to an organization without the section. */
export type PingAnswer = 'ok' | 'created' | 'unknown' | 'ambiguous'

/** Bytes of a body that are kept. */
export const pingBodyLimit = 10_000

import type { LivingToken } from '../store/api-tokens.ts'

/** Whose session it is. Nothing of it proves anything: the session's own cookie does that. */
export type KnownToken = Pick<LivingToken, 'id' | 'name' | 'scope' | 'organizationId'>

/** Remembers on this device the tokens that sessions were begun with, for while the database cannot be asked. Nothing here throws or waits. */
export interface TokenMemory {
  remember(token: KnownToken): void
  /** Null when it was not seen in the last twelve hours. */
  recall(id: string): KnownToken | null
  /** It is revoked or has expired. */
  forget(id: string): void
}

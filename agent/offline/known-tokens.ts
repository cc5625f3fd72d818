import { z } from 'zod'
import type { Clock } from '../../shared/clock.ts'
import { tokenScopes } from '../../shared/contract/base.ts'
import type { KnownToken, TokenMemory } from '../server/token-memory.ts'
import type { OfflineStore } from './offline-store.ts'
import type { Subject } from './subject.ts'

/** Who a session was begun for: the name and the rights of a token, never the token or anything that proves it. */
export const knownTokens: Subject = {
  name: 'known_tokens',
  steps: [
    `create table known_tokens (
      id text primary key,
      name text not null,
      scope text not null,
      organization_id text,
      seen_at integer not null
    ) strict`,
  ],
  precious: [],
  isDurable: false,
  shed: (section) => section.change('delete from known_tokens') > 0,
}

/** A token may have been revoked since it was seen: it is believed in as long as a session lasts without a call. */
const trustedMs = 12 * 3_600_000

const tokenRow = z.object({
  id: z.string(),
  name: z.string(),
  scope: z.enum(tokenScopes),
  organizationId: z.string().nullable(),
})

export class StoredTokenMemory implements TokenMemory {
  readonly #store: OfflineStore
  readonly #clock: Clock
  /** Seen by this process, and when, monotonic ms: it is noted once an hour, not with every call. */
  readonly #noted = new Map<string, number>()

  constructor(store: OfflineStore, clock: Clock) {
    this.#store = store
    this.#clock = clock
  }

  remember({ id, name, scope, organizationId }: KnownToken): void {
    const now = this.#clock.monotonic()
    if (now - (this.#noted.get(id) ?? Number.NEGATIVE_INFINITY) < trustedMs / 12) return
    this.#noted.set(id, now)
    const seenAt = this.#clock.now().getTime()
    this.#store.run(
      knownTokens,
      (section) => {
        section.change('delete from known_tokens where seen_at < ?', [seenAt - trustedMs])
        section.change(
          'insert or replace into known_tokens (id, name, scope, organization_id, seen_at) values (?, ?, ?, ?, ?)',
          [id, name, scope, organizationId, seenAt],
        )
      },
      undefined,
    )
  }

  recall(id: string): KnownToken | null {
    const oldest = this.#clock.now().getTime() - trustedMs
    const statement = `select id, name, scope, organization_id as "organizationId" from known_tokens where id = ? and seen_at > ?`
    const [row] = this.#store.run(knownTokens, (section) => section.all(statement, [id, oldest]), [])
    return tokenRow.safeParse(row).data ?? null
  }

  forget(id: string): void {
    this.#noted.delete(id)
    this.#store.run(knownTokens, (section) => section.change('delete from known_tokens where id = ?', [id]), 0)
  }
}

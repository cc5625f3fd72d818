import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Clock } from '../../shared/clock.ts'
import { readSigned, sign } from './signed-text.ts'

/** How long a link to the console may be used; it works once. */
export const linkMinutes = 10

const code = z.object({
  id: z.string(),
  /** Who asked for the link, and whose name the session has. */
  operator: z.string(),
  startId: z.string(),
  /** Milliseconds since 1970. */
  expiresAt: z.number(),
})

export interface LinkFor {
  /** `http://127.0.0.1:4180` */
  readonly url: string
  readonly startId: string
  readonly operator: string
}

/**
 * A link that signs its reader in, as whoever asked for it. The code stands behind the `#`: browsers send that part to nobody,
 * so it is in no log.
 */
export function consoleLink(key: Uint8Array, clock: Clock, { url, startId, operator }: LinkFor): string {
  const expiresAt = clock.now().getTime() + linkMinutes * 60_000
  return `${url}/#code=${sign(key, 'code', { id: randomUUID(), operator, startId, expiresAt })}`
}

/** Takes each code once. Codes are bound to one start of the server, so what was used need not be remembered longer. */
export class LinkCodes {
  readonly #key: Uint8Array
  readonly #clock: Clock
  readonly #startId: string
  /** Id to when it would have expired. */
  readonly #used = new Map<string, number>()

  constructor(key: Uint8Array, clock: Clock, startId: string) {
    this.#key = key
    this.#clock = clock
    this.#startId = startId
  }

  /** The operator the link was made for; null when the code is not ours, too old, of an earlier start, or used. */
  redeem(text: string): string | null {
    const now = this.#clock.now().getTime()
    for (const [id, expiresAt] of this.#used) if (expiresAt < now) this.#used.delete(id)
    const found = readSigned(this.#key, 'code', text, code)
    if (found === null || found.startId !== this.#startId || found.expiresAt < now) return null
    if (this.#used.has(found.id)) return null
    this.#used.set(found.id, found.expiresAt)
    return found.operator
  }
}

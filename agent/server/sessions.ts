import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Clock } from '../../shared/clock.ts'
import { readSigned, sign } from './signed-text.ts'

const hourMs = 3_600_000
/** A session ends after this long without a call, and in any case after thirty days. */
export const sessionHours = 12
const longestMs = 30 * 24 * hourMs
/** A session in use is renewed once an hour, not with every answer. */
const renewAfterMs = hourMs

const session = z.object({
  id: z.string(),
  /** Of a person at this machine; null when the session stands for a token. */
  operator: z.string().nullable(),
  tokenId: z.string().nullable(),
  /** Milliseconds since 1970, as the rest. */
  startedAt: z.number(),
  expiresAt: z.number(),
})
export type ConsoleSession = z.infer<typeof session>

/**
 * Sessions of browsers. What a session says is in its signed cookie, so that it survives a restart of the agent; this process only
 * remembers which ones were ended before their time.
 */
export class Sessions {
  readonly #key: Uint8Array
  readonly #clock: Clock
  /** Id to when it would have ended. */
  readonly #ended = new Map<string, number>()

  constructor(key: Uint8Array, clock: Clock) {
    this.#key = key
    this.#clock = clock
  }

  /** A new session of a person at this machine, or of a token, as the text of its cookie. */
  begin(of: Pick<ConsoleSession, 'operator' | 'tokenId'>): string {
    const startedAt = this.#clock.now().getTime()
    return this.#text({ ...of, id: randomUUID(), startedAt, expiresAt: startedAt + sessionHours * hourMs })
  }

  /** Null when it is not ours, too old, or was ended. */
  read(text: string): ConsoleSession | null {
    const now = this.#clock.now().getTime()
    const found = readSigned(this.#key, 'session', text, session)
    if (found === null || found.expiresAt < now || this.#ended.has(found.id)) return null
    return found
  }

  /** The text of the session's next cookie; null while the one it has is good enough. */
  renewed(current: ConsoleSession): string | null {
    const now = this.#clock.now().getTime()
    const expiresAt = Math.min(now + sessionHours * hourMs, current.startedAt + longestMs)
    return expiresAt - current.expiresAt < renewAfterMs ? null : this.#text({ ...current, expiresAt })
  }

  /** No copy of its cookie is accepted any more, until this process ends. */
  end({ id, startedAt }: ConsoleSession): void {
    const now = this.#clock.now().getTime()
    for (const [known, until] of this.#ended) if (until < now) this.#ended.delete(known)
    this.#ended.set(id, startedAt + longestMs)
  }

  #text(value: ConsoleSession): string {
    return sign(this.#key, 'session', value)
  }
}

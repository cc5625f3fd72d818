import { useState } from 'react'
import { type Clock, systemClock } from '../../shared/clock.ts'
import { commandFailureOf, mayBeDone } from './queries.ts'
import { unansweredMs } from './unanswered.ts'

/** A press so soon after the last one, or after its answer, is the second half of a double one, or a key that is held down. */
const sameIntentMs = 1_000

/** How long a send counts, milliseconds after it was settled. What is under way counts until it is. */
const countsMs = { sending: Number.POSITIVE_INFINITY, answered: sameIntentMs, unanswered: unansweredMs } as const

interface Sent {
  readonly requestId: string
  readonly state: 'sending' | 'answered' | 'unanswered'
  /** Of the last press, or of the answer if that came later; milliseconds of the monotonic clock. */
  readonly at: number
}

/**
 * One intent, one id. What is pressed twice is sent once: an agent on the same machine has answered before the second half of a double
 * click. What nobody has answered is sent again under its id, so that the agent does it once however often it has arrived; ten minutes later
 * the same press is another intent.
 */
export class Intents {
  readonly #clock: Pick<Clock, 'monotonic'>
  /** By what was asked for. */
  readonly #sent = new Map<string, Sent>()

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock
  }

  /** Sends it, unless this is the press before once more. `what`: everything that makes it the same or another thing, as JSON. */
  send(what: unknown, call: (requestId: string) => Promise<unknown>): void {
    const key = JSON.stringify(what)
    const before = this.#before(key)
    const now = this.#clock.monotonic()
    if (before !== undefined && before.state !== 'unanswered') {
      this.#sent.set(key, { ...before, at: now })
      return
    }
    const requestId = before?.requestId ?? crypto.randomUUID()
    this.#sent.set(key, { requestId, state: 'sending', at: now })
    const settle = (state: Sent['state']): void => {
      this.#sent.set(key, { requestId, state, at: this.#clock.monotonic() })
    }
    // What went wrong is told where the call is made.
    call(requestId).then(
      () => settle('answered'),
      (error: unknown) => settle(mayBeDone(commandFailureOf(error)) ? 'unanswered' : 'answered'),
    )
  }

  /** What was sent before and still counts; what does not is forgotten. */
  #before(key: string): Sent | undefined {
    const now = this.#clock.monotonic()
    for (const [one, { state, at }] of this.#sent) if (now - at > countsMs[state]) this.#sent.delete(one)
    return this.#sent.get(key)
  }
}

/** Of one button, form or list. */
export function useIntents(): Intents {
  return useState(() => new Intents(systemClock))[0]
}

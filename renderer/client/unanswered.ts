import type { Clock } from '../../shared/clock.ts'

/**
 * What is wanted so long after nobody answered is wanted anew, milliseconds: whoever pressed has long seen in the lists what became of it, and
 * under the old id it would be taken for what was done then.
 */
export const unansweredMs = 10 * 60_000

interface Lost {
  readonly requestId: string
  /** Milliseconds of the monotonic clock. */
  readonly at: number
}

/**
 * The requests of which nobody has said whether they were done, by what each was about. However the selection looks that a thing is next part of,
 * it is sent again under the id it had, so that the agent does it once.
 */
export class Unanswered {
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #lost = new Map<string, Lost>()

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock
  }

  /** The id under which this one was asked for and not answered, else `fresh`. */
  idOf(one: string, fresh: string): string {
    const until = this.#clock.monotonic() - unansweredMs
    // The oldest come first, so that a selection of thousands does not go through thousands for each.
    for (const [key, { at }] of this.#lost) {
      if (at >= until) break
      this.#lost.delete(key)
    }
    return this.#lost.get(one)?.requestId ?? fresh
  }

  /** Nobody knows whether these were done under this id. */
  add(all: readonly string[], requestId: string): void {
    this.remove(all)
    for (const one of all) this.#lost.set(one, { requestId, at: this.#clock.monotonic() })
  }

  /** Somebody has answered for these. */
  remove(all: readonly string[]): void {
    for (const one of all) this.#lost.delete(one)
  }
}

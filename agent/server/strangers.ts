import type { Clock } from '../../shared/clock.ts'
import { Problem } from '../../shared/errors.ts'

export interface StrangerLimits {
  /** Unknown things that an address may ask for in a minute. */
  readonly unknown: number
}

interface Count {
  readonly since: number
  readonly unknown: number
}

const minuteMs = 60_000
/** Of addresses, and of things known: what was seen longest ago gives way. */
const mostKept = 10_000

/**
 * Who asks for what is not there too often is not looked up any more, for the rest of a minute; what is known to be there still is, so that
 * nobody who guesses from behind the same address holds up good pings, tokens and hooks.
 */
export class Strangers {
  readonly #clock: Clock
  readonly #limits: StrangerLimits
  readonly #counts = new Map<string, Count>()
  readonly #known = new Set<string>()
  readonly #asked = new Map<string, Promise<unknown>>()

  constructor(clock: Clock, limits: StrangerLimits) {
    this.#clock = clock
    this.#limits = limits
  }

  /** Whole seconds until this is looked up for this address; 0 = at once. */
  waitFor(address: string, thing: string): number {
    const count = this.#counts.get(address)
    if (count === undefined || count.unknown < this.#limits.unknown || this.#known.has(thing)) return 0
    return Math.max(0, Math.ceil((count.since + minuteMs - this.#clock.monotonic()) / 1_000))
  }

  /**
   * Looks a thing up, if this address may ask for it; null = it is not there. What is being looked up counts as unknown until it is found: a
   * thousand at once are not more questions than a thousand one after the other, and a thousand for one thing are one.
   * @throws Problem `too_many_requests`, and as `look` does, which counts as nothing.
   */
  find<Found>(address: string, thing: string, look: () => Promise<Found | null>): Promise<Found | null> {
    const question = `${address} ${thing}`
    const asked = this.#asked.get(question)
    // A thing is looked up in one way only, so the answer is of this type.
    if (asked !== undefined) return asked as Promise<Found | null>
    const answer = this.#find(address, thing, look).finally(() => this.#asked.delete(question))
    this.#asked.set(question, answer)
    return answer
  }

  async #find<Found>(address: string, thing: string, look: () => Promise<Found | null>): Promise<Found | null> {
    const wait = this.waitFor(address, thing)
    if (wait > 0) throw tooManyUnknown(wait)
    const isKnown = this.#known.has(thing)
    if (!isKnown) this.wasUnknown(address, thing)
    try {
      const found = await look()
      if (found !== null) this.wasThere(thing)
      else if (isKnown) this.wasUnknown(address, thing)
      if (found !== null && !isKnown) this.#takeBack(address)
      return found
    } catch (error) {
      if (!isKnown) this.#takeBack(address)
      throw error
    }
  }

  #takeBack(address: string): void {
    const count = this.#counts.get(address)
    if (count !== undefined) this.#counts.set(address, { ...count, unknown: Math.max(0, count.unknown - 1) })
  }

  wasThere(thing: string): void {
    this.#known.delete(thing)
    this.#known.add(thing)
    drop(this.#known)
  }

  wasUnknown(address: string, thing: string): void {
    this.#known.delete(thing)
    const now = this.#clock.monotonic()
    const before = this.#counts.get(address)
    const isOver = before === undefined || now - before.since >= minuteMs
    this.#counts.delete(address)
    this.#counts.set(address, isOver ? { since: now, unknown: 1 } : { ...before, unknown: before.unknown + 1 })
    drop(this.#counts)
  }
}

function tooManyUnknown(seconds: number): Problem {
  return new Problem(
    'too_many_requests',
    'Too many tokens or hooks that do not exist came from this address in the last minute.',
    {
      fix: `Try again in ${seconds} s, with one that exists.`,
      retryAfterSeconds: seconds,
    },
  )
}

function drop(kept: Map<string, unknown> | Set<string>): void {
  for (const oldest of kept.keys()) {
    if (kept.size <= mostKept) return
    kept.delete(oldest)
  }
}

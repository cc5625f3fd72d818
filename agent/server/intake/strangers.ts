import type { Clock } from '../../../shared/clock.ts'

export interface StrangerLimits {
  /** Pings of unknown things that an address may send in a minute. */
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
 * nobody who guesses from behind the same address holds up good pings.
 */
export class Strangers {
  readonly #clock: Clock
  readonly #limits: StrangerLimits
  readonly #counts = new Map<string, Count>()
  readonly #known = new Set<string>()

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

function drop(kept: Map<string, unknown> | Set<string>): void {
  for (const oldest of kept.keys()) {
    if (kept.size <= mostKept) return
    kept.delete(oldest)
  }
}

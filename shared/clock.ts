/** The only place that reads the machine's clocks. Everything else is handed a Clock. */
export interface Clock {
  /** Wall clock, for showing and for timers. Never compared with a database timestamp. */
  now(): Date
  /** Milliseconds that only grow, unaffected by wall-clock changes; the origin is arbitrary. */
  monotonic(): number
}

/** `shared` is compiled without any runtime's globals; every runtime we support has this one. */
declare const performance: { now(): number }

export const systemClock: Clock = {
  now: () => new Date(),
  monotonic: () => performance.now(),
}

import type { Clock } from '../../shared/clock.ts'

/**
 * The database's clock as this process knows it, so that due times can be waited for without asking. Built from the
 * timestamps that answers carry and the monotonic clock; the wall clock of this machine may be hours off and may jump.
 */
export class DatabaseTime {
  readonly #clock: Clock
  readonly #standIn: () => Date | null
  /** Database milliseconds minus monotonic milliseconds, from the quickest answer of late. */
  #offset: number | null = null
  #uncertaintyMs = Number.POSITIVE_INFINITY
  #observedAt = 0

  /** `standIn`: the database's clock in tests; null in production. */
  constructor(clock: Clock, standIn: () => Date | null = () => null) {
    this.#clock = clock
    this.#standIn = standIn
  }

  /** `databaseNow` came with an answer to a question that was sent at monotonic `sentAt`. */
  observe(databaseNow: Date, sentAt: number): void {
    const receivedAt = this.#clock.monotonic()
    const uncertainty = (receivedAt - sentAt) / 2
    const offset = databaseNow.getTime() - (sentAt + uncertainty)
    // An old observation loses its worth: clocks drift and servers are replaced.
    const faded = this.#uncertaintyMs + (receivedAt - this.#observedAt) / 10_000
    // Two that exclude each other: this machine slept (the monotonic clock stood still) or the server's clock was set.
    const contradicted = this.#offset !== null && Math.abs(offset - this.#offset) > uncertainty + faded
    if (uncertainty > faded && !contradicted) return
    this.#offset = offset
    this.#uncertaintyMs = uncertainty
    this.#observedAt = receivedAt
  }

  /** The database's clock now; this machine's own until the database has answered once. */
  now(): Date {
    return this.#standIn() ?? this.at(this.#clock.monotonic()) ?? this.#clock.now()
  }

  /** The database's clock at a monotonic instant; null until the database has answered once. */
  at(monotonic: number): Date | null {
    return this.#standIn() ?? (this.#offset === null ? null : new Date(this.#offset + monotonic))
  }
}

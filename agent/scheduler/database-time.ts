import type { Clock } from '../../shared/clock.ts'

/**
 * The database's clock as this process knows it, so that due times can be waited for without asking. Built from the
 * timestamps that answers carry and the monotonic clock; the wall clock of this machine may be hours off and may jump.
 */
export class DatabaseTime {
  readonly #clock: Clock
  /** Database milliseconds minus monotonic milliseconds, from the quickest answer of late. */
  #offset: number | null = null
  #uncertaintyMs = Number.POSITIVE_INFINITY
  #observedAt = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** `databaseNow` came with an answer to a question that was sent at monotonic `sentAt`. */
  observe(databaseNow: Date, sentAt: number): void {
    const receivedAt = this.#clock.monotonic()
    const uncertainty = (receivedAt - sentAt) / 2
    // An old observation loses its worth: clocks drift and servers are replaced.
    const faded = this.#uncertaintyMs + (receivedAt - this.#observedAt) / 10_000
    if (uncertainty > faded) return
    this.#offset = databaseNow.getTime() - (sentAt + uncertainty)
    this.#uncertaintyMs = uncertainty
    this.#observedAt = receivedAt
  }

  /** The database's clock now; this machine's own until the database has answered once. */
  now(): Date {
    return this.#offset === null ? this.#clock.now() : new Date(this.#offset + this.#clock.monotonic())
  }
}

import { createContext, type ReactNode, use, useEffect, useMemo, useSyncExternalStore } from 'react'
import type { Clock } from '../../shared/clock.ts'
import { useClock } from './context.tsx'

/**
 * The database's clock, followed from the instants that answers carry: a laptop's own clock may be hours off, and ages must not
 * be. Ticks are shared: a page with a thousand ages has one timer for each granularity.
 */
class DatabaseClock {
  readonly #clock: Clock
  /** Database's clock minus the machine's monotonic one, ms. */
  #offset: number
  readonly #tickers = new Map<number, Ticker>()

  constructor(clock: Clock) {
    this.#clock = clock
    this.#offset = clock.now().getTime() - clock.monotonic()
  }

  /** An answer said what time it is. Answers are a little old when they arrive, so the latest estimate wins. */
  follow(asOf: Date): void {
    this.#offset = asOf.getTime() - this.#clock.monotonic()
  }

  now(): Date {
    return new Date(this.#offset + this.#clock.monotonic())
  }

  ticker(everyMs: number): Ticker {
    let ticker = this.#tickers.get(everyMs)
    if (ticker === undefined) this.#tickers.set(everyMs, (ticker = new Ticker(() => this.now(), everyMs)))
    return ticker
  }
}

/** Runs while somebody listens. */
class Ticker {
  readonly #read: () => Date
  readonly #everyMs: number
  readonly #listeners = new Set<() => void>()
  #timer: ReturnType<typeof setInterval> | null = null
  #value: Date

  constructor(read: () => Date, everyMs: number) {
    this.#read = read
    this.#everyMs = everyMs
    this.#value = read()
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    if (this.#timer === null) {
      this.#value = this.#read()
      this.#timer = setInterval(() => {
        this.#value = this.#read()
        for (const one of this.#listeners) one()
      }, this.#everyMs)
    }
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size > 0 || this.#timer === null) return
      clearInterval(this.#timer)
      this.#timer = null
    }
  }

  readonly value = (): Date => this.#value
}

const ClockContext = createContext<DatabaseClock | null>(null)

export function DatabaseClockProvider({ children }: { children: ReactNode }) {
  const clock = useClock()
  const value = useMemo(() => new DatabaseClock(clock), [clock])
  return <ClockContext value={value}>{children}</ClockContext>
}

export function useDatabaseClock(): DatabaseClock {
  const value = use(ClockContext)
  if (value === null) throw new Error('Used outside of DatabaseClockProvider.')
  return value
}

/** The time by the database, re-rendering every `everyMs` (1,000 for what counts seconds, 15,000 for what counts minutes). */
export function useNow(everyMs: 1_000 | 15_000 = 15_000): Date {
  const ticker = useDatabaseClock().ticker(everyMs)
  return useSyncExternalStore(ticker.subscribe, ticker.value)
}

/** Sets the clock by an answer's `asOf`. */
export function useFollowClock(asOf: Date | undefined): void {
  const clock = useDatabaseClock()
  useEffect(() => {
    if (asOf !== undefined) clock.follow(asOf)
  }, [clock, asOf])
}

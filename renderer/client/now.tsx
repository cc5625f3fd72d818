import { createContext, type ReactNode, use, useEffect, useMemo, useSyncExternalStore } from 'react'
import type { Clock } from '../../shared/clock.ts'
import { useClock, useKept } from './context.tsx'
import type { KeptAnswers } from './kept.ts'

/**
 * The database's clock, followed from the instants that answers carry: a laptop's own clock may be hours off, and ages must not
 * be. Ticks are shared: a page with a thousand ages has one timer for each granularity.
 */
class DatabaseClock {
  readonly #clock: Clock
  readonly #kept: KeptAnswers
  /** Database's clock minus the machine's monotonic one, ms. */
  #offset: number
  /** The latest instant that anything told, ms. */
  #told = Number.NEGATIVE_INFINITY
  readonly #tickers = new Map<number, Ticker>()

  constructor(clock: Clock, kept: KeptAnswers) {
    this.#clock = clock
    this.#kept = kept
    this.#offset = clock.now().getTime() - clock.monotonic()
  }

  /** The agent says what time it is, right now. */
  follow(asOf: Date): void {
    this.#told = asOf.getTime()
    this.#offset = asOf.getTime() - this.#clock.monotonic()
  }

  /**
   * An answer says what time it was when it was given. One that was kept, or that was on screen before and is again, must not set the
   * clock back; who sets back the database's own clock is heard from the agent.
   */
  followAnswer(asOf: Date): void {
    if (asOf.getTime() > this.#told && !this.#kept.isPast(asOf)) this.follow(asOf)
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
  const kept = useKept()
  const value = useMemo(() => new DatabaseClock(clock, kept), [clock, kept])
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

/** Sets the clock by an answer's `asOf`, if that is news. */
export function useFollowClock(asOf: Date | undefined): void {
  const clock = useDatabaseClock()
  useEffect(() => {
    if (asOf !== undefined) clock.followAnswer(asOf)
  }, [clock, asOf])
}

import type { Clock } from '../../shared/clock.ts'

/** A clock that moves only when told. Wall clock and monotonic clock move separately, as on a real machine. */
export class TestClock implements Clock {
  #wall: number
  #monotonic = 0

  constructor(start: Date | string = '2026-03-02T12:00:00Z') {
    this.#wall = new Date(start).getTime()
  }

  now(): Date {
    return new Date(this.#wall)
  }

  monotonic(): number {
    return this.#monotonic
  }

  /** Time passes: both clocks move. */
  advance(milliseconds: number): void {
    this.#wall += milliseconds
    this.#monotonic += milliseconds
  }

  /** Somebody sets the wall clock, forward or back; no time passes. */
  set(wall: Date | string): void {
    this.#wall = new Date(wall).getTime()
  }
}

import type { Clock } from '../shared/clock.ts'

/** A timer stands still while the machine sleeps, and what it waits for is told as a time of day: so often the clock is looked at, ms. */
const lookMs = 2_000

/** Something that is so for a while: not to be disturbed, paused. Told when it begins, and when it is over. */
export class TimedState {
  readonly #clock: Clock
  readonly #onChange: (isOn: boolean) => void
  #until: Date | null = null
  #timer: NodeJS.Timeout | null = null

  constructor(clock: Clock, onChange: (isOn: boolean) => void) {
    this.#clock = clock
    this.#onChange = onChange
  }

  /** Null = it is not so. */
  get until(): Date | null {
    return this.#until !== null && this.#until > this.#clock.now() ? this.#until : null
  }

  /** From now on for so many minutes; 0 ends it. */
  set(minutes: number): void {
    this.stop()
    this.#until = minutes === 0 ? null : new Date(this.#clock.now().getTime() + minutes * 60_000)
    if (minutes > 0) this.#timer = setInterval(() => (this.until === null ? this.set(0) : undefined), lookMs)
    this.#onChange(minutes > 0)
  }

  /** For good; nothing is told. */
  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }
}

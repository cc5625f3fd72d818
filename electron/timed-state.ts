import type { Clock } from '../shared/clock.ts'

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

  /** Null = it is not so. A machine that slept past it finds that it is over. */
  get until(): Date | null {
    return this.#until !== null && this.#until > this.#clock.now() ? this.#until : null
  }

  /** From now on for so many minutes; 0 ends it. */
  set(minutes: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#until = minutes === 0 ? null : new Date(this.#clock.now().getTime() + minutes * 60_000)
    if (minutes > 0) this.#timer = setTimeout(() => this.set(0), minutes * 60_000)
    this.#onChange(minutes > 0)
  }

  /** For good; nothing is told. */
  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }
}

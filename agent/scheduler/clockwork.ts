import { type Job, scheduleJob } from 'node-schedule'
import type { Clock } from '../../shared/clock.ts'

/** One hour: a longer wait is cut, and whoever is woken early looks again. (A timer beyond 2^31 ms would fire at once.) */
const longestWaitMs = 3_600_000
/** How often the two clocks are compared, and by how much they may differ from one time to the next. ms */
const watch = { everyMs: 1_000, toleranceMs: 500 }

interface Alarm {
  readonly job: Job
  /** Monotonic ms. */
  readonly dueAt: number
  readonly ring: () => void | Promise<void>
}

/**
 * The agent's alarm clock: named one-off alarms, each re-armed from now by its owner. node-schedule only ticks here; when
 * something is due is computed elsewhere, by the database's clock. One-off dates never burst after a blocked event loop,
 * and a failing callback is reported instead of ending the process.
 *
 * node-schedule rings at a wall-clock date, and looks at the date again when its timer fires: set the clock of the machine
 * back by two hours, and every alarm is two hours late, renewals of leases included. So the wall clock is compared with the
 * monotonic one, and after a jump everything is armed again: back, for the time that really remains; forward (it was set, or
 * the machine slept), less the time that has passed.
 */
export class Clockwork {
  readonly #clock: Clock
  readonly #report: (alarm: string, error: unknown) => void
  readonly #alarms = new Map<string, Alarm>()
  #watch: NodeJS.Timeout | null = null
  /** Wall-clock ms minus monotonic ms, when last compared. */
  #difference: number
  #stopped = false

  constructor(clock: Clock, report: (alarm: string, error: unknown) => void) {
    this.#clock = clock
    this.#report = report
    this.#difference = this.#compare()
  }

  /** Calls `ring` once in `delayMs` (at most one hour); replaces an alarm of the same name. */
  arm(name: string, delayMs: number, ring: () => void | Promise<void>): void {
    this.disarm(name)
    if (this.#stopped) return
    this.#watch ??= setInterval(() => this.#lookForJump(), watch.everyMs)
    const wait = Math.min(Math.max(Math.ceil(delayMs), 1), longestWaitMs)
    const job = scheduleJob(new Date(this.#clock.now().getTime() + wait), async () => {
      this.#alarms.delete(name)
      await this.#ring(name, ring)
    })
    // Null = the instant passed while it was being armed.
    if (job) this.#alarms.set(name, { job, dueAt: this.#clock.monotonic() + wait, ring })
    else queueMicrotask(() => void this.#ring(name, ring))
  }

  disarm(name: string): void {
    this.#alarms.get(name)?.job.cancel()
    this.#alarms.delete(name)
  }

  /** Silences every alarm for good. Safe twice. */
  stop(): void {
    this.#stopped = true
    if (this.#watch) clearInterval(this.#watch)
    this.#watch = null
    for (const name of this.#alarms.keys()) this.disarm(name)
  }

  async #ring(name: string, ring: Alarm['ring']): Promise<void> {
    try {
      await ring()
    } catch (error) {
      this.#report(name, error)
    }
  }

  #compare(): number {
    return this.#clock.now().getTime() - this.#clock.monotonic()
  }

  #lookForJump(): void {
    const difference = this.#compare()
    const jump = difference - this.#difference
    this.#difference = difference
    if (Math.abs(jump) <= watch.toleranceMs) return
    const passed = this.#clock.monotonic() + Math.max(jump, 0)
    // A copy: arming puts the alarm back at the end.
    const alarms = Array.from(this.#alarms)
    for (const [name, { dueAt, ring }] of alarms) this.arm(name, dueAt - passed, ring)
  }
}

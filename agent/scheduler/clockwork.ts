import { type Job, scheduleJob } from 'node-schedule'
import type { Clock } from '../../shared/clock.ts'

/** One hour: a longer wait is cut, and whoever is woken early looks again. (A timer beyond 2^31 ms would fire at once.) */
const longestWaitMs = 3_600_000

/**
 * The agent's alarm clock: named one-off alarms, each re-armed from now by its owner. node-schedule only ticks here; when
 * something is due is computed elsewhere, by the database's clock. One-off dates never burst after a blocked event loop,
 * and a failing callback is reported instead of ending the process.
 */
export class Clockwork {
  readonly #clock: Clock
  readonly #report: (alarm: string, error: unknown) => void
  readonly #alarms = new Map<string, Job>()
  #stopped = false

  constructor(clock: Clock, report: (alarm: string, error: unknown) => void) {
    this.#clock = clock
    this.#report = report
  }

  /** Calls `ring` once in `delayMs` (at most one hour); replaces an alarm of the same name. */
  arm(name: string, delayMs: number, ring: () => void | Promise<void>): void {
    this.disarm(name)
    if (this.#stopped) return
    const wait = Math.min(Math.max(Math.ceil(delayMs), 1), longestWaitMs)
    const job = scheduleJob(new Date(this.#clock.now().getTime() + wait), async () => {
      this.#alarms.delete(name)
      try {
        await ring()
      } catch (error) {
        this.#report(name, error)
      }
    })
    // Null = the instant passed while it was being armed.
    if (job) this.#alarms.set(name, job)
    else queueMicrotask(() => void Promise.resolve(ring()).catch((error: unknown) => this.#report(name, error)))
  }

  disarm(name: string): void {
    this.#alarms.get(name)?.cancel()
    this.#alarms.delete(name)
  }

  /** Silences every alarm for good. Safe twice. */
  stop(): void {
    this.#stopped = true
    for (const name of this.#alarms.keys()) this.disarm(name)
  }
}

/**
 * Mutual exclusion between processes without a lock file that can go stale.
 *
 * Each contender announces itself, then looks. Alone: it holds the lock. Not alone: it withdraws, waits a random moment and
 * tries again. Two can never both look and see nobody, since both announced before they looked; the dead do not count.
 */
import { randomInt } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Clock } from '../../../shared/clock.ts'
import { Problem } from '../../../shared/errors.ts'
import { announce, identityOf, livingNames, type Presence } from './presence.ts'

export interface ExclusiveOptions {
  readonly clock: Clock
  /** How long to wait for the others, ms. */
  readonly waitMs: number
}

/** Runs the work while no other process does. Throws Problem `unavailable` when the others do not finish in time. */
export async function exclusively<T>(folder: string, options: ExclusiveOptions, work: () => Promise<T>): Promise<T> {
  const held = await acquire(folder, options)
  try {
    return await work()
  } finally {
    await held.withdraw()
  }
}

async function acquire(folder: string, options: ExclusiveOptions): Promise<Presence> {
  const giveUpAt = options.clock.monotonic() + options.waitMs
  for (;;) {
    const others = await livingNames(folder)
    if (others.length === 0) {
      const presence = await announce(folder)
      const present = await livingNames(folder)
      if (present.every((name) => name === presence.name)) return presence
      await presence.withdraw()
    }
    if (options.clock.monotonic() > giveUpAt) throw tooLong(folder, others, options.waitMs)
    await delay(randomInt(10, 60))
  }
}

function tooLong(folder: string, holders: string[], waitMs: number): Problem {
  const pids = holders.map((name) => identityOf(name)?.pid ?? name)
  return new Problem(
    'unavailable',
    `Another process (pid ${pids.join(', ')}) has been starting or stopping the database for over ${waitMs / 1000} s.`,
    { field: 'data-dir', value: folder, fix: 'Wait for that process, or end it, and try again.' },
  )
}

/** A supervisor of a test's database. */
import { attemptDatabase } from '../../agent/connection/attempt.ts'
import { ConnectionSupervisor, type SupervisorOptions } from '../../agent/connection/supervisor.ts'
import { troubleWith } from '../../agent/store/reach-database.ts'
import { systemClock } from '../../shared/clock.ts'

/** Believes that the database is there until something speaks against it; no schema of ours is expected. */
export function supervise(url: string, changes: Partial<SupervisorOptions> = {}): ConnectionSupervisor {
  return new ConnectionSupervisor({
    clock: systemClock,
    attempt: (signal) =>
      attemptDatabase({ url, migrations: null, migrate: () => Promise.resolve(), onFound: () => undefined }, signal),
    describe: (error) => troubleWith(url, error),
    random: Math.random,
    initially: 'up',
    ...changes,
  })
}

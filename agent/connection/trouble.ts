import type { DatabaseCause } from '../../shared/connection.ts'
import { formatDuration } from '../../shared/duration.ts'
import { Problem, type ProblemCode } from '../../shared/errors.ts'

export interface Trouble {
  readonly cause: DatabaseCause
  /** A sentence that names what is meant. */
  readonly reason: string
  readonly fix: string | null
}

/** Stable codes of calls that cannot be answered. Everything that may pass by itself is the database that does not answer. */
const codes: Partial<Record<DatabaseCause, ProblemCode>> = {
  schema_older: 'schema_older',
  schema_newer: 'schema_newer',
  schema_edited: 'migration_edited',
}

/** What a caller hears who needs the database now. Null: not answered yet, and nothing is known against it. */
export function problemOf(trouble: Trouble | null, nextTryMs: number | null): Problem {
  if (trouble === null) {
    return new Problem('unavailable', 'The agent is still starting: its database has not answered yet.', {
      fix: 'Try again in a moment; /readyz says what it waits for.',
    })
  }
  const next =
    nextTryMs === null ? 'It is being tried now.' : `Next try in ${formatDuration(Math.max(nextTryMs, 1_000))}.`
  return new Problem(codes[trouble.cause] ?? 'database_unreachable', `${trouble.reason} ${next}`, {
    field: 'database',
    value: trouble.cause,
    fix: trouble.fix ?? 'Try again in a moment; the agent keeps trying to reach it.',
  })
}

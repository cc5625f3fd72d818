import { describeError, Problem } from '../../shared/errors.ts'
import { DatabaseTrouble } from '../store/database-trouble.ts'
import { alreadyEdited, schemaNewer } from '../store/migration-errors.ts'
import type { MigrationFile } from '../store/migration-files.ts'
import { compareMigrations, type MigrationStatus } from '../store/migration-status.ts'
import { type FoundDatabase, inspectDatabase, readOnlyServer } from '../store/reach-database.ts'
import type { Attempt } from './supervisor.ts'

export interface AttemptOptions {
  readonly url: string
  /** Of this program; null: the schema is not looked at. */
  readonly migrations: readonly MigrationFile[] | null
  /** Brings an older schema up to date. @throws Problem that says why it cannot. */
  readonly migrate: () => Promise<void>
  /** Told after each look. */
  readonly onFound: (found: FoundDatabase) => void
}

/** One try at the database: is it there, does it take changes, and is its schema ours? @throws DatabaseTrouble. */
export async function attemptDatabase(options: AttemptOptions, signal: AbortSignal): Promise<Attempt> {
  const { url, migrations, migrate, onFound } = options
  const found = await inspectDatabase(url, signal)
  onFound(found)
  const status = migrations === null ? null : compareMigrations(migrations, found.applied)
  const limit = schemaLimit(status) ?? (found.isReadOnly ? readOnlyServer(url) : null)
  if (status?.state === 'older') await bringUp(status, found, migrate)
  return { now: found.now, limit }
}

/** Reading goes on with a schema that a newer program has made. */
function schemaLimit(status: MigrationStatus | null): DatabaseTrouble | null {
  if (status?.state !== 'newer' && status?.state !== 'edited') return null
  const isNewer = status.state === 'newer'
  const { message, fix = '' } = isNewer ? schemaNewer(status) : alreadyEdited(status.edited)
  return new DatabaseTrouble(isNewer ? 'schema_newer' : 'schema_edited', message, fix)
}

async function bringUp(
  { pending }: MigrationStatus,
  found: FoundDatabase,
  migrate: () => Promise<void>,
): Promise<void> {
  if (found.isReadOnly) throw schemaOlder(`${pending.join(', ')} cannot be applied to a server that is read-only.`)
  try {
    await migrate()
  } catch (error) {
    throw error instanceof DatabaseTrouble ? error : schemaOlder(describeError(error), error)
  }
}

function schemaOlder(why: string, cause?: unknown): DatabaseTrouble {
  const fix = cause instanceof Problem ? cause.fix : undefined
  return new DatabaseTrouble(
    'schema_older',
    `The database is not at this program's schema: ${why}`,
    fix ?? 'Run "pm migrate" with the URL of the role that owns the tables.',
    cause,
  )
}

import type { Clock } from '../../shared/clock.ts'
import { Problem } from '../../shared/errors.ts'
import { type MigrationReport, migrate } from '../store/migrate.ts'
import type { Connection } from './connect.ts'
import { migrationsFolder, programVersion } from './program.ts'

/**
 * Brings the schema up to date before an agent works on it. With nothing to do it only reads, so that any role may start.
 * @throws Problem `schema_newer`, `migration_edited`, or `migration_failed` that says who may do it when this role may not.
 */
export async function prepareSchema(
  { url, kind }: Pick<Connection, 'url' | 'kind'>,
  options: { readonly clock: Clock; readonly onApplied?: (name: string, durationMs: number) => void },
): Promise<MigrationReport> {
  try {
    return await migrate(url, { ...options, directory: migrationsFolder, programVersion: programVersion() })
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'migration_failed' || kind === 'embedded') throw error
    if (!error.message.includes('(SQLSTATE 42501)')) throw error
    throw new Problem(error.code, `This role may not change the schema. ${error.message}`, {
      field: 'database-url',
      fix: 'Run "pm migrate" once with the URL of the role that owns the tables, then start again with this one.',
      cause: error,
    })
  }
}

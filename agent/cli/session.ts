import { Problem } from '../../shared/errors.ts'
import { type Connection, connect } from '../application/connect.ts'
import { migrationsFolder, programVersion } from '../application/program.ts'
import { type Configuration, loadConfiguration } from '../config.ts'
import { sqlState } from '../store/database.ts'
import { migrate, migrationStatus } from '../store/migrate.ts'
import type { MigrationStatus } from '../store/migration-status.ts'
import type { CliContext, GlobalFlags } from './context.ts'
import { requireKnownDatabase } from './known-database.ts'
import { createPrinter, type Printer } from './output/printer.ts'
import { isHeeded } from './pause.ts'
import { echoMs } from './start-signals.ts'

/** What a command works with. */
export interface Session extends Configuration {
  readonly context: CliContext
  readonly print: Printer
  readonly connection: Connection
  readonly database: Connection['database']
  /** Aborted by Ctrl+C, SIGTERM, and when nobody reads stdout any more. Only long commands look at it. */
  readonly interrupted: AbortSignal
}

/** A command that only reads works on a schema that is newer than ours; one that writes does not. */
export type Access = 'read' | 'write'

/** The configuration and the printer of a command that needs no database. */
export function configured(context: CliContext, flags: GlobalFlags): Configuration & { readonly print: Printer } {
  const print = createPrinter(context, flags)
  const configuration = loadConfiguration({ flags: settingFlags(flags), environment: context.environment })
  return { ...configuration, print }
}

/**
 * Opens the database, checks that its schema is ours, does the work and closes everything, also when interrupted.
 * An embedded database is brought to our schema first; somebody's own is changed only by `pm migrate`.
 */
export async function withSession(
  context: CliContext,
  flags: GlobalFlags,
  access: Access,
  work: (session: Session) => Promise<void>,
): Promise<void> {
  const { print, ...configuration } = configured(context, flags)
  await withConnection(context, configuration, async (connection, interrupted) => {
    await requireSchema(context, connection, access, print)
    const { database } = connection
    await work({ ...configuration, context, print, connection, database, interrupted })
  })
}

/** Only the settings that every command shares: the rest of its flags mean other things. */
export function settingFlags({ dataDir, databaseUrl, config }: GlobalFlags): Record<string, string> {
  return Object.fromEntries(
    Object.entries({ dataDir, databaseUrl, config }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  )
}

/** A connection for the time of `work`; nothing of it is left running afterwards. */
export async function withConnection(
  context: CliContext,
  { settings }: Pick<Configuration, 'settings'>,
  work: (connection: Connection, interrupted: AbortSignal) => Promise<void>,
): Promise<void> {
  const interruption = new AbortController()
  const interrupt = (): void => interruption.abort()
  let since: number | null = null
  const onSignal = (signal: NodeJS.Signals): void => {
    const now = context.clock.monotonic()
    interrupt()
    if (since === null) {
      since = now
      return
    }
    // What npm passes on of one Ctrl+C would keep a command that heeds it from saying what goes on.
    if (isHeeded(interruption.signal) && now - since <= echoMs) return
    // The second one ends the process the way signals do.
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
    process.kill(process.pid, signal)
  }
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  context.outputClosed.addEventListener('abort', interrupt, { once: true })
  if (context.outputClosed.aborted) interrupt()
  let connection: Connection | null = null
  try {
    await requireKnownDatabase(settings)
    connection = await connect(settings, { clock: context.clock, onLog: () => undefined })
    await work(connection, interruption.signal)
  } catch (error) {
    throw missingPermission(error) ?? error
  } finally {
    await connection?.close()
    const stop = (): unknown => process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
    // What is passed on may come when the command has ended already, and the process not yet.
    if (since !== null && isHeeded(interruption.signal)) setTimeout(stop, echoMs).unref()
    else stop()
    context.outputClosed.removeEventListener('abort', interrupt)
  }
}

async function requireSchema(
  context: CliContext,
  connection: Connection,
  access: Access,
  print: Printer,
): Promise<void> {
  const status = await migrationStatus(connection.url, { directory: migrationsFolder })
  if (status.state === 'current') return
  if (status.state === 'older') return bringUp(context, connection, status)
  const problem = schemaProblem(status)
  if (access === 'write') throw problem
  print.note(`Warning: ${problem.message} ${problem.fix ?? ''}`)
}

async function bringUp(context: CliContext, connection: Connection, { pending }: MigrationStatus): Promise<void> {
  if (connection.kind === 'external') {
    const files = pending.length === 1 ? '1 migration is' : `${pending.length} migrations are`
    throw new Problem('schema_older', `The database is not at this program's schema: ${files} pending.`, {
      field: 'database-url',
      value: pending[0],
      fix: 'Run "pm migrate" with a role that owns the tables.',
    })
  }
  const { clock } = context
  await migrate(connection.url, { directory: migrationsFolder, clock, programVersion: programVersion() })
}

function schemaProblem(status: MigrationStatus): Problem {
  if (status.state === 'edited') {
    const message = `These migrations were edited after they were applied: ${status.edited.join(', ')}.`
    return new Problem('migration_edited', message, { fix: 'Restore the files, and make changes in a new one.' })
  }
  const names = status.unknownNewer.map(({ name }) => name).join(', ')
  return new Problem('schema_newer', `A newer program has changed this database (${names}); here it is read-only.`, {
    fix: 'Update this program.',
  })
}

/** 42501: the role may connect, but not do this. */
function missingPermission(error: unknown): Problem | null {
  if (sqlState(error) !== '42501') return null
  const reason = error instanceof Error ? error.message : 'permission denied'
  return new Problem('not_allowed', `The database role may not do this: ${reason}.`, {
    field: 'database-url',
    fix: 'Use a role with the rights that "pm doctor" lists.',
    cause: error,
  })
}

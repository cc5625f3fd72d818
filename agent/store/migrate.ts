/**
 * Brings a database to this program's schema: forward only, in the order of the file names, one transaction per file.
 *
 * Promises:
 * - a file is applied once, however many processes start at the same moment: the lock is taken in the file's own
 *   transaction and the records are read again under it;
 * - a file that fails leaves nothing behind, and the error names file, line and SQLSTATE;
 * - an edited file is refused, and so is a database that a newer program has changed;
 * - no statement keeps other programs waiting for long: it gives up its place in a lock's queue and tries again.
 */
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import type { Clock } from '../../shared/clock.ts'
import { describeError, Problem } from '../../shared/errors.ts'
import { connectionConfig } from './database.ts'
import {
  alreadyEdited,
  endsTransaction,
  isLockTrouble,
  lockNotFree,
  migrationFailed,
  schemaNewer,
} from './migration-errors.ts'
import { type MigrationFile, readMigrationFiles } from './migration-files.ts'
import {
  beginMigration,
  createMigrationRecords,
  insertMigrationRecord,
  listMigrationRecords,
  transactionNumber,
  tryMigrationLock,
} from './migration-records.ts'
import { compareMigrations, type MigrationStatus } from './migration-status.ts'
import { SessionClient } from './session-client.ts'

export interface MigrationOptions {
  /** Folder of the .sql files. */
  readonly directory: string
}

export interface MigrateOptions extends MigrationOptions {
  readonly clock: Clock
  /** Recorded with each file, so that an older program can say who changed the schema. */
  readonly programVersion?: string
  /** Told after each file's commit; milliseconds by the database clock. */
  readonly onApplied?: (name: string, durationMs: number) => void
  /** How long to wait for other migrating processes and for locks of other programs, ms; 120,000 unless told. */
  readonly waitMs?: number
}

export interface MigrationReport {
  /** What this call applied, in order; empty when there was nothing to do. */
  readonly applied: readonly { readonly name: string; readonly durationMs: number }[]
  /** Those of them that sort before a file applied earlier: two branches met. */
  readonly outOfOrder: readonly string[]
  /** How many files were applied before. */
  readonly alreadyApplied: number
}

/** A connected client, which stays open, or a URL. */
export type MigrationTarget = pg.ClientBase | string

/** What is applied and what is not. Changes nothing, so it works with read permission and on a standby. */
export async function migrationStatus(target: MigrationTarget, options: MigrationOptions): Promise<MigrationStatus> {
  const files = await readMigrationFiles(options.directory)
  return withClient(target, async (client) => compareMigrations(files, await listMigrationRecords(client)))
}

/**
 * Applies what is pending. Throws Problem `migration_edited`, `schema_newer`, `migration_failed`, or `unavailable` when
 * others keep the lock too long; files applied before the failing one stay applied.
 */
export async function migrate(target: MigrationTarget, options: MigrateOptions): Promise<MigrationReport> {
  const files = await readMigrationFiles(options.directory)
  return withClient(target, async (client) => {
    const before = compareMigrations(files, await listMigrationRecords(client))
    refuse(before)
    const applied: { name: string; durationMs: number }[] = []
    for (const file of files.filter(({ name }) => before.pending.includes(name))) {
      const durationMs = await applyPatiently(client, file, files, options)
      if (durationMs === null) continue
      applied.push({ name: file.name, durationMs })
      options.onApplied?.(file.name, durationMs)
    }
    const last = before.applied.at(-1)?.name ?? ''
    return {
      applied,
      outOfOrder: applied.map(({ name }) => name).filter((name) => name < last),
      alreadyApplied: before.applied.length,
    }
  })
}

function refuse(status: MigrationStatus): void {
  if (status.state === 'edited') throw alreadyEdited(status.edited)
  if (status.state === 'newer') throw schemaNewer(status)
}

/** Milliseconds it took, or null when another process applied the file meanwhile. */
async function applyPatiently(
  client: pg.ClientBase,
  file: MigrationFile,
  files: readonly MigrationFile[],
  options: MigrateOptions,
): Promise<number | null> {
  const waitMs = options.waitMs ?? 120_000
  const giveUpAt = options.clock.monotonic() + waitMs
  for (let pauseMs = 50; ; pauseMs = Math.min(pauseMs * 2, 1_000)) {
    const outcome = await applyOnce(client, file, files, options.programVersion ?? null)
    if (outcome.done) return outcome.durationMs
    if (options.clock.monotonic() > giveUpAt) throw outcome.reason ?? lockNotFree(waitMs)
    await delay(pauseMs)
  }
}

type Outcome =
  | { readonly done: true; readonly durationMs: number | null }
  | { readonly done: false; readonly reason?: Problem }

async function applyOnce(
  client: pg.ClientBase,
  file: MigrationFile,
  files: readonly MigrationFile[],
  programVersion: string | null,
): Promise<Outcome> {
  await beginMigration(client)
  try {
    if (!(await tryMigrationLock(client))) return { done: false }
    await createMigrationRecords(client)
    const status = compareMigrations(files, await listMigrationRecords(client))
    refuse(status)
    if (!status.pending.includes(file.name)) return { done: true, durationMs: null }
    const durationMs = await runFile(client, file, programVersion)
    await client.query('commit')
    return { done: true, durationMs }
  } catch (error) {
    if (error instanceof Problem) throw error
    if (isLockTrouble(error)) return { done: false, reason: migrationFailed(file, error) }
    throw migrationFailed(file, error)
  } finally {
    // Does nothing after a commit; a connection that broke has no transaction left.
    await client.query('rollback').catch(() => undefined)
  }
}

async function runFile(client: pg.ClientBase, file: MigrationFile, programVersion: string | null): Promise<number> {
  const before = await transactionNumber(client)
  await client.query(file.text)
  if ((await transactionNumber(client)) !== before) throw endsTransaction(file)
  return insertMigrationRecord(client, { name: file.name, checksum: file.checksum, program_version: programVersion })
}

async function withClient<T>(target: MigrationTarget, work: (client: pg.ClientBase) => Promise<T>): Promise<T> {
  if (typeof target !== 'string') return work(target)
  const client = await connect(target)
  try {
    return await work(client)
  } finally {
    await client.end().catch(() => undefined)
  }
}

async function connect(url: string): Promise<pg.Client> {
  const config = connectionConfig({ url, applicationName: 'pipeline-manager migrate', purpose: 'console' })
  // A migration may take as long as it needs.
  const client = new SessionClient({
    ...config,
    query_timeout: undefined,
    session: { ...config.session, statement_timeout: '0' },
  })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return client
  } catch (error) {
    await client.end().catch(() => undefined)
    const refused = error instanceof pg.DatabaseError
    throw new Problem(
      refused ? 'database_refused' : 'database_unreachable',
      refused
        ? `The database refused the connection: ${describeError(error)}`
        : `The database cannot be reached: ${describeError(error)}`,
      {
        field: 'database-url',
        fix: refused
          ? 'Check user, password and database name in the URL.'
          : 'Check host and port, and that the server runs.',
        cause: error,
      },
    )
  }
}

import pg from 'pg'
import { describeError, Problem } from '../../shared/errors.ts'
import type { MigrationFile } from './migration-files.ts'
import type { MigrationStatus } from './migration-status.ts'

/** Names file, line, SQLSTATE and what the server said; nothing of the file was kept. */
export function migrationFailed(file: MigrationFile, error: unknown): Problem {
  const state = error instanceof pg.DatabaseError ? error.code : undefined
  const line = lineOf(file.text, error)
  const place = line === null ? file.name : `${file.name}, line ${line}`
  const code = state === undefined ? '' : ` (SQLSTATE ${state})`
  return new Problem('migration_failed', `${place}: ${describeError(error)}${code}${contextOf(error)}`, {
    field: 'migrations',
    value: file.name,
    fix: fixFor(state),
    cause: error,
  })
}

/** Line of the statement the server points at, from 1; null when it points nowhere (most errors in rows). */
export function lineOf(text: string, error: unknown): number | null {
  const position = error instanceof pg.DatabaseError ? Number(error.position) : Number.NaN
  if (!Number.isInteger(position) || position < 1) return null
  // The server counts characters from 1; JavaScript counts some of them twice.
  const before = [...text].slice(0, position - 1)
  return before.filter((character) => character === '\n').length + 1
}

function contextOf(error: unknown): string {
  if (!(error instanceof pg.DatabaseError)) return ''
  const parts = [error.detail, error.hint, error.where, error.table && `table ${error.table}`]
  const said = parts.filter((part) => part !== undefined && part !== '')
  return said.length === 0 ? '' : `\n${said.join('\n')}`
}

function fixFor(state: string | undefined): string {
  if (state === '42501') return 'Run the migrations as the role that owns the tables.'
  if (state === '25006') return 'This server is read-only. Name the primary server in the database URL.'
  if (state === '55P03' || state === '40P01') {
    return 'Another program kept a table locked. Nothing was changed; run the migrations again when it is quieter.'
  }
  return 'Nothing of this file was applied. Correct what the message names and run the migrations again.'
}

export function alreadyEdited(names: readonly string[]): Problem {
  return new Problem('migration_edited', `Edited after it was applied to this database: ${names.join(', ')}.`, {
    field: 'migrations',
    value: names[0],
    fix: 'Restore the file as it was, and put the change into a new file.',
  })
}

export function schemaNewer(status: Pick<MigrationStatus, 'unknownNewer'>): Problem {
  const names = status.unknownNewer.map((record) => record.name)
  const versions = [...new Set(status.unknownNewer.map((record) => record.program_version).filter(Boolean))]
  const by = versions.length === 0 ? '' : ` by version ${versions.join(', ')}`
  return new Problem(
    'schema_newer',
    `This database was changed${by} in ways this program does not know: ${names.join(', ')}.`,
    {
      field: 'migrations',
      value: names[0],
      fix: 'Update this program. Until then it reads and changes nothing.',
    },
  )
}

export function lockNotFree(waitedMs: number): Problem {
  return new Problem('unavailable', `Another process has been changing the schema for over ${waitedMs / 1000} s.`, {
    fix: 'Wait for it to finish and try again. Nothing was changed here.',
  })
}

export function endsTransaction(file: MigrationFile): Problem {
  return new Problem('migration_failed', `${file.name} ends the transaction it runs in.`, {
    field: 'migrations',
    value: file.name,
    fix: 'Remove begin, commit and rollback from the file; each file runs in one transaction.',
  })
}

/** Worth another try: only somebody else's lock was in the way. */
export function isLockTrouble(error: unknown): boolean {
  return error instanceof pg.DatabaseError && (error.code === '55P03' || error.code === '40P01')
}

import type BetterSqlite from 'better-sqlite3'

export type Sqlite = typeof BetterSqlite

/**
 * The driver is native code: where none was built for this kind of machine, the agent works without the store.
 * @throws what the loader says.
 */
export async function loadDriver(): Promise<Sqlite> {
  const { default: driver } = await import('better-sqlite3')
  return driver
}

/** Code of an error of SQLite itself, as `SQLITE_FULL`; null for any other. https://sqlite.org/rescode.html */
export function sqliteCode(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return null
  return error.code.startsWith('SQLITE_') ? error.code : null
}

export function isDamage(error: unknown): boolean {
  return /^SQLITE_(CORRUPT|NOTADB)/.test(sqliteCode(error) ?? '')
}

export function isFull(error: unknown): boolean {
  return sqliteCode(error) === 'SQLITE_FULL'
}

/** SQLite did not take the statement or its values, whatever the state of the file. */
export function isRefusal(error: unknown): boolean {
  return /^SQLITE_(ERROR|CONSTRAINT|MISMATCH|RANGE|TOOBIG|MISUSE)/.test(sqliteCode(error) ?? '')
}

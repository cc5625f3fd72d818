import type { Database, Statement } from './database.ts'

const statement: Statement = {
  name: 'database_mark',
  text: `select to_char(min(applied_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as mark from pipeline_migrations`,
}

/** Tells databases apart: when the first migration was applied, to the microsecond. A dump that is restored elsewhere has the same. */
export async function databaseMark(database: Database): Promise<string> {
  const [row] = await database.query<{ mark: string | null }>(statement, [])
  return row?.mark ?? ''
}

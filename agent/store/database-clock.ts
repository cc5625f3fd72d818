import type { Database, Statement } from './database.ts'

const nowStatement: Statement = { name: 'database_now', text: 'select clock_timestamp() as now' }

/** The database's clock; asking it is also the cheapest proof that the database answers. */
export async function databaseNow(database: Database): Promise<Date> {
  const [row] = await database.query<{ now: Date }>(nowStatement, [])
  if (row === undefined) throw new Error('The database did not say what time it is.')
  return row.now
}

const writtenStatement: Statement = {
  name: 'written_so_far',
  text: 'select pg_current_snapshot()::text as written, clock_timestamp() as "asOf"',
}

/**
 * Names everything on this server that can be seen at the moment: which transactions have ended, and which have not. The same text at
 * two moments means that nothing has come to be seen between them, in any table. `asOf` is the moment.
 */
export async function writtenSoFar(database: Database): Promise<{ readonly written: string; readonly asOf: Date }> {
  const [row] = await database.query<{ written: string; asOf: Date }>(writtenStatement, [])
  if (row === undefined) throw new Error('The database did not say what is written.')
  return row
}

import type { Database, Statement } from './database.ts'

const nowStatement: Statement = { name: 'database_now', text: 'select clock_timestamp() as now' }

/** The database's clock; asking it is also the cheapest proof that the database answers. */
export async function databaseNow(database: Database): Promise<Date> {
  const [row] = await database.query<{ now: Date }>(nowStatement, [])
  if (row === undefined) throw new Error('The database did not say what time it is.')
  return row.now
}

import pg from 'pg'
import { testApplicationName } from './names.ts'

/** One question to any database, on a connection of its own. */
export async function ask<Row extends object>(url: string, query: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url, application_name: testApplicationName })
  await client.connect()
  try {
    return (await client.query<Row & pg.QueryResultRow>(query)).rows
  } finally {
    await client.end()
  }
}

import { concurrencyKeyOf } from './concurrency-key.ts'
import type { Database, Statement } from './database.ts'

const busyStatement: Statement = {
  name: 'list_busy_keys',
  text: `
select ${concurrencyKeyOf('job')} as key, job.current_run_id as "runId"
from scheduled_jobs job
where ${concurrencyKeyOf('job')} = any($1::text[]) and job.current_run_id is not null`,
}

/** Of these concurrency keys those that a run holds now, with the run. */
export async function listBusyKeys(database: Database, keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const rows = await database.query<{ key: string; runId: string }>(busyStatement, [keys])
  return new Map(rows.map(({ key, runId }) => [key, runId]))
}

const existingStatement: Statement = {
  name: 'find_existing_jobs',
  text: `select id from scheduled_jobs where id = any($1::uuid[])`,
}

/** Which of these ids name a job. */
export async function findExistingJobs(database: Database, ids: readonly string[]): Promise<ReadonlySet<string>> {
  return new Set((await database.query<{ id: string }>(existingStatement, [ids])).map(({ id }) => id))
}

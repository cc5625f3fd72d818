import type { Database, Statement } from '../database.ts'
import { type Batch, type BatchRequest, type BatchRow, beforeAll, progress } from './batch.ts'
import { cutoff, isOver } from './cutoff.ts'

const statement: Statement = {
  name: 'sweep_run_logs',
  text: `
with old as materialized (
  select run.id, run.started_at, ${isOver('run', cutoff('$1::integer'))} as is_over
  from scheduled_job_runs run
  where run.started_at < ${cutoff('$1')} and (run.started_at, run.id) > ($2::timestamptz, $3::uuid)
  order by run.started_at, run.id
  limit $4::integer
), lines as (
  delete from run_logs line
  using (
    select log.run_id, log.seq from old join run_logs log on log.run_id = old.id where old.is_over and $6::boolean limit $5::integer
  ) gone
  where line.run_id = gone.run_id and line.seq = gone.seq
  returning line.seq
), texts as (
  -- The same log as one text, which older programs read.
  update scheduled_job_runs run
  set logs = null
  from old
  where run.id = old.id and old.is_over and run.logs is not null and $6::boolean and (select count(*) from lines) < $5::integer
  returning run.id
)
select (select count(*) from old) as looked, last.started_at::text as first, last.id::text as second,
  (select count(*) from lines) >= $5::integer as again, (select count(*) from lines) as lines,
  (select count(*) from texts) as texts
from (select 1) one
left join (select * from old order by started_at desc, id desc limit 1) last on true`,
}

interface Row extends BatchRow {
  readonly lines: number
  readonly texts: number
}

/**
 * Removes the log lines of runs that are older than `keepDays`, and their logs as one text. The runs stay. By the order in which they
 * started, so that the next sweep can go on where this one ends.
 */
export async function sweepRunLogs(database: Database, keepDays: number, request: BatchRequest): Promise<Batch> {
  const { after, limit, mostRows, removes } = request
  const values = [keepDays, ...(after ?? beforeAll), limit, mostRows, removes]
  const [row] = await database.query<Row>(statement, values)
  if (row === undefined) throw new Error('sweep_run_logs returned no row')
  return { removed: { run_logs: row.lines, 'scheduled_job_runs.logs': row.texts }, ...progress(row, request) }
}

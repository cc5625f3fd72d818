import type { LogLevel } from '../../shared/domain.ts'
import type { Database, Statement } from './database.ts'

export interface RunLogLine {
  /** 1, 2, 3, … within the run. */
  readonly seq: number
  readonly loggedAt: Date
  readonly level: LogLevel
  readonly stepKey: string | null
  readonly message: string
}

const listStatement: Statement = {
  name: 'list_run_logs',
  text: `
select seq, logged_at as "loggedAt", level, step_key as "stepKey", message
from run_logs
where run_id = $1::uuid and seq > $2::integer
order by seq
limit least(greatest($3::integer, 1), 5000)`,
}

/** The lines after `afterSeq` (0 = from the start), at most `limit` (1 to 5,000). */
export async function listRunLogs(
  database: Database,
  runId: string,
  afterSeq: number,
  limit: number,
): Promise<RunLogLine[]> {
  return database.query<RunLogLine>(listStatement, [runId, afterSeq, limit])
}

const tailStatement: Statement = {
  name: 'tail_run_logs',
  text: `
select * from (
  select seq, logged_at as "loggedAt", level, step_key as "stepKey", message
  from run_logs
  where run_id = $1::uuid
  order by seq desc
  limit least(greatest($2::integer, 1), 5000)
) last
order by seq`,
}

/** The last `count` lines (1 to 5,000), in order. */
export async function tailRunLogs(database: Database, runId: string, count: number): Promise<RunLogLine[]> {
  return database.query<RunLogLine>(tailStatement, [runId, count])
}

export interface RunLogState {
  /** Nothing follows the lines that were there before this was asked. */
  readonly ended: boolean
  /** Lines in run_logs, and the last of them; 0 without any. */
  readonly lines: number
  readonly lastSeq: number
  /** Of the log as one text, as other programs keep it; null = none. */
  readonly textBytes: number | null
}

const stateStatement: Statement = {
  name: 'run_log_state',
  text: `
select run.completed_at is not null or run.status not in ('running', 'pending') as ended, own.lines, own.last_seq as "lastSeq",
  octet_length(run.logs) as "textBytes"
from scheduled_job_runs run
cross join lateral (
  select count(*) as lines, coalesce(max(line.seq), 0) as last_seq from run_logs line where line.run_id = run.id
) own
where run.id = $1::uuid`,
}

/** Null = no such run. Asked before the lines: an ended run then has all of its own. */
export async function runLogState(database: Database, runId: string): Promise<RunLogState | null> {
  const [state] = await database.query<RunLogState>(stateStatement, [runId])
  return state ?? null
}

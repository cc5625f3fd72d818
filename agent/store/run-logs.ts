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

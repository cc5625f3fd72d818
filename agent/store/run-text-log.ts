/**
 * Logs that another program keeps as one text in `logs`, as lines. The text may have 200 MB and a line 50: the server cuts both
 * before anything leaves it. Of a long text the beginning and the end are kept, as our own run log does.
 */
import type { Database, Statement } from './database.ts'
import { finite } from './job-columns.ts'

/** Bytes of a text that is shown whole; characters of the beginning and the end of a longer one, and of a line. */
const limits = { whole: 8_000_000, head: 1_000_000, tail: 4_000_000, line: 16_384 }

export interface TextLogLine {
  /** 1, 2, 3, … */
  readonly seq: number
  readonly message: string
  /** Of the line that are not in the message. */
  readonly cutBytes: number
}

export interface TextLog {
  /** The text has no times: when the run ended, else when it started. */
  readonly at: Date
  /** Lines in all. */
  readonly lineCount: number
  readonly lines: readonly TextLogLine[]
}

const shownText = `
case
  when octet_length(run.logs) <= ${limits.whole} then run.logs
  else substr(run.logs, 1, ${limits.head}) || E'\\n… the middle of ' || octet_length(run.logs)
    || E' bytes is not shown\\n' || right(run.logs, ${limits.tail})
end`

const linesStatement: Statement = {
  name: 'list_text_log',
  text: `
with lines as materialized (
  select line.seq, substr(line.message, 1, ${limits.line}) as message,
    octet_length(line.message) - octet_length(substr(line.message, 1, ${limits.line})) as cut_bytes
  from scheduled_job_runs run
  cross join lateral string_to_table(rtrim(${shownText}, E'\\r\\n'), E'\\n') with ordinality as line (message, seq)
  where run.id = $1::uuid
), page as (
  select * from lines
  where seq > case when $3::integer is null then $2::bigint else (select count(*) from lines) - $3::integer end
  order by seq
  limit $4::integer
)
select coalesce(${finite('run.completed_at')}, ${finite('run.started_at')}, now()) as at,
  (select count(*) from lines) as "lineCount",
  coalesce((
    select jsonb_agg(jsonb_build_object('seq', seq, 'message', message, 'cutBytes', cut_bytes) order by seq) from page
  ), '[]') as lines
from scheduled_job_runs run
where run.id = $1::uuid`,
}

/** The lines after `afterSeq`, or the last `tail` ones; null = no such run. */
export async function listTextLog(
  database: Database,
  runId: string,
  wanted: { readonly afterSeq: number; readonly tail: number | null; readonly limit: number },
): Promise<TextLog | null> {
  const { afterSeq, tail, limit } = wanted
  const [log] = await database.query<TextLog>(linesStatement, [runId, afterSeq, tail, limit])
  return log ?? null
}

import type { JsonObject } from '../../shared/domain.ts'
import type { Database, Statement } from './database.ts'
import { finite } from './job-columns.ts'
import { type ListedRun, runColumns, runDuration, runJoins } from './run-list.ts'

/** A run with what only its own page shows. */
export interface RunDetail extends ListedRun {
  readonly organizationId: string | null
  /** At most 8,100 characters. */
  readonly errorMessage: string | null
  /** Of the whole message; null without one. */
  readonly errorBytes: number | null
  readonly parameters: JsonObject | null
  readonly metadata: JsonObject
  readonly cancelRequestedAt: Date | null
  readonly cancelRequestedBy: string | null
  readonly leaseExpiresAt: Date | null
  readonly maxRetries: number | null
  /** The run that it goes on with; null = it began at the beginning. */
  readonly continuesRunId: string | null
  /** As stored: what a person decided about it. */
  readonly decision: unknown
}

/** Other programs may store any JSON of any size; ours is far below 1 MB (compressed, as it is stored). */
const shownJson = (column: string): string => `
case
  when pg_column_size(${column}) > 1000000 then jsonb_build_object('note', 'Too large to show: ' || pg_size_pretty(pg_column_size(${column})::bigint))
  when jsonb_typeof(${column}) = 'object' then ${column}
  when jsonb_typeof(${column}) <> 'null' then jsonb_build_object('value', ${column})
end`

const detailStatement: Statement = {
  name: 'get_run_detail',
  text: `
select ${runColumns}, brand.organization_id as "organizationId", substr(run.error_message, 1, 8100) as "errorMessage",
  octet_length(run.error_message) as "errorBytes", ${shownJson('run.parameters')} as parameters,
  coalesce(${shownJson('run.metadata')}, '{}') as metadata, ${finite('run.cancel_requested_at')} as "cancelRequestedAt",
  run.cancel_requested_by as "cancelRequestedBy", ${finite('run.lease_expires_at')} as "leaseExpiresAt",
  coalesce(job.max_retries, 3) as "maxRetries", run.continues_run_id as "continuesRunId", run.decision
from scheduled_job_runs run
${runJoins}
where run.id = $1::uuid`,
}

/** Null = there is none. */
export async function getRunDetail(database: Database, runId: string): Promise<RunDetail | null> {
  const [run] = await database.query<RunDetail>(detailStatement, [runId])
  return run ?? null
}

/** One of the runs of a job around a given one. */
export interface NeighbourRun {
  readonly id: string
  readonly attempt: number
  readonly status: string
  readonly problem: string | null
  readonly startedAt: Date | null
  readonly completedAt: Date | null
  readonly durationMs: number | null
}

const neighbourColumns = `
  run.id, run.started_at, run.attempt_number as attempt, run.status, run.problem,
  ${finite('run.started_at')} as "startedAt", ${finite('run.completed_at')} as "completedAt", ${runDuration} as "durationMs"`

const neighboursStatement: Statement = {
  name: 'list_neighbour_runs',
  text: `
select around.id, around.attempt, around.status, around.problem, around."startedAt", around."completedAt", around."durationMs"
from (
  select earlier.*
  from scheduled_job_runs this
  cross join lateral (
    select ${neighbourColumns}
    from scheduled_job_runs run
    where run.scheduled_job_id = this.scheduled_job_id and (run.started_at, run.id) < (this.started_at, this.id)
    order by run.started_at desc, run.id desc
    limit 50
  ) earlier
  where this.id = $1::uuid
  union all
  select ${neighbourColumns} from scheduled_job_runs run where run.id = $1::uuid
  union all
  select later.*
  from scheduled_job_runs this
  cross join lateral (
    select ${neighbourColumns}
    from scheduled_job_runs run
    where run.scheduled_job_id = this.scheduled_job_id and (run.started_at, run.id) > (this.started_at, this.id)
    order by run.started_at, run.id
    limit 50
  ) later
  where this.id = $1::uuid
) around
order by around.started_at, around.id`,
}

/** The run and up to 50 of its job before and after it, oldest first. */
export async function listNeighbourRuns(database: Database, runId: string): Promise<NeighbourRun[]> {
  return database.query<NeighbourRun>(neighboursStatement, [runId])
}

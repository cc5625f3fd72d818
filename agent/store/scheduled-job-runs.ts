import type { JsonObject, RunProblem, RunStatus, TriggerSource } from '../../shared/domain.ts'
import type { Database, Statement } from './database.ts'
import { finite } from './job-columns.ts'

export interface Run {
  readonly id: string
  readonly jobId: string
  readonly jobName: string
  readonly jobType: string
  readonly brandId: string | null
  readonly brandName: string | null
  readonly organizationId: string | null
  readonly status: RunStatus
  /** Why it needs attention; null while it runs and after a plain success. */
  readonly problem: RunProblem | null
  readonly attempt: number
  readonly scheduledFor: Date | null
  /** Null for a run that other programs have only announced. */
  readonly startedAt: Date | null
  readonly completedAt: Date | null
  /** Until now for a run in progress. */
  readonly durationMs: number | null
  readonly recordsAffected: number | null
  readonly triggerSource: TriggerSource | null
  readonly requestedBy: string | null
  readonly cancelRequestedAt: Date | null
  readonly cancelRequestedBy: string | null
  /** At most 8,100 characters; ours have 8,000 and the note that they are cut. */
  readonly errorMessage: string | null
  readonly parameters: JsonObject | null
  /** Null for runs of other programs. */
  readonly agentId: string | null
  readonly agentName: string | null
  /** Where this run stands in the list, for `after`. */
  readonly cursor: string
  /** Of the database, when the row was read. */
  readonly asOf: Date
}

const columns = `
  run.id, run.scheduled_job_id as "jobId", coalesce(nullif(btrim(j.name), ''), j.job_type) as "jobName", j.job_type as "jobType", j.brand_id as "brandId",
  brand.name as "brandName", brand.organization_id as "organizationId", run.status, run.problem,
  run.attempt_number as attempt, ${finite('run.scheduled_for')} as "scheduledFor", ${finite('run.started_at')} as "startedAt",
  ${finite('run.completed_at')} as "completedAt",
  round(extract(epoch from coalesce(${finite('run.completed_at')}, now()) - ${finite('run.started_at')}) * 1000)::bigint as "durationMs",
  run.records_affected as "recordsAffected", run.trigger_source as "triggerSource",
  run.requested_by as "requestedBy", ${finite('run.cancel_requested_at')} as "cancelRequestedAt",
  run.cancel_requested_by as "cancelRequestedBy", substr(run.error_message, 1, 8100) as "errorMessage", run.parameters,
  run.agent_id as "agentId", agent.name as "agentName",
  coalesce(run.started_at::text, 'infinity') || ' ' || run.id as cursor, now() as "asOf"`

const source = `
from scheduled_job_runs run
join scheduled_jobs j on j.id = run.scheduled_job_id
left join brands brand on brand.id = j.brand_id
left join agents agent on agent.id = run.agent_id`

export interface RunFilter {
  readonly brandId: string | null
  /** Only of these, where no brand is named; null or absent = all. */
  readonly brandIds?: readonly string[] | null
  readonly jobType: string | null
  readonly jobId: string | null
  readonly status: RunStatus | null
  /** `any` = every run that needs attention. */
  readonly problem: RunProblem | 'any' | null
  /** `cursor` of the last run of the page before; null = from the newest. */
  readonly after: string | null
  /** 1 to 500; clamped (bad input 30). */
  readonly limit: number
}

const listStatement: Statement = {
  name: 'list_runs',
  text: `
select ${columns}
${source}
where ($1::uuid[] is null or run.brand_id = any ($1::uuid[]))
  and ($2::text is null or run.job_type = $2::text)
  and ($3::uuid is null or run.scheduled_job_id = $3::uuid)
  and ($4::text is null or run.status = $4::text)
  and ($5::text is null or (run.problem is not null and $5::text in ('any', run.problem)))
  and ($6::timestamptz is null or (run.started_at, run.id) < ($6::timestamptz, $7::uuid))
order by run.started_at desc, run.id desc
limit least(greatest($8::integer, 1), 500)`,
}

/** Runs, the newest first. Pages follow the index by (started_at, id), however deep. */
export async function listRuns(database: Database, filter: RunFilter): Promise<Run[]> {
  const [at = null, id = null] = filter.after === null ? [] : splitCursor(filter.after)
  const { brandId, brandIds = null, jobType, jobId, status, problem, limit } = filter
  const only = brandId === null ? brandIds : [brandId]
  return database.query<Run>(listStatement, [only, jobType, jobId, status, problem, at, id, limit])
}

/** The time part holds blanks itself; the id never does. */
function splitCursor(cursor: string): [string, string] {
  const split = cursor.lastIndexOf(' ')
  return [cursor.slice(0, split), cursor.slice(split + 1)]
}

const getStatement: Statement = { name: 'get_run', text: `select ${columns} ${source} where run.id = $1::uuid` }

/** Null = there is none. */
export async function getRun(database: Database, runId: string): Promise<Run | null> {
  const [run] = await database.query<Run>(getStatement, [runId])
  return run ?? null
}

const logStatement: Statement = {
  name: 'get_whole_log',
  text: `select logs from scheduled_job_runs where id = $1::uuid`,
}

/** The log as one text, as other programs keep it; null = none. Our own runs have theirs in run_logs. */
export async function getWholeLog(database: Database, runId: string): Promise<string | null> {
  const [row] = await database.query<{ logs: string | null }>(logStatement, [runId])
  return row?.logs ?? null
}

const prefixStatement: Statement = {
  name: 'find_runs_by_prefix',
  text: `
select ${columns}
${source}
where run.id between $1::uuid and $2::uuid
order by run.started_at desc, run.id desc
limit 5`,
}

const suffixStatement: Statement = {
  name: 'find_runs_by_suffix',
  text: `
select ${columns}
${source}
where run.id in (
  select recent.id
  from (select id from scheduled_job_runs order by started_at desc, id desc limit 20000) recent
  where right(recent.id::text, length($1::text)) = $1::text
)
order by run.started_at desc, run.id desc
limit 5`,
}

/**
 * Runs whose id begins with `idPart` (lower case hexadecimal with dashes as in a uuid), or, of the newest 20,000, ends with
 * it: ids are ordered by time, so their beginnings are alike. At most 5, the newest first.
 */
export async function findRuns(database: Database, idPart: string): Promise<Run[]> {
  const digits = idPart.replaceAll('-', '')
  const beginning = await database.query<Run>(prefixStatement, [digits.padEnd(32, '0'), digits.padEnd(32, 'f')])
  if (beginning.length > 0) return beginning
  return database.query<Run>(suffixStatement, [idPart])
}

const cancelStatement: Statement = {
  name: 'request_cancel',
  text: `
update scheduled_job_runs run
set cancel_requested_at = now(), cancel_requested_by = $2::text
where run.id = $1::uuid and run.completed_at is null and run.cancel_requested_at is null
returning run.id`,
}

/** J11: asks the agent that holds the run to stop it; a trigger notifies. False when it has ended or was asked already. */
export async function requestCancel(database: Database, runId: string, requestedBy: string): Promise<boolean> {
  return (await database.query(cancelStatement, [runId, requestedBy])).length > 0
}

export interface RunDurations {
  readonly brandId: string
  readonly jobType: string
  /** Of the last 20 completed runs, newest first, ms. */
  readonly durationsMs: readonly number[]
}

const durationsStatement: Statement = {
  name: 'list_run_durations',
  text: `
select pair.brand_id as "brandId", pair.job_type as "jobType",
  array_agg(run.duration_ms order by run.started_at desc) as "durationsMs"
from unnest($1::uuid[], $2::text[]) as pair (brand_id, job_type)
cross join lateral (
  select run.started_at, extract(epoch from run.completed_at - run.started_at)::double precision * 1000 as duration_ms
  from scheduled_job_runs run
  where run.brand_id = pair.brand_id and run.job_type = pair.job_type and run.status = 'completed'
    and run.completed_at is not null
  order by run.started_at desc, run.id desc
  limit 20
) run
group by pair.brand_id, pair.job_type`,
}

/** F7: how long runs take, for each of the given pairs of brand and job type; a pair that never completed is left out. */
export async function listRunDurations(
  database: Database,
  pairs: readonly { readonly brandId: string; readonly jobType: string }[],
): Promise<RunDurations[]> {
  if (pairs.length === 0) return []
  const columns = [pairs.map(({ brandId }) => brandId), pairs.map(({ jobType }) => jobType)]
  return database.query<RunDurations>(durationsStatement, columns)
}

export interface ForeignJobType {
  readonly jobType: string
  /** Agents ran it in the same days: two programs share the job type. */
  readonly shared: boolean
}

const foreignTypesStatement: Statement = {
  name: 'list_foreign_job_types',
  text: `
select run.job_type as "jobType", exists (
  select from scheduled_job_runs ours
  where ours.job_type = run.job_type and ours.agent_id is not null and ours.started_at > now() - interval '7 days'
) as shared
from scheduled_job_runs run
where run.agent_id is null and run.started_at > now() - interval '7 days' and run.job_type is not null
group by run.job_type
order by run.job_type`,
}

/** Job types that other programs ran in the last seven days. */
export async function listForeignJobTypes(database: Database): Promise<ForeignJobType[]> {
  return database.query<ForeignJobType>(foreignTypesStatement, [])
}

const onRecordStatement: Statement = {
  name: 'runs_on_record',
  text: 'select id as "runId" from scheduled_job_runs where id = any ($1::uuid[])',
}

/** Those of the given runs that this database has, whoever holds them. */
export async function runsOnRecord(database: Database, runIds: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await database.query<{ runId: string }>(onRecordStatement, [runIds])
  return new Set(rows.map(({ runId }) => runId))
}

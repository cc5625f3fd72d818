import { legacyTimeZone } from '../../shared/domain.ts'
import type { Database, Statement } from './database.ts'
import { finite } from './job-columns.ts'
import { composed, Places, type RunConditions } from './run-conditions.ts'
import { type BrandFacts, pageSizeFor, type RunPosition, runRows } from './run-sources.ts'

/** A run as lists show it. */
export interface ListedRun {
  readonly id: string
  readonly jobId: string
  /** The job type where another program gave no name. */
  readonly jobName: string
  readonly jobType: string
  /** Null for platform-level jobs, and when the brand is gone. */
  readonly brandId: string | null
  readonly brandName: string | null
  /** In which the job's times are meant; null for one that runs once and names none (`zoneOfJob`). */
  readonly timeZone: string | null
  /** As stored. */
  readonly status: string
  readonly problem: string | null
  readonly attempt: number
  readonly scheduledFor: Date | null
  readonly startedAt: Date | null
  readonly completedAt: Date | null
  /** Until now for a run in progress; null where a time is missing. */
  readonly durationMs: number | null
  readonly records: number | null
  /** As stored. */
  readonly triggerSource: string | null
  readonly requestedBy: string | null
  readonly agentId: string | null
  readonly agentName: string | null
  /** First line, at most 300 characters. */
  readonly error: string | null
  /** When it started, as the database writes it: part of its position. */
  readonly startedText: string | null
  /** Of the database, when the row was read. */
  readonly asOf: Date
}

/** Where a run stands in the list. */
export function positionOfRun({ startedText, id }: Pick<ListedRun, 'startedText' | 'id'>): RunPosition {
  return { startedAt: startedText, id }
}

/** How long it took, or takes: ms, never negative. Infinite times cannot be subtracted before PostgreSQL 17. */
export const runDuration = `
case
  when run.completed_at is null and run.status not in ('running', 'pending') then null
  else greatest(0, round(date_part('epoch', coalesce(${finite('run.completed_at')}, now()) - ${finite('run.started_at')}) * 1000))
end`

/** An error may have 20 MB: only its beginning is read. */
const errorLine = `left(split_part(ltrim(substr(run.error_message, 1, 2000), E' \\t\\r\\n'), E'\\n', 1), 300)`

/** Of `run` with `runJoins`. */
export const runColumns = `
  run.id, run.scheduled_job_id as "jobId",
  coalesce(nullif(btrim(job.name), ''), run.job_type, job.job_type) as "jobName",
  coalesce(run.job_type, job.job_type) as "jobType", brand.id as "brandId", brand.name as "brandName",
  coalesce(job.time_zone, case when job.schedule_type = 'recurring' then '${legacyTimeZone}' end) as "timeZone", run.status, run.problem, run.attempt_number as attempt, ${finite('run.scheduled_for')} as "scheduledFor",
  ${finite('run.started_at')} as "startedAt", ${finite('run.completed_at')} as "completedAt",
  ${runDuration} as "durationMs", case when run.records_affected is not null then least(run.records_affected, 9007199254740991) end as records, run.trigger_source as "triggerSource",
  run.requested_by as "requestedBy", run.agent_id as "agentId", agent.name as "agentName", ${errorLine} as error,
  run.started_at::text as "startedText", now() as "asOf"`

/** `limit 1`: the brands are looked up, not all of them hashed. */
export const runJoins = `
join scheduled_jobs job on job.id = run.scheduled_job_id
left join lateral (select own.* from brands own where own.id = run.brand_id limit 1) brand on true
left join agents agent on agent.id = run.agent_id`

export interface RunPage {
  readonly filter: RunConditions
  /** Null = from the newest. */
  readonly after: RunPosition | null
  /** 1 to 5,000. */
  readonly limit: number
  readonly brands: BrandFacts
}

/** The page's runs, the newest first; those that have not started before all others. As quick at any depth. */
export async function listRunPage(database: Database, page: RunPage): Promise<ListedRun[]> {
  const { statement, values } = runPageStatement(page)
  const runs = await database.query<ListedRun>(statement, values)
  return runs.slice(0, page.limit)
}

/** For who wants to know how it is done. */
export function runPageStatement({ limit, ...page }: RunPage): { statement: Statement; values: readonly unknown[] } {
  const places = new Places()
  const text = `
with page as materialized (
${runRows({ ...page, size: pageSizeFor(limit) }, places)}
)
select ${runColumns}
from page run
${runJoins}
order by run.started_at desc, run.id desc`
  return { statement: composed('run_page', text), values: places.values }
}

const byIdStatement: Statement = {
  name: 'list_runs_by_id',
  text: `
select ${runColumns}
from scheduled_job_runs run
${runJoins}
where run.id = any ($1::uuid[])
order by run.started_at desc, run.id desc`,
}

/** These runs, the newest first. */
export async function listRunsById(database: Database, ids: readonly string[]): Promise<ListedRun[]> {
  return ids.length === 0 ? [] : database.query<ListedRun>(byIdStatement, [ids])
}

export interface SearchedRun {
  readonly id: string
  readonly matches: boolean
  readonly startedAt: Date | null
  readonly startedText: string | null
}

/**
 * The page's runs, each with whether the text is in its error message (its first 64,000 characters) or in a log line, whatever the case;
 * wildcards mean themselves. Of a log that another program keeps as one text, the first 256,000 characters are looked at.
 */
export async function searchRunPage(
  database: Database,
  { limit, ...page }: RunPage,
  text: string,
): Promise<SearchedRun[]> {
  const places = new Places()
  const rows = runRows({ ...page, size: pageSizeFor(limit) }, places)
  const wanted = places.of(text)
  const has = (where: string): string => `strpos(${lowered(where, text)}, ${lowered(`${wanted}::text`, text)}) > 0`
  // For `exists` the server would look through the lines of all runs that there are, once for each page.
  const hasLine = `select true from run_logs line where line.run_id = run.id and ${has('line.message')} limit 1`
  const statement = composed(
    'search_runs',
    `
with page as materialized (
${rows}
)
select run.id, ${finite('run.started_at')} as "startedAt",
  run.started_at::text as "startedText",
  coalesce(${has('substr(run.error_message, 1, 64000)')}, false)
    or coalesce((${hasLine}), false)
    or (run.agent_id is null and coalesce(${has('substr(run.logs, 1, 256000)')}, false)) as matches
from page run
order by run.started_at desc, run.id desc`,
  )
  const runs = await database.query<SearchedRun>(statement, places.values)
  return runs.slice(0, limit)
}

/** A text of ASCII is found byte by byte; the rules of a language take up to several times as long. */
function lowered(value: string, wanted: string): string {
  return /^[ -~]*$/.test(wanted) ? `lower(${value} collate "C")` : `lower(${value})`
}

const brandFactsStatement: Statement = {
  name: 'brand_facts',
  text: `
select count(*) filter (where organization_id = $1::uuid and ($2::uuid[] is null or id = any ($2::uuid[]))) as own, count(*) as all, exists (
  select from pg_constraint
  where conrelid = 'scheduled_jobs'::regclass and confrelid = 'brands'::regclass and contype = 'f' and convalidated
) as "areKept"
from brands`,
}

/** For a list without a brand; `brandIds`: of these alone. */
export async function brandFacts(
  database: Database,
  organizationId: string,
  brandIds: readonly string[] | null = null,
): Promise<BrandFacts> {
  const [facts] = await database.query<BrandFacts>(brandFactsStatement, [organizationId, brandIds])
  return facts ?? { own: 0, all: 0, areKept: false }
}

/**
 * The jobs that a page of the console's list shows, in order. A page is put together from *segments*, each of which an index answers:
 * only rare states are looked for by state (docs: migrations/2026-11-24_11_job_list.sql), all else is walked in the order of the
 * claim's own index. Sorting all jobs by a derived state took 9 ms for 10,000 of them. All is one statement: sending one to the server
 * and waking up for its answer takes as long as a segment does.
 */
import type { Database, Statement } from './database.ts'
import {
  foreignRunning,
  hasFailed,
  isIdle,
  isRetrying,
  isUnplanned,
  type JobNarrowing,
  type ListedState,
  name,
  narrowed,
  Parameters,
  stateOfAny,
} from './job-conditions.ts'
import { type JobView, viewColumns, viewedJobs } from './job-views.ts'
import { composed } from './run-conditions.ts'

export type { JobNarrowing, JobScope, ListedState } from './job-conditions.ts'

/** Where a job stands in an order; `at` as the database writes it. */
export interface JobPlace {
  readonly rank: number
  readonly at: string
  readonly id: string
}

type SegmentText = (request: SegmentRequest, parameters: Parameters, limit: number) => string

/** Ranks of the order by urgency. */
export const urgencyRanks = {
  running: 0,
  retrying: 1,
  dead: 2,
  active: 3,
  paused: 4,
  completed: 5,
  archived: 6,
} as const satisfies Record<ListedState, number>

const plannedOrLast = `coalesce(j.next_run_at, 'infinity')`

function wanted(state: string, { states }: SegmentRequest, parameters: Parameters): string {
  return `${state} = any (${parameters.place('states', states, 'text[]')})`
}

/** What follows the last job of the page before. */
function follows(request: SegmentRequest, parameters: Parameters, rank: string, at: string): string {
  if (request.after === null) return ''
  const { rank: lastRank, at: lastAt, id } = request.after
  const last = [
    parameters.place('rank', lastRank, 'integer'),
    parameters.place('at', lastAt, 'timestamptz'),
    parameters.place('id', id, 'uuid'),
  ]
  return `and (${rank}, ${at}, j.id) > (${last.join(', ')})`
}

const urgent: SegmentText = (request, parameters, limit) => {
  const { from, where } = narrowed(request, parameters)
  return `
select j.id, j.rank, ${plannedOrLast}::text as at
from (
  select j.*, 0 as rank from scheduled_jobs j where j.current_run_id is not null
  union all
  select j.*, 0 from scheduled_jobs j where j.current_run_id is null and j.id in (select id from busy)
  union all
  select j.*, 1 from scheduled_jobs j where ${isRetrying} and ${isIdle}
  union all
  select j.*, 2 from scheduled_jobs j where ${isUnplanned} and ${isIdle} and ${hasFailed}
) j
${from}
where ${wanted(`('{running,retrying,dead}'::text[])[j.rank + 1]`, request, parameters)}
  ${follows(request, parameters, 'j.rank', plannedOrLast)} and ${where}
order by j.rank, ${plannedOrLast}, j.id
limit ${limit}`
}

/** Active jobs with a plan, along the index of the claim: one walk for each priority level. */
function planned(
  request: SegmentRequest,
  parameters: Parameters,
  limit: number,
  { rank, condition }: { readonly rank: number; readonly condition: string },
): string {
  const { from, where } = narrowed(request, parameters)
  const last = request.after?.rank === rank ? request.after : null
  const at = last === null ? '' : parameters.place('at', last.at, 'timestamptz')
  const id = last === null ? '' : parameters.place('id', last.id, 'uuid')
  return `
select * from (
  select one.id, ${rank} as rank, one.next_run_at
  from (values (3::smallint), (2::smallint), (1::smallint), (0::smallint)) as level (priority)
  cross join lateral (
    select j.id, j.next_run_at
    from scheduled_jobs j
    ${from}
    where j.status = 'active' and j.priority = level.priority and j.next_run_at is not null
      ${last === null ? '' : `and j.next_run_at >= ${at} and (j.next_run_at, j.id) > (${at}, ${id})`}
      and ${condition} and ${where}
    order by j.next_run_at, j.id
    limit ${limit}
  ) one
  order by one.next_run_at, one.id
  limit ${limit}
) planned`
}

const active: SegmentText = (request, parameters, limit) => {
  const { from, where } = narrowed(request, parameters)
  const rank = urgencyRanks.active
  const plan = planned(request, parameters, limit, {
    rank,
    condition: `${isIdle} and (j.next_attempt is null or j.next_attempt <= 1)`,
  })
  const last = request.after?.rank === rank ? request.after : null
  const rest =
    last === null
      ? ''
      : `and ('infinity'::timestamptz, j.id) > (${parameters.place('at', last.at, 'timestamptz')}, ${parameters.place('id', last.id, 'uuid')})`
  return `
select id, rank, next_run_at::text as at
from (${plan} union all (
  select j.id, ${rank} as rank, 'infinity'::timestamptz as next_run_at
  from scheduled_jobs j
  ${from}
  where ${isUnplanned} and ${isIdle} and not ${hasFailed} ${rest} and ${where}
  order by j.id
  limit ${limit}
)) either
order by next_run_at, id
limit ${limit}`
}

/** All that neither runs nor will run by itself; there is no index that says so. */
const rest: SegmentText = (request, parameters, limit) => {
  const { from, where } = narrowed(request, parameters)
  const rank = `case j.status when 'completed' then 5 when 'archived' then 6 else 4 end`
  const state = `case when j.status in ('completed', 'archived') then j.status::text else 'paused' end`
  return `
select j.id, ${rank} as rank, ${plannedOrLast}::text as at
from scheduled_jobs j
${from}
where j.status <> 'active' and ${isIdle} and ${wanted(state, request, parameters)}
  ${follows(request, parameters, rank, plannedOrLast)} and ${where}
order by ${rank}, ${plannedOrLast}, j.id
limit ${limit}`
}

const nextRunPlanned: SegmentText = (request, parameters, limit) => `
select id, rank, next_run_at::text as at
from (${planned(request, parameters, limit, { rank: 0, condition: wanted(stateOfAny, request, parameters) })}) planned
order by next_run_at, id`

const nextRunRest: SegmentText = (request, parameters, limit) => {
  const { from, where } = narrowed(request, parameters)
  return `
select j.id, 1 as rank, 'infinity' as at
from scheduled_jobs j
${from}
where (j.status <> 'active' or j.next_run_at is null) and ${wanted(stateOfAny, request, parameters)}
  ${follows(request, parameters, '1', `'infinity'::timestamptz`)} and ${where}
order by j.id
limit ${limit}`
}

/**
 * The cursor carries the beginning of the name only: it has to fit into an address. Compared by bytes: the order of a language
 * takes three times as long and differs from server to server.
 */
const nameKey = `(left(lower(${name}), 40) collate "C")`

const byName: SegmentText = (request, parameters, limit) => {
  const { from, where } = narrowed(request, parameters)
  const { after } = request
  const last =
    after === null
      ? ''
      : `and (${nameKey}, j.id) > (${parameters.place('name', after.at, 'text')}, ${parameters.place('id', after.id, 'uuid')})`
  return `
select j.id, 0 as rank, ${nameKey} as at
from scheduled_jobs j
${from}
where ${wanted(stateOfAny, request, parameters)} ${last} and ${where}
order by ${nameKey}, j.id
limit ${limit}`
}

const finishedAt = `coalesce(j.last_run_finished_at, (
  select run.completed_at from scheduled_job_runs run
  where j.last_run_id is null and run.scheduled_job_id = j.id and run.completed_at is not null
  order by run.started_at desc, run.id desc
  limit 1
), '-infinity')`

const byLastFinished: SegmentText = (request, parameters, limit) => {
  const { from, where } = narrowed(request, parameters)
  const { after } = request
  const last =
    after === null
      ? ''
      : `where (at, id) < (${parameters.place('at', after.at, 'timestamptz')}, ${parameters.place('id', after.id, 'uuid')})`
  return `
select id, 0 as rank, at::text as at
from (
  select j.id, ${finishedAt} as at
  from scheduled_jobs j
  ${from}
  where ${wanted(stateOfAny, request, parameters)} and ${where}
) listed
${last}
order by listed.at desc, id desc
limit ${limit}`
}

const segments = {
  urgent,
  active,
  rest,
  nextRunPlanned,
  nextRunRest,
  byName,
  byLastFinished,
} as const satisfies Record<string, SegmentText>
export type JobSegment = keyof typeof segments

/** Literal limits keep one plan per size; a parameter would be guessed at (docs/performance.md). */
const limits = [51, 101, 201, 501] as const

export interface SegmentRequest extends JobNarrowing {
  readonly states: readonly ListedState[]
  /** The last job of the page before, when it stands in this segment or before it; null = from the start. */
  readonly after: JobPlace | null
  /** 1 to 501. */
  readonly limit: number
}

/** A job with where it stands in the order that was asked for. */
export type PlacedJob = JobView & JobPlace

/** The first jobs of these segments, one after the other; at most `limit`. */
export async function listJobPage(
  database: Database,
  sources: readonly JobSegment[],
  request: SegmentRequest,
): Promise<PlacedJob[]> {
  if (sources.length === 0) return []
  const most = limits.find((size) => size >= request.limit) ?? 501
  const parameters = new Parameters()
  const parts = sources.map((segment) => `(${segments[segment](request, parameters, most)})`)
  const text = `
with ${foreignRunning}, page as materialized (
  select listed.*, row_number() over () as place
  -- One after the other, and none that is not needed: what has not filled the page goes on with the next.
  from (select * from (${parts.join(' union all ')}) segment limit ${most}) listed
)
select page.rank, page.at, ${viewColumns}
from page
${viewedJobs('join scheduled_jobs j on j.id = page.id', 'select run_id as id, id as scheduled_job_id from busy')}
order by page.place`
  const jobs = await database.query<PlacedJob>(composed('job_page', text), parameters.values)
  return jobs.slice(0, request.limit)
}

/** How many jobs are in each state, archived ones included; a state without any is left out. */
export async function countJobsByState(
  database: Database,
  narrowing: JobNarrowing,
): Promise<{ readonly state: ListedState; readonly jobs: number }[]> {
  const parameters = new Parameters()
  const { from, where } = narrowed(narrowing, parameters)
  const text = `
with ${foreignRunning}
select ${stateOfAny} as state, count(*) as jobs
from scheduled_jobs j
${from}
where ${where}
group by 1`
  const statement: Statement = { name: `count_jobs_${parameters.key}`, text }
  return database.query<{ state: ListedState; jobs: number }>(statement, parameters.values)
}

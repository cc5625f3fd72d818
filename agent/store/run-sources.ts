/**
 * Where the newest runs of a filter are found: the indexes by (something, started_at desc, id desc) each give one something in order.
 * One value is one walk along its index; several values are one short walk each, merged; a brand and a job type together are walks
 * over the few jobs that have both. Which way to take is decided here and not by the planner, whose estimates of these filters are
 * off by orders of magnitude (measured on a million runs: 150 ms where the walk takes 1). A single value is compared, not looked for in
 * a list of one: for lists the server would plan each time anew, which takes as long as the page itself.
 */
import {
  filtersOf,
  isRunningApart,
  type Part,
  type Places,
  type RunConditions,
  uncommonRuns,
} from './run-conditions.ts'

/** Where a page begins: after this run, in the order of the list. */
export interface RunPosition {
  /** As the database writes it; null = after a run that has not started. */
  readonly startedAt: string | null
  readonly id: string
}

/** What is known of the brands, to choose between ways that find the same. */
export interface BrandFacts {
  /** Of the organization, or of the group that is asked for. */
  readonly own: number
  readonly all: number
  /** Each job's brand is known to exist. */
  readonly areKept: boolean
}

/** Limits that statements have: as a parameter, the planner would guess a tenth of all runs. */
export const pageSizes = [11, 51, 101, 501, 1_001, 5_000] as const
export type PageSize = (typeof pageSizes)[number]

/** The smallest that holds so many runs. */
export function pageSizeFor(runs: number): PageSize {
  return pageSizes.find((size) => size >= runs) ?? 5_000
}

export interface SourcePage {
  readonly filter: RunConditions
  /** Null = from the newest. */
  readonly after: RunPosition | null
  readonly size: PageSize
  readonly brands: BrandFacts
}

/** A query for the rows of the page's runs, newest first; what has not started comes before everything. */
export function runRows(page: SourcePage, places: Places): string {
  const sources = isRunningApart(page.filter) ? runningAndOthers(page, places) : mainSources(page, places)
  const [only, ...others] = sources
  return others.length === 0 && only !== undefined
    ? only
    : `select found.* from (${sources.map((source) => `(${source})`).join(' union all ')}) found
${inOrder('found', page)}`
}

/** A run of ours that is running is the current run of its job; those of other programs have no agent. */
function runningAndOthers(page: SourcePage, places: Places): string[] {
  const { filter } = page
  const running = filters({ ...page, filter: { ...filter, results: ['running'] } }, places)
  const others = filter.results.filter((result) => result !== 'running')
  return [
    `select run.*
from scheduled_jobs job
join scheduled_job_runs run on run.id = job.current_run_id
where ${['job.current_run_id is not null', 'run.agent_id is not null', ...running].join(' and ')}
${inOrder('run', page)}`,
    walk(page, ['run.agent_id is null', ...running]),
    ...(others.length === 0 ? [] : mainSources({ ...page, filter: { ...filter, results: others } }, places)),
  ]
}

function mainSources(page: SourcePage, places: Places): string[] {
  const { filter } = page
  const { brandId, jobId, jobTypes, agentIds } = filter
  const { problem, other } = uncommonRuns(filter)
  if (jobId !== null) {
    return [walk(page, [`run.scheduled_job_id = ${places.of(jobId)}::uuid`, ...filters(page, places, ['jobId'])])]
  }
  if (brandId !== null || isSmall(page)) {
    return jobTypes.length > 0 && problem === null ? throughJobs(page, places) : throughBrands(page, places)
  }
  if (problem === null && other !== null) return [walk(page, [other, ...filters(page, places)])]
  const [jobType, ...otherTypes] = jobTypes
  if (jobType !== undefined && otherTypes.length === 0) {
    const link = [`run.job_type = ${places.of(jobType)}::text`, ...present(problem)]
    return [walk(page, [...link, ...filters(page, places, ['jobTypes'])])]
  }
  if (jobTypes.length > 0) {
    const types = `unnest(${places.of(jobTypes)}::text[]) as wanted (job_type)`
    const link = ['run.job_type = wanted.job_type', ...present(problem)]
    return [each(types, page, [...link, ...filters(page, places, ['jobTypes'])])]
  }
  const [agentId, ...otherAgents] = agentIds
  if (problem === null && agentId !== undefined && otherAgents.length === 0) {
    return [walk(page, [`run.agent_id = ${places.of(agentId)}::uuid`, ...filters(page, places, ['agentIds'])])]
  }
  if (problem === null && agentIds.length > 0) {
    const agents = `unnest(${places.of(agentIds)}::uuid[]) as wanted (agent_id)`
    return [each(agents, page, ['run.agent_id = wanted.agent_id', ...filters(page, places, ['agentIds'])])]
  }
  return [walk(page, [...present(problem), ...filters(page, places)])]
}

/**
 * Whether walks along each brand of the organization cost less than one along all runs, most of which are of others: n walks of about
 * 10 µs and a page of entries of 0.3 µs, against page × all ÷ n runs of about 1 µs.
 */
function isSmall({ brands: { own, all, areKept }, size, filter }: SourcePage): boolean {
  if (filter.withPlatform && !areKept) return false
  return own * (10 + 0.3 * size) < (size * all) / Math.max(own, 1)
}

/** Along the brand, or each brand of the organization. */
function throughBrands(page: SourcePage, places: Places): string[] {
  const { brandId, withPlatform } = page.filter
  const conditions = [...present(uncommonRuns(page.filter).problem), ...filters(page, places, ['tenant'])]
  if (brandId !== null) {
    const ofBrand = [`run.brand_id = ${places.of(brandId)}::uuid`, ...conditions]
    return [isByAgentAlone(page.filter) ? walkAlongIndex(page, ofBrand) : walk(page, ofBrand)]
  }
  const sources = [
    each('brands brand', page, ['run.brand_id = brand.id', ...conditions], ownBrands(page.filter, places)),
  ]
  return withPlatform ? [...sources, walk(page, ['run.brand_id is null', ...conditions])] : sources
}

/** Of `brand`: it is the organization's, or of the group. */
function ownBrands({ organizationId, brandIds = null }: RunConditions, places: Places): string {
  return brandIds === null
    ? `brand.organization_id = ${places.of(organizationId)}::uuid`
    : `brand.id = any (${places.of(brandIds)}::uuid[])`
}

/** Along each job that has one of the brands and one of the job types: together they have no index, and their jobs are few. */
function throughJobs(page: SourcePage, places: Places): string[] {
  const { brandId, jobTypes, withPlatform } = page.filter
  const conditions = ['run.scheduled_job_id = job.id', ...filters(page, places)]
  const [jobType] = jobTypes
  const types =
    jobTypes.length === 1
      ? `job.job_type = ${places.of(jobType)}::text`
      : `job.job_type = any (${places.of(jobTypes)}::text[])`
  if (brandId !== null) {
    return [each('scheduled_jobs job', page, conditions, `job.brand_id = ${places.of(brandId)}::uuid and ${types}`)]
  }
  const own = `${ownBrands(page.filter, places)} and ${types}`
  const sources = [each('brands brand join scheduled_jobs job on job.brand_id = brand.id', page, conditions, own)]
  return withPlatform
    ? [...sources, each('scheduled_jobs job', page, conditions, `job.brand_id is null and ${types}`)]
    : sources
}

/** The newest of each of several things, merged. */
function each(things: string, page: SourcePage, conditions: readonly string[], which = 'true'): string {
  return `select found.*
from ${things}
cross join lateral (${walk(page, conditions)}) found
where ${which}
${inOrder('found', page)}`
}

function walk(page: SourcePage, conditions: readonly string[]): string {
  return `select run.*
from scheduled_job_runs run
where ${conditions.length === 0 ? 'true' : conditions.join(' and ')}
${inOrder('run', page)}`
}

/** Whether the index of the brands, which has the agents too, answers it without a look at the runs. */
function isByAgentAlone({ agentIds, ...filter }: RunConditions): boolean {
  const { jobTypes, results, problems, triggers, attempts } = filter
  return (
    agentIds.length > 0 &&
    attempts === 'any' &&
    [jobTypes, results, problems, triggers].every((one) => one.length === 0)
  )
}

/** Conditions that the index itself can hold: runs are read only when they are of the page, not when they are sorted out. */
function walkAlongIndex(page: SourcePage, conditions: readonly string[]): string {
  return `select whole.*
from (
  select run.id, run.started_at
  from scheduled_job_runs run
  where ${conditions.join(' and ')}
  ${inOrder('run', page)}
) found
join scheduled_job_runs whole on whole.id = found.id
${inOrder('found', page)}`
}

function inOrder(source: string, { size }: SourcePage): string {
  return `order by ${source}.started_at desc, ${source}.id desc
limit ${size}`
}

function filters({ filter, after }: SourcePage, places: Places, without: readonly Part[] = []): string[] {
  const conditions = filtersOf(filter, places, without)
  return after === null ? conditions : [isAfter(after, places), ...conditions]
}

/** What has not started sorts before everything, and compares with nothing. */
function isAfter({ startedAt, id }: RunPosition, places: Places): string {
  const place = `${places.of(id)}::uuid`
  return startedAt === null
    ? `(run.started_at is not null or run.id < ${place})`
    : `(run.started_at, run.id) < (${places.of(startedAt)}::timestamptz, ${place})`
}

function present(condition: string | null): string[] {
  return condition === null ? [] : [condition]
}

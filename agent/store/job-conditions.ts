/** What narrows a list of jobs, and the states that its statements look for. */
import type { LastResult } from '../../shared/domain.ts'
import { foreignRuns, lastResult } from './job-columns.ts'

export interface JobScope {
  readonly organizationId: string
  /** Null = all of the organization. */
  readonly brandId: string | null
  /** Only of these, the brands of a group; null or absent = no group was asked for. */
  readonly brandIds?: readonly string[] | null
  /** With jobs that belong to no organization: platform-level ones, and those whose brand is gone. */
  readonly withPlatform: boolean
}

export interface JobNarrowing extends JobScope {
  /** Null = all. */
  readonly jobTypes: readonly string[] | null
  readonly scheduleType: string | null
  /** Null or absent = all. */
  readonly productId?: string | null
  /** Null or absent = all. */
  readonly lastResults?: readonly LastResult[] | null
  /** In the name, the job type or the brand, in any case; empty = all. */
  readonly text: string
}

/** `retrying`: see J4; `paused` stands for every status that is not ours too, since nobody claims those. */
export type ListedState = 'running' | 'retrying' | 'dead' | 'active' | 'paused' | 'completed' | 'archived'

/** The jobs that other programs run, each with the latest such run. */
export const foreignRunning = `busy as materialized (select scheduled_job_id as id, id as run_id from (${foreignRuns}) run)`

/** J5: what the last run did is not known, so a person decides what becomes of the job; nothing begins it or puts it away by itself. */
export const waitsForPerson = (job: string): string =>
  `exists (select from scheduled_job_runs last where last.id = ${job}.last_run_id and last.problem = 'outcome_unknown')`

export const name = `coalesce(nullif(btrim(j.name), ''), j.job_type)`

/** The parameters of one statement: each is asked for by name, and only what is asked for is there. */
export class Parameters {
  readonly values: unknown[] = []
  readonly #places = new Map<string, string>()

  place(name: string, value: unknown, type: string): string {
    const known = this.#places.get(name)
    if (known !== undefined) return known
    const place = `$${this.values.push(value)}::${type}`
    this.#places.set(name, place)
    return place
  }

  /** Statements with other parameters are other statements; their names may be 63 letters long. */
  get key(): string {
    return [...this.#places.keys()].map((name) => name.slice(0, 2)).join('_')
  }
}

/**
 * A condition stands in the text only where it narrows: the plan that is kept for a statement cannot know that `$2 is null or …` is
 * always true, expects few rows, and sorts the whole table instead of walking its index (measured: 19 ms against 1).
 */
export function narrowed(request: JobNarrowing, parameters: Parameters): { from: string; where: string } {
  const {
    organizationId,
    brandId,
    brandIds = null,
    withPlatform,
    jobTypes,
    scheduleType,
    productId = null,
    lastResults = null,
    text,
  } = request
  const conditions: string[] = []
  if (brandId !== null) conditions.push(`j.brand_id = ${parameters.place('brand', brandId, 'uuid')}`)
  else if (brandIds !== null) {
    conditions.push(`j.brand_id = any (${parameters.place('group', brandIds, 'uuid[]')})`)
  } else {
    const organization = parameters.place(withPlatform ? 'all' : 'organization', organizationId, 'uuid')
    conditions.push(`(brand.organization_id = ${organization}${withPlatform ? ' or brand.id is null' : ''})`)
  }
  if (jobTypes !== null) conditions.push(`j.job_type = any (${parameters.place('types', jobTypes, 'text[]')})`)
  if (scheduleType !== null) {
    conditions.push(`j.schedule_type = ${parameters.place('schedule', scheduleType, 'text')}`)
  }
  if (productId !== null) conditions.push(`j.product_id = ${parameters.place('product', productId, 'uuid')}`)
  if (lastResults !== null) {
    const last = parameters.place('last', lastResults, 'text[]')
    conditions.push(`${lastResult} = any (${last})`)
  }
  if (text !== '') {
    const searched = `lower(concat_ws(E'\\n', ${name}, j.job_type, brand.name))`
    conditions.push(`strpos(${searched}, lower(${parameters.place('text', text, 'text')})) > 0`)
  }
  return {
    from: `${brandId === null && !withPlatform ? '' : 'left '}join brands brand on brand.id = j.brand_id`,
    where: conditions.join(' and '),
  }
}

const isRunning = '(j.current_run_id is not null or j.id in (select id from busy))'
export const isIdle = '(j.current_run_id is null and j.id not in (select id from busy))'
export const isRetrying = `j.status = 'active' and j.next_attempt > 1 and j.next_run_at is not null and j.current_run_id is null`
export const isUnplanned = `j.status = 'active' and j.next_run_at is null and j.current_run_id is null`
export const hasFailed = `${lastResult} = 'failed'`

/** The state of any job, for counting. */
export const stateOfAny = `
case
  when ${isRunning} then 'running'
  when j.status <> 'active' then case when j.status in ('completed', 'archived') then j.status::text else 'paused' end
  when j.next_run_at is null then case when ${hasFailed} then 'dead' else 'active' end
  when j.next_attempt > 1 then 'retrying'
  else 'active'
end`

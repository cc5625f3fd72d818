/**
 * What a filter of runs means in SQL: each part that is present is one condition, each value a numbered parameter. A part that is
 * absent leaves no trace in the statement, so the planner sees exactly what is asked and takes the index that is made for it.
 */
import { createHash } from 'node:crypto'
import type { RunResult } from '../../shared/contract/runs.ts'
import type { RunProblem, TriggerSource } from '../../shared/domain.ts'
import type { Statement } from './database.ts'

export interface RunConditions {
  readonly organizationId: string
  /** Also runs of platform-level jobs, and of jobs whose brand is gone. */
  readonly withPlatform: boolean
  /** Of this organization; null = all of its brands. */
  readonly brandId: string | null
  /** Only of these, the brands of a group; null or absent = no group was asked for. */
  readonly brandIds?: readonly string[] | null
  /** Empty = any; so are the other lists. */
  readonly jobTypes: readonly string[]
  readonly results: readonly RunResult[]
  readonly problems: readonly RunProblem[]
  readonly triggers: readonly TriggerSource[]
  readonly agentIds: readonly string[]
  readonly attempts: 'any' | 'first' | 'retry'
  readonly jobId: string | null
  readonly backfillId: string | null
  /** Started at or after. */
  readonly from: Date | null
  /** Started before. */
  readonly to: Date | null
}

/** Collects the values of a statement; the same value asked for twice has one place. */
export class Places {
  readonly values: unknown[] = []

  /** `$1`, `$2`, … */
  of(value: unknown): string {
    const known = this.values.indexOf(value)
    if (known >= 0) return `$${known + 1}`
    return `$${this.values.push(value)}`
  }
}

/** A statement whose text depends on what is asked, under a name that depends on the text (PostgreSQL cuts names at 63 bytes). */
export function composed(prefix: string, text: string): Statement {
  return { name: `${prefix}_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`, text }
}

/** The parts of a filter; the organization and the brand belong together. */
export type Part = Exclude<keyof RunConditions, 'organizationId' | 'withPlatform' | 'brandId' | 'brandIds'> | 'tenant'

type Condition = (filter: RunConditions, places: Places) => string | null

/** What each result means; a status that is not ours is none of them. */
export const resultConditions = {
  running: `run.status = 'running'`,
  completed: `run.status = 'completed' and run.problem is null`,
  warnings: `run.status = 'completed' and run.problem = 'warnings'`,
  failed: `run.status = 'failed'`,
  cancelled: `run.status = 'cancelled'`,
} satisfies Record<RunResult, string>

/** Results whose runs all have a problem: they are few, and indexes of their own know them. */
function needsProblem(wanted: readonly RunResult[]): boolean {
  return wanted.length > 0 && wanted.every((result) => result !== 'running' && result !== 'completed')
}

/** Total: a part of the filter that is left out here does not compile. */
const conditions: Record<Part, Condition> = {
  // Asked of each run, so that the runs stay in the order of their index.
  tenant: ({ organizationId, withPlatform, brandId, brandIds = null }, places) => {
    if (brandId !== null) return `run.brand_id = ${places.of(brandId)}::uuid`
    if (brandIds !== null) return `run.brand_id = any (${places.of(brandIds)}::uuid[])`
    const own = `(select own.organization_id from brands own where own.id = run.brand_id) = ${places.of(organizationId)}::uuid`
    return `coalesce(${own}, ${withPlatform})`
  },
  jobId: ({ jobId }, places) => (jobId === null ? null : `run.scheduled_job_id = ${places.of(jobId)}::uuid`),
  backfillId: ({ backfillId }, places) =>
    backfillId === null
      ? null
      : `run.scheduled_job_id in (select part.id from scheduled_jobs part where part.backfill_id = ${places.of(backfillId)}::uuid)`,
  jobTypes: ({ jobTypes }, places) => anyOf('run.job_type', 'text', jobTypes, places),
  results: ({ results: wanted }) =>
    wanted.length === 0 ? null : wanted.map((result) => `(${resultConditions[result]})`).join(' or '),
  problems: ({ problems }, places) => anyOf('run.problem', 'text', problems, places),
  triggers: ({ triggers }, places) => anyOf('run.trigger_source', 'text', triggers, places),
  agentIds: ({ agentIds }, places) => anyOf('run.agent_id', 'uuid', agentIds, places),
  attempts: ({ attempts }) => attemptConditions[attempts],
  from: ({ from }, places) => (from === null ? null : `run.started_at >= ${places.of(from)}::timestamptz`),
  to: ({ to }, places) => (to === null ? null : `run.started_at < ${places.of(to)}::timestamptz`),
}

// The keys of a literal that is total over the parts.
const parts = Object.keys(conditions) as Part[]

const attemptConditions = {
  any: null,
  first: 'run.attempt_number <= 1',
  retry: 'run.attempt_number > 1',
} satisfies Record<RunConditions['attempts'], string | null>

function anyOf(column: string, type: 'text' | 'uuid', wanted: readonly string[], places: Places): string | null {
  return wanted.length === 0 ? null : `${column} = any (${places.of(wanted)}::${type}[])`
}

/** The conditions on `run` that the filter makes, but for the parts that the source of the rows sees to itself. */
export function conditionsOf(filter: RunConditions, places: Places, without: readonly Part[] = []): string[] {
  return parts
    .filter((part) => !without.includes(part))
    .flatMap((part) => {
      const condition = conditions[part](filter, places)
      return condition === null ? [] : [`(${condition})`]
    })
}

/**
 * The same, for rows that come in the order of a chosen index: inside a function the planner sees a condition, but no way to another
 * index. It knows neither that failed runs have a problem nor how organizations are spread, and would rather sort everything.
 */
export function filtersOf(filter: RunConditions, places: Places, without: readonly Part[] = []): string[] {
  const range: readonly Part[] = ['from', 'to']
  const byIndex = conditionsOf(
    filter,
    places,
    parts.filter((part) => !range.includes(part) || without.includes(part)),
  )
  return [
    ...byIndex,
    ...conditionsOf(filter, places, [...without, ...range]).map((filter) => `coalesce(${filter}, false)`),
  ]
}

/** What the small indexes of uncommon runs hold, as they say it themselves; null when the filter wants others too. */
export function uncommonRuns({ results: wanted, problems, triggers, attempts }: RunConditions): {
  readonly problem: string | null
  readonly other: string | null
} {
  const isAskedFor = triggers.length > 0 && !triggers.includes('scheduled')
  return {
    problem: needsProblem(wanted) || problems.length > 0 ? 'run.problem is not null' : null,
    other: isAskedFor ? `run.trigger_source <> 'scheduled'` : attempts === 'retry' ? attemptConditions.retry : null,
  }
}

/** Whether the running ones are asked for, beside none or only uncommon ones: they are found through their jobs. */
export function isRunningApart({ results: wanted }: RunConditions): boolean {
  return wanted.includes('running') && !wanted.includes('completed')
}

/** What is asked of the server: each question anew with other values, so that no cache knows the answer. */

import { systemClock } from '../../../shared/clock.ts'
import type { RunFilterInput } from '../../../shared/contract/runs.ts'
import { connect } from '../server.ts'
import { jobTypes } from './catalog.ts'
import type { Seeded } from './seed.ts'

/** Something to take values from: runs from all over the history. */
export interface Samples {
  readonly runs: readonly {
    readonly id: string
    readonly jobId: string
    readonly brandId: string
    readonly jobType: string
    readonly startedAt: string
  }[]
}

export async function readSamples(url: string): Promise<Samples> {
  const client = await connect(url)
  try {
    const { rows } = await client.query<Samples['runs'][number]>(
      `select id, scheduled_job_id as "jobId", brand_id as "brandId", job_type as "jobType", started_at::text as "startedAt"
      from (select * from scheduled_job_runs order by hashint8(hashtext(id::text)) limit 500) run`,
    )
    return { runs: rows }
  } finally {
    await client.end()
  }
}

export interface RunQuestion {
  readonly name: string
  readonly filter: (index: number) => Omit<RunFilterInput, 'organizationId'>
  /** Pages from anywhere in the history instead of the first. */
  readonly isDeep?: boolean
  /** Reads logs: has a target of its own. */
  readonly isSearch?: boolean
}

/** The filters and combinations of the reference (performance.md §4a), and those that Run history has beyond them. */
export function runQuestions({ brandIds, agentIds }: Seeded, { runs }: Samples): RunQuestion[] {
  const brandId = (index: number): string | null => brandIds[(index * 37) % brandIds.length] ?? null
  const type = (index: number): string[] => [jobTypes[index % jobTypes.length] ?? '']
  const agent = (index: number): string[] => [agentIds[index % agentIds.length] ?? '']
  const job = (index: number): string | null => runs[index % runs.length]?.jobId ?? null
  const ended = { results: ['failed', 'cancelled'] } satisfies Partial<RunFilterInput>
  const week = { from: new Date(systemStart - 7 * 86_400_000).toISOString() }
  return [
    { name: 'none', filter: () => ({}) },
    { name: 'none, deep page', filter: () => ({}), isDeep: true },
    { name: 'brand', filter: (n) => ({ brandId: brandId(n) }) },
    { name: 'brand, deep page', filter: (n) => ({ brandId: brandId(n) }), isDeep: true },
    { name: 'type', filter: (n) => ({ jobTypes: type(n) }) },
    { name: 'type, deep page', filter: (n) => ({ jobTypes: type(n) }), isDeep: true },
    { name: 'failed or cancelled', filter: () => ended },
    { name: 'failed or cancelled, deep page', filter: () => ended, isDeep: true },
    { name: 'timed out', filter: () => ({ problems: ['timed_out'] }) },
    { name: 'warnings', filter: () => ({ results: ['warnings'] }) },
    { name: 'completed', filter: () => ({ results: ['completed'] }) },
    { name: 'running', filter: () => ({ results: ['running'] }) },
    { name: 'brand + failed or cancelled', filter: (n) => ({ ...ended, brandId: brandId(n) }) },
    { name: 'type + failed or cancelled', filter: (n) => ({ ...ended, jobTypes: type(n) }) },
    {
      name: 'brand + type + failed or cancelled',
      filter: (n) => ({ ...ended, brandId: brandId(n), jobTypes: type(n) }),
    },
    { name: 'brand + type', filter: (n) => ({ brandId: brandId(n), jobTypes: type(n) }) },
    { name: '7 days', filter: () => week },
    { name: 'type + failed or cancelled + 7 days', filter: (n) => ({ ...ended, ...week, jobTypes: type(n) }) },
    { name: 'brand + 7 days', filter: (n) => ({ ...week, brandId: brandId(n) }) },
    { name: 'one job', filter: (n) => ({ jobId: job(n) }) },
    { name: 'asked for by a person', filter: () => ({ triggers: ['manual'] }) },
    { name: 'agent', filter: (n) => ({ agentIds: agent(n) }) },
    { name: 'agent, deep page', filter: (n) => ({ agentIds: agent(n) }), isDeep: true },
    { name: 'retries', filter: () => ({ attempts: 'retry' }) },
    { name: 'brand + agent', filter: (n) => ({ brandId: brandId(n), agentIds: agent(n) }) },
    { name: 'type + asked for', filter: (n) => ({ jobTypes: type(n), triggers: ['manual', 'api'] }) },
    { name: 'text in logs, 24 h', filter: () => ({ ...lastDay, text: 'line 50 of' }), isSearch: true },
    { name: 'text in errors, failed', filter: () => ({ results: ['failed'], text: 'HTTP 429' }), isSearch: true },
  ]
}

/** Of this process: near enough to the database's clock, which it shares a machine with. */
const systemStart = systemClock.now().getTime()
const lastDay = { from: new Date(systemStart - 86_400_000).toISOString() }

export interface Question {
  readonly name: string
  readonly path: string
  readonly input: (index: number) => object
  /** p95, ms; null = none. */
  readonly target: number | null
  /** How often it is asked; half of the usual for what is slow. */
  readonly share: number
  /** Done before each call, and not measured. */
  readonly change?: (index: number) => string
}

/** Brands that a screen shows. */
const screen = 40
/** T11: what a console asks for again and again. */
export const boardQuestion = 'T11 freshness.board'

/** A second more for the datasets of one brand. */
export function changeOfBrand(brandIds: readonly string[], index: number): string {
  return `update dataset_status set last_success_at = last_success_at + interval '1 second'
    where brand_id = '${brandIds[(index * 37) % brandIds.length]}'`
}

/** Everything else that a console asks when it is opened and looked at. */
export function otherQuestions({ organizationId, brandIds }: Seeded): Question[] {
  const scope = { organizationId }
  const since = (hours: number): string => new Date(systemStart - hours * 3_600_000).toISOString()
  const brandsFrom = (index: number, count: number): readonly string[] => {
    const from = index % Math.max(1, brandIds.length - count)
    return brandIds.slice(from, from + count)
  }
  return [
    { name: 'T10 jobs.list, page of 50', path: 'jobs/list', input: () => scope, target: 2, share: 1 },
    { name: 'jobs.counts', path: 'jobs/counts', input: () => scope, target: null, share: 1 },
    {
      name: 'jobs.list by name',
      path: 'jobs/list',
      input: () => ({ ...scope, order: 'name' }),
      target: null,
      share: 1,
    },
    {
      name: 'jobs.list, text',
      path: 'jobs/list',
      input: (n) => ({ ...scope, text: `Brand 0${n % 900}` }),
      target: null,
      share: 1,
    },
    {
      name: boardQuestion,
      path: 'freshness/board',
      input: () => ({ ...scope, withBrands: false }),
      target: 40,
      share: 1,
    },
    {
      name: 'T11 freshness.board after a change',
      path: 'freshness/board',
      input: () => ({ ...scope, withBrands: false }),
      target: 10,
      share: 1,
      change: (n) => changeOfBrand(brandIds, n),
    },
    {
      name: 'freshness.ages, 40 brands',
      path: 'freshness/ages',
      input: (n) => ({ ...scope, brandIds: brandsFrom(n * screen, screen) }),
      target: 10,
      share: 1,
    },
    {
      name: 'freshness.cells, 4 brands',
      path: 'freshness/cells',
      input: (n) => ({ ...scope, brandIds: brandsFrom(n * 4, 4) }),
      target: null,
      share: 1,
    },
    {
      name: 'freshness.cells, 40 brands',
      path: 'freshness/cells',
      input: (n) => ({ ...scope, brandIds: brandsFrom(n * screen, screen) }),
      target: null,
      share: 0.5,
    },
    { name: 'freshness.summary', path: 'freshness/summary', input: () => scope, target: null, share: 1 },
    { name: 'readiness.list', path: 'readiness/list', input: () => scope, target: null, share: 0.5 },
    {
      name: 'runs.summary, 24 h',
      path: 'runs/summary',
      input: () => ({ ...scope, from: since(24), withDurations: false }),
      target: 300,
      share: 0.5,
    },
    {
      name: 'runs.summary, 30 d',
      path: 'runs/summary',
      input: () => ({ ...scope, from: since(720), withDurations: false }),
      target: 300,
      share: 0.2,
    },
    {
      name: 'runs.summary, 30 d, durations',
      path: 'runs/summary',
      input: () => ({ ...scope, from: since(720) }),
      target: null,
      share: 0.2,
    },
    { name: 'session.get', path: 'session/get', input: () => ({}), target: null, share: 1 },
    { name: 'session.brands', path: 'session/brands', input: () => scope, target: null, share: 1 },
  ]
}

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunFilterInput, RunResult } from '../../../shared/contract/runs.ts'
import { addOpenBrand, createTestConsole, type TestConsole } from '../../support/console.ts'
import { addBrand, addJob, addRun, type Brand, type Columns } from '../../support/job-rows.ts'

let console: TestConsole
let acme: Brand
let other: Brand
/** A second brand of Acme's organization. */
let second: string

/** A run as the test itself knows it. */
interface Known {
  readonly id: string
  readonly organizationId: string | null
  readonly brandId: string | null
  readonly jobType: string
  readonly jobId: string
  readonly status: string
  readonly problem: string | null
  readonly trigger: string | null
  readonly agentId: string | null
  readonly attempt: number
  /** ms; null = not started. */
  readonly startedAt: number | null
  readonly error: string | null
}

const known: Known[] = []
const agents = ['20000000-0000-4000-8000-000000000001', '20000000-0000-4000-8000-000000000002']
const base = Date.UTC(2026, 10, 1)

/** The same data in every run of the test: mulberry32. */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const next = numbers(7)
function oneOf<Value>(values: readonly Value[]): Value {
  const value = values[Math.floor(next() * values.length)]
  if (value === undefined) throw new Error('nothing to choose from')
  return value
}

const outcomes: readonly (readonly [string, string | null])[] = [
  ['completed', null],
  ['completed', null],
  ['completed', 'warnings'],
  ['failed', 'failed'],
  ['failed', 'timed_out'],
  ['cancelled', 'cancelled'],
  ['running', null],
]

async function addKnown(
  brand: { organizationId: string | null; brandId: string | null },
  jobs: readonly [string, string][],
) {
  const [jobId, jobType] = oneOf(jobs)
  const [status, problem] = oneOf(outcomes)
  const agentId = oneOf([...agents, ...agents, null])
  // Few instants, so that many runs start at the same one.
  const startedAt = next() < 0.05 ? null : base + Math.floor(next() * 20) * 3_600_000
  const row = {
    trigger_source: oneOf(['scheduled', 'scheduled', 'manual', 'api', null]),
    attempt_number: oneOf([1, 1, 2, 3]),
    error_message: problem === null ? null : oneOf(['HTTP 429 at thumbnails', '100% of a_b\\c']),
  }
  const id = await addRun(console.sql, jobId, {
    status,
    problem,
    agent_id: agentId,
    started_at: startedAt === null ? null : new Date(startedAt),
    completed_at: status === 'running' || startedAt === null ? null : new Date(startedAt + 90_000),
    ...row,
  })
  const isCurrent = status === 'running' && agentId !== null
  known.push({
    id,
    ...brand,
    jobType,
    jobId,
    status,
    problem,
    trigger: row.trigger_source,
    agentId,
    attempt: row.attempt_number,
    startedAt,
    error: row.error_message,
  })
  if (isCurrent) await makeCurrent(id, jobId)
}

/** At most one run of a job is its current one; others that say they run are ended. */
async function makeCurrent(runId: string, jobId: string): Promise<void> {
  const { rowCount } = await console.sql.query(
    'update scheduled_jobs set current_run_id = $2 where id = $1 and current_run_id is null',
    [jobId, runId],
  )
  if (rowCount === 1) return
  await console.sql.query(
    `update scheduled_job_runs set status = 'completed', completed_at = started_at + interval '90 seconds' where id = $1`,
    [runId],
  )
  const place = known.findIndex(({ id }) => id === runId)
  const run = known[place]
  if (run !== undefined) known[place] = { ...run, status: 'completed' }
}

async function jobsOf(brandId: string | null, key: string): Promise<[string, string][]> {
  const jobs: [string, string][] = []
  for (const [index, jobType] of ['sync', 'report', 'sync'].entries()) {
    const columns = { brand_id: brandId, job_type: jobType, concurrency_key: `${key} ${index}` }
    jobs.push([await addJob(console.sql, columns), jobType])
  }
  return jobs
}

beforeAll(async () => {
  console = await createTestConsole()
  acme = await addOpenBrand(console.sql, 'Acme')
  other = await addOpenBrand(console.sql, 'Other')
  const { rows } = await console.sql.query<{ id: string }>(
    `insert into brands (organization_id, name) values ($1, 'Second') returning id`,
    [acme.organizationId],
  )
  second = rows[0]?.id ?? ''
  for (const [index, id] of agents.entries()) {
    await console.sql.query(
      `insert into agents (id, name, host, process_id, program_version, state, concurrency) values ($1, $2, 'host', 1, '1', 'running', 1)`,
      [id, `agent ${index}`],
    )
  }
  const owners = [
    { brand: acme, jobs: await jobsOf(acme.brandId, 'acme') },
    { brand: { ...acme, brandId: second }, jobs: await jobsOf(second, 'second') },
    { brand: other, jobs: await jobsOf(other.brandId, 'other') },
    { brand: { organizationId: null, brandId: null }, jobs: await jobsOf(null, 'platform') },
  ]
  for (let n = 0; n < 600; n += 1) {
    const { brand, jobs } = oneOf(owners)
    await addKnown(brand, jobs)
  }
}, 60_000)

afterAll(async () => {
  await console.stop()
})

function resultOf({ status, problem }: Known): RunResult | null {
  if (status === 'completed') return problem === 'warnings' ? 'warnings' : 'completed'
  return status === 'failed' || status === 'cancelled' || status === 'running' ? status : null
}

function isWanted(run: Known, filter: RunFilterInput, withPlatform: boolean): boolean {
  const has = (wanted: readonly unknown[] | undefined, value: unknown): boolean =>
    wanted === undefined || wanted.length === 0 || wanted.some((one) => one === value)
  const { brandId, jobTypes, results, problems, triggers, agentIds, attempts, jobId, from, to, text } = filter
  const start = run.startedAt
  return (
    (brandId
      ? run.brandId === brandId
      : run.organizationId === filter.organizationId || (withPlatform && run.brandId === null)) &&
    has(jobTypes, run.jobType) &&
    has(results, resultOf(run)) &&
    has(problems, run.problem) &&
    has(triggers, run.trigger) &&
    has(agentIds, run.agentId) &&
    (attempts === 'first' ? run.attempt === 1 : attempts === 'retry' ? run.attempt > 1 : true) &&
    (!jobId || run.jobId === jobId) &&
    (!from || (start !== null && start >= Date.parse(from))) &&
    (!to || (start !== null && start < Date.parse(to))) &&
    (!text || (run.error ?? '').toLowerCase().includes(text.toLowerCase()))
  )
}

/** Newest first, what has not started before everything, ids as Postgres orders them. */
function inOrder(a: Known, b: Known): number {
  const byStart = (b.startedAt ?? Number.MAX_SAFE_INTEGER) - (a.startedAt ?? Number.MAX_SAFE_INTEGER)
  return byStart === 0 ? (a.id < b.id ? 1 : -1) : byStart
}

function expected(filter: RunFilterInput, withPlatform = true): string[] {
  return known
    .filter((run) => isWanted(run, filter, withPlatform))
    .toSorted(inOrder)
    .map(({ id }) => id)
}

/** Every page. */
async function listed(filter: RunFilterInput, limit: number, client = console.client): Promise<string[]> {
  const ids: string[] = []
  let cursor: string | null = null
  for (let pages = 0; pages < 1_000; pages += 1) {
    const page: Awaited<ReturnType<typeof client.runs.list>> = await client.runs.list({ ...filter, cursor, limit })
    ids.push(...page.runs.map(({ id }) => id))
    cursor = page.nextCursor
    if (cursor === null) return ids
    expect(page.runs).toHaveLength(limit)
  }
  throw new Error('the pages do not end')
}

const hour = (n: number): string => new Date(base + n * 3_600_000).toISOString()

const filters: Record<string, () => Partial<RunFilterInput>> = {
  nothing: () => ({}),
  brand: () => ({ brandId: acme.brandId }),
  'a job type': () => ({ jobTypes: ['sync'] }),
  'two job types': () => ({ jobTypes: ['sync', 'report'] }),
  'a job type that nobody has': () => ({ jobTypes: ['constructor'] }),
  running: () => ({ results: ['running'] }),
  completed: () => ({ results: ['completed'] }),
  warnings: () => ({ results: ['warnings'] }),
  failed: () => ({ results: ['failed'] }),
  cancelled: () => ({ results: ['cancelled'] }),
  'running and failed': () => ({ results: ['running', 'failed'] }),
  'running and completed': () => ({ results: ['running', 'completed'] }),
  'all results': () => ({ results: ['running', 'completed', 'warnings', 'failed', 'cancelled'] }),
  'a problem': () => ({ problems: ['timed_out'] }),
  manual: () => ({ triggers: ['manual'] }),
  'manual and api': () => ({ triggers: ['manual', 'api'] }),
  'scheduled and api': () => ({ triggers: ['scheduled', 'api'] }),
  'an agent': () => ({ agentIds: [agents[0] ?? ''] }),
  'both agents': () => ({ agentIds: agents }),
  'first attempts': () => ({ attempts: 'first' }),
  retries: () => ({ attempts: 'retry' }),
  from: () => ({ from: hour(7) }),
  to: () => ({ to: hour(7) }),
  'a range': () => ({ from: hour(3), to: hour(12) }),
  'a job': () => ({ jobId: known[0]?.jobId ?? '' }),
  text: () => ({ text: 'http 429' }),
}

describe('the history shows what the filter says', () => {
  test.each(Object.keys(filters))('by %s, page by page without gaps or repeats', async (name) => {
    const filter = { organizationId: acme.organizationId, ...filters[name]?.() }
    const all = expected(filter)
    expect(all.length > 3).toBe(!name.includes('nobody'))
    expect(await listed(filter, 7)).toEqual(all)
    expect(await listed(filter, 500)).toEqual(all)
    const reader = console.as({ scope: 'read', organizationId: acme.organizationId })
    expect(await listed(filter, 500, reader)).toEqual(expected(filter, false))
  })

  test('by several at once, in random combinations', async () => {
    const names = Object.keys(filters).filter((name) => name !== 'nothing')
    let found = 0
    for (let n = 0; n < 100; n += 1) {
      const chosen = [oneOf(names), oneOf(names), ...(next() < 0.3 ? [oneOf(names)] : [])]
      const filter: RunFilterInput = { organizationId: acme.organizationId }
      for (const name of chosen) Object.assign(filter, filters[name]?.())
      const all = expected(filter)
      found += all.length
      expect({ chosen, ids: await listed(filter, 13) }).toEqual({ chosen, ids: all })
    }
    expect(found).toBeGreaterThan(1_000)
  })

  test('the same when the organization is a small part of all', async () => {
    const big = await addBrand(console.sql, 'Big')
    await console.sql.query(
      `insert into brands (organization_id, name) select $1, 'b' || n from generate_series(1, 200) n`,
      [big.organizationId],
    )
    for (const name of Object.keys(filters)) {
      const filter = { organizationId: acme.organizationId, ...filters[name]?.() }
      expect({ name, ids: await listed(filter, 11) }).toEqual({ name, ids: expected(filter) })
    }
    await console.sql.query('delete from brands where organization_id = $1', [big.organizationId])
  })

  test('the totals are those of the list, with and without text', async () => {
    for (const name of Object.keys(filters)) {
      const filter = { organizationId: acme.organizationId, from: hour(0), to: hour(24), ...filters[name]?.() }
      const ids = expected(filter)
      const { total, byResult, buckets, searchedBackTo } = await console.client.runs.summary({ ...filter, buckets: 24 })
      const runs = known.filter(({ id }) => ids.includes(id))
      const counts = Object.groupBy(runs, (run) => resultOf(run) ?? 'none')
      expect({ name, total, byResult, searchedBackTo }).toEqual({
        name,
        total: ids.length,
        byResult: {
          running: counts.running?.length ?? 0,
          completed: counts.completed?.length ?? 0,
          warnings: counts.warnings?.length ?? 0,
          failed: counts.failed?.length ?? 0,
          cancelled: counts.cancelled?.length ?? 0,
        },
        searchedBackTo: null,
      })
      expect(buckets.reduce((sum, bucket) => sum + bucket.failed, 0)).toBe(byResult.failed)
      for (const { completed, warnings, p50Ms, p95Ms } of buckets) {
        const duration = completed + warnings === 0 ? null : 90_000
        expect([p50Ms, p95Ms]).toEqual([duration, duration])
      }
    }
  })

  test('wildcards mean themselves, whatever the case', async () => {
    const found = async (text: string): Promise<number> =>
      (await console.client.runs.list({ organizationId: acme.organizationId, text, limit: 500 })).runs.length
    const all = expected({ organizationId: acme.organizationId, text: '100%' }).length
    expect(await found('100% OF a_b\\C')).toBe(all)
    for (const text of ['a%b', '1__%', 'a.b', '\\\\', '(', '\u0000', 'a_b\\c%']) expect(await found(text)).toBe(0)
  })
})

describe('bad input', () => {
  test.each([
    '',
    'x',
    'none~x',
    '2026-13-45 00:00:00+00~20000000-0000-4000-8000-000000000001',
    `infinity~' or true --`,
  ])('a cursor that is none of ours (%j) is refused and named', async (cursor) => {
    const call = console.client.runs.list({ organizationId: acme.organizationId, cursor })
    await expect(call).rejects.toMatchObject({ code: 'INVALID_INPUT', data: { field: 'cursor' } })
  })

  test('a range that ends before it begins is refused, one in the year 0 is just empty', async () => {
    const { organizationId } = acme
    for (const call of [console.client.runs.list, console.client.runs.summary]) {
      await expect(call({ organizationId, from: hour(3), to: hour(3) })).rejects.toMatchObject({
        code: 'INVALID_INPUT',
        data: { field: 'to' },
      })
    }
    const page = await console.client.runs.list({
      organizationId,
      from: '0000-01-01T00:00:00Z',
      to: '0001-01-02T00:00:00Z',
    })
    expect(page.runs).toEqual([])
  })

  test('another organization is not there, neither by its id nor by that of a brand, a job or a run', async () => {
    const stranger = console.as({ organizationId: other.organizationId })
    const missing = { code: 'NOT_FOUND' }
    const ours = known.find(({ brandId }) => brandId === acme.brandId)
    const runId = ours?.id ?? ''
    await expect(stranger.runs.list({ organizationId: acme.organizationId })).rejects.toMatchObject(missing)
    await expect(
      stranger.runs.list({ organizationId: other.organizationId, brandId: acme.brandId }),
    ).rejects.toMatchObject(missing)
    expect((await stranger.runs.list({ organizationId: other.organizationId, jobId: ours?.jobId ?? '' })).runs).toEqual(
      [],
    )
    for (const call of [
      () => stranger.runs.get({ runId }),
      () => stranger.runs.log({ runId }),
      () => stranger.runs.followLog({ runId }),
      () => stranger.runs.cancel({ runId }),
      () => stranger.runs.rerun({ runId }),
      () => stranger.runs.summary({ organizationId: acme.organizationId }),
      () => stranger.runs.export({ organizationId: acme.organizationId, format: 'csv' }),
    ]) {
      await expect(call()).rejects.toMatchObject(missing)
    }
    const platform = known.find(({ brandId }) => brandId === null)?.id ?? ''
    await expect(stranger.runs.get({ runId: platform })).rejects.toMatchObject(missing)
    expect((await console.client.runs.get({ runId: platform })).run.brand).toBeNull()
  })
})

describe('rows of other programs', () => {
  const add = async (columns: Columns): Promise<string> => {
    const jobId = await addJob(console.sql, { brand_id: other.brandId, job_type: 'foreign' })
    return addRun(console.sql, jobId, { started_at: new Date(base), completed_at: new Date(base + 1_000), ...columns })
  }
  const shown = async (id: string) =>
    (
      await console.client.runs.list({ organizationId: other.organizationId, jobTypes: ['foreign'], limit: 500 })
    ).runs.find((run) => run.id === id)

  test('an unknown status is shown as stored and counted in the total', async () => {
    await console.sql.query('alter table scheduled_job_runs drop constraint scheduled_job_runs_status_check')
    const id = await add({ status: '<b>exploded</b>' })
    expect(await shown(id)).toMatchObject({ status: '<b>exploded</b>', problem: null, durationMs: 1_000 })
    expect((await console.client.runs.get({ runId: id })).run.status).toBe('<b>exploded</b>')
    const filter = { organizationId: other.organizationId, jobTypes: ['foreign'], from: hour(-1), to: hour(1) }
    const { total, byResult } = await console.client.runs.summary(filter)
    expect({ total, ...byResult }).toEqual({ total: 1, running: 0, completed: 0, warnings: 0, failed: 0, cancelled: 0 })
  })

  test('a failure that names no problem is among the failed, by insert and by update, and leaves them when it is corrected', async () => {
    const inserted = await add({ status: 'failed' })
    const updated = await add({ status: 'running', completed_at: null })
    await console.sql.query(`update scheduled_job_runs set status = 'cancelled' where id = $1`, [updated])
    const results = async (result: RunResult): Promise<string[]> => {
      const filter = { organizationId: other.organizationId, jobTypes: ['foreign'], results: [result] }
      return (await console.client.runs.list(filter)).runs.map(({ id }) => id)
    }
    expect(await results('failed')).toEqual([inserted])
    expect(await results('cancelled')).toEqual([updated])
    await console.sql.query(`update scheduled_job_runs set status = 'completed' where id = $1`, [inserted])
    expect(await results('failed')).toEqual([])
    expect(await results('completed')).toContain(inserted)
  })

  test('an error of 20 MB is its first line in a list and 8,000 characters on its page', async () => {
    const id = await add({ status: 'failed', error_message: `  \n${'é'.repeat(400)}\n${'x'.repeat(20_000_000)}` })
    expect((await shown(id))?.error).toBe('é'.repeat(300))
    const { run } = await console.client.runs.get({ runId: id })
    expect(run.errorMessage?.length).toBeLessThanOrEqual(8_000)
    expect(run.errorMessage).toMatch(/ … 199\d{5} bytes cut$/)
  })

  test('a run that counted nothing shows no records', async () => {
    const id = await add({ status: 'completed' })
    expect((await shown(id))?.records).toBeNull()
    expect((await console.client.runs.get({ runId: id })).run.records).toBeNull()
  })

  test('times that no calendar has, and values out of every range, leave the run to be seen', async () => {
    const ids = [
      await add({ status: 'completed', started_at: 'infinity', completed_at: 'infinity' }),
      await add({ status: 'completed', started_at: '-infinity', completed_at: '290000-01-01' }),
      await add({ status: 'completed', records_affected: '9223372036854775807', metadata: '[1]', parameters: 'null' }),
      await add({ status: 'running', completed_at: null, trigger_source: 'cron', requested_by: '\u202Eevil' }),
    ]
    const all = await listed({ organizationId: other.organizationId, jobTypes: ['foreign'] }, 1)
    for (const id of ids) {
      expect(all).toContain(id)
      expect((await console.client.runs.get({ runId: id })).run.id).toBe(id)
    }
    expect((await console.client.runs.get({ runId: ids[2] ?? '' })).run.metadata).toEqual({ value: [1] })
    const filter = { organizationId: other.organizationId, from: hour(-1), to: hour(1) }
    expect((await console.client.runs.summary(filter)).total).toBeGreaterThan(0)
  })
})

test('nothing of this was unexpected', () => {
  expect(console.troubles).toEqual([])
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DatabasePool, openPool } from '../../../agent/store/database.ts'
import { brandFacts } from '../../../agent/store/run-list.ts'
import { type RunGroup, summarizeRuns } from '../../../agent/store/run-summary.ts'
import { countRuns, sampleDurations } from '../../../agent/store/run-totals.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'

let database: TestDatabase
let pool: DatabasePool
/** Of the first two brands; the third is another one's, or is made its own. */
let organizationId: string

const hourMs = 3_600_000
const from = new Date(Date.UTC(2026, 10, 1))
const range = { from, to: new Date(from.getTime() + 24 * hourMs), bucketMs: hourMs, buckets: 24 }
const filter = {
  brandId: null,
  jobTypes: [],
  results: [],
  problems: [],
  triggers: [],
  agentIds: [],
  attempts: 'any',
  jobId: null,
  backfillId: null,
  from: null,
  to: null,
} as const

beforeAll(async () => {
  database = await createTestDatabase()
  pool = openPool({
    url: database.url,
    applicationName: 'test',
    size: 2,
    purpose: 'console',
    onConnectionError: () => undefined,
  })
  const sql = await database.connect()
  await sql.query(`
    insert into organizations (name) values ('Acme'), ('Other');
    insert into brands (organization_id, name)
      select id, brand from organizations
      join (values ('Acme', 'First'), ('Acme', 'Second'), ('Other', 'Third')) as of (owner, brand) on owner = name;
    insert into agents (id, name, host, process_id, program_version, state, concurrency)
      values ('20000000-0000-4000-8000-000000000001', 'agent', 'host', 1, '1', 'running', 1);
    insert into scheduled_jobs (brand_id, name, job_type, schedule_type)
      select id, 'job of ' || name, 'sync', 'one_time' from brands union all select null, 'of nobody', 'sync', 'one_time'`)
  // Words of all programs: an agent's plain successes, its problems, what other programs write without one, and times before and after.
  await sql.query(
    `insert into scheduled_job_runs (scheduled_job_id, brand_id, job_type, status, problem, agent_id, started_at, completed_at)
    select job.id, job.brand_id, 'sync', said.status, said.problem,
      case when said.is_ours then '20000000-0000-4000-8000-000000000001'::uuid end,
      at.started, case when said.status <> 'running' then at.started + (60 + n % 7) * interval '1 second' end
    from scheduled_jobs job
    cross join generate_series(1, 300) n
    join (values
      (0, 'completed', null, true), (1, 'completed', null, true), (2, 'completed', 'warnings', true), (3, 'failed', 'timed_out', true),
      (4, 'cancelled', 'cancelled', true), (5, 'completed', null, false), (6, 'failed', null, false), (7, 'running', null, false),
      (8, 'pending', null, false), (9, 'cancelled', null, false)
    ) as said (number, status, problem, is_ours) on said.number = n % 10
    cross join lateral (select $1::timestamptz + (n - 30) * interval '6 minutes' as started) at`,
    [from],
  )
  // And one of ours in progress for each job.
  await sql.query(
    `with started as (
      insert into scheduled_job_runs (scheduled_job_id, brand_id, job_type, status, agent_id, started_at)
      select id, brand_id, 'sync', 'running', '20000000-0000-4000-8000-000000000001', $1::timestamptz + interval '2 hours'
      from scheduled_jobs
      returning id, scheduled_job_id
    )
    update scheduled_jobs set current_run_id = started.id from started where started.scheduled_job_id = scheduled_jobs.id`,
    [from],
  )
  const { rows } = await sql.query<{ id: string }>(`select id from organizations where name = 'Acme'`)
  organizationId = rows[0]?.id ?? ''
})

afterAll(async () => {
  await pool.stop()
  await database.drop()
})

/** Runs by bucket and result. */
function totals(groups: readonly RunGroup[]): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const { bucket, result, runs } of groups) {
    const key = `${bucket} ${result}`
    if (runs > 0) sums[key] = (sums[key] ?? 0) + runs
  }
  return sums
}

const owners = [
  { name: 'an organization with some of the brands', isWhole: false, withPlatform: false },
  { name: 'the same and what is nobody’s', isWhole: false, withPlatform: true },
  { name: 'one that has all brands', isWhole: true, withPlatform: false },
  { name: 'the same and what is nobody’s', isWhole: true, withPlatform: true },
]

test.each(owners)('the runs of $name: indexes alone count what reading each run counts', async (owned) => {
  const { isWhole, withPlatform } = owned
  const sql = await database.connect()
  await sql.query(
    `update brands set organization_id = (select id from organizations where name = $1) where name = 'Third'`,
    [isWhole ? 'Acme' : 'Other'],
  )
  const brands = await brandFacts(pool, organizationId)
  expect({ isWhole: brands.own === brands.all, areKept: brands.areKept }).toEqual({ isWhole, areKept: true })
  const read = await summarizeRuns(pool, { filter: { ...filter, organizationId, withPlatform }, brands }, range, null)
  const owner = { organizationId, withPlatform, brands }
  expect(totals(await countRuns(pool, owner, range))).toEqual(totals(read))
  expect(Object.keys(totals(read)).length).toBeGreaterThan(50)
  const timed = read.filter(({ durationMs }) => durationMs !== null)
  const everyOne = await sampleDurations(pool, owner, range, 1)
  expect(totals(everyOne)).toEqual(totals(timed))
  const some = await sampleDurations(pool, owner, range, 4)
  for (const [key, runs] of Object.entries(totals(some))) expect(totals(timed)[key]).toBeGreaterThanOrEqual(runs)
  for (const { durationMs } of some) expect(Math.floor((durationMs ?? 0) / 10_000)).toBe(6)
})

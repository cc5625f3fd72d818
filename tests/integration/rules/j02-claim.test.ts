import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { ClaimedRun } from '../../../agent/store/claim.ts'
import { type DatabasePool, isUniqueViolation } from '../../../agent/store/database.ts'
import { recordEnd } from '../../../agent/store/run-record.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addBrand, addJob, jobRow, runOf } from '../../support/job-rows.ts'
import { createTestScheduler, done, untilAborted } from '../../support/scheduler.ts'
import { agentPool, claim, endOf } from '../../support/store-runs.ts'
import { waitFor } from '../../support/wait.ts'

let database: TestDatabase
let client: pg.Client
let pool: DatabasePool
beforeAll(async () => {
  database = await createTestDatabase()
  client = await database.connect()
})
afterAll(() => database.drop())
beforeEach(() => {
  pool = agentPool(database.url)
})
afterEach(async () => {
  await pool.stop()
  await client.query('truncate scheduled_jobs cascade')
})

const noon = new Date('2026-03-02T12:00:00Z')

describe('J2: one statement claims', () => {
  test('J2: the job names its run and loses its due time; the run carries attempt, agent, token and lease', async () => {
    const { brandId, organizationId } = await addBrand(client, 'Acme')
    const jobId = await addJob(client, { brand_id: brandId, next_run_at: noon, parameters: '{"days": 3}' })
    const agentId = '11111111-1111-4111-8111-111111111111'
    const [run] = await claim(pool, { now: noon, agentId, leaseSeconds: 150 })
    expect(run).toMatchObject({
      jobId,
      brandId,
      organizationId,
      brandName: 'Acme',
      attempt: 1,
      parameters: { days: 3 },
      scheduledFor: noon,
      claimedAt: noon,
    })
    expect(await jobRow(client, jobId)).toMatchObject({ next_run_at: null, current_run_id: run?.runId })
    expect(await runOf(client, jobId)).toMatchObject({
      id: run?.runId,
      status: 'running',
      problem: null,
      agent_id: agentId,
      run_token: run?.runToken,
      lease_expires_at: new Date('2026-03-02T12:02:30Z'),
    })
  })

  test('J2: five claimers and 300 jobs: every job is claimed exactly once', async () => {
    await client.query(
      `insert into scheduled_jobs (name, job_type, schedule_type, next_run_at, concurrency_key)
       select 'Job ' || n, 'work', 'one_time', now() - n * interval '1 second', 'key ' || n from generate_series(1, 300) n`,
    )
    const pools = Array.from({ length: 5 }, () => agentPool(database.url, 1))
    const claimed = await Promise.all(pools.map(claimAll))
    await Promise.all(pools.map((one) => one.stop()))
    const ids = claimed.flat().map((run) => run.jobId)
    expect(ids).toHaveLength(300)
    expect(new Set(ids).size).toBe(300)
    const { rows } = await client.query(
      `select count(*)::int as runs, count(distinct scheduled_job_id)::int as jobs from scheduled_job_runs`,
    )
    expect(rows).toEqual([{ runs: 300, jobs: 300 }])
  })

  test('J2: five agents share 300 jobs of 60 brands: each runs once, and never two of one key at once', async () => {
    await client.query(
      `with organization as (insert into organizations (name) values ('Many') returning id),
       brand as (insert into brands (organization_id, name) select id, 'b' || n from organization, generate_series(1, 60) n returning id)
       insert into scheduled_jobs (brand_id, name, job_type, schedule_type, next_run_at)
       select id, 'Job', 'work', 'one_time', now() from brand, generate_series(1, 5)`,
    )
    const running = new Set<string>()
    const overlaps: string[] = []
    const work = async ({ identity }: { identity: { brandId: string | null } }): Promise<typeof done> => {
      const key = String(identity.brandId)
      if (running.has(key)) overlaps.push(key)
      running.add(key)
      await new Promise((resolve) => setImmediate(resolve))
      running.delete(key)
      return done
    }
    const agents = Array.from({ length: 5 }, () =>
      createTestScheduler({ url: database.url, jobs: { work }, pollSeconds: 0.5 }),
    )
    await Promise.all(agents.map((agent) => agent.scheduler.start()))
    const ended = (): number => agents.reduce((sum, agent) => sum + agent.of('run_ended').length, 0)
    await waitFor(() => ended() >= 300, { describe: '300 runs', timeoutMs: 25_000 })
    await Promise.all(agents.map((agent) => agent.stop()))
    expect(overlaps).toEqual([])
    const { rows } = await client.query(
      `select count(*)::int as runs, count(distinct scheduled_job_id)::int as jobs, max(attempt_number) as attempt
       from scheduled_job_runs where status = 'completed'`,
    )
    expect(rows).toEqual([{ runs: 300, jobs: 300, attempt: 1 }])
    expect(agents.flatMap((agent) => agent.of('database')).filter((event) => !event.reachable)).toEqual([])
  })

  test('J2: a job that runs is not claimed again, even when somebody makes it due', async () => {
    const jobId = await addJob(client)
    expect(await claim(pool)).toHaveLength(1)
    await client.query('update scheduled_jobs set next_run_at = now() where id = $1', [jobId])
    expect(await claim(pool)).toEqual([])
  })

  test('J2: only job types that were asked for', async () => {
    await addJob(client, { job_type: 'other' })
    const mine = await addJob(client)
    expect((await claim(pool)).map((run) => run.jobId)).toEqual([mine])
    expect(await claim(pool, { jobTypes: [] })).toEqual([])
  })

  test('J2: of two jobs of one key that are due together, the one that has waited longer', async () => {
    const younger = await addJob(client, { concurrency_key: 'k', next_run_at: new Date(2_000) })
    const older = await addJob(client, { concurrency_key: 'k', next_run_at: new Date(1_000) })
    const [run, ...others] = await claim(pool)
    expect([run?.jobId, others]).toEqual([older, []])
    if (run) await recordEnd(pool, [endOf(run)], null)
    expect((await claim(pool)).map((one) => one.jobId)).toEqual([younger])
  })

  test('J2: two claims of one key at the same instant: the second is refused and then sees the key as busy', async () => {
    await addJob(client, { concurrency_key: 'k' })
    const other = await addJob(client, { concurrency_key: 'k', next_run_at: new Date(5_000) })
    const beside = agentPool(database.url, 1)
    let second: Promise<ClaimedRun[] | string> | undefined
    await pool.transaction(async (transaction) => {
      expect(await claim(transaction, { limit: 1 })).toHaveLength(1)
      second = claim(beside).catch((error: unknown) => (isUniqueViolation(error) ? 'refused' : String(error)))
      // It waits for our commit to know whether the key is taken.
      await waitFor(waitingSession, { describe: 'the second claim to wait for the first' })
    })
    expect(await second).toBe('refused')
    await beside.stop()
    expect(await claim(pool)).toEqual([])
    expect(await jobRow(client, other)).toMatchObject({ current_run_id: null })
  })
})

async function waitingSession(): Promise<boolean> {
  const { rowCount } = await client.query(
    `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  )
  return rowCount === 1
}

async function claimAll(one: DatabasePool): Promise<ClaimedRun[]> {
  const all: ClaimedRun[] = []
  for (;;) {
    const runs = await claim(one, { limit: 7 })
    if (runs.length === 0) return all
    all.push(...runs)
  }
}

describe('priorities', () => {
  test('urgent before high before normal before low; within one level, whoever waited longest', async () => {
    const ids: Record<string, string> = {}
    for (const [priority, wait] of [
      [1, 10],
      [0, 99],
      [3, 1],
      [2, 5],
      [1, 20],
    ] as const) {
      ids[`${priority}/${wait}`] = await addJob(client, {
        priority,
        next_run_at: new Date(noon.getTime() - wait * 1000),
        concurrency_key: `${priority}/${wait}`,
      })
    }
    const order: string[] = []
    for (let n = 0; n < 5; n += 1) order.push(...(await claim(pool, { limit: 1, now: noon })).map((run) => run.jobId))
    expect(order).toEqual([ids['3/1'], ids['2/5'], ids['1/20'], ids['1/10'], ids['0/99']])
  })

  test('an agent with one place takes the urgent job first', async () => {
    const order: string[] = []
    await using agent = createTestScheduler({
      url: database.url,
      jobs: {
        work: ({ parameters }) => {
          order.push(JSON.stringify(parameters['who']))
          return done
        },
      },
      concurrency: 1,
    })
    for (const [priority, who] of Object.entries(['low', 'normal', 'high', 'urgent'])) {
      await addJob(client, { priority, parameters: JSON.stringify({ who }), concurrency_key: who })
    }
    await agent.scheduler.start()
    await agent.ended(4)
    expect(order).toEqual(['"urgent"', '"high"', '"normal"', '"low"'])
  })
})

describe('run now', () => {
  test('job, claim and run row are one commit; a busy key and a foreign type are refused with nothing written', async () => {
    await using agent = createTestScheduler({
      url: database.url,
      jobs: { work: untilAborted },
      shutdownGraceSeconds: 0,
    })
    const request = { name: 'Now', brandId: null, parameters: {}, triggerSource: 'manual' as const, requestedBy: 'ops' }
    expect(await agent.scheduler.runNow({ ...request, jobType: 'work' })).toBeNull()
    await agent.scheduler.start()
    const run = await agent.scheduler.runNow({ ...request, jobType: 'work' })
    expect(run).toMatchObject({ attempt: 1, triggerSource: 'manual' })
    expect(await agent.scheduler.runNow({ ...request, jobType: 'work' })).toBeNull()
    expect(await agent.scheduler.runNow({ ...request, jobType: 'unknown' })).toBeNull()
    const { rows } = await client.query('select id, current_run_id, requested_by from scheduled_jobs')
    expect(rows).toEqual([{ id: run?.jobId, current_run_id: run?.runId, requested_by: 'ops' }])
  })
})

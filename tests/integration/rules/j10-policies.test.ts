import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { retryJob } from '../../../agent/jobs/operations.ts'
import type { DatabasePool } from '../../../agent/store/database.ts'
import { recordEnd } from '../../../agent/store/run-record.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addBrand, addJob, jobRow, only, runOf, runsOf } from '../../support/job-rows.ts'
import { createTestScheduler, DatabaseNow, done, type TestScheduler } from '../../support/scheduler.ts'
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
const hours = (count: number): Date => new Date(noon.getTime() + count * 3_600_000)
const hourly = { cron_expression: '0 * * * *', time_zone: 'UTC' }

function agentAt(now: Date): TestScheduler {
  return createTestScheduler({ url: database.url, jobs: { work: () => done }, at: new DatabaseNow(now) })
}

describe('J10: pause', () => {
  test('J10: pause stops new claims and does not touch the run that goes on', async () => {
    const jobId = await addJob(client, { next_run_at: noon, ...hourly })
    const run = only(await claim(pool, { now: noon }))
    await client.query(`update scheduled_jobs set status = 'paused' where id = $1`, [jobId])
    const job = { ...endOf(run).job, status: 'active' as const, nextRunAt: hours(1).toISOString() }
    await recordEnd(pool, [endOf(run, { job })], noon)
    expect(await jobRow(client, jobId)).toMatchObject({ status: 'paused', runs_completed: 1 })
    expect(await claim(pool, { now: hours(2) })).toEqual([])
  })

  test('J10: resumed without a next run, the job is planned from now, not from when it was paused', async () => {
    const jobId = await addJob(client, { next_run_at: null, status: 'paused', ...hourly })
    await client.query(`update scheduled_jobs set status = 'active', next_run_at = null where id = $1`, [jobId])
    await using agent = agentAt(new Date('2026-03-02T15:20:00Z'))
    await agent.scheduler.poll()
    expect(await jobRow(client, jobId)).toMatchObject({ next_run_at: hours(4) })
    expect(await runsOf(client, jobId)).toEqual([])
  })
})

describe('J10: catch-up', () => {
  test('J10: latest (the default): one run after any number of missed ones, with the count; then the cadence goes on', async () => {
    const jobId = await addJob(client, { next_run_at: noon, ...hourly })
    await using agent = agentAt(new Date('2026-03-02T17:30:00Z'))
    await agent.scheduler.start()
    await agent.ended(1)
    expect(await runOf(client, jobId)).toMatchObject({ scheduled_for: noon, metadata: { missed: 5 } })
    expect(agent.of('run_started')).toMatchObject([{ missed: 5 }])
    expect(await jobRow(client, jobId)).toMatchObject({ next_run_at: hours(6) })
  })

  test('J10: skip: missed fires are dropped and said so; nothing runs until the next fire', async () => {
    const jobId = await addJob(client, { next_run_at: noon, catch_up_policy: 'skip', ...hourly })
    const witness = await addJob(client, { next_run_at: noon })
    await using agent = agentAt(new Date('2026-03-02T17:30:00Z'))
    await agent.scheduler.start()
    await agent.ended(1)
    expect(await jobRow(client, witness)).toMatchObject({ status: 'completed' })
    expect(await runsOf(client, jobId)).toEqual([])
    expect(await jobRow(client, jobId)).toMatchObject({ next_run_at: hours(6) })
    expect(agent.of('job_skipped')).toMatchObject([{ jobId }])
    expect(agent.of('job_skipped')[0]?.message).toContain('nobody was there')
  })

  test('J10: a fire that is late by less than a minute is late, not missed, under either policy', async () => {
    for (const catch_up_policy of ['skip', 'latest']) {
      await addJob(client, { next_run_at: noon, catch_up_policy, concurrency_key: catch_up_policy, ...hourly })
    }
    await using agent = agentAt(new Date('2026-03-02T12:00:59Z'))
    await agent.scheduler.start()
    await agent.ended(2)
    expect(agent.of('run_started').map((event) => event.missed)).toEqual([0, 0])
    expect(agent.of('job_skipped')).toEqual([])
  })

  test('J10: a retry that is late is not a missed fire: it runs even with skip', async () => {
    const jobId = await addJob(client, { next_run_at: noon, next_attempt: 2, catch_up_policy: 'skip', ...hourly })
    await using agent = agentAt(hours(3))
    await agent.scheduler.start()
    await agent.ended(1)
    expect(await runOf(client, jobId)).toMatchObject({ attempt_number: 2, metadata: {} })
  })

  test('J10: a one-time job with catch-up skip that nobody ran in time is not lost without a word', async () => {
    const jobId = await addJob(client, { next_run_at: noon, catch_up_policy: 'skip' })
    await using agent = agentAt(hours(3))
    await agent.scheduler.start()
    await agent.ended(1)
    expect(await runsOf(client, jobId)).toHaveLength(1)
  })
})

describe('J10: overlap', () => {
  test('J10: the default key is brand + job type: a second job of both waits, another brand does not', async () => {
    const one = await addBrand(client)
    const two = await addBrand(client)
    const running = await addJob(client, { brand_id: one.brandId, next_run_at: noon })
    const first = only(await claim(pool, { now: noon }))
    const waiting = await addJob(client, { brand_id: one.brandId, next_run_at: noon })
    const other = await addJob(client, { brand_id: two.brandId, next_run_at: noon })
    const otherType = await addJob(client, { brand_id: one.brandId, next_run_at: noon, job_type: 'second' })
    const ids = (await claim(pool, { now: noon, jobTypes: ['work', 'second'] })).map((run) => run.jobId)
    expect(first.jobId).toBe(running)
    expect(new Set(ids)).toEqual(new Set([other, otherType]))
    await recordEnd(pool, [endOf(first)], noon)
    expect((await claim(pool, { now: noon })).map((run) => run.jobId)).toEqual([waiting])
  })

  test('J10: platform jobs share a key per job type; a key of its own lets jobs overlap', async () => {
    await addJob(client, { next_run_at: noon })
    await addJob(client, { next_run_at: noon })
    const apart = await addJob(client, { next_run_at: noon, concurrency_key: 'apart' })
    const claimed = await claim(pool, { now: noon })
    expect(claimed).toHaveLength(2)
    expect(claimed.map((run) => run.jobId)).toContain(apart)
  })

  test('J10: queue: Run now waits behind a running sync and starts when it ends', async () => {
    const { brandId } = await addBrand(client)
    const first = Promise.withResolvers<typeof done>()
    const order: string[] = []
    await using agent = createTestScheduler({
      url: database.url,
      jobs: {
        work: ({ parameters }) => {
          order.push(JSON.stringify(parameters['who']))
          return order.length === 1 ? first.promise : done
        },
      },
    })
    await addJob(client, { brand_id: brandId, parameters: '{"who": "sync"}' })
    await agent.scheduler.start()
    await waitFor(() => order.length === 1, { describe: 'the sync to run' })
    await addJob(client, { brand_id: brandId, parameters: '{"who": "run now"}', trigger_source: 'manual' })
    await agent.scheduler.poll()
    expect(agent.of('run_started')).toHaveLength(1)
    first.resolve(done)
    await agent.ended(2)
    expect(order).toEqual(['"sync"', '"run now"'])
  })

  test('J10: skip: a fire while the key is busy is dropped and said so', async () => {
    const holder = await addJob(client, { next_run_at: noon, concurrency_key: 'k' })
    const skipper = await addJob(client, {
      next_run_at: noon,
      concurrency_key: 'k',
      overlap_policy: 'skip',
      priority: 0,
      ...hourly,
    })
    expect(only(await claim(pool, { now: noon })).jobId).toBe(holder)
    await using agent = agentAt(noon)
    await agent.scheduler.poll()
    expect(await runsOf(client, skipper)).toEqual([])
    expect(await jobRow(client, skipper)).toMatchObject({ next_run_at: hours(1) })
    expect(agent.of('job_skipped')).toMatchObject([{ jobId: skipper }])
    expect(agent.of('job_skipped')[0]?.message).toContain('busy')
  })

  test('J10: skip: what a person asks to be retried waits behind a busy key instead of being skipped', async () => {
    const holder = await addJob(client, { next_run_at: null, concurrency_key: 'k' })
    const failed = await addJob(client, {
      next_run_at: null,
      concurrency_key: 'k',
      overlap_policy: 'skip',
      last_run_status: 'failed',
      ...hourly,
    })
    await client.query('update scheduled_jobs set next_run_at = now() where id = $1', [holder])
    const held = only(await claim(pool))
    const { waitsBehind } = await retryJob(pool, { operator: 'somebody', door: 'cli' }, failed)
    expect(waitsBehind).toMatchObject({ runId: held.runId })
    await using agent = createTestScheduler({ url: database.url, jobs: { work: () => done } })
    await agent.scheduler.start()
    await agent.scheduler.poll()
    expect(agent.of('job_skipped')).toEqual([])
    await recordEnd(pool, [endOf(held)], null)
    await agent.scheduler.poll()
    await agent.ended(1)
    expect(await runsOf(client, failed)).toMatchObject([{ status: 'completed', attempt_number: 1 }])
  })

  test('J10: skip while nothing runs is an ordinary run', async () => {
    const jobId = await addJob(client, { next_run_at: noon, overlap_policy: 'skip', ...hourly })
    await using agent = agentAt(noon)
    await agent.scheduler.start()
    await agent.ended(1)
    expect(await runsOf(client, jobId)).toHaveLength(1)
    expect(agent.of('job_skipped')).toEqual([])
  })
})

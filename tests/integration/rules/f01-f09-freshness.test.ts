import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { StepFailure } from '../../../agent/jobs/executors/executor.ts'
import type { DatabasePool } from '../../../agent/store/database.ts'
import { type DatasetStatusRow, listDatasetStatus } from '../../../agent/store/dataset-status.ts'
import { recordEnd } from '../../../agent/store/run-record.ts'
import { freshnessState, isFresh } from '../../../shared/freshness.ts'
import { readiness } from '../../../shared/readiness.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addBrand, addJob, datasetRow, only, runOf, runsOf } from '../../support/job-rows.ts'
import {
  createTestScheduler,
  DatabaseNow,
  done,
  type StepHandler,
  type TestJobType,
  type TestSchedulerOptions,
  untilAborted,
} from '../../support/scheduler.ts'
import { agentPool, claim, endOf } from '../../support/store-runs.ts'
import { waitFor } from '../../support/wait.ts'

let database: TestDatabase
let client: pg.Client
let pool: DatabasePool
let brandId: string
beforeAll(async () => {
  database = await createTestDatabase()
  client = await database.connect()
})
afterAll(() => database.drop())
beforeEach(async () => {
  pool = agentPool(database.url)
  brandId = (await addBrand(client)).brandId
})
afterEach(async () => {
  await pool.stop()
  await client.query('truncate scheduled_jobs, organizations, dataset_status_history cascade')
})

const noon = new Date('2026-03-02T12:00:00Z')
const minutes = (count: number): Date => new Date(noon.getTime() + count * 60_000)

function refreshing(run: StepHandler): TestJobType {
  return { steps: [{ key: 'refresh', dataset: 'orders', run }] }
}

type Options = Omit<TestSchedulerOptions, 'url' | 'jobs'>

/** One run of a job that refreshes `orders` of the brand. */
async function runAt(now: Date, run: StepHandler, options: Options = {}): Promise<string> {
  await using agent = createTestScheduler({
    url: database.url,
    jobs: { work: refreshing(run) },
    at: new DatabaseNow(now),
    ...options,
  })
  const jobId = await addJob(client, { brand_id: brandId, next_run_at: now, max_retries: 0 })
  await agent.scheduler.start()
  await agent.ended(1)
  return jobId
}

const orders = async (): Promise<DatasetStatusRow> => only(await listDatasetStatus(pool, { brandId }))

describe('F1-F4: a run and its dataset', () => {
  test('F1: a start sets running and the last attempt, clears the error, and keeps the last success', async () => {
    await runAt(noon, () => ({ recordsAffected: 5, metadata: {} }))
    const { lastSuccessAt } = await orders()
    await runAt(minutes(10), () => {
      throw new Error('HTTP 500')
    })
    const { promise, resolve } = Promise.withResolvers<typeof done>()
    await using agent = createTestScheduler({
      url: database.url,
      jobs: { work: refreshing(() => promise) },
      at: new DatabaseNow(minutes(20)),
    })
    await addJob(client, { brand_id: brandId, next_run_at: noon })
    await agent.scheduler.start()
    await waitFor(async () => (await orders()).lastStatus === 'running', { describe: 'the dataset to be running' })
    const running = await orders()
    expect(running).toMatchObject({ lastSuccessAt, recordsAffected: 5, errorMessage: null })
    expect(running.lastAttemptAt?.getTime()).toBeGreaterThan(minutes(19.9).getTime())
    resolve(done)
    await agent.ended(1)
  })

  test('F2: a success sets last success and last attempt, completed, records, and clears the error', async () => {
    await runAt(noon, () => {
      throw new Error('HTTP 500')
    })
    expect(await orders()).toMatchObject({ lastStatus: 'failed', errorMessage: 'HTTP 500', lastSuccessAt: null })
    const jobId = await runAt(minutes(10), () => ({ recordsAffected: 12, metadata: { pages: 3 } }))
    const row = await datasetRow(client, brandId, 'orders')
    expect(row).toMatchObject({ last_status: 'completed', error_message: null, records_affected: '12' })
    expect(row?.metadata).toMatchObject({ pages: 3 })
    expect(row?.last_success_at).toEqual(row?.last_attempt_at)
    expect(row?.last_run_id).toBe(only(await runsOf(client, jobId)).id)
  })

  test('F2, bad input 26: an infinite time of another program does not stand in the way of a run', async () => {
    await client.query(
      `insert into dataset_status (brand_id, dataset_key, last_status, last_attempt_at, last_success_at, records_affected)
       values ($1, 'orders', 'failed', 'infinity', 'infinity', 1)`,
      [brandId],
    )
    const jobId = await runAt(noon, () => ({ recordsAffected: 12, metadata: {} }))
    const row = await datasetRow(client, brandId, 'orders')
    expect(row).toMatchObject({ last_status: 'completed', records_affected: '12' })
    expect(row?.last_run_id).toBe((await runOf(client, jobId)).id)
    expect([row?.last_success_at, row?.last_attempt_at].every((instant) => instant instanceof Date)).toBe(true)
  })

  test('F2: a result that is delivered late says when it happened, not when it arrived', async () => {
    await addJob(client, { brand_id: brandId, next_run_at: noon })
    const run = only(await claim(pool, { now: noon }))
    const tenMinutes = 600_000
    const dataset = {
      datasetKey: 'orders',
      status: 'completed' as const,
      attemptAgeMs: tenMinutes,
      startAgeMs: tenMinutes + 5,
      successAgeMs: tenMinutes,
      recordsAffected: 3,
      errorMessage: null,
      metadata: {},
    }
    await recordEnd(pool, [endOf(run, { endedAgeMs: tenMinutes, datasets: [dataset] })], minutes(30))
    expect(await orders()).toMatchObject({ lastSuccessAt: minutes(20), lastAttemptAt: minutes(20) })
    expect(only(await runsOf(client, run.jobId)).completed_at).toEqual(minutes(20))
  })

  test('F3: a failure sets failed and the last attempt, stores the error, and keeps the last success', async () => {
    await runAt(noon, () => ({ recordsAffected: 5, metadata: {} }))
    const good = await orders()
    await runAt(minutes(90), () => {
      throw new Error('the shop did not answer')
    })
    expect(await orders()).toMatchObject({
      lastSuccessAt: good.lastSuccessAt,
      recordsAffected: 5,
      lastStatus: 'failed',
      errorMessage: 'the shop did not answer',
    })
    expect((await orders()).lastAttemptAt?.getTime()).toBeGreaterThan(minutes(89).getTime())
  })

  test('F4: a snoozed run leaves its dataset unknown', async () => {
    await runAt(noon, () => {
      throw new StepFailure('rate_limited', 'slow down', { retryAfterMs: 1_000_000 })
    })
    expect(await orders()).toMatchObject({ lastStatus: 'unknown', errorMessage: 'slow down' })
  })

  test('F4: a cancelled run leaves its dataset unknown, a released one as well', async () => {
    for (const how of ['cancelled', 'released']) {
      await using agent = createTestScheduler({
        url: database.url,
        jobs: { work: refreshing(untilAborted) },
        renewSeconds: 0.05,
        shutdownGraceSeconds: 0,
      })
      const jobId = await addJob(client, { brand_id: brandId, concurrency_key: how })
      await agent.scheduler.start()
      await waitFor(async () => (await orders()).lastStatus === 'running', { describe: 'the dataset to be running' })
      if (how === 'released') await agent.scheduler.stop()
      else await client.query('update scheduled_job_runs set cancel_requested_at = now()')
      await agent.ended(1)
      expect(only(await runsOf(client, jobId))).toMatchObject({ status: 'cancelled', problem: how })
      expect(await orders()).toMatchObject({ lastStatus: 'unknown' })
      await client.query('delete from scheduled_jobs')
    }
  })

  test('F4: a run that timed out leaves its dataset failed', async () => {
    await using agent = createTestScheduler({
      url: database.url,
      jobs: { work: { ...refreshing(untilAborted), timeoutMinutes: 0.002 } },
    })
    const jobId = await addJob(client, { brand_id: brandId })
    await agent.scheduler.start()
    await agent.ended(1)
    expect(only(await runsOf(client, jobId))).toMatchObject({ status: 'failed', problem: 'timed_out' })
    expect(await orders()).toMatchObject({ lastStatus: 'failed' })
  })

  test('F4: every result is one row of history, a start is none', async () => {
    await runAt(noon, () => ({ recordsAffected: 5, metadata: {} }))
    await runAt(minutes(10), () => {
      throw new Error('HTTP 500')
    })
    const { rows } = await client.query(
      `select status, records_affected::int, error_message from dataset_status_history
       where brand_id = $1 order by happened_at`,
      [brandId],
    )
    expect(rows).toEqual([
      { status: 'completed', records_affected: 5, error_message: null },
      { status: 'failed', records_affected: null, error_message: 'HTTP 500' },
    ])
  })

  test('J12, F4: a platform job refreshes no dataset', async () => {
    await using agent = createTestScheduler({
      url: database.url,
      jobs: { work: refreshing(() => ({ recordsAffected: 5, metadata: {} })) },
    })
    await addJob(client)
    await agent.scheduler.start()
    await agent.ended(1)
    expect(agent.of('run_ended')).toMatchObject([{ status: 'completed' }])
    expect(await listDatasetStatus(pool, { brandId: null })).toEqual([])
  })

  test('two runs that refresh one dataset and end together are both written', async () => {
    const both = Promise.withResolvers<typeof done>()
    let waiting = 0
    const together: StepHandler = () => {
      waiting += 1
      if (waiting === 2) both.resolve(done)
      return both.promise
    }
    await using agent = createTestScheduler({ url: database.url, jobs: { work: refreshing(together) } })
    const jobs: string[] = []
    for (const key of ['a', 'b']) jobs.push(await addJob(client, { brand_id: brandId, concurrency_key: key }))
    await agent.scheduler.start()
    await agent.ended(2)
    for (const id of jobs) expect(only(await runsOf(client, id))).toMatchObject({ status: 'completed', problem: null })
    const { rowCount } = await client.query('select from dataset_status_history where brand_id = $1', [brandId])
    expect(rowCount).toBe(2)
    expect(agent.of('trouble')).toEqual([])
  })
})

describe('F5-F9: what is made of the row', () => {
  test('F5: fresh looks at the last success only, whatever the last attempt did; never succeeded is not fresh', async () => {
    await runAt(noon, () => {
      throw new Error('HTTP 500')
    })
    expect(isFresh((await orders()).lastSuccessAt, 24, noon)).toBe(false)
    await runAt(minutes(60), () => done)
    await runAt(minutes(120), () => {
      throw new Error('HTTP 500')
    })
    const { lastSuccessAt } = await orders()
    const dayLater = new Date((lastSuccessAt?.getTime() ?? 0) + 24 * 3_600_000)
    expect(isFresh(lastSuccessAt, 24, dayLater)).toBe(true)
    expect(isFresh(lastSuccessAt, 24, new Date(dayLater.getTime() + 1))).toBe(false)
  })

  test('F6, F9: a failed attempt on data that is still fresh is fresh, last attempt failed: degraded, not stale', async () => {
    await runAt(noon, () => ({ recordsAffected: 5, metadata: {} }))
    await runAt(minutes(60), () => {
      throw new Error('HTTP 500')
    })
    const requirement = {
      dataset: 'orders',
      label: 'Orders',
      maxAgeHours: 24,
      due: null,
      fix: null,
      status: await orders(),
    }
    const answer = readiness([requirement], minutes(61))
    expect(answer.verdict).toBe('degraded')
    expect(only(answer.items)).toMatchObject({ state: 'fresh', lastStatus: 'failed' })
    expect(readiness([requirement], minutes(61 + 24 * 60)).verdict).toBe('not_ready')
  })

  test('F7: at risk is a prediction from the next planned run of the job', async () => {
    await runAt(noon, () => ({ recordsAffected: 5, metadata: {} }))
    const { lastSuccessAt } = await orders()
    const input = { lastSuccessAt, maxAgeHours: 24, graceMinutes: 0, now: minutes(23 * 60) }
    expect(freshnessState({ ...input, nextRunAt: minutes(26 * 60) })).toMatchObject({ state: 'at_risk' })
    expect(freshnessState({ ...input, nextRunAt: minutes(23.5 * 60) })).toMatchObject({ state: 'fresh' })
  })

  test('F8: zero records where the dataset never has zero: completed, and marked suspicious in every place', async () => {
    const datasets = [{ key: 'orders', neverZero: true }]
    const jobId = await runAt(noon, () => ({ recordsAffected: 0, metadata: {} }), { datasets })
    const run = only(await runsOf(client, jobId))
    expect(run).toMatchObject({ status: 'completed', problem: null })
    expect(run.logs).toContain('zero records')
    expect(await orders()).toMatchObject({ lastStatus: 'completed', suspicious: true, recordsAffected: 0 })
    const { rows } = await client.query('select suspicious from dataset_status_history where brand_id = $1', [brandId])
    expect(rows).toEqual([{ suspicious: true }])
    const requirement = {
      dataset: 'orders',
      label: 'Orders',
      maxAgeHours: 24,
      due: null,
      fix: null,
      status: await orders(),
    }
    expect(readiness([requirement], minutes(1)).verdict).toBe('degraded')

    await runAt(minutes(5), () => ({ recordsAffected: 4, metadata: {} }), { datasets })
    expect(await orders()).toMatchObject({ suspicious: false, recordsAffected: 4 })
  })

  test('F8: zero records where zero is normal, and a step that does not count, are not suspicious', async () => {
    await runAt(noon, () => ({ recordsAffected: 0, metadata: {} }))
    expect(await orders()).toMatchObject({ suspicious: false, recordsAffected: 0 })
    await runAt(minutes(5), () => done, { datasets: [{ key: 'orders', neverZero: true }] })
    expect(await orders()).toMatchObject({ suspicious: false, recordsAffected: null })
  })
})

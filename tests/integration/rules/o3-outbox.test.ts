import { join } from 'node:path'
import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { offlineWarnings } from '../../../agent/application/offline.ts'
import { type Clock, systemClock } from '../../../shared/clock.ts'
import { formatInstant } from '../../../shared/duration.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addBrand, addJob, datasetRow, jobRow, runOf, runsOf, stepsOf } from '../../support/job-rows.ts'
import { everythingIn } from '../../support/kept-runs.ts'
import { openTestStore, type TestStore } from '../../support/offline.ts'
import { type Proxy, startProxy } from '../../support/proxy.ts'
import {
  createTestScheduler,
  DatabaseNow,
  done,
  type StepHandler,
  type TestScheduler,
  type TestSchedulerOptions,
  untilAborted,
} from '../../support/scheduler.ts'
import { type TemporaryFolder, temporaryFolder } from '../../support/temporary-folder.ts'
import { waitFor } from '../../support/wait.ts'

let database: TestDatabase
let client: pg.Client
let proxy: Proxy
let folder: TemporaryFolder
let stores: TestStore[]
beforeAll(async () => {
  database = await createTestDatabase()
  client = await database.connect()
})
afterAll(() => database.drop())
beforeEach(async () => {
  proxy = await startProxy(database.url)
  folder = await temporaryFolder()
  stores = []
})
afterEach(async () => {
  for (const store of stores) store[Symbol.dispose]()
  await proxy[Symbol.asyncDispose]()
  await folder.remove()
  await client.query(
    'truncate scheduled_jobs, organizations, agents, run_steps, run_logs, dataset_status_history cascade',
  )
})

/** What an agent of this device keeps; the next call is the next start of it. */
async function openStore(): Promise<TestStore> {
  for (const store of stores) store[Symbol.dispose]()
  const store = await openTestStore(join(folder.path, 'store'))
  stores.push(store)
  return store
}

/** An agent behind the proxy with one job type that refreshes `orders`. */
function agentWith(store: TestStore, work: StepHandler, options: Partial<TestSchedulerOptions> = {}): TestScheduler {
  const { outbox, heartbeatMemory } = store
  return createTestScheduler({
    url: proxy.through(database.url),
    jobs: { work: { steps: [{ key: 'refresh', dataset: 'orders', run: work }] }, plain: () => done },
    outbox,
    heartbeatMemory,
    pollSeconds: 0.5,
    shutdownGraceSeconds: 0,
    ...options,
  })
}

/** Work that ends when the test says so. */
function workUntil(finish: Promise<unknown>): StepHandler {
  return async ({ log }) => {
    log.write('info', 'working')
    await finish
    log.write('warn', 'worked')
    return { recordsAffected: 7, metadata: { page: 3 } }
  }
}

async function running(agent: TestScheduler): Promise<void> {
  await waitFor(() => agent.of('run_started').length === 1, { describe: 'the run' })
  await waitFor(async () => (await client.query('select from run_steps')).rowCount === 1, { describe: 'its step' })
}

/** A run of a brand's job that has ended while the database was away, and whose agent has stopped since. */
async function resultLeftBehind(options: { at?: DatabaseNow; ended?: Date } = {}) {
  const { brandId } = await addBrand(client)
  const finish = Promise.withResolvers<null>()
  const store = await openStore()
  const { at, ended } = options
  const agent = agentWith(store, workUntil(finish.promise), at ? { at } : {})
  const jobId = await addJob(client, { brand_id: brandId, cron_expression: '0 6 * * *', time_zone: 'UTC' })
  await agent.scheduler.start()
  await running(agent)
  proxy.refuse()
  if (ended) at?.set(ended)
  finish.resolve(null)
  await waitFor(() => store.outbox.count() === 1, { describe: 'the result to be kept' })
  expect(agent.scheduler.waitingResults).toBe(1)
  await agent.stop()
  expect(agent.of('run_kept')).toMatchObject([{ run: { jobId } }])
  expect([agent.of('run_lost'), agent.of('run_ended')]).toEqual([[], []])
  proxy.restore()
  expect(await runOf(client, jobId)).toMatchObject({ status: 'running' })
  return { brandId, jobId }
}

/** The database's clock of an outage: the run ends at `ended`, and the next process of the agent comes later. */
function outageClock() {
  const at = new DatabaseNow('2026-03-02T12:00:00Z')
  const ended = new Date('2026-03-02T12:05:00Z')
  /** What has just been told to be over, by the machine's own monotonic clock. */
  const expectEnded = (instant: Date | null | undefined): void => {
    expect(instant?.getTime()).toBeLessThanOrEqual(ended.getTime())
    expect(instant?.getTime()).toBeGreaterThan(ended.getTime() - 120_000)
  }
  return { at, ended, later: () => at.set('2026-03-02T13:00:00Z'), expectEnded }
}

const nothing: StepHandler = () => done

describe('O3: results that the database could not be told', () => {
  test('O3, F2: kept on the device, and delivered by the next process, with everything in it, as of when it happened', async () => {
    const { at, ended, later, expectEnded } = outageClock()
    const { brandId, jobId } = await resultLeftBehind({ at, ended })
    const store = await openStore()
    expect(store.outbox.count()).toBe(1)
    later()
    await using agent = agentWith(store, nothing, { at })
    expect(agent.scheduler.waitingResults).toBe(1)
    await agent.scheduler.start()
    await waitFor(() => agent.of('late_result').length === 1, { describe: 'the delivery' })
    const run = await runOf(client, jobId)
    expect(agent.of('late_result')).toMatchObject([{ runId: run.id, isDelivered: true }])
    expect(run).toMatchObject({ status: 'completed', problem: null, records_affected: '7', attempt_number: 1 })
    expect(run.logs).toBe('working\n[warn] worked\n')
    expectEnded(run.completed_at)
    expect(await stepsOf(client, run.id)).toMatchObject([{ step_key: 'refresh', status: 'completed' }])
    const { rows: lines } = await client.query('select seq, level, message from run_logs order by seq')
    expect(lines).toEqual([
      { seq: 1, level: 'info', message: 'working' },
      { seq: 2, level: 'warn', message: 'worked' },
    ])
    const dataset = await datasetRow(client, brandId, 'orders')
    expect(dataset).toMatchObject({ last_status: 'completed', last_run_id: run.id, records_affected: '7' })
    expectEnded(dataset?.last_success_at)
    expect((await client.query('select from dataset_status_history')).rowCount).toBe(1)
    expect(await jobRow(client, jobId)).toMatchObject({
      runs_completed: 1,
      current_run_id: null,
      last_run_status: 'completed',
      next_run_at: new Date('2026-03-03T06:00:00Z'),
    })
    expect([store.outbox.count(), everythingIn(store.outbox), agent.scheduler.waitingResults]).toEqual([0, [], 0])
  })

  test('F2: the clock of this machine was set by hours in between: the times are still those of the database', async () => {
    const { at, ended, later, expectEnded } = outageClock()
    const { jobId, brandId } = await resultLeftBehind({ at, ended })
    later()
    const ahead: Clock = {
      now: () => new Date(systemClock.now().getTime() + 7_200_000),
      monotonic: () => systemClock.monotonic(),
    }
    await using agent = agentWith(await openStore(), nothing, { at, clock: ahead })
    await agent.scheduler.start()
    await waitFor(() => agent.of('late_result').length === 1, { describe: 'the delivery' })
    expectEnded((await runOf(client, jobId)).completed_at)
    expectEnded((await datasetRow(client, brandId, 'orders'))?.last_success_at)
  })

  test('J3, J7: its lease has run out, but nobody has taken it over: it is delivered before anybody here looks for stuck runs', async () => {
    const { jobId } = await resultLeftBehind()
    await client.query("update scheduled_job_runs set lease_expires_at = now() - interval '1 hour'")
    await using agent = agentWith(await openStore(), nothing)
    await agent.scheduler.start()
    await waitFor(() => agent.of('late_result').length === 1, { describe: 'the delivery' })
    expect(await runsOf(client, jobId)).toMatchObject([{ status: 'completed', problem: null }])
    expect(agent.of('run_recovered')).toEqual([])
  })

  test('J3: it was swept and taken over meanwhile: the result is dropped with a word, and changes nothing', async () => {
    const { jobId, brandId } = await resultLeftBehind()
    await client.query("update scheduled_job_runs set lease_expires_at = now() - interval '1 hour'")
    await using other = createTestScheduler({
      url: database.url,
      jobs: { work: untilAborted },
      shutdownGraceSeconds: 0,
    })
    await other.scheduler.start()
    await waitFor(() => other.of('run_started').length === 1, { describe: 'the other agent to take over' })
    // What the other agent writes by and by: signs of life.
    const columns = 'id, status, problem, run_token, completed_at, error_message, logs, metadata, records_affected'
    const runs = async (): Promise<object[]> => {
      const { rows } = await client.query<object>(`select ${columns} from scheduled_job_runs order by id`)
      return rows
    }
    const before = await runs()
    const store = await openStore()
    await using agent = agentWith(store, nothing)
    await agent.scheduler.start()
    await waitFor(() => agent.of('late_result').length === 1, { describe: 'the word' })
    expect(agent.of('late_result')).toMatchObject([{ isDelivered: false }])
    expect(agent.of('late_result')[0]?.message).toContain('It is dropped.')
    expect(await runs()).toEqual(before)
    expect((await datasetRow(client, brandId, 'orders'))?.last_success_at).toBeNull()
    expect(await runsOf(client, jobId)).toMatchObject([{ problem: 'agent_lost' }, { status: 'running' }])
    expect(everythingIn(store.outbox)).toEqual([])
  })

  test.each([
    ['outcome_unknown', `update run_steps set metadata = '{"retry": "never"}'`],
    ['cancelled', `update scheduled_job_runs set cancel_requested_at = now()`],
  ])('J3: it was swept meanwhile and ended as %s: dropped with a word', async (problem, harm) => {
    const { jobId } = await resultLeftBehind()
    await client.query(harm)
    await client.query("update scheduled_job_runs set lease_expires_at = now() - interval '1 hour'")
    await using other = createTestScheduler({ url: database.url, jobs: { work: nothing } })
    await other.scheduler.start()
    await waitFor(() => other.of('run_recovered').length === 1, { describe: 'the other agent to end it' })
    await using agent = agentWith(await openStore(), nothing)
    await agent.scheduler.start()
    await waitFor(() => agent.of('late_result').length === 1, { describe: 'the word' })
    expect(agent.of('late_result')).toMatchObject([{ isDelivered: false }])
    expect(await runsOf(client, jobId)).toMatchObject([{ problem }])
  })

  test('the device was pointed at another database meanwhile: the result waits for its own', async () => {
    const { jobId } = await resultLeftBehind()
    const another = await createTestDatabase()
    const abroad = agentWith(await openStore(), nothing, { url: another.url })
    await abroad.scheduler.start()
    await waitFor(() => abroad.of('trouble').length === 1, { describe: 'the word' })
    expect(abroad.of('trouble')[0]?.message).toContain('keeps the result of a run that this database does not know')
    // This one is there: nothing waits for it.
    expect(abroad.scheduler.waitingResults).toBe(0)
    const { count, until } = abroad.scheduler.leftovers.elsewhere
    expect(count).toBe(1)
    const store = { file: '', bytes: 0, limitBytes: 0, isUsable: true, reason: null, loss: null }
    const report = { ...store, waitingResults: 0, resultsElsewhere: { count, until } }
    expect(offlineWarnings(report)).toEqual([
      `1 result is kept on this device for a database that this one is not, until ${formatInstant(until ?? new Date(0))}.`,
    ])
    expect((until?.getTime() ?? 0) / 86_400_000).toBeCloseTo(Date.now() / 86_400_000 + 14, 1)
    await abroad.stop()
    await another.drop()
    expect(abroad.of('late_result')).toEqual([])
    await using home = agentWith(await openStore(), nothing)
    await home.scheduler.start()
    await waitFor(() => home.of('late_result').length === 1, { describe: 'its delivery' })
    expect(await runOf(client, jobId)).toMatchObject({ status: 'completed' })
  })

  test('J3: the run and its job are gone, and no database has known them for two weeks: dropped with a word', async () => {
    await resultLeftBehind()
    await client.query('truncate scheduled_jobs cascade')
    const at = new DatabaseNow(new Date(Date.now() + 15 * 24 * 3_600_000).toISOString())
    await using agent = agentWith(await openStore(), nothing, { at })
    await agent.scheduler.start()
    await waitFor(() => agent.of('late_result').length === 1, { describe: 'the word' })
    expect(agent.of('late_result')).toMatchObject([{ isDelivered: false }])
  })

  test('J3: the end got through and only its answer was lost, then the agent stopped: on record once, and said to be', async () => {
    const { brandId } = await addBrand(client)
    const finish = Promise.withResolvers<null>()
    const store = await openStore()
    const agent = agentWith(store, workUntil(finish.promise))
    const jobId = await addJob(client, { brand_id: brandId, cron_expression: '0 6 * * *', time_zone: 'UTC' })
    await agent.scheduler.start()
    await running(agent)
    const lost = proxy.loseAnswer('record_end')
    finish.resolve(null)
    await lost
    proxy.refuse()
    await waitFor(() => store.outbox.count() === 1, { describe: 'the result to be kept' })
    await agent.stop()
    expect(await runOf(client, jobId)).toMatchObject({ status: 'completed' })
    proxy.restore()
    await using next = agentWith(await openStore(), nothing)
    await next.scheduler.start()
    await waitFor(() => next.of('late_result').length === 1, { describe: 'the delivery' })
    expect(next.of('late_result')).toMatchObject([{ isDelivered: true }])
    expect(await jobRow(client, jobId)).toMatchObject({ runs_completed: 1 })
    expect((await client.query('select from dataset_status_history')).rowCount).toBe(1)
  })

  test('O3: delivered by this very process when the database is back, and then no longer kept', async () => {
    const finish = Promise.withResolvers<null>()
    const store = await openStore()
    await using agent = agentWith(store, workUntil(finish.promise))
    const jobId = await addJob(client)
    await agent.scheduler.start()
    await running(agent)
    proxy.refuse()
    finish.resolve(null)
    await waitFor(() => store.outbox.count() === 1, { describe: 'the result to be kept' })
    proxy.restore()
    await agent.ended(1)
    expect(agent.of('run_ended')).toMatchObject([{ status: 'completed' }])
    expect(await runOf(client, jobId)).toMatchObject({ status: 'completed', records_affected: '7' })
    expect(everythingIn(store.outbox)).toEqual([])
  })

  test('O3, J7: this very process does not take its own waiting result for a stuck run, however long the outage was', async () => {
    const finish = Promise.withResolvers<null>()
    const store = await openStore()
    await using agent = agentWith(store, workUntil(finish.promise))
    const jobId = await addJob(client)
    await agent.scheduler.start()
    await running(agent)
    proxy.refuse()
    finish.resolve(null)
    await waitFor(() => store.outbox.count() === 1, { describe: 'the result to be kept' })
    await client.query("update scheduled_job_runs set lease_expires_at = now() - interval '1 hour'")
    proxy.restore()
    await agent.ended(1)
    expect(await runsOf(client, jobId)).toMatchObject([{ status: 'completed', problem: null }])
    expect(agent.of('run_recovered')).toEqual([])
  })

  test('O3, fault 8: a half-open connection: the result is on the device before anybody knows that it is broken', async () => {
    const finish = Promise.withResolvers<null>()
    const store = await openStore()
    const agent = agentWith(store, workUntil(finish.promise))
    await addJob(client)
    await agent.scheduler.start()
    await running(agent)
    proxy.blackhole()
    finish.resolve(null)
    await waitFor(() => store.outbox.count() === 1, { describe: 'the result to be kept' })
    expect(agent.of('trouble').filter(({ message }) => message.includes('wait for the database'))).toEqual([])
    proxy.refuse()
    await agent.stop()
    expect(agent.of('run_kept')).toHaveLength(1)
  })

  test('O3, J3: trust in the lease ran out during the outage: what was done before counts all the same, if nobody took the run over', async () => {
    const { brandId } = await addBrand(client)
    const hang = Promise.withResolvers<null>()
    const reached = Promise.withResolvers<null>()
    const store = await openStore()
    await using agent = createTestScheduler({
      url: proxy.through(database.url),
      jobs: {
        work: {
          steps: [
            {
              key: 'refresh',
              dataset: 'orders',
              run: async () => {
                await hang.promise
                return { recordsAffected: 7, metadata: {} }
              },
            },
            {
              key: 'more',
              run: (context) => {
                reached.resolve(null)
                return untilAborted(context)
              },
            },
          ],
        },
      },
      outbox: store.outbox,
      heartbeatMemory: store.heartbeatMemory,
      leaseSeconds: 60,
      renewSeconds: 0.5,
      trustSeconds: 6,
      pollSeconds: 0.5,
    })
    const jobId = await addJob(client, { brand_id: brandId, max_retries: 0 })
    await agent.scheduler.start()
    await running(agent)
    proxy.refuse()
    hang.resolve(null)
    await reached.promise
    await waitFor(() => agent.of('run_lost').length === 1, { describe: 'the trust to run out', timeoutMs: 20_000 })
    expect(everythingIn(store.outbox)).toMatchObject([{ record: { steps: [{ status: 'completed' }, {}] } }])
    proxy.restore()
    await waitFor(() => agent.of('late_result').length === 1, { describe: 'the delivery', timeoutMs: 20_000 })
    expect(agent.of('late_result')).toMatchObject([{ isDelivered: true }])
    const run = await runOf(client, jobId)
    expect((await stepsOf(client, run.id))[0]).toMatchObject({ step_key: 'refresh', status: 'completed' })
    const dataset = await datasetRow(client, brandId, 'orders')
    expect(dataset).toMatchObject({ last_status: 'completed', records_affected: '7' })
    expect(everythingIn(store.outbox)).toEqual([])
    // The run itself was given up, and is recovered by its lease as ever.
    expect(await runOf(client, jobId)).toMatchObject({ status: 'running' })
    await client.query("update scheduled_job_runs set lease_expires_at = now() - interval '1 hour'")
    await waitFor(async () => (await runOf(client, jobId)).problem === 'agent_lost', { describe: 'the recovery' })
  })

  test('fault 21: without a store the result waits in memory as before, and is counted', async () => {
    const finish = Promise.withResolvers<null>()
    const store = await openStore()
    store.store.close()
    await using agent = agentWith(store, workUntil(finish.promise))
    const jobId = await addJob(client)
    await agent.scheduler.start()
    await running(agent)
    proxy.refuse()
    finish.resolve(null)
    await waitFor(() => agent.scheduler.waitingResults === 1, { describe: 'the result to wait' })
    proxy.restore()
    await agent.ended(1)
    expect(await runOf(client, jobId)).toMatchObject({ status: 'completed' })
    expect(agent.scheduler.waitingResults).toBe(0)
  })
})

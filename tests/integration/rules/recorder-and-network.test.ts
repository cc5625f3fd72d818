import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addBrand, addJob, datasetRow, jobRow, runOf, runsOf } from '../../support/job-rows.ts'
import { type Proxy, startProxy } from '../../support/proxy.ts'
import { createTestScheduler, done, type TestScheduler } from '../../support/scheduler.ts'
import { waitFor } from '../../support/wait.ts'

let database: TestDatabase
let client: pg.Client
let proxy: Proxy
beforeAll(async () => {
  database = await createTestDatabase()
  client = await database.connect()
})
afterAll(() => database.drop())
beforeEach(async () => {
  proxy = await startProxy(database.url)
})
afterEach(async () => {
  await proxy[Symbol.asyncDispose]()
  await client.query('truncate scheduled_jobs, organizations, run_steps cascade')
})

/** A job that waits until the test lets it go on, with an agent behind the proxy. */
function agentBehindProxy(finish: Promise<unknown>): TestScheduler {
  return createTestScheduler({
    url: proxy.through(database.url),
    jobs: {
      work: {
        steps: [
          {
            key: 'refresh',
            dataset: 'orders',
            run: async ({ log }) => {
              log.write('info', 'working')
              await finish
              return { recordsAffected: 7, metadata: {} }
            },
          },
        ],
      },
      plain: () => done,
    },
    pollSeconds: 0.5,
  })
}

async function running(agent: TestScheduler): Promise<void> {
  await waitFor(() => agent.of('run_started').length === 1, { describe: 'the run' })
  await waitFor(async () => (await client.query('select from run_steps')).rowCount === 1, { describe: 'its step' })
}

describe('the recorder and a broken network', () => {
  test('F2, J3: the answer to a commit is lost: the result is on record once, and counts as recorded', async () => {
    const { brandId } = await addBrand(client)
    const finish = Promise.withResolvers<null>()
    await using agent = agentBehindProxy(finish.promise)
    const jobId = await addJob(client, {
      brand_id: brandId,
      cron_expression: '0 6 * * *',
      time_zone: 'UTC',
    })
    await agent.scheduler.start()
    await running(agent)
    // Waits until progress is written, so that the next statement with the run's id in it is its end.
    const lost = proxy.loseAnswer('record_end')
    finish.resolve(null)
    await lost
    await agent.ended(1)
    expect(agent.of('run_lost')).toEqual([])
    expect(agent.of('run_ended')).toMatchObject([{ status: 'completed' }])
    expect(await runsOf(client, jobId)).toMatchObject([{ status: 'completed', problem: null, records_affected: '7' }])
    expect(await jobRow(client, jobId)).toMatchObject({ runs_completed: 1, current_run_id: null })
    expect(await datasetRow(client, brandId, 'orders')).toMatchObject({ last_status: 'completed' })
    const { rowCount } = await client.query('select from dataset_status_history')
    expect(rowCount).toBe(1)
    expect(agent.of('trouble').map((event) => event.message)).toContainEqual(
      expect.stringContaining('wait for the database'),
    )
  })

  test('J2: a claim whose answer is lost is taken up again: the job runs, at its first attempt, and once', async () => {
    await using agent = createTestScheduler({ url: proxy.through(database.url), jobs: { work: () => done } })
    await agent.scheduler.start()
    await waitFor(() => agent.of('listening').some((event) => event.listening), { describe: 'the listener' })
    // The name is in the answer to the claim that takes the job, and nowhere else.
    const lost = proxy.loseAnswer('Taken but not heard of')
    const jobId = await addJob(client, { name: 'Taken but not heard of' })
    await lost
    // Long before its lease would be over.
    await agent.ended(1)
    expect(await runsOf(client, jobId)).toMatchObject([{ status: 'completed', attempt_number: 1 }])
  })

  test('fault 7: backends terminated while idle, listening and in the middle of a run: the agent lives, the result arrives', async () => {
    const finish = Promise.withResolvers<null>()
    await using agent = agentBehindProxy(finish.promise)
    const jobId = await addJob(client)
    await agent.scheduler.start()
    await running(agent)
    await waitFor(() => agent.of('listening').some((event) => event.listening), { describe: 'the listener' })
    const { rowCount } = await client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name <> 'test'`,
    )
    expect(rowCount).toBeGreaterThan(1)
    finish.resolve(null)
    await agent.ended(1)
    expect(await runOf(client, jobId)).toMatchObject({ status: 'completed', problem: null })
    await waitFor(() => agent.of('listening').at(-1)?.listening, { describe: 'the listener to come back' })
    expect(agent.of('listening').map((event) => event.listening)).toEqual([true, false, true])
    await addJob(client, { job_type: 'plain' })
    await agent.ended(2)
  })

  test('F2: a database that is away while a run ends: the result arrives later and says when it happened', async () => {
    const { brandId } = await addBrand(client)
    const finish = Promise.withResolvers<null>()
    await using agent = agentBehindProxy(finish.promise)
    const jobId = await addJob(client, { brand_id: brandId })
    await agent.scheduler.start()
    await running(agent)
    proxy.refuse()
    finish.resolve(null)
    await waitFor(
      () => agent.of('trouble').filter((event) => event.message.includes('wait for the database')).length > 2,
      {
        describe: 'a few vain tries',
      },
    )
    expect(await runOf(client, jobId)).toMatchObject({ status: 'running' })
    const { rows } = await client.query<{ now: Date }>('select now()')
    proxy.restore()
    await agent.ended(1)
    const run = await runOf(client, jobId)
    expect(run).toMatchObject({ status: 'completed' })
    // It ended before the network was back.
    expect(run.completed_at?.getTime()).toBeLessThan(rows[0]?.now.getTime() ?? 0)
    const dataset = await datasetRow(client, brandId, 'orders')
    expect(dataset?.last_success_at?.getTime()).toBeLessThan(rows[0]?.now.getTime() ?? 0)
  })
})

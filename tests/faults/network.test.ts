import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { addJobs, allDone, createEffects, startAgent, tally } from '../support/agents.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { addJob, runOf } from '../support/job-rows.ts'
import { type Proxy, startProxy } from '../support/proxy.ts'
import { createTestScheduler, done, untilAborted } from '../support/scheduler.ts'
import { waitFor } from '../support/wait.ts'

let database: TestDatabase
let client: pg.Client
let proxy: Proxy
beforeAll(async () => {
  database = await createTestDatabase()
  client = await database.connect()
  await createEffects(client)
})
afterAll(() => database.drop())
beforeEach(async () => {
  proxy = await startProxy(database.url)
})
afterEach(async () => {
  await proxy[Symbol.asyncDispose]()
  await client.query('truncate effects, scheduled_jobs, agents cascade')
})

/** Ends every session on the database but those of the test. */
async function terminateAll(): Promise<number> {
  const { rowCount } = await client.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and application_name <> 'test'`,
  )
  return rowCount ?? 0
}

async function completed(count: number): Promise<void> {
  await waitFor(async () => (await tally(client)).completed >= count, { describe: `${count} runs`, timeoutMs: 60_000 })
}

describe('fault 7: terminated backends', () => {
  test('fault 7: all backends terminated again and again under load: nobody crashes, every job is done once', async () => {
    await using one = await startAgent({ url: database.url, name: 'one', pollSeconds: 0.5 })
    await using two = await startAgent({ url: database.url, name: 'two', pollSeconds: 0.5 })
    await addJobs(client, 800, { parameters: { ms: 20 } })
    for (const count of [100, 250, 400, 550, 700]) {
      await completed(count)
      expect(await terminateAll()).toBeGreaterThan(0)
    }
    expect(await allDone(client)).toEqual({
      jobs: 800,
      completed: 800,
      goodRuns: 800,
      effects: 800,
      running: 0,
      highestAttempt: 1,
    })
    expect(one.isRunning && two.isRunning).toBe(true)
  })
})

describe('fault 8: half-open connections', () => {
  test('fault 8: nothing answers and nobody says so: noticed within heartbeat and timeout, and everything goes on afterwards', async () => {
    const finish = Promise.withResolvers<null>()
    const agent = createTestScheduler({
      url: proxy.through(database.url),
      jobs: {
        work: async () => {
          await finish.promise
          return { recordsAffected: 1, metadata: {} }
        },
        plain: () => done,
      },
      pollSeconds: 1,
    })
    const jobId = await addJob(client)
    await agent.scheduler.start()
    await waitFor(() => agent.of('run_started').length === 1, { describe: 'the run' })
    await waitFor(() => agent.of('listening').some((event) => event.listening), { describe: 'the listener' })
    proxy.blackhole()
    finish.resolve(null)
    await waitFor(() => agent.of('database').some((event) => !event.reachable), {
      describe: 'the database to be missed',
      timeoutMs: 60_000,
    })
    await waitFor(() => agent.of('listening').some((event) => !event.listening), {
      describe: 'the listener to be missed',
      timeoutMs: 120_000,
    })
    proxy.restore()
    await waitFor(() => agent.of('listening').at(-1)?.listening, { describe: 'the listener', timeoutMs: 60_000 })
    await agent.ended(1, 60_000)
    expect(await runOf(client, jobId)).toMatchObject({ status: 'completed', records_affected: '1' })
    await addJob(client, { job_type: 'plain' })
    await agent.ended(2, 40_000)
    await agent.stop()
  })

  test('fault 8, 17: stop with half-open connections ends; the run is left to recovery', async () => {
    const agent = createTestScheduler({
      url: proxy.through(database.url),
      jobs: { work: untilAborted },
      shutdownGraceSeconds: 0,
    })
    await addJob(client)
    await agent.scheduler.start()
    await waitFor(() => agent.of('run_started').length === 1, { describe: 'the run' })
    proxy.blackhole()
    await agent.stop()
    expect(agent.of('state').at(-1)?.state).toBe('stopped')
  })
})

describe('a database that is away', () => {
  test('stop gives up on it in time and leaves nothing of itself in this process', async () => {
    const finish = Promise.withResolvers<null>()
    const agent = createTestScheduler({
      url: proxy.through(database.url),
      jobs: {
        work: async ({ log }) => {
          log.write('info', 'working')
          await finish.promise
          return done
        },
      },
      shutdownGraceSeconds: 0,
    })
    const jobId = await addJob(client)
    await agent.scheduler.start()
    await waitFor(() => agent.of('run_started').length === 1, { describe: 'the run' })
    proxy.refuse()
    finish.resolve(null)
    await waitFor(() => agent.of('trouble').some((event) => event.message.includes('wait for the database')), {
      describe: 'the result to wait',
    })
    await agent.stop()
    expect(await runOf(client, jobId)).toMatchObject({ status: 'running' })
    expect(agent.of('run_lost')).toHaveLength(1)
    // Nobody goes on trying behind the scenes: the set-up of this file looks for timers and sockets as well.
    const { length } = agent.events
    proxy.restore()
    await addJob(client)
    expect(agent.events).toHaveLength(length)
  })
})

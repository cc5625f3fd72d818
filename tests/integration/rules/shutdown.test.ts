import type pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addJob, jobRow, only, runOf, runsOf, stepsOf } from '../../support/job-rows.ts'
import { createTestScheduler, DatabaseNow, done, untilAborted } from '../../support/scheduler.ts'
import { waitFor } from '../../support/wait.ts'

let database: TestDatabase
let client: pg.Client
beforeAll(async () => {
  database = await createTestDatabase()
  client = await database.connect()
})
// It fails when anything left a session behind; so does the set-up of every file for timers and sockets.
afterAll(() => database.drop())
afterEach(() => client.query('truncate scheduled_jobs, agents cascade'))

const noon = new Date('2026-03-02T12:00:00Z')

async function agentState(): Promise<unknown> {
  const { rows } = await client.query<{ state: string }>('select state from agents')
  return only(rows).state
}

describe('graceful shutdown', () => {
  test('J4: a run that does not end within the grace is given back, due at once, with its attempt number', async () => {
    const agent = createTestScheduler({
      url: database.url,
      at: new DatabaseNow(noon),
      jobs: { work: untilAborted },
      shutdownGraceSeconds: 0,
    })
    const jobId = await addJob(client, { next_run_at: noon, next_attempt: 3 })
    await agent.scheduler.start()
    await waitFor(() => agent.of('run_started').length === 1, { describe: 'the run' })
    await agent.stop()
    const run = await runOf(client, jobId)
    expect(run).toMatchObject({
      status: 'cancelled',
      problem: 'released',
      attempt_number: 3,
    })
    expect(only(await stepsOf(client, run.id))).toMatchObject({ status: 'cancelled' })
    expect(await jobRow(client, jobId)).toMatchObject({
      next_run_at: noon,
      next_attempt: 3,
      current_run_id: null,
      status: 'active',
    })
    expect(await agentState()).toBe('stopped')

    await using next = createTestScheduler({ url: database.url, at: new DatabaseNow(noon), jobs: { work: () => done } })
    await next.scheduler.start()
    await next.ended(1)
    expect((await runsOf(client, jobId)).map((one) => [one.attempt_number, one.status])).toContainEqual([
      3,
      'completed',
    ])
  })

  test.each([
    ['overlap', { overlap_policy: 'skip' }, {}],
    ['catch-up', { catch_up_policy: 'skip' }, { next_run_at: new Date(Date.now() - 120_000) }],
  ])('J4, J10: with %s skip a run that was given back runs again', async (_, policy, meanwhile) => {
    const given = createTestScheduler({ url: database.url, jobs: { work: untilAborted }, shutdownGraceSeconds: 0 })
    const jobId = await addJob(client, {
      next_run_at: new Date(),
      cron_expression: '0 6 * * *',
      time_zone: 'UTC',
      ...policy,
    })
    await given.scheduler.start()
    await waitFor(() => given.of('run_started').length === 1, { describe: 'the run' })
    await given.stop()
    for (const [column, value] of Object.entries(meanwhile)) {
      await client.query(`update scheduled_jobs set ${column} = $2 where id = $1`, [jobId, value])
    }
    await using next = createTestScheduler({ url: database.url, jobs: { work: () => done } })
    await next.scheduler.start()
    await next.scheduler.poll()
    await next.ended(1)
    expect(next.of('job_skipped')).toEqual([])
    expect((await runsOf(client, jobId)).map((run) => [run.attempt_number, run.status])).toEqual([
      [1, 'cancelled'],
      [1, 'completed'],
    ])
    expect(await jobRow(client, jobId)).toMatchObject({ next_attempt: 1 })
  })

  test('a run that ends within the grace is completed, and nothing new is claimed meanwhile', async () => {
    const finish = Promise.withResolvers<typeof done>()
    const agent = createTestScheduler({ url: database.url, jobs: { work: () => finish.promise } })
    const first = await addJob(client, { concurrency_key: 'one' })
    await agent.scheduler.start()
    await waitFor(() => agent.of('run_started').length === 1, { describe: 'the run' })
    const stopped = agent.stop()
    await waitFor(async () => (await agentState()) === 'draining', { describe: 'the agent to be draining' })
    const second = await addJob(client, { concurrency_key: 'two' })
    expect(await agent.scheduler.runNow(request)).toBeNull()
    await agent.scheduler.poll()
    finish.resolve(done)
    await stopped
    expect(await runOf(client, first)).toMatchObject({ status: 'completed' })
    expect(await runsOf(client, second)).toEqual([])
  })

  test('everything that ran is on record when stop resolves', async () => {
    const agent = createTestScheduler({ url: database.url, jobs: { work: () => done }, concurrency: 50 })
    await client.query(
      `insert into scheduled_jobs (name, job_type, schedule_type, next_run_at, concurrency_key)
       select 'Job', 'work', 'one_time', now(), n::text from generate_series(1, 200) n`,
    )
    await agent.scheduler.start()
    await waitFor(() => agent.of('run_ended').length > 20, { describe: 'some runs' })
    await agent.stop()
    const { rows } = await client.query(
      `select count(*)::int as running from scheduled_job_runs where completed_at is null`,
    )
    expect(rows).toEqual([{ running: 0 }])
    expect(agent.of('run_ended')).toHaveLength(agent.of('run_started').length)
    expect(agent.of('run_lost')).toEqual([])
  })

  test('stop is safe twice, before start, and while start is under way; nothing is claimed afterwards', async () => {
    const before = createTestScheduler({ url: database.url, jobs: { work: () => done } })
    await before.scheduler.stop()
    await before.scheduler.stop()
    await before.scheduler.start()
    await before.stop()

    const during = createTestScheduler({ url: database.url, jobs: { work: () => done } })
    const jobId = await addJob(client)
    const starting = during.scheduler.start()
    await Promise.all([during.scheduler.stop(), starting])
    expect(during.scheduler.activeRuns).toBe(0)
    const runs = await runsOf(client, jobId)
    await during.scheduler.poll()
    expect(await runsOf(client, jobId)).toEqual(runs)
    await during.stop()
  })

  test('start twice is one start', async () => {
    await using agent = createTestScheduler({ url: database.url, jobs: { work: () => done } })
    await Promise.all([agent.scheduler.start(), agent.scheduler.start()])
    await agent.scheduler.start()
    await addJob(client)
    await agent.ended(1)
    expect(agent.of('state').map((event) => event.state)).toEqual(['running'])
  })

  test('start says what the database says when it cannot register', async () => {
    const agent = createTestScheduler({ url: 'postgres://nobody@127.0.0.1:1/nothing', jobs: { work: () => done } })
    await expect(agent.scheduler.start()).rejects.toThrow('ECONNREFUSED')
    await agent.stop()
  })
})

const request = {
  brandId: null,
  name: 'Now',
  jobType: 'work',
  parameters: {},
  triggerSource: 'manual' as const,
  requestedBy: null,
}

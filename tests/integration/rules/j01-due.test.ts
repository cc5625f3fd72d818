import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DatabasePool } from '../../../agent/store/database.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addBrand, addJob, jobRow, runOf, runsOf } from '../../support/job-rows.ts'
import { createTestScheduler, DatabaseNow, done } from '../../support/scheduler.ts'
import { agentPool } from '../../support/store-runs.ts'
import { waitFor } from '../../support/wait.ts'

let database: TestDatabase
let client: pg.Client
beforeAll(async () => {
  database = await createTestDatabase()
  client = await database.connect()
})
afterAll(() => database.drop())

/** A URL at which nobody answers, for an agent that is to work without wake-ups. */
const nowhere = 'postgres://nobody@127.0.0.1:1/nothing'

describe('J1: due is what the database clock says', () => {
  test('J1: a job is not run before the database says it is due, and then it is', async () => {
    const at = new DatabaseNow('2026-03-02T12:00:00Z')
    await using agent = createTestScheduler({ url: database.url, jobs: { clocked: () => done }, at })
    const later = await addJob(client, { job_type: 'clocked', next_run_at: '2026-03-02T12:30:00Z' })
    const dueNow = await addJob(client, { job_type: 'clocked', next_run_at: '2026-03-02T12:00:00Z', name: 'now' })
    await agent.scheduler.start()
    await agent.ended(1)
    expect(await jobRow(client, dueNow)).toMatchObject({ status: 'completed' })
    expect(await runsOf(client, later)).toEqual([])

    at.set('2026-03-02T12:30:00Z')
    await agent.scheduler.poll()
    await agent.ended(2)
    expect(await runOf(client, later)).toMatchObject({
      status: 'completed',
      started_at: new Date('2026-03-02T12:30:00Z'),
      scheduled_for: new Date('2026-03-02T12:30:00Z'),
    })
  })

  test('J1: paused, completed and archived jobs are never due', async () => {
    await using agent = createTestScheduler({ url: database.url, jobs: { idle: () => done } })
    const ids: string[] = []
    for (const status of ['paused', 'completed', 'archived']) {
      ids.push(await addJob(client, { job_type: 'idle', status }))
    }
    const active = await addJob(client, { job_type: 'idle', concurrency_key: 'other' })
    await agent.scheduler.start()
    await agent.ended(1)
    expect(await jobRow(client, active)).toMatchObject({ status: 'completed' })
    for (const id of ids) expect(await runsOf(client, id)).toEqual([])
  })
})

describe('J1: wake-ups are hints, polling is the guarantee', () => {
  test('J1: a row written by plain SQL with only the older columns wakes the agent and just works', async () => {
    await using agent = createTestScheduler({ url: database.url, jobs: { older: () => done }, pollSeconds: 3600 })
    await agent.scheduler.start()
    await waitFor(() => agent.of('listening').some((event) => event.listening), { describe: 'the listener' })
    const { brandId } = await addBrand(client)
    const { rows } = await client.query<{ id: string }>(
      `insert into scheduled_jobs (brand_id, name, job_type, schedule_type, cron_expression, next_run_at, status, parameters)
       values ($1, 'Old job', 'older', 'recurring', '0 6 * * *', now(), 'active', '{"days": 7}') returning id`,
      [brandId],
    )
    await agent.ended(1)
    const id = rows[0]?.id ?? ''
    expect(await runOf(client, id)).toMatchObject({ status: 'completed', problem: null, attempt_number: 1 })
    expect(await jobRow(client, id)).toMatchObject({ status: 'active', runs_completed: 1, last_error: null })
  })

  test('J1: making a job active, or due, by plain SQL wakes the agent', async () => {
    await using agent = createTestScheduler({ url: database.url, jobs: { touched: () => done }, pollSeconds: 3600 })
    const paused = await addJob(client, { job_type: 'touched', status: 'paused' })
    await agent.scheduler.start()
    await waitFor(() => agent.of('listening').some((event) => event.listening), { describe: 'the listener' })
    await client.query(`update scheduled_jobs set status = 'active' where id = $1`, [paused])
    await agent.ended(1)
    await client.query(`update scheduled_jobs set status = 'active', next_run_at = now() where id = $1`, [paused])
    await agent.ended(2)
    expect(await runsOf(client, paused)).toHaveLength(2)
  })

  test('J1: without a listener, polling finds what other programs wrote', async () => {
    await using agent = createTestScheduler({
      url: database.url,
      databaseUrl: nowhere,
      jobs: { polled: () => done },
      pollSeconds: 0.2,
    })
    await agent.scheduler.start()
    await addJob(client, { job_type: 'polled' })
    await agent.ended(1)
    expect(agent.of('listening').map((event) => event.listening)).not.toContain(true)
  })

  test('J1: without listener and polls, an alarm is armed for the next due job, and none slips between two questions', async () => {
    await using agent = createTestScheduler({
      url: database.url,
      databaseUrl: nowhere,
      jobs: { alarmed: () => done },
      pollSeconds: 3600,
    })
    await agent.scheduler.start()
    // Whether a job falls due between a claim and the question that follows it is a matter of luck: many tries.
    for (let round = 1; round <= 25; round += 1) {
      await client.query(
        `insert into scheduled_jobs (name, job_type, schedule_type, next_run_at)
         values ('Soon', 'alarmed', 'one_time', now() + interval '40 milliseconds')`,
      )
      await agent.scheduler.poll()
      await agent.ended(round)
    }
    expect(agent.of('run_ended')).toHaveLength(25)
  })

  test('J1: what falls due after a claim that found nothing, and before the question for the next due job, is not forgotten', async () => {
    const at = new DatabaseNow('2026-03-02T12:00:00.000Z')
    const pool = agentPool(database.url)
    // Time passes exactly there.
    const slow: DatabasePool = {
      ...pool,
      query: async (statement, values) => {
        const rows = await pool.query<never>(statement, values)
        if (statement.name.startsWith('claim_') && rows.length === 0) at.set('2026-03-02T12:00:00.010Z')
        return rows
      },
    }
    const agent = createTestScheduler({
      url: database.url,
      databaseUrl: nowhere,
      database: slow,
      at,
      jobs: { between: () => done },
      pollSeconds: 3600,
    })
    await addJob(client, { job_type: 'between', next_run_at: '2026-03-02T12:00:00.005Z' })
    await agent.scheduler.start()
    await agent.ended(1)
    expect(agent.of('run_ended')).toMatchObject([{ status: 'completed' }])
    await agent.stop()
    await pool.stop()
  })

  test('J1: a NOTIFY with nonsense in it is harmless: anybody can send one', async () => {
    await using agent = createTestScheduler({ url: database.url, jobs: { noisy: () => done }, pollSeconds: 3600 })
    await agent.scheduler.start()
    await waitFor(() => agent.of('listening').some((event) => event.listening), { describe: 'the listener' })
    await client.query(`select pg_notify('pipeline_manager', repeat('x', 7000)), pg_notify('pipeline_manager', '')`)
    await addJob(client, { job_type: 'noisy' })
    await agent.ended(1)
    expect(agent.of('trouble')).toEqual([])
  })
})

describe('J8: capabilities', () => {
  test('J8: unknown job types are never claimed and never fall through to another handler', async () => {
    const seen: string[] = []
    await using agent = createTestScheduler({
      url: database.url,
      jobs: {
        known: ({ identity }) => {
          seen.push(identity.jobType)
          return done
        },
        // In the catalog, but this agent does not say that it can run it.
        silent: () => done,
      },
      advertise: ['known'],
    })
    const types = ['unknown', 'KNOWN', ' known', 'known ', '', 'silent', `known' or '1'='1`]
    const ids: string[] = []
    for (const job_type of types) ids.push(await addJob(client, { job_type }))
    const known = await addJob(client, { job_type: 'known' })
    await agent.scheduler.start()
    await agent.ended(1)
    expect(await jobRow(client, known)).toMatchObject({ status: 'completed' })
    expect(seen).toEqual(['known'])
    for (const id of ids) {
      expect(await runsOf(client, id)).toEqual([])
      expect(await jobRow(client, id)).toMatchObject({ status: 'active', next_run_at: new Date(0) })
    }
  })
})

import type pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { StepContext } from '../../../agent/jobs/executors/executor.ts'
import { recordEnd, wasRecorded } from '../../../agent/store/run-record.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addJob, jobRow, only, runOf, runsOf, stepsOf } from '../../support/job-rows.ts'
import { createTestScheduler, DatabaseNow, done, type TestScheduler, untilAborted } from '../../support/scheduler.ts'
import { agentPool, claim, endOf } from '../../support/store-runs.ts'
import { waitFor } from '../../support/wait.ts'

let database: TestDatabase
let client: pg.Client
beforeAll(async () => {
  database = await createTestDatabase()
  client = await database.connect()
})
afterAll(() => database.drop())
afterEach(() => client.query('truncate scheduled_jobs cascade'))

const nowhere = 'postgres://nobody@127.0.0.1:1/nothing'

async function started(agent: TestScheduler): Promise<void> {
  await agent.scheduler.start()
  await waitFor(() => agent.of('run_started').length === 1, { describe: 'the run' })
}

async function requestCancel(jobId: string): Promise<void> {
  await client.query(
    `update scheduled_job_runs set cancel_requested_at = now(), cancel_requested_by = 'Ada'
     where scheduled_job_id = $1 and status = 'running'`,
    [jobId],
  )
}

describe('J11: cancel', () => {
  test('J11: a request by plain SQL wakes the agent: the signal fires and the run ends cancelled', async () => {
    let reason: unknown
    await using agent = createTestScheduler({
      url: database.url,
      jobs: {
        work: {
          steps: [
            {
              key: 'one',
              run: async (context) => {
                await untilAborted(context).catch(() => null)
                reason = context.signal.reason
                throw new Error('stopped')
              },
            },
            { key: 'two', run: () => done },
          ],
        },
      },
    })
    const jobId = await addJob(client)
    await started(agent)
    await waitFor(() => agent.of('listening').some((event) => event.listening), { describe: 'the listener' })
    await requestCancel(jobId)
    // Renewals are half a minute apart: only the wake-up can be this quick.
    await agent.ended(1, 5_000)
    expect(reason).toMatchObject({ kind: 'cancelled' })
    const run = await runOf(client, jobId)
    expect(run).toMatchObject({ status: 'cancelled', problem: 'cancelled', error_message: 'Cancelled by Ada.' })
    expect((await stepsOf(client, run.id)).map((step) => step.status)).toEqual(['cancelled', 'skipped'])
    expect(await jobRow(client, jobId)).toMatchObject({ status: 'completed', next_run_at: null, runs_completed: 0 })
  })

  test('J11: without wake-ups, the next renewal brings the request', async () => {
    await using agent = createTestScheduler({
      url: database.url,
      databaseUrl: nowhere,
      jobs: { work: untilAborted },
      renewSeconds: 0.1,
    })
    const jobId = await addJob(client)
    await started(agent)
    await requestCancel(jobId)
    await agent.ended(1)
    expect(await runOf(client, jobId)).toMatchObject({ status: 'cancelled', problem: 'cancelled' })
  })

  test('J11: a recurring job goes on with its next fire, without a retry', async () => {
    const noon = '2026-03-02T12:00:00Z'
    await using agent = createTestScheduler({
      url: database.url,
      at: new DatabaseNow(noon),
      jobs: { work: untilAborted },
    })
    const jobId = await addJob(client, { next_run_at: noon, cron_expression: '0 6 * * *', time_zone: 'UTC' })
    await started(agent)
    await waitFor(() => agent.of('listening').some((event) => event.listening), { describe: 'the listener' })
    await requestCancel(jobId)
    await agent.ended(1)
    expect(await jobRow(client, jobId)).toMatchObject({
      status: 'active',
      next_run_at: new Date('2026-03-03T06:00:00Z'),
      next_attempt: 1,
    })
  })

  test('J11: cancelled while the agent stops: it says who cancelled it, not that it is given back', async () => {
    const goOn = Promise.withResolvers<undefined>()
    const aborted = Promise.withResolvers<undefined>()
    const work = async (context: StepContext): Promise<never> => {
      await untilAborted(context).catch(() => null)
      aborted.resolve(undefined)
      await goOn.promise
      throw new Error('stopped')
    }
    await using agent = createTestScheduler({ url: database.url, jobs: { work }, shutdownGraceSeconds: 0 })
    const jobId = await addJob(client)
    await started(agent)
    const stopped = agent.stop()
    await aborted.promise
    await requestCancel(jobId)
    goOn.resolve(undefined)
    await stopped
    const run = await runOf(client, jobId)
    expect(run).toMatchObject({ status: 'cancelled', problem: 'cancelled', error_message: 'Cancelled by Ada.' })
    expect(await jobRow(client, jobId)).toMatchObject({ status: 'completed', next_run_at: null })
  })

  test('J11: the answer to such an end may be lost: what is on record is known for our own', async () => {
    const pool = agentPool(database.url, 1)
    try {
      const jobId = await addJob(client)
      const run = only(await claim(pool))
      await requestCancel(jobId)
      const message = 'The agent is shutting down; the run is given back.'
      const end = endOf(run, { status: 'cancelled', problem: 'released', errorMessage: message })
      const sent = { ...end, ifCancelled: end.job }
      expect(await wasRecorded(pool, sent)).toBe(false)
      await recordEnd(pool, [sent], null)
      expect(await wasRecorded(pool, sent)).toBe(true)
      await client.query(`update scheduled_job_runs set error_message = 'Somebody else''s words'`)
      expect(await wasRecorded(pool, sent)).toBe(false)
    } finally {
      await pool.stop()
    }
  })

  test('J11: cancelling one run leaves the others alone', async () => {
    await using agent = createTestScheduler({
      url: database.url,
      jobs: { work: untilAborted },
      shutdownGraceSeconds: 0,
    })
    const one = await addJob(client, { concurrency_key: 'one' })
    const two = await addJob(client, { concurrency_key: 'two' })
    await agent.scheduler.start()
    await waitFor(() => agent.of('run_started').length === 2, { describe: 'both runs' })
    await waitFor(() => agent.of('listening').some((event) => event.listening), { describe: 'the listener' })
    await requestCancel(one)
    await agent.ended(1)
    expect(await runOf(client, one)).toMatchObject({ status: 'cancelled' })
    expect(await runOf(client, two)).toMatchObject({ status: 'running' })
  })

  test('J11: a request that comes after the end changes nothing', async () => {
    await using agent = createTestScheduler({ url: database.url, jobs: { work: () => done } })
    const jobId = await addJob(client)
    await agent.scheduler.start()
    await agent.ended(1)
    await client.query('update scheduled_job_runs set cancel_requested_at = now() where scheduled_job_id = $1', [jobId])
    await addJob(client)
    await agent.ended(2)
    expect(only(await runsOf(client, jobId))).toMatchObject({ status: 'completed', problem: null })
  })
})

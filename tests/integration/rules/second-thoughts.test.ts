/** What a reading of the rules with hostile eyes found; each of these went wrong once. */
import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { StepFailure } from '../../../agent/jobs/executors/executor.ts'
import type { DatabasePool } from '../../../agent/store/database.ts'
import { listExpiredRuns } from '../../../agent/store/recovery.ts'
import { recordEnd } from '../../../agent/store/run-record.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addJob, jobRow, only, runOf, runsOf, stepsOf } from '../../support/job-rows.ts'
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
const minutes = (count: number): Date => new Date(noon.getTime() + count * 60_000)
const hourly = { cron_expression: '0 * * * *', time_zone: 'UTC' }
const everyMinute = { cron_expression: '* * * * *', time_zone: 'UTC' }

function agentAt(now: Date): TestScheduler {
  return createTestScheduler({ url: database.url, jobs: { work: () => done }, at: new DatabaseNow(now) })
}

async function requestCancel(): Promise<void> {
  await client.query(`update scheduled_job_runs set cancel_requested_at = now() where status = 'running'`)
}

test('J11, J7: a cancelled run whose agent is lost is not begun again', async () => {
  const jobId = await addJob(client, { next_run_at: noon, ...hourly, schedule_type: 'recurring' })
  const once = await addJob(client, { next_run_at: noon, concurrency_key: 'once', trigger_source: 'manual' })
  await claim(pool, { now: noon })
  await requestCancel()
  expect(await listExpiredRuns(pool, 0, minutes(3))).toHaveLength(2)
  await using agent = agentAt(minutes(3))
  await agent.scheduler.poll()
  expect(await runOf(client, jobId)).toMatchObject({ status: 'cancelled', problem: 'cancelled' })
  expect(await jobRow(client, jobId)).toMatchObject({ status: 'active', next_run_at: minutes(60), next_attempt: 1 })
  expect(await jobRow(client, once)).toMatchObject({ status: 'archived', next_run_at: null })
})

test('J5, J11: cancelled and then lost inside a step that must not be repeated: nobody knows, so a person is asked', async () => {
  const once = await addJob(client, { next_run_at: noon, concurrency_key: 'once', trigger_source: 'manual' })
  const run = only(await claim(pool, { now: noon }))
  await client.query(
    `insert into run_steps (run_id, position, step_key, status, fatal, started_at, metadata)
     values ($1, 0, 'create', 'running', true, now(), '{"retry": "never"}')`,
    [run.runId],
  )
  await requestCancel()
  await using agent = agentAt(minutes(3))
  await agent.scheduler.poll()
  expect(await runOf(client, once)).toMatchObject({ status: 'failed', problem: 'outcome_unknown' })
  expect(await jobRow(client, once)).toMatchObject({ status: 'active', next_run_at: null, last_run_status: 'failed' })
})

test('J11: a cancel request that the work never heard of decides about the job, unless the run succeeded', async () => {
  const failing = await addJob(client, { next_run_at: noon, concurrency_key: 'a' })
  const fine = await addJob(client, { next_run_at: noon, concurrency_key: 'b' })
  const runs = await claim(pool, { now: noon })
  await requestCancel()
  const ends = runs.map((run) => {
    const end = endOf(run)
    if (run.jobId === fine) return { ...end, ifCancelled: null }
    const retry = { ...end.job, status: 'active' as const, nextRunAt: minutes(5).toISOString(), nextAttempt: 2 }
    const ifCancelled = { ...end.job, status: 'archived' as const, nextRunAt: null, completedIncrement: 0 as const }
    return { ...end, status: 'failed' as const, problem: 'failed' as const, job: retry, ifCancelled }
  })
  await recordEnd(pool, ends, noon)
  expect(await runOf(client, failing)).toMatchObject({ status: 'cancelled', problem: 'cancelled' })
  expect(await jobRow(client, failing)).toMatchObject({ status: 'archived', next_run_at: null })
  expect(await runOf(client, fine)).toMatchObject({ status: 'completed', problem: null })
})

test('J10: overlap skip: a fire during work that ends before anybody looks again is skipped, not queued', async () => {
  const holder = await addJob(client, { next_run_at: noon, concurrency_key: 'shared' })
  const skipping = await addJob(client, {
    next_run_at: minutes(1),
    ...everyMinute,
    schedule_type: 'recurring',
    concurrency_key: 'shared',
    overlap_policy: 'skip',
  })
  const run = only(await claim(pool, { now: noon }))
  expect(run.jobId).toBe(holder)
  // Two minutes of work, and no poll in between.
  await recordEnd(pool, [endOf(run)], minutes(2))
  expect(await claim(pool, { now: minutes(2) })).toEqual([])
  await using agent = agentAt(minutes(2.1))
  await agent.scheduler.poll()
  expect(agent.of('job_skipped').map((event) => event.jobId)).toEqual([skipping])
  // The fire of the last minute has not been overtaken by anything and still runs.
  expect(await jobRow(client, skipping)).toMatchObject({ next_run_at: minutes(2) })
})

test('J10: catch-up skip drops what was missed, and runs the fire of this minute', async () => {
  const jobId = await addJob(client, {
    next_run_at: noon,
    ...everyMinute,
    schedule_type: 'recurring',
    catch_up_policy: 'skip',
  })
  await using agent = agentAt(minutes(3.1))
  await agent.scheduler.poll()
  expect(await jobRow(client, jobId)).toMatchObject({ next_run_at: minutes(3) })
})

test('J9: a rate limit in a non-fatal step is a warning; what succeeded before it is not repeated', async () => {
  await using agent = createTestScheduler({
    url: database.url,
    jobs: {
      work: {
        steps: [
          { key: 'save', run: () => ({ recordsAffected: 3, metadata: {} }) },
          {
            key: 'tell',
            fatal: false,
            run: () => {
              throw new StepFailure('rate_limited', 'HTTP 429', { retryAfterMs: 60_000 })
            },
          },
        ],
      },
    },
  })
  const jobId = await addJob(client)
  await agent.scheduler.start()
  await agent.ended(1)
  const run = await runOf(client, jobId)
  expect(run).toMatchObject({ status: 'completed', problem: 'warnings' })
  expect((await stepsOf(client, run.id)).map((step) => step.status)).toEqual(['completed', 'failed'])
})

test('J1, J13: a recurring row without a next run is planned as soon as it is written', async () => {
  await using agent = createTestScheduler({ url: database.url, jobs: { work: () => done } })
  await agent.scheduler.start()
  await waitFor(() => agent.of('listening').some((event) => event.listening), { describe: 'the listener' })
  const jobId = await addJob(client, { next_run_at: null, ...hourly, schedule_type: 'recurring' })
  await waitFor(async () => (await jobRow(client, jobId)).next_run_at !== null, { describe: 'its next run' })
  expect(await runsOf(client, jobId)).toEqual([])
})

test('fault 12: while the server only reads, results wait; nothing is lost and nothing runs twice', async () => {
  let finish = (): void => undefined
  const finished = new Promise<void>((resolve) => {
    finish = resolve
  })
  await using agent = createTestScheduler({
    url: database.url,
    jobs: { work: () => finished.then(() => ({ recordsAffected: 1, metadata: {} })) },
  })
  const jobId = await addJob(client)
  await agent.scheduler.start()
  await waitFor(() => agent.of('run_started').length === 1, { describe: 'the run' })
  const readOnly = (on: boolean): Promise<unknown> =>
    client
      .query(`alter database "${database.name}" set default_transaction_read_only = ${on ? 'on' : 'off'}`)
      .then(() =>
        client.query(
          `select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()`,
          [database.name],
        ),
      )
  await readOnly(true)
  finish()
  const waiting = (): boolean => agent.of('trouble').some((event) => event.message.includes('read-only'))
  await waitFor(waiting, { describe: 'the refusal' })
  expect(await runOf(client, jobId)).toMatchObject({ status: 'running' })
  await client.query('set default_transaction_read_only = off')
  await readOnly(false)
  await agent.ended(1)
  expect((await runsOf(client, jobId)).map((run) => run.status)).toEqual(['completed'])
})

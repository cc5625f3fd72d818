/** A retry that was planned and will not be: what comes next is a fire, the first attempt at its work. */
import type pg from 'pg'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { archiveJob, ensureRecurringJob, restoreJob, updateSchedule } from '../../../agent/jobs/operations.ts'
import { type DatabasePool, openPool } from '../../../agent/store/database.ts'
import { systemClock } from '../../../shared/clock.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addBrand, addJob, addRun, jobRow } from '../../support/job-rows.ts'
import { problemOf } from '../../support/problem.ts'
import { createTestScheduler, done } from '../../support/scheduler.ts'
import { containing } from '../cli/matchers.ts'

let testDatabase: TestDatabase
let client: pg.Client
let database: DatabasePool
beforeAll(async () => {
  testDatabase = await createTestDatabase()
  client = await testDatabase.connect()
  const { url } = testDatabase
  database = openPool({
    url,
    applicationName: 'retries',
    size: 2,
    purpose: 'console',
    onConnectionError: () => undefined,
  })
})
afterAll(async () => {
  await database.stop()
  await testDatabase.drop()
})
afterEach(() => client.query('truncate organizations, scheduled_jobs, agents, operator_actions cascade'))

const ada = { operator: 'ada', door: 'cli' } as const
const daily = { cron_expression: '0 6 * * *', time_zone: 'UTC' }
const minutesMs = 60_000

/** A daily job whose first attempt has failed and is to be retried in five minutes. */
async function retrying(columns: Record<string, unknown> = {}): Promise<string> {
  const next_run_at = new Date(Date.now() + 5 * minutesMs)
  return addJob(client, { ...daily, next_run_at, next_attempt: 2, last_run_status: 'failed', ...columns })
}

test('J4: a new cadence calls the retry off, by either door; other changes do not', async () => {
  const { brandId } = await addBrand(client)
  const checkParameters = () => undefined
  const edited = await retrying()
  await updateSchedule(database, ada, edited, 1, { name: 'Better', checkParameters })
  expect(await jobRow(client, edited)).toMatchObject({ next_attempt: 2 })
  await updateSchedule(database, ada, edited, 2, { cron: '0 5 * * *', checkParameters })
  expect(await jobRow(client, edited)).toMatchObject({ next_attempt: 1 })
  const ensured = await retrying({ brand_id: brandId })
  const asked = { brandId, jobType: 'work', cron: '0 6 * * *', timeZone: 'UTC', checkParameters }
  await ensureRecurringJob(database, ada, { ...asked, priority: 'high' })
  expect(await jobRow(client, ensured)).toMatchObject({ next_attempt: 2 })
  await ensureRecurringJob(database, ada, { ...asked, timeZone: 'Asia/Tokyo' })
  expect(await jobRow(client, ensured)).toMatchObject({ next_attempt: 1 })
})

test('J4: a restored job goes on with a fire, not with the retry of before', async () => {
  const jobId = await retrying()
  await archiveJob(database, ada, jobId)
  await restoreJob(database, ada, jobId)
  expect(await jobRow(client, jobId)).toMatchObject({ status: 'active', next_attempt: 1 })
})

test('the key of a job that runs is not changed, by either door: it would let go of what its run holds', async () => {
  const { brandId } = await addBrand(client)
  const jobId = await addJob(client, { ...daily, next_run_at: null, brand_id: brandId, concurrency_key: 'warehouse' })
  const runId = await addRun(client, jobId, { started_at: new Date() })
  await client.query('update scheduled_jobs set current_run_id = $2 where id = $1', [jobId, runId])
  const checkParameters = () => undefined
  const asked = { brandId, jobType: 'work', cron: '0 6 * * *', timeZone: 'UTC', checkParameters }
  const busy = { code: 'conflict', field: 'concurrencyKey', message: containing('holds the key "warehouse"') }
  for (const concurrencyKey of ['other', null]) {
    expect(await problemOf(updateSchedule(database, ada, jobId, 1, { concurrencyKey, checkParameters }))).toMatchObject(
      busy,
    )
    expect(await problemOf(ensureRecurringJob(database, ada, { ...asked, concurrencyKey }))).toMatchObject(busy)
  }
  await updateSchedule(database, ada, jobId, 1, { name: 'Renamed', concurrencyKey: 'warehouse', checkParameters })
  await client.query('update scheduled_jobs set current_run_id = null where id = $1', [jobId])
  await client.query(`update scheduled_job_runs set status = 'completed', completed_at = now() where id = $1`, [runId])
  await updateSchedule(database, ada, jobId, 2, { concurrencyKey: 'other', checkParameters })
  expect(await jobRow(client, jobId)).toMatchObject({ name: 'Renamed', concurrency_key: 'other' })
})

test('J4: a job whose retry another program called off is planned for a fire', async () => {
  const jobId = await retrying({ next_run_at: null })
  const theirs = await addJob(client, { ...daily, next_run_at: null })
  await using agent = createTestScheduler({ url: testDatabase.url, jobs: { work: () => done } })
  await agent.scheduler.poll()
  expect(await jobRow(client, jobId)).toMatchObject({ next_attempt: 1 })
  expect(await jobRow(client, theirs)).toMatchObject({ next_attempt: null })
})

test('fault 14: the first poll plans by the database, on a machine whose clock is a month ahead', async () => {
  const unplanned = await addJob(client, { ...daily, next_run_at: null })
  const lost = await addJob(client, { job_type: 'other', next_run_at: null })
  const run = { agent_id: await addAgent(), run_token: crypto.randomUUID(), lease_expires_at: new Date(0) }
  const runId = await addRun(client, lost, { ...run, started_at: new Date(0), attempt_number: 1 })
  await client.query('update scheduled_jobs set current_run_id = $2 where id = $1', [lost, runId])
  const clock = { ...systemClock, now: () => new Date(Date.now() + 30 * 1_440 * minutesMs) }
  const jobs = { work: () => done, other: () => done }
  await using agent = createTestScheduler({ url: testDatabase.url, clock, jobs, advertise: ['work'] })
  await agent.scheduler.start()
  const off = async (jobId: string) =>
    Math.abs(((await jobRow(client, jobId)).next_run_at?.getTime() ?? 0) - Date.now())
  expect(await off(unplanned)).toBeLessThan(1_441 * minutesMs)
  expect(await off(lost)).toBeLessThan(5 * minutesMs)
})

async function addAgent(): Promise<string> {
  const { rows } = await client.query<{ id: string }>(
    `insert into agents (id, name, host, process_id, program_version, state, job_types, concurrency, catalog, started_at, heartbeat_at)
     values (gen_random_uuid(), 'gone', 'h', 1, '0', 'running', '{}', 1, '{}', now(), now()) returning id`,
  )
  return rows[0]?.id ?? ''
}

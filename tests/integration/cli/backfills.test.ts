import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addBrand, addJob } from '../../support/job-rows.ts'
import { createTestScheduler } from '../../support/scheduler.ts'
import { addAgent, published } from './agent-rows.ts'
import { asRecord, asRecords, commandsOn } from './command-line.ts'

let database: TestDatabase
let client: pg.Client
beforeAll(async () => {
  database = await createTestDatabase()
  client = await database.connect()
})
afterAll(() => database.drop())
let brandId: string
beforeEach(async () => {
  brandId = (await addBrand(client, 'Acme')).brandId
})
afterEach(() => client.query('truncate organizations, scheduled_jobs, agents, operator_actions, backfills cascade'))

const { pm, json, errorFrom } = commandsOn(() => database.url)
const day = { type: 'string', format: 'date' }
const load = {
  parameters: { type: 'object', properties: { day }, additionalProperties: false },
  backfill: { from: 'day', to: null, most_days: 1 },
  steps: [],
}
const addLoader = () =>
  addAgent(client, { jobTypes: ['load', 'other'], catalog: published({ load, other: { steps: [] } }) })
const asked = ['backfill', 'load', '--brand', 'Acme', '--from', '2026-03-01', '--to', '2026-03-03'] as const

test('pm backfill --dry-run says which runs it would be, and makes none', async () => {
  await addLoader()
  const { stdout } = await pm(...asked, '--dry-run')
  expect(stdout).toMatch(/^3 runs, how long they take is not known yet\. .*Nothing was queued\./)
  expect(stdout).toContain('{"day":"2026-03-01"}')
  expect(stdout).toContain('{"day":"2026-03-03"}')
  expect((await pm('backfills')).stdout).toContain('There are no backfills.')
})

test('pm backfill, pm backfills and pm backfills cancel tell one story', async () => {
  await addLoader()
  const { stdout } = await pm(...asked, '--newest-first')
  expect(stdout).toMatch(/^3 runs of load for Acme are queued, the newest days first, one after another\. \(backfill /)
  expect((await pm('backfills')).stdout).toMatch(/load +Acme +2026-03-01 to 2026-03-03 +0 of 3 done, 3 waiting/)
  const [made] = asRecords((await json('backfills'))['backfills'])
  const id = String(asRecord(made)['id'])
  expect((await pm('backfills', 'retry', id.slice(0, 8))).stdout).toContain('None of it has failed for good.')
  expect((await pm('backfills', 'cancel', id.slice(0, 8))).stdout).toContain('3 runs of load called off.')
  expect((await pm('backfills')).stdout).toContain('3 called off')
})

test('--wait ends with 0 when all days completed and with 1 when one did not', async () => {
  await addLoader()
  const jobs = (broken: string | null) => ({
    load: ({ parameters }: { parameters: Readonly<Record<string, unknown>> }) => {
      if (parameters['day'] === broken) throw new Error('HTTP 500')
      return { recordsAffected: 1, metadata: {} }
    },
  })
  {
    await using agent = createTestScheduler({ url: database.url, jobs: jobs(null) })
    await agent.scheduler.start()
    const whole = await pm(...asked, '--wait')
    expect(whole).toMatchObject({ code: 0 })
    expect(whole.stdout).toContain('Over: 3 of 3 done.')
  }
  // Its runs go by the rules of the schedule of the brand: no retries.
  await addJob(client, {
    brand_id: brandId,
    job_type: 'load',
    cron_expression: '0 6 * * *',
    next_run_at: new Date('2030-01-01'),
    max_retries: 0,
  })
  await using agent = createTestScheduler({ url: database.url, jobs: jobs('2026-03-02') })
  await agent.scheduler.start()
  const part = await pm(...asked, '--wait')
  expect(part).toMatchObject({ code: 1 })
  expect(part.stdout).toContain('Over: 2 of 3 done, 1 failed.')
})

test('bad input: what is no day, no count, or no type about days is refused with the field', async () => {
  await addLoader()
  expect(
    await errorFrom('backfill', 'load', '--brand', 'Acme', '--from', 'monday', '--to', '2026-03-03'),
  ).toMatchObject({ field: 'first' })
  expect(await errorFrom(...asked, '--days-per-run', '0')).toMatchObject({ field: '--days-per-run' })
  expect(await errorFrom(...asked, '--days-per-run', '2')).toMatchObject({ field: 'daysPerRun' })
  expect(
    await errorFrom('backfill', 'other', '--brand', 'Acme', '--from', '2026-03-01', '--to', '2026-03-03'),
  ).toMatchObject({
    field: 'jobType',
  })
})

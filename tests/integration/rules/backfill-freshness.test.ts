import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { DatabasePool } from '../../../agent/store/database.ts'
import { type DatasetStatusRow, listDatasetStatus } from '../../../agent/store/dataset-status.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addBrand, addJob, only } from '../../support/job-rows.ts'
import { createTestScheduler, DatabaseNow, type TestJobType } from '../../support/scheduler.ts'
import { agentPool } from '../../support/store-runs.ts'

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

const now = new Date('2026-03-10T06:00:00Z')
const day = { type: 'string', format: 'date' }
const load: TestJobType = {
  parameters: { type: 'object', properties: { from: day, to: day } },
  backfill: { from: 'from', to: 'to', mostDays: 31 },
  steps: [
    {
      key: 'load',
      dataset: 'orders',
      run: ({ parameters }) => ({ recordsAffected: 5, metadata: { of: parameters['to'] ?? null } }),
    },
  ],
}

/** Runs one after another, each for these days; all of them at `now` of the database. */
async function runFor(
  days: readonly (readonly [string, string] | null)[],
  columns: object = {},
  type = load,
): Promise<void> {
  await using agent = createTestScheduler({
    url: database.url,
    jobs: { load: type },
    at: new DatabaseNow(now),
    concurrency: 1,
    claimBatch: 1,
  })
  for (const [place, range] of days.entries()) {
    const parameters = range === null ? {} : { from: range[0], to: range[1] }
    const due = new Date(now.getTime() - 60_000 + place)
    await addJob(client, { brand_id: brandId, job_type: 'load', next_run_at: due, parameters, ...columns })
  }
  await agent.scheduler.start()
  await agent.ended(days.length)
}

const orders = async (): Promise<DatasetStatusRow> => only(await listDatasetStatus(pool, { brandId }))
/** How long before `at` the last success was; ms. Between what happened and its record some time goes by, and the clock of the test stands still. */
const before = async (at: string): Promise<number> =>
  new Date(at).getTime() - ((await orders()).lastSuccessAt?.getTime() ?? Number.NaN)

describe('F2: a run for days that are over makes its dataset no fresher than those days', () => {
  test('data of an old day is as of the end of that day, and was tried now', async () => {
    await runFor([['2026-02-01', '2026-02-03']])
    const late = await before('2026-02-04T00:00:00Z')
    expect(late).toBeGreaterThanOrEqual(0)
    expect(late).toBeLessThan(60_000)
    expect(await orders()).toMatchObject({ lastStatus: 'completed', recordsAffected: 5 })
    expect(now.getTime() - ((await orders()).lastAttemptAt?.getTime() ?? 0)).toBeLessThan(60_000)
  })

  test('it does not move the last success back, nor what is known of it', async () => {
    await runFor([null])
    const { lastSuccessAt } = await orders()
    await runFor([
      ['2026-02-01', '2026-02-03'],
      ['2026-01-01', '2026-01-03'],
    ])
    expect((await orders()).lastSuccessAt).toEqual(lastSuccessAt)
    const { rows } = await client.query(`select metadata ->> 'of' as day from dataset_status`)
    expect(rows).toEqual([{ day: null }])
    // Both are on record, when they happened.
    const history = await client.query(`select happened_at from dataset_status_history where happened_at > $1`, [
      '2026-03-10T05:58:00Z',
    ])
    expect(history.rows).toHaveLength(3)
  })

  test('in whatever order old days are run, the newest of them counts', async () => {
    await runFor([
      ['2026-02-02', '2026-02-02'],
      ['2026-02-07', '2026-02-07'],
      ['2026-02-05', '2026-02-05'],
    ])
    const late = await before('2026-02-08T00:00:00Z')
    expect(late).toBeGreaterThanOrEqual(0)
    expect(late).toBeLessThan(60_000)
  })

  test.each([
    ['yesterday', '2026-03-09'],
    ['today', '2026-03-10'],
  ])('the run for %s counts as when it happened', async (_words, last) => {
    await runFor([[last, last]])
    const late = await before(now.toISOString())
    expect(late).toBeGreaterThanOrEqual(0)
    expect(late).toBeLessThan(60_000)
  })

  test('the day before yesterday does not: it is as of its end, by the zone of the job', async () => {
    await runFor([['2026-03-08', '2026-03-08']], { time_zone: 'Europe/Berlin' })
    const late = await before('2026-03-08T23:00:00Z')
    expect(late).toBeGreaterThanOrEqual(0)
    expect(late).toBeLessThan(60_000)
  })

  test('a zone that there is not is no reason to fail: the zone of the agent counts', async () => {
    await runFor([['2026-03-07', '2026-03-07']], { time_zone: 'Mars/Olympus' })
    expect(await before('2026-03-08T00:00:00Z')).toBeLessThan(60_000)
  })

  test('a job type that says nothing of days counts as when it happened', async () => {
    await runFor([['2026-02-01', '2026-02-03']], {}, { ...load, backfill: null })
    expect(await before(now.toISOString())).toBeLessThan(60_000)
  })
})

import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { scorecard } from '../../../agent/jobs/builtins/scorecard.ts'
import { type DatabasePool, openPool } from '../../../agent/store/database.ts'
import { findRunArtifact, listRunArtifacts, saveRunArtifact } from '../../../agent/store/run-artifacts.ts'
import { scorecardSchema } from '../../../shared/scorecard.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addBrand, addJob, addRun, datasetRow, runOf } from '../../support/job-rows.ts'
import { createTestScheduler } from '../../support/scheduler.ts'

let database: TestDatabase
let pool: DatabasePool
let client: pg.Client
let brandId: string

beforeAll(async () => {
  database = await createTestDatabase()
  client = await database.connect()
  pool = openPool({
    url: database.url,
    applicationName: 'scorecard',
    size: 2,
    purpose: 'console',
    onConnectionError: () => undefined,
  })
})
afterAll(async () => {
  await pool.stop()
  await database.drop()
})
beforeEach(async () => {
  brandId = (await addBrand(client)).brandId
})

/** `daysAgo` 1 is yesterday in UTC. */
async function addDay(adId: string, daysAgo: number, figures: { spend: string; value?: number; purchases?: number }) {
  await client.query(
    `insert into meta_ads_performance (meta_ad_id, date, meta_ad_account_id, ad_name, currency, spend, purchase_value,
       purchases, link_clicks, impressions, brand_id)
     values ($1, (now() at time zone 'UTC')::date - $2::integer, 'act_1', 'Ad ' || $1, 'USD', $3, $4, $5, 10, 1000, $6)`,
    [`${brandId} ${adId}`, daysAgo, figures.spend, figures.value ?? 0, figures.purchases ?? 0, brandId],
  )
}

async function synced(hoursAgo: number): Promise<void> {
  await client.query(
    `insert into dataset_status (brand_id, dataset_key, last_success_at, last_attempt_at, last_status)
     values ($1, 'meta_ads_performance', now() - make_interval(hours => $2), now(), 'completed')`,
    [brandId, hoursAgo],
  )
}

async function run(parameters: object = { days_back: 7 }) {
  const handler = scorecard({ database: pool })
  await using agent = createTestScheduler({
    url: database.url,
    jobs: {
      scorecard: { steps: [{ key: 'scorecard', dataset: 'scorecard', run: (context) => handler({}, context) }] },
    },
  })
  const jobId = await addJob(client, { brand_id: brandId, job_type: 'scorecard', parameters, max_retries: 0 })
  await agent.scheduler.start()
  await agent.ended(1)
  return await runOf(client, jobId)
}

test('the window is the last whole days, compared with as many before, and kept with the run', async () => {
  await addDay('good', 1, { spend: '60', value: 300, purchases: 3 })
  await addDay('good', 7, { spend: '40.005', value: 0, purchases: 0 })
  await addDay('good', 8, { spend: '50', value: 100, purchases: 1 })
  await addDay('bad', 2, { spend: '20' })
  await addDay('bad', 0, { spend: '1000', value: 9_000, purchases: 90 })
  await addDay('gone', 14, { spend: '70', value: 70, purchases: 1 })
  await synced(1)
  const ended = await run()
  expect(ended).toMatchObject({ status: 'completed', problem: null, records_affected: '2' })
  expect((await listRunArtifacts(pool, ended.id)).map(({ name }) => name)).toEqual(['scorecard.json', 'scorecard.md'])
  const made = scorecardSchema.parse(JSON.parse((await findRunArtifact(pool, ended.id, 'scorecard.json'))?.text ?? ''))
  expect(made.totals).toMatchObject([
    { currency: 'USD', current: { spend: 120.01, revenue: 300, purchases: 3 }, previous: { spend: 120, revenue: 170 } },
  ])
  expect(made.topPerformers.map(({ name }) => name)).toEqual([`Ad ${brandId} good`])
  expect(made.needsAttention).toMatchObject([{ name: `Ad ${brandId} bad`, reasons: ['no_purchases'] }])
  expect(await datasetRow(client, brandId, 'scorecard')).toMatchObject({ last_status: 'completed' })
})

test('performance that was not synced lately is a warning; never synced is a failure that says what to run', async () => {
  const failed = await run()
  expect(failed).toMatchObject({ status: 'failed' })
  expect(failed.error_message).toContain('Run meta_sync first')
  await addDay('old', 3, { spend: '5' })
  await synced(50)
  expect(await run()).toMatchObject({ status: 'completed', problem: 'warnings' })
})

test('bad input 26: figures that are not numbers, and a time zone nobody knows', async () => {
  await client.query(
    `insert into brand_ad_accounts (brand_id, meta_ad_account_id, is_primary, time_zone) values ($1, $2, true, 'Mars/Olympus')`,
    [brandId, `act_${Date.now()}`],
  )
  await addDay('odd', 1, { spend: 'NaN', value: 5 })
  await addDay('odd', 2, { spend: '3', value: 5 })
  await synced(1)
  const ended = await run()
  expect(ended).toMatchObject({ status: 'completed' })
  expect(ended.logs).toContain('Mars/Olympus')
  expect((await findRunArtifact(pool, ended.id, 'scorecard.json'))?.text).toContain('"spend": 3')
})

test('J3: a run that is over keeps what it has; a run that is deleted takes its files with it', async () => {
  const jobId = await addJob(client, { brand_id: brandId, next_run_at: null })
  const runId = await addRun(client, jobId)
  const file = { name: 'a.txt', mediaType: 'text/plain', text: 'first' }
  await saveRunArtifact(pool, runId, file)
  await client.query(`update scheduled_job_runs set status = 'failed', completed_at = now() where id = $1`, [runId])
  await saveRunArtifact(pool, runId, { ...file, text: 'late' })
  expect((await findRunArtifact(pool, runId, 'a.txt'))?.text).toBe('first')
  await client.query('delete from scheduled_job_runs where id = $1', [runId])
  expect(await listRunArtifacts(pool, runId)).toEqual([])
})

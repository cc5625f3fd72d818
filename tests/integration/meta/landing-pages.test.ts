import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { marketingCatalog } from '../../../agent/jobs/catalog/marketing.ts'
import { withSettings } from '../../support/catalog-settings.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addBrand, addJob, datasetRow, type RunRow, runOf } from '../../support/job-rows.ts'
import { startSimulator, type TestSimulator } from '../../support/meta.ts'
import { createMetaAgent, noonAccount } from '../../support/meta-agent.ts'
import { type TemporaryFolder, temporaryFolder } from '../../support/temporary-folder.ts'

let database: TestDatabase
let client: pg.Client
let folder: TemporaryFolder
let running: TestSimulator
let brandId: string

beforeAll(async () => {
  database = await createTestDatabase()
  client = await database.connect()
})
afterAll(() => database.drop())
beforeEach(async () => {
  folder = await temporaryFolder()
  running = await startSimulator({ accounts: [noonAccount()], now: () => new Date() })
  brandId = (await addBrand(client)).brandId
  await client.query(`insert into brand_ad_accounts (brand_id, meta_ad_account_id) values ($1, 'act_1')`, [brandId])
})
afterEach(async () => {
  await running.stop()
  await folder.remove()
  await client.query('delete from organizations')
})

async function run(jobType: string, parameters: object = {}): Promise<RunRow> {
  await using agent = createMetaAgent({
    url: database.url,
    simulator: running.simulator,
    folder: folder.path,
    catalog: withSettings(marketingCatalog(), 'landing_page_refresh', { pause_seconds: 0 }),
    advertise: ['meta_sync', 'landing_page_refresh'],
  })
  const jobId = await addJob(client, { brand_id: brandId, job_type: jobType, parameters, max_retries: 0 })
  await agent.scheduler.start()
  await agent.ended(1, 30_000)
  return await runOf(client, jobId)
}

const sync = () => run('meta_sync', { days_back: 1, download_max_images: 0, download_max_videos: 0 })

async function pages() {
  const { rows } = await client.query<{ url: string; title: string; status: number; outcome: string; sha256: string }>(
    'select url, title, status, outcome, sha256 from landing_pages where brand_id = $1 order by url',
    [brandId],
  )
  return rows
}

test('the pages of the ads are there, once each; a second time nothing is new', async () => {
  await sync()
  const first = await run('landing_page_refresh')
  expect(first).toMatchObject({ status: 'completed', problem: null })
  const found = await pages()
  expect(found.length).toBeGreaterThan(1)
  expect(new Set(found.map(({ status, outcome }) => `${status} ${outcome}`))).toEqual(new Set(['200 fetched']))
  expect(found[0]?.title).toMatch(/^Product \d of shop 1$/)
  expect(Number(first.records_affected)).toBe(found.length)
  expect(await datasetRow(client, brandId, 'landing_pages')).toMatchObject({ last_status: 'completed' })
  const second = await run('landing_page_refresh')
  expect(second.logs).toContain(`${found.length} of ${found.length} pages fetched: 0 new, 0 changed.`)
})

test('a page that is gone is a warning that names it, and what was seen of it last stays', async () => {
  await sync()
  await run('landing_page_refresh')
  const [before] = await pages()
  await client.query(
    `update meta_ads set link_url = replace(link_url, '/shop/1/', '/shop/private/') || '?utm_source=' || meta_ad_id
     where link_url = $1`,
    [before?.url],
  )
  await client.query(`update landing_pages set url = replace(url, '/shop/1/', '/shop/private/') where url = $1`, [
    before?.url,
  ])
  const ended = await run('landing_page_refresh')
  expect(ended).toMatchObject({ status: 'completed', problem: 'warnings' })
  expect(ended.logs).toContain('asks to leave this page alone')
  const after = (await pages()).find(({ url }) => url.includes('private'))
  expect(after).toMatchObject({ outcome: 'not_allowed', title: before?.title, sha256: before?.sha256 })
})

test('a brand of whose ads nothing is known says what to run first', async () => {
  const ended = await run('landing_page_refresh')
  expect(ended).toMatchObject({ status: 'failed' })
  expect(ended.error_message).toContain('Run meta_sync first')
  expect(await datasetRow(client, brandId, 'landing_pages')).toMatchObject({
    last_status: 'failed',
    last_success_at: null,
  })
})

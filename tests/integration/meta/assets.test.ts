import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { LocalStorage } from '../../../agent/connectors/storage/local-storage.ts'
import { withEnvironment } from '../../../agent/jobs/catalog/catalog.ts'
import { catalogOf } from '../../../agent/jobs/catalog/load-catalog.ts'
import { parseCatalog } from '../../../agent/jobs/catalog/parse-catalog.ts'
import type { AccountSpec } from '../../../examples/meta-simulator/world.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addBrand, addJob, datasetRow, type RunRow, runOf } from '../../support/job-rows.ts'
import { startSimulator, type TestSimulator } from '../../support/meta.ts'
import { createMetaAgent, noonAccount } from '../../support/meta-agent.ts'
import { type TemporaryFolder, temporaryFolder } from '../../support/temporary-folder.ts'

let database: TestDatabase
let client: pg.Client
let folder: TemporaryFolder
let running: TestSimulator | undefined
let brandId: string

beforeAll(async () => {
  database = await createTestDatabase()
  client = await database.connect()
})
afterAll(() => database.drop())
beforeEach(async () => {
  folder = await temporaryFolder()
  brandId = await brandWith('act_1')
})
afterEach(async () => {
  await running?.stop()
  await folder.remove()
  await client.query('delete from organizations')
})

async function brandWith(accountId: string): Promise<string> {
  const brand = await addBrand(client)
  await client.query('insert into brand_ad_accounts (brand_id, meta_ad_account_id) values ($1, $2)', [
    brand.brandId,
    accountId,
  ])
  return brand.brandId
}

async function simulate(...accounts: readonly AccountSpec[]): Promise<TestSimulator> {
  await running?.stop()
  running = await startSimulator({ accounts, now: () => new Date() })
  return running
}

/** Refuses videos over 1 MB, so that an endless one need not be endless. */
const catalog = catalogOf(
  parseCatalog(
    `
job_types:
  asset_download:
    steps: [{ key: download, run: { builtin: meta_assets, with: { token_env: META_ACCESS_TOKEN, video_megabytes: 1 } } }]
`,
    '/test/pipeline-manager.yaml',
  ),
)

async function run(jobType: string, parameters: object = {}, of = brandId): Promise<RunRow> {
  if (running === undefined) throw new Error('no simulator runs')
  const { simulator } = running
  await using agent = createMetaAgent({
    url: database.url,
    simulator,
    folder: folder.path,
    catalog: withEnvironment(catalog, {}),
  })
  const jobId = await addJob(client, { brand_id: of, job_type: jobType, parameters, max_retries: 0 })
  await agent.scheduler.start()
  await agent.ended(1, 30_000)
  return await runOf(client, jobId)
}

/** Ads and their rows are there, files are not. */
const syncWithoutFiles = { days_back: 1, download_max_images: 0, download_max_videos: 0, include_inactive: true }
const all = { max_images: 100, max_videos: 100, include_inactive: true }

interface Asset {
  readonly kind: string
  readonly source_id: string
  readonly storage_key: string | null
  readonly sha256: string | null
  readonly bytes: string | null
  readonly content_type: string | null
  readonly refused_because: string | null
}

async function assets(of = brandId): Promise<Asset[]> {
  const { rows } = await client.query<Asset>(
    'select * from meta_ad_assets where brand_id = $1 order by kind, source_id',
    [of],
  )
  return rows
}

test('images and videos are stored by what is in them, once; a second run finds nothing to do', async () => {
  await simulate(noonAccount())
  await run('meta_sync', syncWithoutFiles)
  const first = await run('asset_download', all)
  // Ten ads: every third has a video, and two share an image.
  expect(first).toMatchObject({ status: 'completed', problem: null, records_affected: '9' })
  const stored = await assets()
  expect(Map.groupBy(stored, ({ kind }) => kind).get('image')).toHaveLength(5)
  expect(stored).toHaveLength(9)
  const storage = new LocalStorage(folder.path)
  for (const { storage_key, sha256, bytes } of stored) {
    expect(storage_key?.startsWith(sha256 ?? 'none')).toBe(true)
    expect(await storage.stat(storage_key ?? '')).toMatchObject({ bytes: Number(bytes) })
  }
  expect(await datasetRow(client, brandId, 'ad_assets')).toMatchObject({
    last_status: 'completed',
    records_affected: '9',
  })
  const second = await run('asset_download', all)
  expect(second).toMatchObject({ status: 'completed', records_affected: '0' })
})

test('caps hold: at most so many, those on which most was spent first', async () => {
  await simulate(noonAccount())
  await run('meta_sync', syncWithoutFiles)
  await run('asset_download', { max_images: 2, max_videos: 1, include_inactive: true })
  const { rows: expected } = await client.query<{ video_id: string }>(
    `select ad.video_id from meta_ads ad join meta_ads_performance day using (meta_ad_id)
     where ad.brand_id = $1 and ad.video_id is not null group by 1 order by sum(day.spend) desc limit 1`,
    [brandId],
  )
  const stored = await assets()
  expect(stored.filter(({ kind }) => kind === 'image')).toHaveLength(2)
  expect(stored.filter(({ kind }) => kind === 'video').map(({ source_id }) => source_id)).toEqual([
    expected[0]?.video_id,
  ])
})

test('meta_sync downloads too, within its own caps, and only of ads that are active', async () => {
  await simulate(noonAccount())
  const synced = await run('meta_sync', { days_back: 1, download_max_images: 100, download_max_videos: 0 })
  expect(synced).toMatchObject({ status: 'completed', problem: null })
  const { rows } = await client.query<{ count: number }>(
    `select count(distinct image_hash)::int as count from meta_ads where brand_id = $1 and status = 'ACTIVE'`,
    [brandId],
  )
  expect(await assets()).toHaveLength(rows[0]?.count ?? -1)
})

test('bad input: a 3 GB video, one that never ends, a web page, one that is gone: refused, each with its reason', async () => {
  await simulate(
    noonAccount({ oddVideos: { 0: 'huge', 3: 'endless', 6: 'web_page', 9: 'gone' } }),
    noonAccount({ id: '2', ads: 4, oddVideos: { 3: 'missing' } }),
  )
  await client.query('insert into brand_ad_accounts (brand_id, meta_ad_account_id) values ($1, $2)', [brandId, 'act_2'])
  await run('meta_sync', syncWithoutFiles)
  const downloaded = await run('asset_download', all)
  expect(downloaded).toMatchObject({ status: 'completed', problem: 'warnings' })
  expect(downloaded.error_message).toContain('5 files refused: ')
  const videos = (await assets()).filter(({ kind }) => kind === 'video')
  expect(videos.map(({ refused_because, storage_key }) => refused_because ?? `stored ${storage_key !== null}`)).toEqual(
    [
      'it has 3,072 MB; at most 1 MB are kept',
      'it does not end; at most 1 MB are kept',
      'what came is no video',
      'the server answered with status 404',
      'stored true',
      'Meta gives no address for it',
    ],
  )
  expect(await datasetRow(client, brandId, 'ad_assets')).toMatchObject({ last_status: 'completed' })
  // Not asked for again every day.
  const again = await run('asset_download', all)
  expect(again).toMatchObject({ status: 'completed', problem: null, records_affected: '0' })
})

test('a connection that breaks for good fails the run; what came before stays, and the next run gets the rest', async () => {
  const { simulator } = await simulate(noonAccount())
  await run('meta_sync', syncWithoutFiles)
  // One lane or another asks for the file that is hit; it is tried three times, by whichever lane.
  simulator.simulation.faults.plan({ at: 'file', fault: { kind: 'reset' }, times: 27 })
  const broken = await run('asset_download', all)
  expect(broken).toMatchObject({ status: 'failed', problem: 'failed' })
  expect(broken.error_message).toContain('9 files not downloaded: ')
  expect(await datasetRow(client, brandId, 'ad_assets')).toMatchObject({ last_status: 'failed' })
  expect(await assets()).toEqual([])
  const next = await run('asset_download', all)
  expect(next).toMatchObject({ status: 'completed', records_affected: '9' })
})

test('the same file of two brands is stored once, and known to both', async () => {
  // Same seed, same account number in each simulator: the same files.
  await simulate(noonAccount())
  await run('meta_sync', syncWithoutFiles)
  await run('asset_download', all)
  const first = await assets()
  await client.query('delete from meta_ads where brand_id = $1', [brandId])
  await client.query('delete from meta_ads_performance where brand_id = $1', [brandId])
  await client.query('delete from brand_ad_accounts where brand_id = $1', [brandId])
  const other = await brandWith('act_1')
  await run('meta_sync', syncWithoutFiles, other)
  await run('asset_download', all, other)
  expect((await assets(other)).map(({ storage_key }) => storage_key)).toEqual(
    first.map(({ storage_key }) => storage_key),
  )
})

test('a token that is revoked ends the step as what it is', async () => {
  const { simulator } = await simulate(noonAccount())
  await run('meta_sync', syncWithoutFiles)
  simulator.simulation.isRevoked = true
  const ended = await run('asset_download', all)
  expect(ended).toMatchObject({ status: 'failed', problem: 'configuration' })
  expect(ended.error_message).toContain('The access token in META_ACCESS_TOKEN is not valid any more.')
})

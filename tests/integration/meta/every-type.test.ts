/** Each of the nine job types of the preset records what became of it on its datasets, with what really runs it. */
import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { whyNotRunnable, withEnvironment } from '../../../agent/jobs/catalog/catalog.ts'
import { catalogOf } from '../../../agent/jobs/catalog/load-catalog.ts'
import { marketingCatalog } from '../../../agent/jobs/catalog/marketing.ts'
import { parseCatalog } from '../../../agent/jobs/catalog/parse-catalog.ts'
import { withSettings } from '../../support/catalog-settings.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addBrand, addJob, datasetRow, type RunRow, runOf } from '../../support/job-rows.ts'
import { startSimulator, type TestSimulator } from '../../support/meta.ts'
import { createMetaAgent, noonAccount } from '../../support/meta-agent.ts'
import { type TemporaryFolder, temporaryFolder } from '../../support/temporary-folder.ts'

/** A model as docs/generative-pipelines.md has it: speaks the protocol, and fails when it is told to. */
const model = `
const { instructions = '', max_ads, max_templates, variations } = JSON.parse(process.env.PM_PARAMETERS)
if (!/^[0-9a-f-]{36}$/.test(process.env.PM_BRAND_ID)) process.exit(78)
if (variations === 1) process.exit(78)
if (max_ads === 1 || max_templates === 1) { console.error('the model is overloaded'); process.exit(1) }
console.log(JSON.stringify({ pm: 'progress', done: 2, total: 2 }))
console.log(JSON.stringify({ pm: 'metadata', data: { model: 'test', instructions } }))
console.log(JSON.stringify({ pm: 'records', count: 2 }))
`
const generative = {
  template_approval: 'evaluate',
  congruence_reanalysis: 'analyze',
  ad_classification: 'classify',
  ad_creation: 'create',
} as const
const file = JSON.stringify({
  job_types: Object.fromEntries(
    Object.entries(generative).map(([key, step]) => [
      key,
      { steps: [{ key: step, run: { command: [process.execPath, '-e', model] } }] },
    ]),
  ),
})
const catalog = withSettings(
  withEnvironment(catalogOf(parseCatalog(file, '/test/pipeline-manager.yaml')), { META_ACCESS_TOKEN: 'set' }),
  'landing_page_refresh',
  { pause_seconds: 0 },
)

let database: TestDatabase
let client: pg.Client
let folder: TemporaryFolder
let running: TestSimulator
let brandId: string

beforeAll(async () => {
  database = await createTestDatabase()
  client = await database.connect()
  folder = await temporaryFolder()
})
afterAll(async () => {
  await folder.remove()
  await database.drop()
})
beforeEach(async () => {
  running = await startSimulator({ accounts: [noonAccount()], now: () => new Date() })
  brandId = (await addBrand(client)).brandId
  await client.query(`insert into brand_ad_accounts (brand_id, meta_ad_account_id) values ($1, 'act_1')`, [brandId])
})
afterEach(async () => {
  await running.stop()
  await client.query('delete from organizations')
})

async function run(jobType: string, parameters: object): Promise<RunRow> {
  await using agent = createMetaAgent({
    url: database.url,
    simulator: running.simulator,
    folder: folder.path,
    catalog,
    advertise: [...catalog.jobTypes.keys()],
  })
  const jobId = await addJob(client, { brand_id: brandId, job_type: jobType, parameters, max_retries: 0 })
  await agent.scheduler.start()
  await agent.ended(1, 30_000)
  return await runOf(client, jobId)
}

const synced = { days_back: 2, download_max_images: 1, download_max_videos: 1, auto_classify: true }

interface Case {
  readonly jobType: string
  readonly datasets: readonly string[]
  readonly parameters: object
  /** Makes the next run fail, or gives parameters that do. */
  readonly breaks: () => object | Promise<object>
  readonly needsSync?: boolean
}

const revoked = (): object => {
  running.simulator.simulation.isRevoked = true
  return {}
}
const changed = async (statement: string): Promise<object> => {
  await client.query(statement)
  return {}
}
const cases: readonly Case[] = [
  {
    jobType: 'meta_sync',
    datasets: ['meta_ads_performance', 'ad_thumbnails', 'ad_assets', 'ad_classifications'],
    parameters: synced,
    breaks: revoked,
  },
  {
    jobType: 'asset_download',
    datasets: ['ad_assets'],
    parameters: {},
    breaks: () => changed('delete from brand_ad_accounts'),
    needsSync: true,
  },
  {
    jobType: 'template_scrape',
    datasets: ['templates_scraped'],
    parameters: { search_terms: 'shoes', countries: 'DE' },
    breaks: revoked,
  },
  {
    jobType: 'scorecard',
    datasets: ['scorecard'],
    parameters: {},
    breaks: () => changed(`update dataset_status set last_success_at = null where dataset_key <> 'scorecard'`),
    needsSync: true,
  },
  {
    jobType: 'landing_page_refresh',
    datasets: ['landing_pages'],
    parameters: {},
    breaks: () => changed('delete from meta_ads'),
    needsSync: true,
  },
  {
    jobType: 'ad_classification',
    datasets: ['ad_classifications'],
    parameters: {},
    breaks: () => ({ max_ads: 1 }),
  },
  {
    jobType: 'template_approval',
    datasets: ['templates_evaluated'],
    parameters: {},
    breaks: () => ({ max_templates: 1 }),
  },
  {
    jobType: 'congruence_reanalysis',
    datasets: ['congruence_analysis'],
    parameters: {},
    breaks: () => ({ max_ads: 1 }),
  },
  {
    jobType: 'ad_creation',
    datasets: ['ad_creations'],
    parameters: { template_id: 't', instructions: 'in "blue"' },
    breaks: () => ({ variations: 1 }),
  },
]

test('there is a case for every job type of the preset, and for each of its datasets', () => {
  expect(cases.map(({ jobType }) => jobType).toSorted()).toEqual([...marketingCatalog().jobTypes.keys()].toSorted())
  const covered = new Set(cases.flatMap(({ datasets }) => datasets))
  expect([...covered].toSorted()).toEqual([...marketingCatalog().datasets.keys()].toSorted())
})

describe('F1 to F4', () => {
  test.each(cases)('$jobType records on $datasets', async ({ jobType, datasets, parameters, breaks, needsSync }) => {
    if (needsSync === true) await run('meta_sync', synced)
    const done = await run(jobType, parameters)
    expect(done).toMatchObject({ status: 'completed' })
    const successes = new Map<string, Date | null>()
    for (const dataset of datasets) {
      const row = await datasetRow(client, brandId, dataset)
      expect([dataset, row?.last_status, row?.last_run_id]).toEqual([dataset, 'completed', done.id])
      expect(row?.records_affected).not.toBeNull()
      successes.set(dataset, row?.last_success_at ?? null)
    }
    const changes = await breaks()
    const failed = await run(jobType, { ...parameters, ...changes })
    expect(failed).toMatchObject({ status: 'failed' })
    const [first = ''] = datasets
    const row = await datasetRow(client, brandId, first)
    expect(row).toMatchObject({ last_status: 'failed', last_success_at: successes.get(first) })
    expect(row?.error_message).toBeTruthy()
    expect(failed.error_message).toContain(row?.error_message)
  })
})

test.each(Object.entries(generative))('J8: nobody claims %s until a file says what runs', (key, step) => {
  const preset = withEnvironment(marketingCatalog(), { META_ACCESS_TOKEN: 'set' })
  expect(whyNotRunnable(preset, key)).toContain(`Nothing says what step ${step} of ${key} runs.`)
  expect(whyNotRunnable(catalog, key)).toBeNull()
})

import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { dayOf } from '../../../examples/meta-simulator/days.ts'
import type { MetaSimulator } from '../../../examples/meta-simulator/server.ts'
import type { SimulationOptions } from '../../../examples/meta-simulator/simulation.ts'
import type { AccountSpec } from '../../../examples/meta-simulator/world.ts'
import { askedFor } from '../../../shared/retry.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addBrand, addJob, datasetRow, jobRow, type RunRow, runOf, stepsOf } from '../../support/job-rows.ts'
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
  folder = await temporaryFolder()
})
afterAll(async () => {
  await folder.remove()
  await database.drop()
})
beforeEach(async () => {
  await simulate([noonAccount(), noonAccount({ id: '2', currency: 'EUR' })])
  brandId = (await addBrand(client)).brandId
  await link('act_1')
})
afterEach(async () => {
  await running?.stop()
  await client.query('delete from brands where id = $1', [brandId])
})

/** Instead of the one before. Its moment stands still: today's rows do not grow between two syncs. */
async function simulate(accounts: readonly AccountSpec[], options: SimulationOptions = {}): Promise<void> {
  const now = new Date()
  await running?.stop()
  running = await startSimulator({ accounts, now: () => now, ...options })
}

function simulated(): MetaSimulator {
  if (running === undefined) throw new Error('no simulator runs')
  return running.simulator
}

async function link(accountId: string, of = brandId): Promise<void> {
  await client.query('insert into brand_ad_accounts (brand_id, meta_ad_account_id) values ($1, $2)', [of, accountId])
}

interface Synced {
  readonly run: RunRow
  readonly jobId: string
}

async function sync(parameters: object = {}): Promise<Synced> {
  const simulator = simulated()
  await using agent = createMetaAgent({ url: database.url, simulator, folder: folder.path })
  const jobId = await addJob(client, {
    brand_id: brandId,
    job_type: 'meta_sync',
    parameters: { days_back: 7, ...parameters },
  })
  await agent.scheduler.start()
  await agent.ended(1, 30_000)
  return { run: await runOf(client, jobId), jobId }
}

interface Row {
  readonly meta_ad_id: string
  readonly date: string
  readonly purchases: number | null
  readonly currency: string | null
  readonly version: string
}

/** `version` changes whenever the row is written. */
async function rows(): Promise<Row[]> {
  const found = await client.query<Row>(
    `select meta_ad_id, date::text, purchases, currency, xmin::text as version from meta_ads_performance
     where brand_id = $1 order by meta_ad_id, date`,
    [brandId],
  )
  return found.rows
}

async function metadataOf(run: RunRow, step: string): Promise<Record<string, unknown> | undefined> {
  return (await stepsOf(client, run.id)).find(({ step_key }) => step_key === step)?.metadata
}

async function stagedRows(): Promise<number> {
  const { rows: found } = await client.query<{ count: number }>(
    `select (select count(*) from meta_insights_staging)::int + (select count(*) from meta_insights_fetches)::int as count`,
  )
  return found[0]?.count ?? -1
}

/** Days before today in the account's zone, as the simulator counts them. */
async function dayBack(back: number): Promise<number> {
  const days = [...new Set((await rows()).map(({ date }) => date))].toSorted()
  return dayOf(days.at(-1 - back) ?? '') ?? Number.NaN
}

describe('meta_sync', () => {
  test('saves every ad and day of the window, and says so on each dataset', async () => {
    const { run } = await sync()
    expect(run).toMatchObject({ status: 'completed', problem: null, error_message: null })
    expect(await rows()).toHaveLength(70)
    expect((await stepsOf(client, run.id)).map(({ step_key, status }) => `${step_key} ${status}`)).toEqual([
      'insights completed',
      'save completed',
      'thumbnails completed',
      'assets completed',
      'classify skipped',
    ])
    expect(await datasetRow(client, brandId, 'meta_ads_performance')).toMatchObject({
      last_status: 'completed',
      records_affected: '70',
    })
    for (const dataset of ['ad_thumbnails', 'ad_assets']) {
      expect(await datasetRow(client, brandId, dataset)).toMatchObject({ last_status: 'completed' })
    }
    expect(await stagedRows()).toBe(0)
  })

  test('F8: a second sync of the same window changes nothing, confirms all rows, and reports no new ones', async () => {
    const first = await sync()
    expect(await metadataOf(first.run, 'save')).toMatchObject({ new: 70, changed: 0, removed: 0 })
    const before = await rows()
    const second = await sync()
    expect(await metadataOf(second.run, 'save')).toMatchObject({ new: 0, changed: 0, removed: 0, unchanged: 70 })
    expect(await datasetRow(client, brandId, 'meta_ads_performance')).toMatchObject({ records_affected: '70' })
    expect(await rows()).toEqual(before)
  })

  test('money, time zone and currency are the account’s own', async () => {
    await sync()
    expect(new Set((await rows()).map(({ currency }) => currency))).toEqual(new Set(['USD']))
    const { rows: accounts } = await client.query(
      'select currency, time_zone, account_name from brand_ad_accounts where brand_id = $1',
      [brandId],
    )
    expect(accounts).toEqual([{ currency: 'USD', time_zone: noonAccount().timeZone, account_name: 'Noon' }])
  })

  test('a day that was restated is updated, and only that', async () => {
    await sync()
    const before = await rows()
    const day = await dayBack(2)
    simulated().simulation.restate('1', day, { keep: 1, factor: 2 })
    const { run } = await sync()
    expect(await metadataOf(run, 'save')).toMatchObject({ new: 0, changed: 10, removed: 0 })
    const after = await rows()
    const touched = after.filter((row, index) => row.version !== before[index]?.version)
    expect(new Set(touched.map(({ date }) => dayOf(date)))).toEqual(new Set([day]))
  })

  test('bad input: a day restated to fewer rows loses those that Meta does not report any more', async () => {
    await sync()
    simulated().simulation.restate('1', await dayBack(1), { keep: 0.5, factor: 1 })
    const { run } = await sync()
    const metadata = await metadataOf(run, 'save')
    const removed = Number(metadata?.['removed'])
    expect(removed).toBeGreaterThan(0)
    expect(removed).toBeLessThan(10)
    expect(await rows()).toHaveLength(70 - removed)
  })

  test('an ad that was deleted keeps its rows: asked for by itself, Meta still tells what it did', async () => {
    await sync()
    const [row] = await rows()
    simulated().simulation.setStatus(row?.meta_ad_id ?? '', 'DELETED')
    const { run } = await sync()
    expect(await metadataOf(run, 'save')).toMatchObject({ removed: 0, unchanged: 70 })
    expect(simulated().requests.some((request) => request.includes(`/${row?.meta_ad_id}/insights`))).toBe(true)
  })

  test('an ad about which nobody can tell any more keeps its rows, and a warning says so', async () => {
    await sync()
    await client.query(
      `insert into meta_ads_performance (meta_ad_id, date, meta_ad_account_id, brand_id)
       select 'unknown', max(date), '1', brand_id from meta_ads_performance where brand_id = $1 group by brand_id`,
      [brandId],
    )
    const { run } = await sync()
    expect(run.logs).toContain('Meta says nothing any more about 1 ads that have rows in the window')
    expect(await rows()).toHaveLength(71)
  })

  test('rows outside the window, and of other brands, are never touched', async () => {
    await sync()
    const before = await rows()
    const { run } = await sync({ days_back: 2 })
    expect(await metadataOf(run, 'save')).toMatchObject({ new: 0, changed: 0, removed: 0, unchanged: 20 })
    expect(await rows()).toEqual(before)
  })

  test('a window that is too large for an answer at once comes as report runs', async () => {
    await simulate([noonAccount()], { syncRows: 50, mostRows: 60 })
    const { run } = await sync()
    expect(run.status).toBe('completed')
    expect(await rows()).toHaveLength(70)
  })

  test('bad input: two accounts in different currencies: every row says which, and the log warns', async () => {
    await link('2')
    const { run } = await sync()
    expect(await rows()).toHaveLength(140)
    expect(new Set((await rows()).map(({ currency }) => currency))).toEqual(new Set(['USD', 'EUR']))
    expect(run.logs).toContain('sums over them mean nothing')
  })

  test('bad input: rows that come twice are counted once', async () => {
    await simulate([noonAccount({ ads: 600 })])
    simulated().simulation.faults.plan({ at: 'insights', fault: { kind: 'repeat' }, after: 1 })
    const { run } = await sync({ days_back: 1, download_max_images: 0, download_max_videos: 0 })
    expect(run.logs).toContain('3 rows came more than once; the last of each counts.')
    expect(run.records_affected).toBe(String(600 + (await adsSeen())))
  })

  test('bad input: names with anything in them', async () => {
    const names = ["'; drop table brands; --", '\u202e\u0000\ud800 ü 🙂', 'x'.repeat(5_000), '{"a":1}', '\n\t', '']
    await simulate([noonAccount({ adName: (index) => names[index % names.length] ?? '' })])
    const { run } = await sync({ days_back: 1 })
    expect(run.status).toBe('completed')
    const { rows: found } = await client.query<{ ad_name: string }>(
      'select ad_name from meta_ads_performance where brand_id = $1 order by meta_ad_id',
      [brandId],
    )
    expect(found[0]?.ad_name).toBe(names[0])
    expect(found[1]?.ad_name).toBe('\u202e\uFFFD\uFFFD ü 🙂')
    expect(found[2]?.ad_name).toMatch(/^x{1000} … 4000 characters cut$/)
  })
})

async function adsSeen(): Promise<number> {
  const { rows: found } = await client.query<{ count: number }>(
    'select count(*)::int as count from meta_ads where brand_id = $1',
    [brandId],
  )
  return found[0]?.count ?? 0
}

describe('what goes wrong: a clear error on the right dataset, and nothing half saved', () => {
  async function failedSync(): Promise<Synced & { job: Awaited<ReturnType<typeof jobRow>> }> {
    const synced = await sync()
    expect(await rows()).toEqual([])
    expect(await stagedRows()).toBe(0)
    return { ...synced, job: await jobRow(client, synced.jobId) }
  }

  async function expectDead(synced: { run: RunRow; job: { next_run_at: Date | null } }, words: string): Promise<void> {
    expect(synced.run).toMatchObject({ status: 'failed', problem: 'configuration' })
    expect(synced.run.error_message).toContain(words)
    expect(synced.job.next_run_at).toBeNull()
    expect(await datasetRow(client, brandId, 'meta_ads_performance')).toMatchObject({
      last_status: 'failed',
      last_success_at: null,
    })
    expect(await datasetRow(client, brandId, 'ad_assets')).toBeNull()
  }

  test('bad input: an account without permission', async () => {
    await simulate([noonAccount({ permitted: false })])
    await expectDead(await failedSync(), 'Give whoever the token in META_ACCESS_TOKEN belongs to access to it')
  })

  test('bad input: one account of two without permission: nothing of either is saved', async () => {
    await simulate([noonAccount(), noonAccount({ id: '2', permitted: false })])
    await link('act_2')
    await expectDead(await failedSync(), 'act_2')
  })

  test('bad input: a token revoked in the middle: dead at once, with what to do', async () => {
    simulated().simulation.faults.plan({ at: 'insights', fault: { kind: 'revoke' } })
    await link('act_2')
    const synced = await failedSync()
    await expectDead(synced, 'The access token in META_ACCESS_TOKEN is not valid any more. Create a new one')
    expect(JSON.stringify(synced)).not.toContain(simulated().simulation.token)
  })

  test('bad input: a brand without an account', async () => {
    await client.query('delete from brand_ad_accounts where brand_id = $1', [brandId])
    await expectDead(await failedSync(), 'The brand has no Meta ad account. Link one: pm brands link')
  })

  test('bad input: an account that another brand had first, however it is written', async () => {
    const other = await addBrand(client, 'First')
    await client.query('delete from brand_ad_accounts where brand_id = $1', [brandId])
    await link('1', other.brandId)
    await link('act_1')
    await expectDead(await failedSync(), 'Another brand has the ad account act_1 too')
    await client.query('delete from brands where id = $1', [other.brandId])
  })

  test('bad input: what is no account', async () => {
    await client.query('update brand_ad_accounts set meta_ad_account_id = $2 where brand_id = $1', [brandId, '1/../me'])
    await expectDead(await failedSync(), '"1/../me" is no Meta ad account')
  })

  test('bad input: HTML instead of JSON, always: failed, and tried again later', async () => {
    simulated().simulation.faults.plan({ at: 'insights', fault: { kind: 'html' }, times: 9 })
    const { run, job } = await failedSync()
    expect(run).toMatchObject({ status: 'failed', problem: 'failed' })
    expect(run.error_message).toContain('a web page that is no JSON')
    expect(job.next_run_at).not.toBeNull()
    expect(await datasetRow(client, brandId, 'meta_ads_performance')).toMatchObject({ last_status: 'failed' })
  })

  test('bad input: a cursor that loops', async () => {
    await simulate([noonAccount({ ads: 600 })])
    simulated().simulation.faults.plan({ at: 'insights', fault: { kind: 'loop' }, after: 1, times: 9 })
    const { run } = await failedSync()
    expect(run.error_message).toContain('lead in a circle')
  })

  test('J4: throttled: snoozed for as long as Meta says, with the same attempt number', async () => {
    simulated().simulation.faults.plan({ at: 'insights', fault: { kind: 'throttled', code: 80_000, minutes: 7 } })
    const { run, job } = await failedSync()
    expect(run).toMatchObject({ status: 'cancelled', problem: 'snoozed', attempt_number: 1 })
    expect(job.next_attempt).toBe(askedFor)
    const ended = run.completed_at?.getTime() ?? 0
    expect(Math.round(((job.next_run_at?.getTime() ?? 0) - ended) / 60_000)).toBe(7)
    expect(await datasetRow(client, brandId, 'meta_ads_performance')).toMatchObject({ last_status: 'unknown' })
  })

  test('F8, bad input: an account that is empty: a success with zero records, marked suspicious', async () => {
    await simulate([noonAccount({ ads: 0 })])
    const { run } = await sync()
    expect(run.status).toBe('completed')
    expect(await datasetRow(client, brandId, 'meta_ads_performance')).toMatchObject({
      last_status: 'completed',
      records_affected: '0',
      metadata: expect.objectContaining({ suspicious: true }) as unknown,
    })
  })

  test('J9: previews that fail are a warning on their own dataset; the rows stay', async () => {
    simulated().simulation.faults.plan({ at: 'ads', fault: { kind: 'throttled', code: 80_004, minutes: 3 } })
    const { run } = await sync()
    expect(run).toMatchObject({ status: 'completed', problem: 'warnings' })
    expect(await rows()).toHaveLength(70)
    expect(await datasetRow(client, brandId, 'ad_thumbnails')).toMatchObject({ last_status: 'failed' })
    expect(await datasetRow(client, brandId, 'meta_ads_performance')).toMatchObject({ last_status: 'completed' })
  })

  test('classifying without anything that classifies is a warning that says what to configure', async () => {
    const { run } = await sync({ auto_classify: true })
    expect(run).toMatchObject({ status: 'completed', problem: 'warnings' })
    expect(run.error_message).toContain('Nothing says what step classify of ad_classification runs.')
    expect(await datasetRow(client, brandId, 'ad_classifications')).toMatchObject({ last_status: 'failed' })
  })
})

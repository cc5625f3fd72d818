import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addBrand, addJob, datasetRow, type RunRow, runOf } from '../../support/job-rows.ts'
import { startSimulator, type TestSimulator } from '../../support/meta.ts'
import { createMetaAgent } from '../../support/meta-agent.ts'
import { type TemporaryFolder, temporaryFolder } from '../../support/temporary-folder.ts'
import { command, errorOf } from '../cli/command-line.ts'
import { containing } from '../cli/matchers.ts'

let database: TestDatabase
let client: pg.Client
let folder: TemporaryFolder
let running: TestSimulator
let brandId: string
/** Of the simulator; the database has its own. */
let today: Date

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
  today = new Date()
  running = await startSimulator({ now: () => today })
  brandId = (await addBrand(client, 'Alder')).brandId
})
afterEach(async () => {
  await running.stop()
  await client.query('delete from organizations')
})

async function run(parameters: object = {}): Promise<RunRow> {
  await using agent = createMetaAgent({
    url: database.url,
    simulator: running.simulator,
    folder: folder.path,
    advertise: ['template_scrape'],
  })
  const jobId = await addJob(client, { brand_id: brandId, job_type: 'template_scrape', parameters, max_retries: 0 })
  await agent.scheduler.start()
  await agent.ended(1, 30_000)
  return await runOf(client, jobId)
}

const pm = (...args: string[]) => command(['brands', ...args, '--database-url', database.url])

interface Stored {
  readonly id: string
  readonly stopped: string | null
  readonly days: number
  readonly name: string
}

async function stored(): Promise<Stored[]> {
  const { rows } = await client.query<Stored>(
    `select library_ad_id as id, stopped_on::text as stopped, longevity_days as days, page_name as name
     from library_ads where brand_id = $1 order by 1`,
    [brandId],
  )
  return rows
}

test('what the searches of a brand find is kept, new and updated ads are counted, and how long each has run', async () => {
  expect(await pm('add-search', 'running shoes', '--brand', 'Alder', '--countries', 'DE,gb')).toMatchObject({
    code: 0,
    stdout: containing('Next: pm run template_scrape'),
  })
  const first = await run({ include_inactive: true, max_ads: 40 })
  expect(first).toMatchObject({ status: 'completed', problem: null, records_affected: '40' })
  expect(first.logs).toContain('40 ads found for "running shoes" in DE, GB.')
  const before = await stored()
  expect(before).toHaveLength(40)
  expect(before.every(({ days }) => days > 0)).toBe(true)
  expect(await datasetRow(client, brandId, 'templates_scraped')).toMatchObject({ last_status: 'completed' })

  today = new Date(today.getTime() + 40 * 86_400_000)
  const second = await run({ include_inactive: true, max_ads: 40 })
  const after = await stored()
  const updated = after.filter(({ id, stopped }) => stopped !== before.find((ad) => ad.id === id)?.stopped)
  expect(second.logs).toMatch(/ads seen: \d+ new, \d+ updated/)
  expect(after.length).toBeGreaterThanOrEqual(before.length)
  expect(updated.length).toBeGreaterThan(0)
})

test('the parameters of a run win over the searches of the brand; the address of a search will do', async () => {
  const url = 'https://www.facebook.com/ads/library/?active_status=all&country=DE&view_all_page_id=500123'
  const ended = await run({ search_url: url, max_ads: 5 })
  expect(ended.logs).toContain('5 ads found for pages 500123 in DE.')
  expect(new Set((await stored()).map(({ name }) => name))).toEqual(new Set(['Page 500123']))
})

test('bad input: another address, and a brand that searches for nothing, say what to do', async () => {
  const elsewhere = await run({ search_url: 'https://example.com/ads/library/?q=shoes' })
  expect(elsewhere).toMatchObject({ status: 'failed', problem: 'invalid_parameters' })
  const nothing = await run()
  expect(nothing).toMatchObject({ status: 'failed', problem: 'configuration' })
  expect(nothing.error_message).toContain('pm brands add-search')
  expect(await datasetRow(client, brandId, 'templates_scraped')).toMatchObject({ last_status: 'failed' })
})

test('bad input: a person who has not confirmed who they are is told to, and nothing is tried again', async () => {
  running.simulator.simulation.faults.plan({ at: 'library', fault: { kind: 'error', code: 10 } })
  const ended = await run({ search_terms: 'shoes', countries: 'DE' })
  expect(ended).toMatchObject({ status: 'failed', problem: 'configuration' })
  expect(ended.error_message).toContain('facebook.com/ID')
})

test('pm brands searches: one of each, recorded, and removed by a short id', async () => {
  await pm('add-search', 'tents', '--brand', 'Alder', '--countries', 'DE', '--pages', '1,2')
  expect((await pm('add-search', 'tents', '--brand', 'Alder', '--countries', 'DE', '--pages', '1,2')).stdout).toContain(
    'has this search already',
  )
  const listed = JSON.parse((await pm('searches', '--brand', 'Alder', '--json')).stdout) as {
    searches: { id: string }[]
  }
  expect(listed.searches).toMatchObject([{ terms: 'tents', pageIds: ['1', '2'], countries: ['DE'] }])
  expect(await pm('remove-search', listed.searches[0]?.id.slice(0, 8) ?? '', '--brand', 'Alder')).toMatchObject({
    code: 0,
  })
  const { rows } = await client.query(`select action from operator_actions where subject_id = $1 order by id`, [
    brandId,
  ])
  expect(rows).toEqual([{ action: 'brand.add_search' }, { action: 'brand.remove_search' }])
})

test.each([
  [['shoes', '--countries', 'Germany'], 'countries'],
  [['--countries', 'DE'], 'terms'],
  [['--countries', 'DE', '--pages', 'nike'], 'pageIds'],
])('bad input: pm brands add-search %s', async (args, field) => {
  const answer = await pm('add-search', ...args, '--brand', 'Alder', '--json')
  expect(errorOf(answer)).toMatchObject({ code: 'invalid_input', field })
})

/** A due time counts the same wherever freshness is told: board, drawer, readiness, alerts, metrics and the band. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Due, weekdays } from '../../../shared/due.ts'
import { dueWords, parseDue } from '../../../shared/due-words.ts'
import { addOpenBrand, createTestConsole, type TestConsole } from '../../support/console.ts'
import { addStatus, testCatalog } from '../../support/console-catalog.ts'
import type { Brand } from '../../support/job-rows.ts'
import { containing } from '../cli/matchers.ts'

const fix = { jobType: 'load', parameters: {} }
/** Once a week: three days from now, so that it is neither here nor just over. */
const weekday = (days: number) => weekdays[(new Date().getUTCDay() + 6 + days) % 7] ?? 'mon'
const inThreeDays: Due = { days: [weekday(3)], at: '12:00', zone: 'UTC' }
const catalog = testCatalog({
  datasets: {
    orders: { maxAgeHours: 12 },
    sales: { maxAgeHours: 12, due: inThreeDays },
    paged: { due: inThreeDays },
    free: {},
  },
  jobTypes: { load: { datasets: ['orders', 'sales', 'paged', 'free'] } },
  pages: {
    report: [
      { dataset: 'sales', maxAgeHours: 6, fix },
      { dataset: 'paged', maxAgeHours: 6, fix },
    ],
    plain: [{ dataset: 'orders', maxAgeHours: 6, fix }],
  },
})

let pm: TestConsole
let brand: Brand
beforeAll(async () => {
  pm = await createTestConsole({ catalog })
})
afterAll(() => pm.stop())

beforeEach(async () => {
  brand = await addOpenBrand(pm.sql)
  for (const dataset of ['orders', 'sales', 'paged']) {
    await addStatus(pm.sql, brand.brandId, dataset, { successAge: 20, records: 5 })
  }
})

const facts = async (dataset: string) => (await pm.client.freshness.dataset({ brandId: brand.brandId, dataset })).facts
const verdict = async (page: string) => (await pm.client.readiness.page({ brandId: brand.brandId, page })).verdict
const set = (dataset: string, policy: { maxAgeHours: number | null; due?: Due | null }) =>
  pm.client.freshness.setPolicy({ brandId: brand.brandId, dataset, ...policy })

describe('F5, F9: a due time', () => {
  test('of the dataset is what board, drawer, check and readiness go by, the pages’ own maximum, too', async () => {
    const { counts } = await pm.client.freshness.summary({ organizationId: brand.organizationId })
    expect(counts).toMatchObject({ stale: 1, fresh: 2 })
    const sales = await facts('sales')
    expect(sales).toMatchObject({ freshness: 'fresh', maxAgeHours: 12, maxAgeSource: 'dataset', due: inThreeDays })
    expect(sales.staleAt?.toISOString()).toMatch(/T12:00:00\.000Z$/)
    expect(await facts('paged')).toMatchObject({ freshness: 'fresh', maxAgeSource: 'page', due: inThreeDays })
    expect(await facts('orders')).toMatchObject({ freshness: 'stale', due: null })
    const check = (maxAgeHours?: number) =>
      pm.client.freshness.check({ brandId: brand.brandId, dataset: 'sales', maxAgeHours })
    expect([(await check()).fresh, (await check(12)).fresh]).toEqual([true, false])
    expect([await verdict('report'), await verdict('plain')]).toEqual(['ready', 'not_ready'])
    const { organizationId } = brand
    const { pages, brands } = await pm.client.readiness.list({ organizationId, brandId: brand.brandId })
    expect(brands[0]?.verdicts.map((word, place) => [pages[place]?.key, word])).toEqual([
      ['report', 'ready'],
      ['plain', 'not_ready'],
    ])
  })

  test('of the brand comes first, is told in words, and goes with the maximum', async () => {
    const due = parseDue('daily 00:00 UTC')
    expect(await set('sales', { maxAgeHours: 1, due })).toMatchObject({ maxAgeHours: 1, dueBefore: null })
    const {
      facts: stored,
      policy,
      chain,
    } = await pm.client.freshness.dataset({
      brandId: brand.brandId,
      dataset: 'sales',
    })
    expect(stored).toMatchObject({ maxAgeHours: 1, maxAgeSource: 'brand', due })
    expect(policy).toMatchObject({ maxAgeHours: 1, warnAgeHours: null, due })
    expect(chain[0]?.text).toBe(`It may be at most 1 h old ${dueWords(due)} (set for this brand).`)
    await set('sales', { maxAgeHours: 2 })
    expect(await facts('sales')).toMatchObject({ maxAgeHours: 2, due })
    await set('sales', { maxAgeHours: null })
    expect(await facts('sales')).toMatchObject({ maxAgeHours: 12, due: inThreeDays })
    const { rows } = await pm.sql.query<{ state_after: unknown }>(
      `select state_after from operator_actions where subject_id = $1 order by id`,
      [`${brand.brandId}/sales`],
    )
    expect(rows.map((row) => row.state_after)).toEqual([
      { maxAgeHours: 1, due: 'daily 00:00 UTC' },
      { maxAgeHours: 2, due: 'daily 00:00 UTC' },
      null,
    ])
  })

  test('may be a brand’s own for the maximum of the dataset, and makes what was stale fresh at once', async () => {
    expect(await facts('orders')).toMatchObject({ freshness: 'stale' })
    await set('orders', { maxAgeHours: null, due: inThreeDays })
    expect(await facts('orders')).toMatchObject({ freshness: 'fresh', maxAgeSource: 'dataset', due: inThreeDays })
    expect(await verdict('plain')).toBe('ready')
    const { counts } = await pm.client.freshness.summary({ organizationId: brand.organizationId })
    expect(counts).toMatchObject({ stale: 0, fresh: 3 })
    const band = await pm.client.freshness.dataset({ brandId: brand.brandId, dataset: 'orders' })
    expect([band.uptime, band.band.hours.slice(-15)]).toEqual([1, 'f'.repeat(15)])
  })

  test('is refused where nothing says how old the data may be, and in an unknown zone', async () => {
    await addStatus(pm.sql, brand.brandId, 'free', { successAge: 1, records: 5 })
    await expect(set('free', { maxAgeHours: null, due: inThreeDays })).rejects.toMatchObject({
      message: containing('Nothing says how old "free" may be'),
    })
    await set('free', { maxAgeHours: 5, due: inThreeDays })
    await expect(set('orders', { maxAgeHours: 5, due: { ...inThreeDays, zone: 'Mars/Olympus' } })).rejects.toThrow(
      'There is no time zone "Mars/Olympus".',
    )
  })
})

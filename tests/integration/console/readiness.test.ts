import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { addOpenBrand, createTestConsole, type TestConsole } from '../../support/console.ts'
import { addStatus, testCatalog } from '../../support/console-catalog.ts'
import type { Brand } from '../../support/job-rows.ts'

const catalog = testCatalog({
  datasets: { orders: { maxAgeHours: 100, label: 'Orders' }, ads: {} },
  jobTypes: { load_orders: { datasets: ['orders'] } },
  pages: {
    report: [
      { dataset: 'orders', maxAgeHours: 12, fix: { jobType: 'load_orders', parameters: { days: 2 } } },
      { dataset: 'ads', maxAgeHours: 24, fix: { jobType: 'load_ads', parameters: {} } },
    ],
    loose: [{ dataset: 'orders', maxAgeHours: 48, fix: { jobType: 'load_orders', parameters: {} } }],
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
})
afterEach(async () => {
  if (pm.troubles.length > 0) throw new Error(pm.troubles.join('; '))
  await pm.sql.query('truncate organizations cascade')
})

const report = () => pm.client.readiness.page({ brandId: brand.brandId, page: 'report' })

describe('F9: readiness uses the requirement of the page itself', () => {
  test('not ready names what blocks it, worst first, and what to do', async () => {
    await addStatus(pm.sql, brand.brandId, 'orders', { successAge: 20 })
    const answer = await report()
    expect(answer).toMatchObject({ verdict: 'not_ready', brandName: 'Acme', page: 'report' })
    expect(answer.reasons).toEqual([
      'Orders: the last success was 20 h ago; the maximum is 12 h. Run load_orders days=2.',
      'ads: no run has succeeded yet. Run load_ads.',
    ])
    expect(answer.items.map(({ dataset, state }) => [dataset, state])).toEqual([
      ['orders', 'stale'],
      ['ads', 'never_synced'],
    ])
    const loose = await pm.client.readiness.page({ brandId: brand.brandId, page: 'loose' })
    expect(loose.verdict).toBe('ready')
  })

  test('degraded: fresh, but the last attempt failed or is suspicious; a running attempt is ready', async () => {
    await addStatus(pm.sql, brand.brandId, 'orders', {
      successAge: 1,
      attemptAge: 0.5,
      status: 'failed',
      error: 'HTTP 500',
    })
    await addStatus(pm.sql, brand.brandId, 'ads', { successAge: 1, attemptAge: 0, status: 'running' })
    expect(await report()).toMatchObject({ verdict: 'degraded' })
    await addStatus(pm.sql, brand.brandId, 'orders', { successAge: 1 })
    expect(await report()).toMatchObject({ verdict: 'ready', reasons: [] })
    await addStatus(pm.sql, brand.brandId, 'ads', { successAge: 1, records: 0, metadata: { suspicious: true } })
    expect(await report()).toMatchObject({ verdict: 'degraded' })
  })

  test('the list says of every brand and page what the page itself says', async () => {
    await addStatus(pm.sql, brand.brandId, 'orders', { successAge: 20 })
    await addStatus(pm.sql, brand.brandId, 'ads', {
      successAge: 1,
      attemptAge: 0.5,
      status: 'failed',
      error: 'HTTP 500',
    })
    await pm.sql.query(`insert into brands (organization_id, name) values ($1, 'Empty')`, [brand.organizationId])
    const list = await pm.client.readiness.list({ organizationId: brand.organizationId })
    expect(list.pages.map(({ key }) => key)).toEqual(['report', 'loose'])
    expect(list.brands.map(({ name, verdicts }) => [name, ...verdicts])).toEqual([
      ['Acme', 'not_ready', 'ready'],
      ['Empty', 'not_ready', 'not_ready'],
    ])
    const { report: reason, ...others } = list.brands[0]?.reasons ?? {}
    expect(reason).toContain('Orders: the last success was 20 h ago')
    expect(others).toEqual({})
    const { brands } = await pm.client.readiness.list({ organizationId: brand.organizationId, brandId: brand.brandId })
    expect(brands).toEqual([list.brands[0]])
  })

  test('a page that nobody knows is named, with the one that was meant', async () => {
    await expect(pm.client.readiness.page({ brandId: brand.brandId, page: 'reprot' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      data: { field: 'page', value: 'reprot', fix: 'Did you mean "report"?' },
    })
  })
})

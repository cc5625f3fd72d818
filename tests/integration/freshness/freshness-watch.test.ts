import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { FreshnessWatch } from '../../../agent/application/freshness-watch.ts'
import { systemClock } from '../../../shared/clock.ts'
import { addOpenBrand, createTestConsole, type TestConsole } from '../../support/console.ts'
import { addStatus, testCatalog } from '../../support/console-catalog.ts'
import type { Brand } from '../../support/job-rows.ts'
import { waitFor } from '../../support/wait.ts'

const catalog = testCatalog({ datasets: { orders: { maxAgeHours: 24 }, visits: { maxAgeHours: 2 } }, jobTypes: {} })

let pm: TestConsole
let brand: Brand
let watch: FreshnessWatch
let reads: number
let changes: string[]
let troubles: string[]
beforeAll(async () => {
  pm = await createTestConsole({ catalog })
})
afterAll(() => pm.stop())
beforeEach(async () => {
  brand = await addOpenBrand(pm.sql)
  reads = 0
  changes = []
  troubles = []
  watch = new FreshnessWatch({
    database: pm.services.database,
    clock: systemClock,
    catalog,
    aliveSeconds: 150,
    refreshMs: 3_600_000,
    onOverview: () => (reads += 1),
    onChange: ({ brand: { id }, dataset: { dataset, freshness }, before }) =>
      changes.push(`${id === brand.brandId} ${dataset} ${before} ${freshness}`),
    onTrouble: (message) => troubles.push(message),
  })
})
afterEach(async () => {
  await watch.stop()
  await pm.sql.query('truncate organizations cascade')
})

const begun = (): Promise<unknown> => waitFor(() => reads > 0, { describe: 'the first reading' })

describe('the log of data that goes stale', () => {
  test('what it finds at first is no change; after a run every change is told once', async () => {
    await addStatus(pm.sql, brand.brandId, 'orders', { successAge: 30 })
    await addStatus(pm.sql, brand.brandId, 'visits', { successAge: 1 })
    watch.start()
    await begun()
    expect(changes).toEqual([])
    await pm.sql.query(`update dataset_status set last_success_at = now() where dataset_key = 'orders'`)
    watch.touch()
    await waitFor(() => changes.length > 0, { describe: 'the change' })
    watch.touch()
    await waitFor(() => reads > 2, { describe: 'another reading' })
    expect(changes).toEqual(['true orders stale fresh'])
  })

  test('the clock alone makes it stale, without anything that happens', async () => {
    await addStatus(pm.sql, brand.brandId, 'visits', { successAge: 2 - 3 / 3_600 })
    watch.start()
    await begun()
    await waitFor(() => changes.length > 0, { describe: 'the passing of its maximum age' })
    expect(changes).toEqual(['true visits at_risk stale'])
  })

  test('a database that does not answer is said once, and what went on meanwhile is told afterwards', async () => {
    await addStatus(pm.sql, brand.brandId, 'orders', { successAge: 1 })
    watch.start()
    await begun()
    await pm.sql.query('alter table dataset_status rename to dataset_status_away')
    watch.touch()
    await waitFor(() => troubles.length > 0, { describe: 'the trouble' })
    await pm.sql.query('alter table dataset_status_away rename to dataset_status')
    await pm.sql.query(`update dataset_status set last_success_at = now() - interval '30 hours'`)
    watch.touch()
    await waitFor(() => changes.length > 0, { describe: 'the change' })
    expect(changes).toEqual(['true orders fresh stale'])
    expect(troubles).toEqual([expect.stringMatching(/^The state of the datasets cannot be read: /)])
  })
})

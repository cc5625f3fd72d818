import { afterAll, beforeAll, expect, test } from 'vitest'
import { addOpenBrand, createTestConsole, type TestConsole } from '../../support/console.ts'
import { addStatus, testCatalog } from '../../support/console-catalog.ts'
import type { Brand } from '../../support/job-rows.ts'

let pm: TestConsole
let brand: Brand
beforeAll(async () => {
  pm = await createTestConsole({ catalog: testCatalog({ datasets: { orders: { maxAgeHours: 48 } } }) })
  brand = await addOpenBrand(pm.sql)
  await addStatus(pm.sql, brand.brandId, 'orders', { successAge: 10, records: 5 })
})
afterAll(() => pm.stop())

const facts = () => pm.client.freshness.dataset({ brandId: brand.brandId, dataset: 'orders' })
const counts = async () => (await pm.client.freshness.summary({ organizationId: brand.organizationId })).counts
const set = (policy: { maxAgeHours: number | null; warnAgeHours?: number | null }) =>
  pm.client.freshness.setPolicy({ brandId: brand.brandId, dataset: 'orders', ...policy })

test('F7, F9: a warning age may be alone: the usual maximum still counts, and without one it is the only word', async () => {
  await set({ maxAgeHours: null, warnAgeHours: 6 })
  expect(await counts()).toMatchObject({ at_risk: 1, fresh: 0 })
  const warned = await facts()
  expect(warned.policy).toMatchObject({ maxAgeHours: null, warnAgeHours: 6, changedBy: 'tester' })
  expect(warned.facts).toMatchObject({ freshness: 'at_risk', maxAgeHours: 48, maxAgeSource: 'dataset' })
  expect(warned.chain[0]?.text).toBe('It may be at most 48 h old (set for the dataset), and is at risk from 6 h on.')
  await set({ maxAgeHours: null, warnAgeHours: null })
  await addStatus(pm.sql, brand.brandId, 'free', { successAge: 10, records: 5 })
  const free = { brandId: brand.brandId, dataset: 'free' }
  for (const [warnAgeHours, freshness] of [
    [6, 'at_risk'],
    [12, 'fresh'],
    [null, 'no_policy'],
  ] as const) {
    await pm.client.freshness.setPolicy({ ...free, maxAgeHours: null, warnAgeHours })
    const { facts: now } = await pm.client.freshness.dataset(free)
    expect([now.freshness, now.maxAgeHours, now.staleAt]).toEqual([freshness, null, null])
    expect(await counts()).toMatchObject({ [freshness]: freshness === 'fresh' ? 2 : 1 })
  }
  await pm.sql.query(`delete from dataset_status where dataset_key = 'free'`)
})

test('F7: a warning age is on the board, in the drawer and in the reasons; it stays with the next maximum, and goes when it is cleared', async () => {
  await set({ maxAgeHours: 24, warnAgeHours: 6 })
  expect(await counts()).toMatchObject({ at_risk: 1, fresh: 0 })
  const warned = await facts()
  expect(warned.policy).toMatchObject({ maxAgeHours: 24, warnAgeHours: 6 })
  expect(warned.facts).toMatchObject({ freshness: 'at_risk' })
  expect(warned.facts.reason).toContain('It is older than its warning age of 6 h')
  expect(warned.chain[0]?.text).toBe('It may be at most 24 h old (set for this brand), and is at risk from 6 h on.')
  await set({ maxAgeHours: 30 })
  expect((await facts()).policy).toMatchObject({ maxAgeHours: 30, warnAgeHours: 6 })
  await set({ maxAgeHours: 30, warnAgeHours: null })
  expect(await counts()).toMatchObject({ at_risk: 0, fresh: 1 })
  await set({ maxAgeHours: 24, warnAgeHours: 6 })
  await set({ maxAgeHours: null })
  expect((await facts()).policy).toBeNull()
  expect(await counts()).toMatchObject({ at_risk: 0, fresh: 1 })
})

test('who sets the ages on what somebody else has set meanwhile is told, and overwrites nothing; so is who takes back', async () => {
  const at = { brandId: brand.brandId, dataset: 'orders' }
  const call = pm.client.freshness.setPolicy
  await set({ maxAgeHours: null, warnAgeHours: null })
  const mine = await call({ ...at, maxAgeHours: 30, seenAt: null })
  expect(mine.changedAt).toEqual((await facts()).policy?.changedAt)
  const theirs = await call({ ...at, maxAgeHours: 20, seenAt: mine.changedAt?.toISOString() ?? null })
  for (const seenAt of [null, mine.changedAt?.toISOString() ?? null]) {
    await expect(call({ ...at, maxAgeHours: null, seenAt })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: 'What is set for "orders" was changed by tester meanwhile.',
    })
  }
  expect((await facts()).policy).toMatchObject({ maxAgeHours: 20, changedAt: theirs.changedAt })
  // What is like this already was not changed.
  const same = await call({ ...at, maxAgeHours: 20, seenAt: theirs.changedAt?.toISOString() ?? null })
  expect(same.changedAt).toEqual(theirs.changedAt)
  const gone = await call({ ...at, maxAgeHours: null, seenAt: theirs.changedAt?.toISOString() ?? null })
  expect(gone).toMatchObject({ changedAt: null, before: 20 })
})

/** Checks as people keep them: what is written, whose maximum age counts, what can be taken back, and what is never shown. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { addOpenBrand, createTestConsole, type TestConsole } from '../../support/console.ts'
import { type Brand, only } from '../../support/job-rows.ts'
import { errorOf } from './error-of.ts'

let console: TestConsole
let acme: Brand
beforeAll(async () => {
  console = await createTestConsole()
})
afterAll(() => console.stop())
beforeEach(async () => {
  acme = await addOpenBrand(console.sql)
})

const hourly = {
  schedule: { kind: 'period' as const, periodSeconds: 3_600 },
  graceSeconds: 1_800,
  resumesByHand: false,
}
const backup = { name: 'Backup', slug: 'backup', dataset: 'backup', ...hourly }

const save = (changes: object = {}) => console.client.pings.save({ ...acme, ...backup, ...changes })
const act = (checkId: string, action: 'pause' | 'resume' | 'remove' | 'restore') =>
  console.client.pings.act({ checkId, action })
const setPolicy = (maxAgeHours: number | null, dataset = 'backup') =>
  console.client.freshness.setPolicy({ brandId: acme.brandId, dataset, maxAgeHours })

async function checkNow() {
  const { checks } = await console.client.pings.list({ organizationId: acme.organizationId })
  return only(checks)
}

/** By dataset, hours. */
async function policies(): Promise<Record<string, number | null>> {
  const { rows } = await console.sql.query<{ key: string; hours: number | null }>(
    `select dataset_key as key, max_age_hours::float8 as hours from dataset_policies where brand_id = $1`,
    [acme.brandId],
  )
  return Object.fromEntries(rows.map(({ key, hours }) => [key, hours]))
}

describe('F9: the plan of a check is the maximum age of its dataset', () => {
  test('period and grace, from the start; the dataset is there before the first ping', async () => {
    await save()
    expect(await policies()).toEqual({ backup: 1.5 })
    expect(await checkNow()).toMatchObject({ state: 'new', maxAge: { hours: 1.5, isOwn: true }, pings: 0 })
    const { datasets } = await console.client.freshness.brand({ brandId: acme.brandId })
    expect(datasets).toMatchObject([{ dataset: 'backup', freshness: 'never_synced', maxAgeHours: 1.5 }])
  })

  test('by cron it is the longest gap of the year, and the grace', async () => {
    const { id } = await save()
    const schedule = { kind: 'cron', cron: '0 6 * * 1-5', timeZone: 'UTC' }
    await save({ checkId: id, schedule })
    expect(await policies()).toEqual({ backup: 72.5 })
  })

  test('a person’s own counts, before and after, and stays when the check goes', async () => {
    const { id } = await save()
    await setPolicy(10)
    await save({ checkId: id, graceSeconds: 3_600 })
    expect(await policies()).toEqual({ backup: 10 })
    expect(await checkNow()).toMatchObject({ maxAge: { hours: 10, isOwn: false } })
    await act(id, 'pause')
    await act(id, 'remove')
    expect(await policies()).toEqual({ backup: 10 })
  })

  test('a person’s own that was there first is left alone', async () => {
    await save({ dataset: 'orders' })
    await setPolicy(5, 'orders')
    const { id } = await save({ name: 'Other', slug: 'other', dataset: 'backup' })
    await setPolicy(7)
    await save({ checkId: id, name: 'Other', slug: 'other', dataset: 'backup', graceSeconds: 60 })
    expect(await policies()).toEqual({ orders: 5, backup: 7 })
  })

  test('a person’s warning age stays when the maximum of the check is taken back, and when it moves on', async () => {
    const warned = { brandId: acme.brandId, dataset: 'backup', warnAgeHours: 0.5 }
    const policyNow = async () => (await console.client.freshness.dataset(warned)).policy
    const { id } = await save()
    await console.client.freshness.setPolicy({ ...warned, maxAgeHours: 1.5 })
    for (const [action, maxAgeHours] of [
      ['pause', null],
      ['resume', null],
      ['remove', null],
      ['restore', 1.5],
    ] as const) {
      await act(id, action)
      expect([action, await policyNow()]).toMatchObject([action, { maxAgeHours, warnAgeHours: 0.5 }])
    }
    await save({ checkId: id, dataset: 'orders' })
    expect(await policies()).toEqual({ backup: null, orders: 1.5 })
    await console.client.freshness.setPolicy({ ...warned, maxAgeHours: null, warnAgeHours: null })
    expect(await policies()).toEqual({ orders: 1.5 })
  })

  test('it moves with the check to another dataset', async () => {
    const { id } = await save()
    await save({ checkId: id, dataset: 'orders' })
    expect(await policies()).toEqual({ orders: 1.5 })
  })

  test('paused or removed nothing is expected; restored it is again, resumed from its first ping on', async () => {
    const { id } = await save()
    for (const [action, hours] of [
      ['pause', {}],
      ['resume', {}],
      ['remove', {}],
      ['restore', { backup: 1.5 }],
    ] as const) {
      expect(await act(id, action)).toEqual({ changed: true })
      expect([action, await policies()]).toEqual([action, hours])
      expect(await act(id, action)).toEqual({ changed: false })
    }
  })
})

describe('what is refused', () => {
  test('a second check of one dataset, also by restoring', async () => {
    const { id } = await save()
    const second = await errorOf(save({ name: 'Second', slug: 'second' }))
    expect(second).toMatchObject({ code: 'CONFLICT', data: { field: 'dataset' } })
    await act(id, 'remove')
    await save({ name: 'Second', slug: 'second' })
    expect(await errorOf(act(id, 'restore'))).toMatchObject({ code: 'CONFLICT' })
  })

  test.each([
    ['name', { name: '  ' }],
    ['name', { name: 'a\u202eb' }],
    ['slug', { slug: 'Upper' }],
    ['slug', { slug: '../up' }],
    ['graceSeconds', { graceSeconds: 5 }],
    ['periodSeconds', { schedule: { kind: 'period', periodSeconds: 1e9 } }],
    ['cron', { schedule: { kind: 'cron', cron: 'whenever', timeZone: 'UTC' } }],
    ['timeZone', { schedule: { kind: 'cron', cron: '0 6 * * *', timeZone: 'Nowhere' } }],
  ])('a bad %s: %j', async (field, change) => {
    expect(await errorOf(save(change))).toMatchObject({ code: 'INVALID_INPUT', data: { field } })
    expect(await policies()).toEqual({})
  })

  test('what somebody else changed meanwhile is not overwritten', async () => {
    const { id } = await save()
    const { changedAt } = await checkNow()
    await save({ checkId: id, graceSeconds: 60 })
    const late = await errorOf(save({ checkId: id, name: 'Mine', seenAt: changedAt.toISOString() }))
    expect(late).toMatchObject({ code: 'CONFLICT', data: { field: 'seenAt' } })
  })

  test('a check that is removed can be restored, and nothing else', async () => {
    const { id } = await save()
    await act(id, 'remove')
    expect(await errorOf(act(id, 'pause'))).toMatchObject({ code: 'NOT_FOUND' })
    expect(await errorOf(save({ checkId: id }))).toMatchObject({ code: 'NOT_FOUND' })
  })
})

describe('the address', () => {
  test('is shown to who may operate, and stands in no list and no record', async () => {
    const { id } = await save()
    await console.client.pings.renewKey({ brandId: acme.brandId })
    const { path, slugPath } = await console.client.pings.address({ checkId: id })
    expect(path).toMatch(/^\/ping\/[0-9a-f-]{36}$/)
    expect(slugPath).toMatch(/^\/ping\/[\w-]{22}\/backup$/)
    const reader = console.as({ scope: 'read' })
    expect(await errorOf(reader.pings.address({ checkId: id }))).toMatchObject({ code: 'NOT_ALLOWED' })
    const { rows } = await console.sql.query('select * from operator_actions where organization_id = $1', [
      acme.organizationId,
    ])
    const shown = JSON.stringify([await checkNow(), await reader.pings.runs({ checkId: id }), rows])
    expect(rows).toHaveLength(2)
    for (const secret of [path.slice(6), slugPath?.split('/')[2] ?? '']) expect(shown).not.toContain(secret)
  })

  test('is another one when it is replaced; so is the key', async () => {
    const { id } = await save()
    await console.client.pings.renewKey({ brandId: acme.brandId })
    const before = await console.client.pings.address({ checkId: id })
    await console.client.pings.renewAddress({ checkId: id })
    await console.client.pings.renewKey({ brandId: acme.brandId })
    const after = await console.client.pings.address({ checkId: id })
    expect(after.path).not.toBe(before.path)
    expect(after.slugPath).not.toBe(before.slugPath)
  })
})

test('what people do is recorded, with what was before and after', async () => {
  const { id } = await save()
  await save({ checkId: id, graceSeconds: 60 })
  expect(await save({ checkId: id, graceSeconds: 60 })).toEqual({ id, changed: false })
  for (const action of ['pause', 'resume', 'remove', 'restore'] as const) await act(id, action)
  const { rows } = await console.sql.query<{ action: string; subject_id: string }>(
    'select * from operator_actions where organization_id = $1 order by id',
    [acme.organizationId],
  )
  expect(rows.map(({ action, subject_id }) => [action, subject_id === id])).toEqual(
    ['create', 'change', 'pause', 'resume', 'remove', 'restore'].map((verb) => [`ping.${verb}`, true]),
  )
  expect(rows[1]).toMatchObject({ state_before: { graceSeconds: 1_800 }, state_after: { graceSeconds: 60 } })
})

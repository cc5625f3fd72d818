import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { addOpenBrand, createTestConsole, type TestConsole } from '../../support/console.ts'
import { addAgent, addStatus, testCatalog } from '../../support/console-catalog.ts'
import { addBrand, addJob, type Brand, datasetRow } from '../../support/job-rows.ts'

const catalog = testCatalog({
  datasets: { orders: { maxAgeHours: 24, neverZero: true }, ads: { maxAgeHours: 24 } },
  jobTypes: { load_orders: { datasets: ['orders'] } },
  pages: { report: [{ dataset: 'orders', maxAgeHours: 12, fix: { jobType: 'load_orders', parameters: {} } }] },
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
  await pm.sql.query('truncate organizations, scheduled_jobs, dataset_status_history, agents, operator_actions cascade')
})

const hoursAgo = (hours: number): string => new Date(Date.now() - hours * 3_600_000).toISOString()
const orders = () => ({ brandId: brand.brandId, dataset: 'orders' })
const row = (dataset = 'orders') => datasetRow(pm.sql, brand.brandId, dataset)
const actions = async (): Promise<string[]> => {
  const { rows } = await pm.sql.query<{ action: string }>('select action from operator_actions order by id')
  return rows.map(({ action }) => action)
}

describe('F1-F4 from outside', () => {
  test('F1: a start sets running and clears the error; it never touches the last success', async () => {
    await addStatus(pm.sql, brand.brandId, 'orders', {
      successAge: 5,
      attemptAge: 1,
      status: 'failed',
      error: 'HTTP 500',
      records: 4,
    })
    const before = await row()
    await pm.client.freshness.recordStart(orders())
    const after = await row()
    expect(after).toMatchObject({ last_status: 'running', error_message: null, records_affected: '4' })
    expect(after?.last_success_at).toEqual(before?.last_success_at)
    expect(after?.last_attempt_at?.getTime()).toBeGreaterThan(before?.last_attempt_at?.getTime() ?? 0)
  })

  test('F2: a success counts from when it happened; repeated it changes nothing, and it is recorded once', async () => {
    const happenedAt = hoursAgo(2)
    const success = { ...orders(), records: 12, happenedAt, metadata: { pages: 3 } }
    await pm.client.freshness.recordSuccess(success)
    await pm.client.freshness.recordSuccess(success)
    expect(await row()).toMatchObject({
      last_status: 'completed',
      last_success_at: new Date(happenedAt),
      last_attempt_at: new Date(happenedAt),
      records_affected: '12',
      metadata: { pages: 3, suspicious: false },
    })
    const { rows } = await pm.sql.query('select from dataset_status_history')
    expect(rows).toHaveLength(1)
    expect(await actions()).toEqual(['dataset.success'])
  })

  test('F2: an older success than the one on record does not move it back, but is in the history', async () => {
    await pm.client.freshness.recordSuccess({ ...orders(), records: 5, happenedAt: hoursAgo(1) })
    const before = await row()
    await pm.client.freshness.recordSuccess({ ...orders(), records: 9, happenedAt: hoursAgo(3) })
    expect(await row()).toMatchObject({ last_success_at: before?.last_success_at, records_affected: '5' })
    const { rows } = await pm.sql.query('select from dataset_status_history')
    expect(rows).toHaveLength(2)
  })

  test('F3: a failure keeps the last success; an older one than the last attempt changes neither half', async () => {
    await pm.client.freshness.recordSuccess({ ...orders(), records: 5, happenedAt: hoursAgo(2) })
    await pm.client.freshness.recordFailure({ ...orders(), error: 'late', happenedAt: hoursAgo(4) })
    expect(await row()).toMatchObject({ last_status: 'completed', error_message: null })
    await pm.client.freshness.recordFailure({ ...orders(), error: 'HTTP 500' })
    const failed = await row()
    expect(failed).toMatchObject({
      last_status: 'failed',
      error_message: 'HTTP 500',
      last_run_id: null,
      records_affected: '5',
    })
    expect(await actions()).toEqual(['dataset.success', 'dataset.failure', 'dataset.failure'])
  })

  test('F8: zero records where the dataset never has zero are suspicious', async () => {
    await pm.client.freshness.recordSuccess({ ...orders(), records: 0 })
    await pm.client.freshness.recordSuccess({ brandId: brand.brandId, dataset: 'ads', records: 0 })
    const { datasets } = await pm.client.freshness.brand({ brandId: brand.brandId })
    expect(datasets.map(({ dataset, suspicious }) => [dataset, suspicious])).toEqual([
      ['orders', true],
      ['ads', false],
    ])
  })

  test('an infinite time of another program does not stand in the way of a real one', async () => {
    await addStatus(pm.sql, brand.brandId, 'orders')
    await pm.sql.query(`update dataset_status set last_success_at = 'infinity', last_attempt_at = 'infinity'`)
    await pm.client.freshness.recordSuccess({ ...orders(), records: 1 })
    expect((await pm.client.freshness.check(orders())).freshness).toBe('fresh')
  })

  test('the database agrees with what the drawer shows of an attempt without a run', async () => {
    await pm.client.freshness.recordFailure({ ...orders(), error: 'a\u0000b' })
    const { attempts } = await pm.client.freshness.dataset(orders())
    expect(attempts).toMatchObject([{ runId: null, status: 'failed', error: 'a\uFFFDb' }])
  })
})

describe('bad input is refused by name, and writes nothing', () => {
  const future = new Date(Date.now() + 3_600_000).toISOString()
  test.each([
    ['a time in the future', { happenedAt: future }, 'happenedAt'],
    ['a time without a zone (27)', { happenedAt: '2026-01-01T10:00:00' }, 'happenedAt'],
    ['the 30th of February (27)', { happenedAt: '2026-02-30T10:00:00Z' }, 'happenedAt'],
    ['another order of day and month (27)', { happenedAt: '10/11/2026' }, 'happenedAt'],
    ['infinity (26)', { happenedAt: 'infinity' }, 'happenedAt'],
    ['the year 290000 (26)', { happenedAt: '290000-01-01T00:00:00Z' }, 'happenedAt'],
    ['the year 0', { happenedAt: '0000-01-01T00:00:00Z' }, 'happenedAt'],
    ['minus one record', { records: -1 }, 'records'],
    ['half a record', { records: 0.5 }, 'records'],
    ['more records than can be counted', { records: 2 ** 60 }, 'records'],
    ['a direction mark in the key (37)', { dataset: 'orders\u202E' }, 'dataset'],
    ['a zero-width blank in the key (37)', { dataset: 'ord\u200Bers' }, 'dataset'],
    ['NUL in the key (13)', { dataset: 'a\u0000b' }, 'dataset'],
    ['a decomposed letter in the key (37)', { dataset: 'cafe\u0301' }, 'dataset'],
    ['blanks around the key', { dataset: ' orders' }, 'dataset'],
    ['an empty key', { dataset: '' }, 'dataset'],
    ['a key of 10 kB (37)', { dataset: 'x'.repeat(10_000) }, 'dataset'],
    ['a brand that is no id', { brandId: '1; drop table brands' }, 'brandId'],
    ['something nobody asked for', { hours: 3 }, null],
  ])('%s', async (_what, input, field) => {
    const refused = pm.client.freshness.recordSuccess({ ...orders(), ...input })
    await expect(refused).rejects.toMatchObject({ code: 'INVALID_INPUT', data: { field } })
    const { rows } = await pm.sql.query('select from dataset_status')
    expect(rows).toHaveLength(0)
    expect(await actions()).toEqual([])
  })

  test.each([
    ['minus one hour (24)', -1],
    ['zero', 0],
    ['less than is kept', 0.001],
    ['NaN (25)', Number.NaN],
    ['1e18 hours (25)', 1e18],
    ['for ever (26)', Number.POSITIVE_INFINITY],
  ])('a maximum age of %s', async (_what, maxAgeHours) => {
    const refused = pm.client.freshness.setPolicy({ ...orders(), maxAgeHours })
    await expect(refused).rejects.toMatchObject({ code: 'INVALID_INPUT', data: { field: 'maxAgeHours' } })
    expect((await pm.sql.query('select from dataset_policies')).rows).toHaveLength(0)
  })

  test('wildcards and quotes in a key mean themselves (28)', async () => {
    for (const dataset of ['100%', '_', '\\', "o'reilly", '<b>']) {
      await pm.client.freshness.recordSuccess({ brandId: brand.brandId, dataset })
      expect((await pm.client.freshness.check({ brandId: brand.brandId, dataset })).dataset).toBe(dataset)
    }
    await expect(pm.client.freshness.dataset({ brandId: brand.brandId, dataset: 'a\u0000' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
  })
})

test('awkward rows of other programs stay usable: HTML, 10 kB names, 20 MB errors, infinity, unknown words (26, 36, 37)', async () => {
  await addAgent(pm.sql, catalog, ['load_orders'])
  await pm.sql.query('update brands set name = $1', [`<img src=x onerror=alert(1)>\u202E${'x'.repeat(10_000)}`])
  await pm.sql.query('alter table dataset_status drop constraint dataset_status_last_status_check')
  await addStatus(pm.sql, brand.brandId, 'orders', {
    attemptAge: 1,
    status: 'failed',
    error: `<script>\n${'y'.repeat(20_000_000)}`,
  })
  await addStatus(pm.sql, brand.brandId, 'k'.repeat(2_000), { successAge: 1, status: 'exploded' })
  await addStatus(pm.sql, brand.brandId, 'far')
  await pm.sql.query(
    `update dataset_status set last_success_at = '290000-01-01', last_attempt_at = '-infinity' where dataset_key = 'far'`,
  )
  const parameters = 'null'
  await addJob(pm.sql, {
    brand_id: brand.brandId,
    job_type: 'load_orders',
    name: ' ',
    next_run_at: 'infinity',
    parameters,
  })
  const { organizationId, brandId } = brand
  const facts = (await pm.client.freshness.cells({ organizationId, brandIds: [brandId] })).brands[0]?.datasets ?? []
  const of = (key: string) => facts.find(({ dataset }) => dataset.startsWith(key))
  expect(of('orders')).toMatchObject({ error: '<script>', nextRunAt: null })
  expect(of('kkk')).toMatchObject({ lastAttempt: 'unknown', freshness: 'no_policy' })
  expect(of('far')).toMatchObject({ freshness: 'never_synced', lastAttemptAt: null })
  for (const fact of facts) expect((fact.reason ?? '').length).toBeLessThan(1_000)
  const { causes } = await pm.client.freshness.summary({ organizationId })
  for (const { text } of causes) expect(text.length).toBeLessThan(1_000)
  const { chain } = await pm.client.freshness.dataset(orders())
  expect(chain.find(({ kind }) => kind === 'error')?.text).toBe('<script>')
  expect((await pm.client.freshness.board({ organizationId })).datasets).toHaveLength(3)
  expect((await pm.client.freshness.brand({ brandId })).datasets).toHaveLength(3)
})

describe('organizations are separated, gated and scoped', () => {
  /** Every call that names the brand or the organization. */
  const calls = (client: TestConsole['client'], { organizationId, brandId }: Brand): [string, Promise<unknown>][] => [
    ['board', client.freshness.board({ organizationId })],
    ['summary', client.freshness.summary({ organizationId })],
    ['summary of a brand', client.freshness.summary({ organizationId, brandId })],
    ['cells', client.freshness.cells({ organizationId, brandIds: [brandId] })],
    ['brand', client.freshness.brand({ brandId })],
    ['dataset', client.freshness.dataset({ brandId, dataset: 'orders' })],
    ['check', client.freshness.check({ brandId, dataset: 'orders' })],
    ['setPolicy', client.freshness.setPolicy({ brandId, dataset: 'orders', maxAgeHours: 3 })],
    ['previewFixes', client.freshness.previewFixes({ organizationId, cells: [{ brandId, dataset: 'orders' }] })],
    [
      'runFixes',
      client.freshness.runFixes({ organizationId, requestId: brandId, cells: [{ brandId, dataset: 'orders' }] }),
    ],
    ['recordStart', client.freshness.recordStart({ brandId, dataset: 'orders' })],
    ['recordSuccess', client.freshness.recordSuccess({ brandId, dataset: 'orders' })],
    ['recordFailure', client.freshness.recordFailure({ brandId, dataset: 'orders', error: 'x' })],
    ['page', client.readiness.page({ brandId, page: 'report' })],
    ['list', client.readiness.list({ organizationId })],
    ['list of a brand', client.readiness.list({ organizationId, brandId })],
  ]
  const codesOf = async (all: [string, Promise<unknown>][]): Promise<Record<string, string>> => {
    const ended = await Promise.allSettled(all.map(([, answer]) => answer))
    const code = (end: PromiseSettledResult<unknown>): string =>
      end.status === 'fulfilled' ? 'ok' : String((end.reason as { code?: unknown }).code)
    return Object.fromEntries(
      all.map(([name], index) => [name, code(ended[index] ?? { status: 'fulfilled', value: null })]),
    )
  }
  const unchanged = async (): Promise<void> => {
    expect((await pm.sql.query('select from dataset_status')).rows).toHaveLength(0)
    expect((await pm.sql.query('select from dataset_policies')).rows).toHaveLength(0)
    expect((await pm.sql.query('select from scheduled_jobs')).rows).toHaveLength(0)
    expect(await actions()).toEqual([])
  }

  test('what belongs to another organization does not exist', async () => {
    const other = await addOpenBrand(pm.sql, 'Other')
    const codes = await codesOf(calls(pm.as({ organizationId: brand.organizationId }), other))
    expect(new Set(Object.values(codes))).toEqual(new Set(['NOT_FOUND']))
    const { organizationId } = brand
    const mixed = await codesOf([
      ['cells', pm.client.freshness.cells({ organizationId, brandIds: [brand.brandId, other.brandId] })],
      ['summary', pm.client.freshness.summary({ organizationId, brandId: other.brandId })],
      [
        'fixes',
        pm.client.freshness.previewFixes({ organizationId, cells: [{ brandId: other.brandId, dataset: 'orders' }] }),
      ],
      ['readiness', pm.client.readiness.list({ organizationId, brandId: other.brandId })],
    ])
    expect(new Set(Object.values(mixed))).toEqual(new Set(['NOT_FOUND']))
    await unchanged()
    await addStatus(pm.sql, other.brandId, 'orders', { successAge: 1 })
    expect((await pm.client.freshness.board({ organizationId })).datasets).toEqual([])
  })

  test('an organization that has the section switched off gets no answer', async () => {
    const off = await addBrand(pm.sql, 'Off')
    const codes = await codesOf(calls(pm.client, off))
    expect(new Set(Object.values(codes))).toEqual(new Set(['NOT_ALLOWED']))
    await unchanged()
  })

  test('the scope read reads, and writes nothing', async () => {
    const codes = await codesOf(calls(pm.as({ scope: 'read' }), brand))
    const writing = ['setPolicy', 'runFixes', 'recordStart', 'recordSuccess', 'recordFailure']
    for (const [name, code] of Object.entries(codes))
      expect([name, code]).toEqual([name, writing.includes(name) ? 'NOT_ALLOWED' : 'ok'])
    await unchanged()
  })

  test('a brand that was deleted does not exist (39)', async () => {
    await pm.client.freshness.recordSuccess(orders())
    await pm.sql.query('delete from brands where id = $1', [brand.brandId])
    const { board, summary, list, ...rest } = await codesOf(calls(pm.client, brand))
    expect({ board, summary, list }).toEqual({ board: 'ok', summary: 'ok', list: 'ok' })
    expect(new Set(Object.values(rest))).toEqual(new Set(['NOT_FOUND']))
  })
})

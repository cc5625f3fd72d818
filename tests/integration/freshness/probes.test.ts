import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ProbeRounds } from '../../../agent/freshness/probe-rounds.ts'
import type { DatasetProbe } from '../../../agent/jobs/catalog/catalog.ts'
import { addOpenBrand, createTestConsole, type TestConsole } from '../../support/console.ts'
import { addStatus, testCatalog } from '../../support/console-catalog.ts'
import { openScene } from '../../support/incident-evaluation.ts'
import type { Brand } from '../../support/job-rows.ts'
import { waitFor } from '../../support/wait.ts'

const sql = 'select max(loaded_at) as latest, count(*) as rows from probed_orders where brand_id = {{ run.brand_id }}'
const agentId = '20000000-0000-4000-8000-0000000000aa'

const plain = testCatalog({
  datasets: { orders: { label: 'Orders' } },
  jobTypes: { load_orders: { datasets: ['orders'] } },
  pages: { report: [{ dataset: 'orders', maxAgeHours: 12, fix: { jobType: 'load_orders', parameters: {} } }] },
})

let pm: TestConsole
let brand: Brand
let client: pg.Client
beforeAll(async () => {
  pm = await createTestConsole({ catalog: plain })
  client = pm.sql
  await client.query('create table probed_orders (brand_id uuid, loaded_at timestamptz)')
})
afterAll(() => pm.stop())
beforeEach(async () => {
  brand = await addOpenBrand(client)
})
afterEach(async () => {
  await client.query('truncate organizations cascade')
  await client.query('truncate probed_orders')
})

let takesChanges = true
const troubles: string[] = []
function rounds(changes: Partial<DatasetProbe> = {}): ProbeRounds {
  const probe = { sql, connection: 'here', everyMinutes: 60, mayRestHours: 0, ...changes }
  const orders = plain.datasets.get('orders')
  if (orders === undefined) throw new Error('no dataset')
  return new ProbeRounds({
    database: pm.services.database,
    catalog: { ...plain, datasets: new Map([['orders', { ...orders, probe }]]) },
    connections: new Map([['here', { url: pm.database.url, readOnly: false, statementTimeoutSeconds: 30 }]]),
    agentId,
    mayWrite: () => takesChanges,
    everyMs: 3_600_000,
    onTrouble: (message) => troubles.push(message),
  })
}

async function row() {
  const { rows } = await client.query<{
    latest_at: Date | null
    row_count: string | null
    moved: boolean | null
    problem: string | null
    probed_at: Date
  }>('select * from dataset_probes where brand_id = $1', [brand.brandId])
  return rows[0]
}

/** Measures once and returns what is known then; whatever was measured before was long enough ago. */
async function measured(changes: Partial<DatasetProbe> = {}) {
  await client.query(`update dataset_probes set probed_at = probed_at - interval '1 minute'`)
  const before = (await row())?.probed_at.getTime() ?? 0
  const one = rounds(changes)
  one.start()
  await waitFor(async () => !one.isWorking && ((await row())?.probed_at.getTime() ?? 0) > before, {
    describe: 'a measurement',
  })
  await one.stop()
  return row()
}

/** As a job does: writes rows, then says that it succeeded. */
async function success(newRows: number): Promise<void> {
  for (let index = 0; index < newRows; index += 1) {
    await client.query('insert into probed_orders values ($1, now())', [brand.brandId])
  }
  await addStatus(client, brand.brandId, 'orders', { successAge: 0, records: 5 })
}

const report = () => pm.client.readiness.page({ brandId: brand.brandId, page: 'report' })

describe('a success with the data beside it', () => {
  test('that moved is as good as it says; that did not is suspicious everywhere; the next that moves is not', async () => {
    await success(2)
    expect(await measured()).toMatchObject({ row_count: '2', moved: null, problem: null })
    expect(await report()).toMatchObject({ verdict: 'ready' })

    await success(1)
    expect(await measured()).toMatchObject({ row_count: '3', moved: true })
    expect(await report()).toMatchObject({ verdict: 'ready' })

    await success(0)
    expect(await measured()).toMatchObject({ row_count: '3', moved: false })
    const doubtful = await report()
    expect(doubtful).toMatchObject({ verdict: 'degraded', items: [{ suspicious: true }] })
    expect(doubtful.reasons[0]).toContain('it says that it succeeded, but the data has not moved')
    const drawer = await pm.client.freshness.dataset({ brandId: brand.brandId, dataset: 'orders' })
    expect(drawer).toMatchObject({ probe: { rowCount: 3, moved: false, problem: null } })

    await success(1)
    expect(await measured()).toMatchObject({ row_count: '4', moved: true })
    expect(await report()).toMatchObject({ verdict: 'ready' })
  })

  test('rows that were seen before the success said so count as moved with it', async () => {
    await success(1)
    await measured()
    await client.query('insert into probed_orders values ($1, now())', [brand.brandId])
    await client.query(`update dataset_probes set probed_at = probed_at - interval '2 hours'`)
    expect(await measured()).toMatchObject({ row_count: '2' })
    await success(0)
    expect(await measured()).toMatchObject({ moved: true })
    expect(await report()).toMatchObject({ verdict: 'ready' })
  })

  test('data that may rest is shown as resting, and suspicious to nobody', async () => {
    await success(1)
    await measured({ mayRestHours: 24 })
    await success(1)
    await measured({ mayRestHours: 24 })
    await success(0)
    expect(await measured({ mayRestHours: 24 })).toMatchObject({ moved: false })
    expect(await report()).toMatchObject({ verdict: 'ready' })
  })
})

test('F8: the success that moved nothing is an incident, and its words say so', async () => {
  const scene = await openScene(pm, plain)
  brand = scene
  await success(1)
  await measured()
  await success(0)
  await measured()
  await scene.round()
  const [incident] = await scene.open()
  expect(incident).toMatchObject({ kind: 'suspicious', dataset_key: 'orders' })
  expect(incident?.summary).toContain('It says that it succeeded, but the data has not moved')
  await client.query('delete from agents')
})

test('a probe that fails says why and takes nothing away; it is tried again at its cadence, not before', async () => {
  await success(1)
  await measured()
  await success(1)
  const broken = await measured({ sql: 'select nonsense as rows' })
  expect(broken).toMatchObject({ row_count: '1', moved: null })
  expect(broken?.problem).toContain('column "nonsense" does not exist')
  expect(await report()).toMatchObject({ verdict: 'ready' })
  await client.query(`update dataset_probes set probed_at = probed_at - interval '2 hours'`)
  expect(await measured()).toMatchObject({ row_count: '2', moved: true, problem: null })
})

test('a probe reads only, whatever its connection may do', async () => {
  await success(1)
  const writing = await measured({
    sql: 'with gone as (delete from probed_orders returning 1) select count(*) as rows from gone',
  })
  expect(writing?.problem).toContain('read-only')
})

test('O2: while the database takes no changes, nothing is measured', async () => {
  await success(1)
  takesChanges = false
  const one = rounds()
  one.start()
  expect(one.isWorking).toBe(false)
  await one.stop()
  takesChanges = true
  expect(await row()).toBeUndefined()
})

test('two agents that know the same probe measure once', async () => {
  await success(1)
  const both = [rounds(), rounds()]
  for (const one of both) one.start()
  await waitFor(async () => (await row())?.row_count === '1', { describe: 'the measurement' })
  await Promise.all(both.map((one) => one.stop()))
  const { rows } = await client.query('select 1 from dataset_probes')
  expect([rows.length, troubles]).toEqual([1, []])
})

test('a brand that is archived is not measured any more', async () => {
  await success(1)
  await client.query('update brands set archived_at = now() where id = $1', [brand.brandId])
  const open = await addOpenBrand(client)
  await addStatus(client, open.brandId, 'orders', { successAge: 0, records: 5 })
  const one = rounds()
  one.start()
  const measuredBrands = async () =>
    (await client.query<{ brand_id: string }>('select brand_id from dataset_probes')).rows
  await waitFor(async () => !one.isWorking && (await measuredBrands()).length > 0, { describe: 'a measurement' })
  await one.stop()
  expect(await measuredBrands()).toEqual([{ brand_id: open.brandId }])
})

test('J11: stop cancels what is being measured, and nothing is left', async () => {
  await success(1)
  const one = rounds({ sql: 'select pg_sleep(600), 1 as rows' })
  one.start()
  await waitFor(
    async () =>
      (
        await client.query(
          `select 1 from pg_stat_activity where application_name = 'pipeline-manager probe' and state = 'active'`,
        )
      ).rowCount === 1,
    { describe: 'the probe to be asked' },
  )
  await one.stop()
  expect(await row()).toMatchObject({ row_count: null, problem: null })
})

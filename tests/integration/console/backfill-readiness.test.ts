/** Old days that are run again bring no new data: nothing that waits for that waits for them. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { dayText } from '../../../shared/backfills.ts'
import { createTestConsole, type TestConsole } from '../../support/console.ts'
import { testCatalog } from '../../support/console-catalog.ts'
import { openScene, type Scene } from '../../support/incident-evaluation.ts'
import { addRun } from '../../support/job-rows.ts'

const day = { type: 'string', format: 'date' }
const catalog = testCatalog({
  datasets: { orders: { maxAgeHours: 24 } },
  jobTypes: {
    load: {
      datasets: ['orders'],
      parameters: { type: 'object', properties: { day, shop: { type: 'string', default: 'all' } } },
      backfill: { from: 'day', to: null, mostDays: 1 },
    },
  },
  pages: { report: [{ dataset: 'orders', maxAgeHours: 24, fix: { jobType: 'load', parameters: {} } }] },
})

let pm: TestConsole
let scene: Scene
beforeAll(async () => {
  pm = await createTestConsole({ catalog })
})
afterAll(() => pm.stop())
beforeEach(async () => {
  scene = await openScene(pm, catalog)
})
afterEach(async () => {
  if (pm.troubles.length > 0) throw new Error(pm.troubles.join('; '))
  await pm.sql.query('truncate organizations, scheduled_jobs, agents, operator_actions, backfills cascade')
})

const place = () => ({ organizationId: scene.organizationId, brandId: scene.brandId })
const backfill = (first: string, last = first) =>
  pm.client.backfills.create({ ...place(), jobType: 'load', first, last })
const daysAgo = (days: number): string => dayText(Math.floor(Date.now() / 86_400_000) - days)
const cells = () => [{ brandId: scene.brandId, dataset: 'orders' }]

async function whatIsSaid() {
  const [item] = (await pm.client.readiness.page({ brandId: scene.brandId, page: 'report' })).items
  const { brands } = await pm.client.readiness.list({ organizationId: scene.organizationId })
  const { runs, skipped } = await pm.client.freshness.previewFixes({ ...place(), cells: cells() })
  return {
    page: { work: item?.work?.state ?? null, expectedAt: item?.expectedAt ?? null },
    list: { work: Object.values(brands[0]?.work ?? {}), readyIn: brands[0]?.readyInSeconds[0] ?? null },
    fixes: runs.map(({ parameters }) => parameters),
    skipped: skipped.map(({ reason }) => reason),
  }
}

const waitsForNothing = {
  page: { work: null, expectedAt: null },
  list: { work: [], readyIn: null },
  fixes: [{ shop: 'all' }],
  skipped: [],
}

test('a backfill of old days is not what readiness waits for, and Fix is free; so while a day of it runs, and when one has failed', async () => {
  await scene.succeed('orders', 30)
  await backfill('2026-01-01', '2026-01-03')
  expect(await whatIsSaid()).toEqual(waitsForNothing)
  const { rows } = await pm.sql.query<{ id: string }>('select id from scheduled_jobs order by next_run_at')
  const [first, second] = rows.map(({ id }) => id)
  const runId = await addRun(pm.sql, first ?? '', { brand_id: scene.brandId, started_at: new Date() })
  await pm.sql.query('update scheduled_jobs set current_run_id = $1, next_run_at = null where id = $2', [runId, first])
  await scene.end(second ?? '', { status: 'failed', problem: 'failed' }, { next_run_at: null })
  expect(await whatIsSaid()).toEqual(waitsForNothing)
  const { causes } = await pm.client.freshness.summary({ organizationId: scene.organizationId })
  expect(causes.map(({ text }) => text)).toEqual(['No job of Acme refreshes orders.'])
})

test('a backfill that reaches up to yesterday is waited for until its run for yesterday', async () => {
  await scene.succeed('orders', 30)
  await backfill(daysAgo(3), daysAgo(1))
  const { page, list, skipped } = await whatIsSaid()
  expect([page.work, list.work.length, skipped]).toEqual(['queued', 1, ['A run of load is queued already.']])
  await pm.sql.query(
    `update scheduled_jobs set status = 'archived', next_run_at = null where parameters ->> 'day' = $1`,
    [daysAgo(1)],
  )
  expect(await whatIsSaid()).toEqual(waitsForNothing)
})

test('a day that turns old while the copy of the board stands is left out by its count', async () => {
  await scene.succeed('orders', 30)
  await backfill(daysAgo(1))
  expect((await whatIsSaid()).list.work).toHaveLength(1)
  // As midnight does: the row of the job stays as it is.
  await pm.sql.query(`update backfills set parameters = '{"shop": "all", "day": "no days"}'`)
  expect((await whatIsSaid()).list.work).toEqual([])
})

test('F7: what goes stale is at risk, whatever old days are planned; an incident of it is no effect of a failed old day', async () => {
  await pm.sql.query(
    `insert into notification_settings (organization_id, kinds, changed_by) values ($1, '{"at_risk": true}', 'test')`,
    [scene.organizationId],
  )
  await scene.succeed('orders', 23)
  await backfill('2026-01-01')
  await scene.round()
  expect(await scene.open()).toMatchObject([{ kind: 'at_risk', dataset_key: 'orders' }])
})

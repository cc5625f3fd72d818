import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { addAgent, addStatus, testCatalog } from '../../support/console-catalog.ts'
import { addOpenBrand, createTestConsole, type TestConsole } from '../../support/console.ts'
import { roundsOf } from '../../support/incident-evaluation.ts'
import { eventRows, incidentRows } from '../../support/incident-rows.ts'
import { addJob, addRun, type Brand } from '../../support/job-rows.ts'

const catalog = testCatalog({
  datasets: { orders: { maxAgeHours: 24, label: 'Orders' }, visits: { maxAgeHours: 24 }, notes: {} },
  jobTypes: { load: { datasets: ['orders', 'visits', 'notes'] } },
})

let console: TestConsole
let brand: Brand
beforeAll(async () => {
  console = await createTestConsole({ catalog })
})
afterAll(async () => {
  await console.stop()
})
beforeEach(async () => {
  brand = await addOpenBrand(console.sql)
  await addAgent(console.sql, catalog, ['load'])
})
afterEach(() => console.sql.query('truncate organizations, scheduled_jobs, operator_actions, agents cascade'))

const rounds = () => roundsOf({ database: console.services.database, catalog })

test('N1: a dataset that is stale has an incident, and one that is not has none', async () => {
  await addStatus(console.sql, brand.brandId, 'orders', { successAge: 25 })
  await addStatus(console.sql, brand.brandId, 'visits', { successAge: 23 })
  await addStatus(console.sql, brand.brandId, 'notes', { successAge: 900 })
  const round = rounds()
  expect(await round.next()).toMatchObject({ hasChanged: true })
  const incidents = await incidentRows(console.sql)
  expect(incidents).toMatchObject([{ kind: 'dataset_stale', dataset_key: 'orders', cause_id: null }])
  console.sql
  expect(await round.next()).toMatchObject({ hasChanged: false })
  expect(await eventRows(console.sql)).toMatchObject([{ type: 'opened', told: true, dispatched_at: null }])
  await addStatus(console.sql, brand.brandId, 'orders', { successAge: 1 })
  await round.next()
  expect(await incidentRows(console.sql)).toMatchObject([{ resolution: 'It succeeded at' }])
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestConsole, type TestConsole } from '../../support/console.ts'
import { testCatalog } from '../../support/console-catalog.ts'
import { addExternalRun } from '../../support/external-rows.ts'
import { openScene, type Scene } from '../../support/incident-evaluation.ts'

const catalog = testCatalog({ datasets: { orders: { label: 'Orders', maxAgeHours: 24 }, backup: { maxAgeHours: 24 } } })

let console: TestConsole
let scene: Scene
beforeAll(async () => {
  console = await createTestConsole({ catalog })
  scene = await openScene(console, catalog)
})
afterAll(async () => {
  await console.stop()
})

/** The last attempt, as intakes leave it. */
async function attempt(dataset: string, status: string, columns: object = {}): Promise<void> {
  await scene.succeed(dataset, 2, { last_status: status, last_attempt_at: scene.hoursAgo(0), ...columns })
}

test('N2: a failure that another program tells of is an incident until the dataset succeeds', async () => {
  const runId = await addExternalRun(console.sql, scene, {
    source: 'ping',
    job_name: 'Nightly load',
    status: 'failed',
    brand_id: scene.brandId,
    dataset_key: 'orders',
  })
  await attempt('orders', 'failed', { error_message: 'exit status 3\nTraceback' })
  await scene.round()
  await scene.round()
  const [incident, ...others] = await scene.open()
  expect(others).toEqual([])
  expect(incident).toMatchObject({
    kind: 'external_failed',
    brand_id: scene.brandId,
    dataset_key: 'orders',
    summary: 'Nightly load of another program failed for Orders of Acme: exit status 3.',
    details: { externalRunId: runId },
  })
  expect(await scene.told()).toEqual(['opened external_failed'])
  // The next attempt decides once it has ended.
  await attempt('orders', 'running')
  await scene.round()
  expect(await scene.open()).toHaveLength(1)
  await attempt('orders', 'completed', { last_success_at: scene.hoursAgo(0), error_message: null })
  await scene.round()
  expect(await scene.open()).toEqual([])
  expect((await scene.incidents()).map(({ resolution }) => resolution)).toEqual([
    expect.stringMatching(/^It succeeded at /),
  ])
  expect(await scene.told()).toEqual(['opened external_failed', 'resolved external_failed'])
})

test('N2: stale data is an effect of the failure that was told', async () => {
  await addExternalRun(console.sql, scene, {
    run_key: 'run 2',
    job_name: 'Nightly backup',
    status: 'failed',
    brand_id: scene.brandId,
    dataset_key: 'backup',
  })
  await attempt('backup', 'failed', { last_success_at: scene.hoursAgo(30) })
  await scene.round()
  const open = await scene.open()
  const cause = open.find(({ kind }) => kind === 'external_failed')
  expect(open.find(({ kind }) => kind === 'dataset_stale')).toMatchObject({ cause_id: cause?.id })
  expect(cause?.summary).toBe('Nightly backup of another program failed for backup of Acme.')
})

test('a failure that no intake told of, and one of a run of ours, are none', async () => {
  await scene.succeed('orders', 1, { last_status: 'failed' })
  await scene.succeed('backup', 1, { last_status: 'failed', last_run_id: '20000000-0000-4000-8000-000000000009' })
  await console.sql.query(`delete from external_runs where dataset_key = 'orders'`)
  await scene.round()
  const open = (await scene.open()).map(({ kind }) => kind)
  expect(open).toEqual([])
})

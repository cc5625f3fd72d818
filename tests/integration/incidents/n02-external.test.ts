import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { LineageIntake } from '../../../agent/intake/lineage/lineage-intake.ts'
import { createTestConsole, type TestConsole } from '../../support/console.ts'
import { testCatalog } from '../../support/console-catalog.ts'
import { addExternalRun } from '../../support/external-rows.ts'
import { openScene, type Scene } from '../../support/incident-evaluation.ts'
import { insert } from '../../support/job-rows.ts'

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
  const named = { last_attempt_at: scene.hoursAgo(0), last_run_id: null, attempt_key: randomUUID() }
  await scene.succeed(dataset, 2, { last_status: status, ...named, ...columns })
}

/** A run that failed at the last attempt. */
const addCheck = (dataset: string): Promise<string> =>
  insert(console.sql, 'ping_checks', {
    organization_id: scene.organizationId,
    brand_id: scene.brandId,
    dataset_key: dataset,
    name: dataset,
    slug: dataset,
    period_seconds: 3_600,
    grace_seconds: 600,
    status: 'down',
    changed_by: 'test',
  })

async function addFailedRun(columns: object): Promise<string> {
  const at = scene.hoursAgo(0)
  const times = { first_event_at: at, last_event_at: at, started_at: at, completed_at: at }
  return addExternalRun(console.sql, scene, { ...times, status: 'failed', brand_id: scene.brandId, ...columns })
}

test('N2: a failure that another program tells of is an incident until the dataset succeeds', async () => {
  await addCheck('orders')
  const runId = await addFailedRun({ source: 'ping', job_name: 'Nightly load', dataset_key: 'orders' })
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

test('N2: a failure that was told before attempts had keys is still one after the upgrade', async () => {
  await addCheck('backup')
  const runId = await addFailedRun({ run_key: 'run 0', source: 'ping', job_name: 'Backup', dataset_key: 'backup' })
  await attempt('backup', 'failed')
  await scene.round()
  const open = await scene.open()
  expect(open).toMatchObject([{ kind: 'external_failed', dataset_key: 'backup' }])
  await console.sql.query('update dataset_status set attempt_key = null')
  await console.sql.query(await readFile('migrations/2026-11-27_09_attempt_keys_of_before.sql', 'utf8'))
  await scene.round()
  expect(await scene.open()).toEqual(open)
  await attempt('backup', 'completed', { last_success_at: scene.hoursAgo(0) })
  await console.sql.query('delete from external_runs where id = $1', [runId])
  await scene.round()
})

test('N2: stale data is an effect of the failure that was told', async () => {
  await addFailedRun({ run_key: 'run 2', job_name: 'Nightly backup', dataset_key: 'backup' })
  await attempt('backup', 'failed', { last_success_at: scene.hoursAgo(30) })
  await scene.round()
  const open = await scene.open()
  const cause = open.find(({ kind }) => kind === 'external_failed')
  expect(open.find(({ kind }) => kind === 'dataset_stale')).toMatchObject({ cause_id: cause?.id })
  expect(cause?.summary).toBe('Nightly backup of another program failed for backup of Acme.')
})

test('a failure that no intake told of, and one of a run of ours, are none', async () => {
  await attempt('orders', 'failed', { attempt_key: null })
  await attempt('backup', 'failed', { last_run_id: '20000000-0000-4000-8000-000000000009' })
  await scene.round()
  const open = (await scene.open()).map(({ kind }) => kind)
  expect(open).toEqual([])
})

test('N2: a run that fails for several datasets is an incident for each, until that one succeeds', async () => {
  const { organizationId, brandId } = scene
  for (const dataset of ['orders', 'backup']) {
    await insert(console.sql, 'lineage_mappings', {
      organization_id: organizationId,
      namespace: 'shop',
      name: dataset,
      brand_id: brandId,
      dataset_key: dataset,
      changed_by: 'test',
    })
  }
  const intake = new LineageIntake(console.services)
  const tell = (eventType: string, job: string, ...datasets: readonly string[]): Promise<void> =>
    intake.take(organizationId, {
      eventType,
      eventTime: new Date().toISOString(),
      producer: 'https://example.com/loader',
      run: { runId: job },
      job: { namespace: 'airflow', name: job },
      outputs: datasets.map((name) => ({ namespace: 'shop', name })),
    })
  const failed = async () =>
    (await scene.open()).flatMap(({ kind, dataset_key: dataset, summary }) =>
      kind === 'external_failed' ? [{ dataset, summary }] : [],
    )
  await tell('FAIL', 'load_shop', 'orders', 'backup')
  await scene.round()
  expect((await failed()).toSorted((a, b) => ((a.dataset ?? '') < (b.dataset ?? '') ? -1 : 1))).toMatchObject([
    { dataset: 'backup', summary: expect.stringMatching(/^load_shop of another program failed/) as unknown },
    { dataset: 'orders', summary: expect.stringMatching(/^load_shop of another program failed/) as unknown },
  ])
  await tell('COMPLETE', 'load_backup', 'backup')
  await scene.round()
  expect(await failed()).toMatchObject([{ dataset: 'orders' }])
  await tell('COMPLETE', 'load_orders', 'orders')
  await intake.stop()
  await scene.round()
  expect(await failed()).toEqual([])
})

test('a failure that a program recorded itself is not blamed on a run that failed long ago', async () => {
  const { brandId } = scene
  const long = scene.hoursAgo(2_000)
  await addFailedRun({
    run_key: 'run 3',
    source: 'ping',
    dataset_key: 'prices',
    first_event_at: long,
    last_event_at: long,
  })
  await addCheck('prices')
  await attempt('prices', 'failed', { last_attempt_at: long, last_success_at: null })
  await scene.round()
  expect(await scene.open()).toMatchObject([{ kind: 'external_failed', dataset_key: 'prices' }])
  await console.client.freshness.recordFailure({ brandId, dataset: 'prices', error: 'The disk is full.' })
  await scene.round()
  expect(await scene.open()).toEqual([])
})

test.each([
  ['paused', `update ping_checks set status = 'paused' where id = $1`],
  ['removed', `update ping_checks set removed_at = now() where id = $1`],
])('N2: the failure of a check that a person has %s is over', async (how, putAway) => {
  const checkId = await addCheck(how)
  await addFailedRun({ run_key: how, source: 'ping', dataset_key: how })
  await attempt(how, 'failed', { last_success_at: null })
  await scene.round()
  expect(await scene.open()).toMatchObject([{ kind: 'external_failed', dataset_key: how }])
  await console.sql.query(putAway, [checkId])
  await scene.round()
  await scene.round()
  const ofThis = (await scene.incidents()).filter(({ dataset_key: dataset }) => dataset === how)
  expect(ofThis).toMatchObject([
    { resolved_at: expect.any(Date) as unknown, resolution: 'The check that told of it is paused or removed.' },
  ])
})

test('N2: the failure of a dataset whose mapping a person has removed is over', async () => {
  const { organizationId, brandId } = scene
  const pattern = { namespace: 'put away', name: '*', brandId, dataset: 'stock' }
  const intake = new LineageIntake(console.services)
  const { id: mappingId } = await console.client.sources.setMapping({ organizationId, ...pattern })
  await intake.take(organizationId, {
    eventType: 'FAIL',
    eventTime: new Date().toISOString(),
    producer: 'https://example.com/loader',
    run: { runId: 'load_stock' },
    job: { namespace: 'airflow', name: 'load_stock' },
    outputs: [{ namespace: 'put away', name: 'stock' }],
  })
  await intake.stop()
  await scene.round()
  expect(await scene.open()).toMatchObject([{ kind: 'external_failed', dataset_key: 'stock' }])
  await console.client.sources.removeMapping({ organizationId, mappingId })
  await scene.round()
  expect(await scene.open()).toEqual([])
})

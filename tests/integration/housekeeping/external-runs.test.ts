import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DatabasePool } from '../../../agent/store/database.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addExternalRun } from '../../support/external-rows.ts'
import { addHook } from '../../support/hook-rows.ts'
import { addBrand, addJob, addRun, type Brand, insert } from '../../support/job-rows.ts'
import { daysAgo, hastyPace, housekeepingPool, usualKeep, walkAll } from '../../support/old-rows.ts'
import { addCheck } from '../../support/ping-rows.ts'

let database: TestDatabase
let client: pg.Client
let pool: DatabasePool
let acme: Brand
beforeAll(async () => {
  database = await createTestDatabase()
  client = await database.connect()
  pool = housekeepingPool(database.url)
  acme = await addBrand(client)
})
afterAll(async () => {
  await pool.stop()
  await database.drop()
})

test('retention: runs of other programs go as ours do, by when they were heard of; those still told of stay', async () => {
  const told = async (key: string, days: number, columns: object = {}) =>
    addExternalRun(client, acme, {
      run_key: key,
      received_at: daysAgo(days),
      last_event_at: daysAgo(days),
      ...columns,
    })
  await told('old', 91)
  await told('old and failed', 181, { status: 'failed' })
  await told('old and not told how it went', 181, { status: null })
  await told('young', 89)
  await told('failed', 170, { status: 'failed' })
  await told('goes on', 400, { status: 'running', last_event_at: daysAgo(1) })
  await told('of an old day', 1, { first_event_at: daysAgo(900), last_event_at: daysAgo(900) })
  const name = async (text: string, days: number) =>
    client.query(
      `insert into lineage_datasets (organization_id, namespace, name, producer, job_namespace, job_name, last_event_at)
       values ($1, 'n', $2, 'p', 'j', 'j', $3)`,
      [acme.organizationId, text, daysAgo(days)],
    )
  await name('old', 181)
  await name('young', 179)
  const removed = await walkAll(pool, { keep: usualKeep, pace: { ...hastyPace, limit: [2, 2], mostRows: 50 } })
  expect(removed).toEqual({ external_runs: 3, lineage_datasets: 1 })
  const { rows } = await client.query<{ run_key: string }>('select run_key from external_runs order by run_key')
  expect(rows.map((row) => row.run_key)).toEqual(['failed', 'goes on', 'of an old day', 'young'])
})

test('retention: deliveries to hooks outlive every job that came of one; removed checks cannot be restored for ever', async () => {
  const hookId = await addHook(client, acme.brandId)
  const days = [500, 401, 399, 1]
  for (const age of days) {
    const delivery = { hook_id: hookId, message_key: `k${age}`, message_id: `m${age}`, outcome: 'queued' }
    await insert(client, 'hook_deliveries', { ...delivery, received_at: daysAgo(age) })
  }
  for (const [slug, removedAt] of [
    ['long-gone', daysAgo(31)],
    ['gone', daysAgo(29)],
    ['there', null],
  ] as const) {
    await addCheck(client, acme, { slug, dataset_key: slug, removed_at: removedAt })
  }
  const removed = await walkAll(pool, { keep: usualKeep, pace: { ...hastyPace, limit: [1, 1], mostRows: 50 } })
  expect(removed).toEqual({ hook_deliveries: 2, ping_checks: 1 })
  const left = await client.query<{ key: string }>(
    `select message_key as key from hook_deliveries union all select slug from ping_checks order by key`,
  )
  expect(left.rows.map(({ key }) => key)).toEqual(['gone', 'k1', 'k399', 'there'])
})

test('F4: a start of another program that nothing followed for 72 hours is running no more', async () => {
  const started = async (key: string, hours: number, columns: object = {}) => {
    const at = daysAgo(hours / 24)
    await addExternalRun(client, acme, {
      run_key: key,
      status: 'running',
      received_at: at,
      last_event_at: at,
      ...columns,
    })
    await client.query(
      `insert into dataset_status (brand_id, dataset_key, last_status, last_attempt_at, last_success_at) values ($1, $2, 'running', $3, $3)`,
      [acme.brandId, key, at],
    )
  }
  await started('forgotten', 73)
  await started('under way', 71)
  await client.query(
    `insert into dataset_status (brand_id, dataset_key, last_status, last_attempt_at, last_run_id)
     values ($1, 'of a run that is gone', 'running', $2, gen_random_uuid())`,
    [acme.brandId, daysAgo(4)],
  )
  const jobId = await addJob(client, { brand_id: acme.brandId })
  for (const [key, columns] of [
    ['of a run of ours', {}],
    ['of one that somebody ended', { status: 'failed', completed_at: daysAgo(3) }],
  ] as const) {
    const runId = await addRun(client, jobId, { started_at: daysAgo(4), ...columns })
    await client.query(
      `insert into dataset_status (brand_id, dataset_key, last_status, last_attempt_at, last_run_id)
       values ($1, $2, 'running', $3, $4)`,
      [acme.brandId, key, daysAgo(4), runId],
    )
  }
  await walkAll(pool, { keep: usualKeep, pace: { ...hastyPace, limit: [1, 1], mostRows: 50 } })
  const { rows: datasets } = await client.query<{ key: string; status: string; keeps: boolean }>(
    `select dataset_key as key, last_status as status, last_success_at is not null as keeps from dataset_status order by 1`,
  )
  expect(datasets).toEqual([
    { key: 'forgotten', status: 'unknown', keeps: true },
    { key: 'of a run of ours', status: 'running', keeps: false },
    { key: 'of a run that is gone', status: 'unknown', keeps: false },
    { key: 'of one that somebody ended', status: 'unknown', keeps: false },
    { key: 'under way', status: 'running', keeps: true },
  ])
  const { rows: runs } = await client.query<{ run_key: string; status: string | null }>(
    `select run_key, status from external_runs where run_key in ('forgotten', 'under way') order by 1`,
  )
  expect(runs).toEqual([
    { run_key: 'forgotten', status: null },
    { run_key: 'under way', status: 'running' },
  ])
})

test('retention: what programs reported goes with its results; what people did stays for ever', async () => {
  const done = async (door: string, action: string, days: number) =>
    client.query(
      `insert into operator_actions (operator, door, action, subject_type, subject_id, happened_at)
       values ('nightly', $1, $2, 'dataset', 'orders', $3)`,
      [door, action, daysAgo(days)],
    )
  await done('api', 'dataset.success', usualKeep.history + 1)
  await done('api', 'dataset.start', usualKeep.history + 1)
  await done('api', 'dataset.success', usualKeep.history - 1)
  await done('api', 'dataset.policy', usualKeep.history + 1)
  await done('console', 'dataset.failure', usualKeep.history + 1)
  await walkAll(pool, { keep: usualKeep, pace: { ...hastyPace, limit: [1, 1], mostRows: 50 } })
  const { rows } = await client.query<{ door: string; action: string }>(
    `select door, action from operator_actions where subject_id = 'orders' order by id`,
  )
  expect(rows.map(({ door, action }) => [door, action])).toEqual([
    ['api', 'dataset.success'],
    ['api', 'dataset.policy'],
    ['console', 'dataset.failure'],
  ])
})

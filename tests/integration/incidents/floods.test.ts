/** Much at once: nobody is told more than they can read. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { createTestConsole, type TestConsole } from '../../support/console.ts'
import { testCatalog } from '../../support/console-catalog.ts'
import { openScene, type Scene } from '../../support/incident-evaluation.ts'

const five = ['orders', 'visits', 'returns', 'stock', 'prices']
const catalog = testCatalog({
  datasets: Object.fromEntries(five.map((key) => [key, { maxAgeHours: 24 }])),
  jobTypes: { load: { datasets: five } },
})

let console: TestConsole
let scene: Scene
beforeAll(async () => {
  console = await createTestConsole({ catalog })
})
afterAll(async () => {
  await console.stop()
})
beforeEach(async () => {
  scene = await openScene(console, catalog)
})
afterEach(() => console.sql.query('truncate organizations, scheduled_jobs, operator_actions, agents cascade'))

/** 200 brands with a job each, whose 1,000 datasets will go stale at the same instant, in a minute. */
async function addBrands(): Promise<void> {
  const { sql } = console
  await sql.query(
    `insert into brands (organization_id, name) select $1, 'Brand ' || n from generate_series(1, 200) n`,
    [scene.organizationId],
  )
  await sql.query(
    `insert into scheduled_jobs (brand_id, name, job_type, schedule_type, cron_expression, time_zone, next_run_at)
     select id, 'Load ' || name, 'load', 'recurring', '0 6 * * *', 'UTC', $1 from brands where name like 'Brand %'`,
    [scene.hoursAgo(-0.5)],
  )
  await sql.query(
    `insert into dataset_status (brand_id, dataset_key, last_success_at, last_status)
     select brand.id, key, $1, 'completed' from brands brand, unnest($2::text[]) key where name like 'Brand %'`,
    [scene.hoursAgo(24 - 1 / 60), five],
  )
}

const counts = async () => {
  const open = await scene.open()
  const roots = open.filter(({ cause_id: cause }) => cause === null)
  return { open: open.length, roots: roots.length, told: (await scene.told()).length }
}

test('1,000 datasets stale at once: 1,000 rows, opened in one instant, each once', async () => {
  await addBrands()
  await scene.round()
  scene.at.advance({ minutes: 2 })
  await scene.round()
  expect(await counts()).toEqual({ open: 1_000, roots: 1_000, told: 1_000 })
  const instants = new Set((await scene.events()).map(({ happened_at: at }) => at.getTime()))
  expect(instants.size).toBe(1)
  expect(await scene.round()).toMatchObject({ hasChanged: false })
  // Grouped they are five rows, one for each dataset, that add up to all of them.
  const { groups } = await console.client.incidents.groups({ organizationId: scene.organizationId })
  expect(groups.map(({ kind, incidents }) => [kind, incidents])).toEqual(
    Array.from({ length: 5 }, () => ['dataset_stale', 200]),
  )
})

test('1,000 stale because 200 jobs failed are 200 incidents with five effects each', async () => {
  await addBrands()
  scene.at.advance({ minutes: 2 })
  await console.sql.query(
    `with run as (
       insert into scheduled_job_runs (scheduled_job_id, agent_id, status, problem, attempt_number, started_at, completed_at)
       select id, $1, 'failed', 'failed', 4, $2, $2 from scheduled_jobs returning id, scheduled_job_id
     )
     update scheduled_jobs job set last_run_id = run.id, last_run_status = 'failed', next_attempt = 1 from run where job.id = run.scheduled_job_id`,
    [scene.agentId, scene.at.current],
  )
  await scene.round()
  expect(await counts()).toEqual({ open: 1_200, roots: 200, told: 200 })
  const { incidents, counts: shown } = await console.client.incidents.list({
    organizationId: scene.organizationId,
    limit: 500,
  })
  expect(incidents).toHaveLength(200)
  expect(new Set(incidents.map(({ effects }) => effects))).toEqual(new Set([5]))
  expect(shown).toMatchObject({ open: 200, effects: 1_000 })
})

test('1,000 stale because the one agent is lost are one incident with all of them behind it; its return is not a flood', async () => {
  await addBrands()
  scene.at.advance({ minutes: 40 })
  await console.sql.query('update agents set heartbeat_at = $1', [scene.hoursAgo(0.5)])
  await scene.round()
  expect(await counts()).toEqual({ open: 1_002, roots: 1, told: 1 })
  const { incidents } = await console.client.incidents.list({ organizationId: scene.organizationId })
  expect(incidents).toMatchObject([{ kind: 'agent_lost', effects: 1_001 }])
  await console.sql.query('update agents set heartbeat_at = $1', [scene.at.current])
  await console.sql.query('update scheduled_jobs set next_run_at = $1', [scene.hoursAgo(-1)])
  await scene.round()
  expect(await counts()).toEqual({ open: 1_000, roots: 1_000, told: 2 })
  scene.at.advance({ minutes: 10 })
  await console.sql.query('update agents set heartbeat_at = $1', [scene.at.current])
  await console.sql.query('update dataset_status set last_success_at = $1', [scene.at.current])
  await scene.round()
  expect(await scene.told()).toEqual(['opened agent_lost', 'resolved agent_lost'])
})

test('fault 30: after an older backup was restored, what was open is not opened again, the rest is one instant, and no id comes twice', async () => {
  const { sql } = console
  await addBrands()
  await sql.query(`update dataset_status set last_success_at = $1 where dataset_key = 'orders'`, [scene.hoursAgo(30)])
  await scene.round()
  expect((await counts()).told).toBe(200)
  // The backup: 200 are open.
  for (const table of ['incidents', 'incident_events', 'dataset_status']) {
    await sql.query(`create table backup_${table} as select * from ${table}`)
  }
  const { rows: sequence } = await sql.query<{ last: string }>(
    `select pg_sequence_last_value('incident_events_id_seq')::text as last`,
  )
  scene.at.advance({ hours: 8 })
  await sql.query('update dataset_status set last_success_at = $1', [scene.at.current])
  await sql.query('update scheduled_jobs set next_run_at = $1', [scene.hoursAgo(-1)])
  await scene.round()
  const seen = (await scene.events()).at(-1)?.id ?? '0'
  // Restored: everything as it was eight hours ago, the sequence too.
  await sql.query('truncate incidents, dataset_status cascade')
  for (const table of ['incidents', 'incident_events', 'dataset_status']) {
    const overriding = table === 'incident_events' ? 'overriding system value' : ''
    await sql.query(`insert into ${table} ${overriding} select * from backup_${table}`)
    await sql.query(`drop table backup_${table}`)
  }
  await sql.query(`select setval('incident_events_id_seq', $1::bigint)`, [sequence[0]?.last])
  await scene.round()
  expect(await counts()).toEqual({ open: 1_000, roots: 1_000, told: 1_000 })
  const fresh = (await scene.events()).filter(({ happened_at: at }) => at.getTime() === scene.at.current?.getTime())
  expect(fresh).toHaveLength(800)
  expect(fresh.every(({ id }) => BigInt(id) > BigInt(seen))).toBe(true)
  expect(await scene.round()).toMatchObject({ hasChanged: false })
})

test('O2: many are acknowledged while many end: neither waits for the other for ever, and what ended first is a conflict', async () => {
  await addBrands()
  scene.at.advance({ minutes: 2 })
  await scene.round()
  await console.sql.query('update dataset_status set last_success_at = $1', [scene.at.current])
  const incidents = (await scene.open()).map(({ id }) => ({ id })).toReversed()
  const command = { organizationId: scene.organizationId, incidents }
  const [{ results }] = await Promise.all([console.client.incidents.acknowledge(command), scene.round()])
  const outcomes = new Set(results.map(({ outcome }) => outcome))
  expect(results).toHaveLength(1_000)
  expect([...outcomes].every((outcome) => outcome === 'applied' || outcome === 'conflict')).toBe(true)
  expect(await scene.open()).toEqual([])
  const acknowledged = (await scene.events()).filter(({ type }) => type === 'acknowledged')
  expect(acknowledged).toHaveLength(results.filter(({ outcome }) => outcome === 'applied').length)
})

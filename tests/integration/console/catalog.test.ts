import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { withEnvironment } from '../../../agent/jobs/catalog/catalog.ts'
import { marketingCatalog } from '../../../agent/jobs/catalog/marketing.ts'
import { createTestConsole, type TestConsole } from '../../support/console.ts'
import { addAgent, testCatalog } from '../../support/console-catalog.ts'
import { addBrand, addJob, addRun } from '../../support/job-rows.ts'

const catalog = testCatalog({
  datasets: { orders: { maxAgeHours: 6, label: 'Orders' } },
  jobTypes: {
    load_orders: { datasets: ['orders'], cadence: { cron: '15 * * * *', timeZone: 'Europe/Berlin' } },
    load_ads: { datasets: [{ dataset: 'ads', when: 'deep' }] },
  },
  pages: { report: [] },
})

let pm: TestConsole
beforeAll(async () => {
  pm = await createTestConsole({ catalog })
})
afterAll(() => pm.stop())
afterEach(async () => {
  if (pm.troubles.length > 0) throw new Error(pm.troubles.join('; '))
  await pm.sql.query('truncate organizations, scheduled_jobs, agents cascade')
})

test('J8: the catalog says of every job type which living agents can run it, and who nobody can', async () => {
  await addAgent(pm.sql, catalog, ['load_orders'], 'ops')
  const gone = await addAgent(pm.sql, catalog, ['load_ads'], 'gone')
  await pm.sql.query(`update agents set heartbeat_at = now() - interval '1 hour' where id = $1`, [gone])
  const known = await pm.client.catalog.get()
  expect(known.jobTypes.map(({ key, agents }) => [key, agents])).toEqual([
    ['load_orders', ['ops']],
    ['load_ads', []],
  ])
  expect(known.jobTypes[1]?.steps).toEqual([{ key: 'step_0', dataset: 'ads', fatal: true, when: 'deep' }])
  const suggested = { cron: '15 * * * *', timeZone: 'Europe/Berlin' }
  expect(known.jobTypes.map(({ cadence }) => cadence)).toEqual([suggested, null])
  const nobodys = { owner: null, runbook: null }
  expect(known.datasets).toEqual([{ key: 'orders', label: 'Orders', maxAgeHours: 6, due: null, ...nobodys }])
  expect(known.pages).toEqual([{ key: 'report', label: 'report', ...nobodys }])
  expect(known.conflicts).toEqual([])
})

test('J8: of what nobody can run it says what to configure; of what an agent here could run, nothing', async () => {
  const preset = marketingCatalog()
  const console = await createTestConsole({ catalog: withEnvironment(preset, {}) })
  try {
    const setUps = new Map((await console.client.catalog.get()).jobTypes.map(({ key, setUp }) => [key, setUp]))
    expect(setUps.get('meta_sync')).toContain('Set META_ACCESS_TOKEN in the environment of the agent')
    expect(setUps.get('ad_creation')).toContain('Add "run" under job_types.ad_creation.steps')
  } finally {
    await console.stop()
  }
  const able = await createTestConsole({ catalog: withEnvironment(preset, { META_ACCESS_TOKEN: 'token' }) })
  try {
    const { jobTypes } = await able.client.catalog.get()
    expect(jobTypes.find(({ key }) => key === 'meta_sync')?.setUp).toBeNull()
  } finally {
    await able.stop()
  }
})

test('what an agent publishes is seen at the next question, contradictions are named, and nonsense is left out', async () => {
  const other = testCatalog({
    datasets: { orders: { maxAgeHours: 9 }, visits: {} },
    jobTypes: { load_visits: { datasets: ['visits'] } },
  })
  const agentId = await addAgent(pm.sql, other, ['load_visits'], 'other')
  const known = await pm.client.catalog.get()
  expect(known.datasets.map(({ key, maxAgeHours }) => [key, maxAgeHours])).toEqual([
    ['orders', 6],
    ['visits', null],
  ])
  expect(known.conflicts).toEqual([
    'The dataset orders is described differently by this program and by agent other (host).',
  ])
  await pm.sql.query(
    `update agents set catalog = '{"datasets": {"clicks": {"label": "Clicks", "max_age_hours": 1}, "bad": 3}}' where id = $1`,
    [agentId],
  )
  const after = await pm.client.catalog.get()
  expect(after.datasets.map(({ key }) => key)).toEqual(['orders', 'clicks'])
  await pm.sql.query(`update agents set catalog = '[1, "two"]' where id = $1`, [agentId])
  expect((await pm.client.catalog.get()).datasets).toHaveLength(1)
})

test('agents: the living first, with the runs that they hold now', async () => {
  const ops = await addAgent(pm.sql, catalog, ['load_orders'], 'ops')
  const stopped = await addAgent(pm.sql, catalog, [], 'stopped')
  await pm.sql.query(`update agents set state = 'stopped' where id = $1`, [stopped])
  const { brandId } = await addBrand(pm.sql)
  const jobId = await addJob(pm.sql, { brand_id: brandId, job_type: 'load_orders', next_run_at: null })
  const runId = await addRun(pm.sql, jobId, { agent_id: ops, started_at: new Date() })
  await pm.sql.query('update scheduled_jobs set current_run_id = $2 where id = $1', [jobId, runId])
  const { agents } = await pm.client.catalog.agents()
  expect(agents.map(({ name, alive, activeRuns, jobTypes }) => [name, alive, activeRuns, jobTypes])).toEqual([
    ['ops', true, 1, ['load_orders']],
    ['stopped', false, 0, []],
  ])
})

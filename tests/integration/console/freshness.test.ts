import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { addOpenBrand, createTestConsole, type TestConsole } from '../../support/console.ts'
import { addAgent, addStatus } from '../../support/console-catalog.ts'
import { addJob, addRun, type Brand, insert } from '../../support/job-rows.ts'
import { matching } from '../cli/matchers.ts'

import { catalog, inHours, nobody } from './freshness-catalog.ts'

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

describe('the summary', () => {
  test('counts every dataset, and groups what is not fresh by what is behind it, the most effects first', async () => {
    await addAgent(pm.sql, catalog, ['load_orders', 'load_visits'])
    const paused = {
      brand_id: brand.brandId,
      job_type: 'load_orders',
      name: 'Orders daily',
      status: 'paused',
      parameters: '{"classify": true}',
    }
    const jobId = await addJob(pm.sql, paused)
    await addStatus(pm.sql, brand.brandId, 'orders', { successAge: 30 })
    await addStatus(pm.sql, brand.brandId, 'raw', { successAge: 1 })
    await addJob(pm.sql, { brand_id: brand.brandId, job_type: 'load_ads', next_run_at: inHours(1) })
    await addStatus(pm.sql, brand.brandId, 'ads', { successAge: 30 })
    const summary = await pm.client.freshness.summary({ organizationId: brand.organizationId })
    expect(summary).toMatchObject({
      datasets: 4,
      counts: { stale: 2, never_synced: 1, no_policy: 1, fresh: 0, at_risk: 0 },
      otherEffects: 0,
    })
    expect(summary.causes.map(({ text, effects, jobId: job }) => ({ text, effects, job }))).toEqual([
      { text: 'Orders daily of Acme is paused.', effects: 2, job: jobId },
      { text: 'No agent can run load_ads.', effects: 1, job: null },
    ])
    const one = await pm.client.freshness.summary({ organizationId: brand.organizationId, brandId: brand.brandId })
    expect(one.counts).toEqual(summary.counts)
  })

  test('says who is paused, not which one-time job of the same type died before the last success', async () => {
    await addAgent(pm.sql, catalog, ['load_orders'])
    const job = { brand_id: brand.brandId, job_type: 'load_orders' }
    await addJob(pm.sql, {
      ...job,
      name: 'Once',
      next_run_at: null,
      last_run_status: 'failed',
      last_run_finished_at: inHours(-500),
      last_error: 'HTTP 500',
    })
    const jobId = await addJob(pm.sql, { ...job, name: 'Orders daily', status: 'paused', cron_expression: '0 6 * * *' })
    await addStatus(pm.sql, brand.brandId, 'orders', { successAge: 30 })
    const { causes } = await pm.client.freshness.summary({ organizationId: brand.organizationId })
    expect(causes).toMatchObject([{ text: 'Orders daily of Acme is paused.', jobId }])
    const { facts, chain } = await pm.client.freshness.dataset({ brandId: brand.brandId, dataset: 'orders' })
    expect(facts.reason).toMatch(/Orders daily is paused\.$/)
    expect(chain.map(({ text }) => text)).toContain('Orders daily is paused.')
  })

  test('names the failing step and its run, jobs that never ran, and datasets that nothing refreshes', async () => {
    await addAgent(pm.sql, catalog, ['load_orders', 'load_ads'])
    const jobId = await addJob(pm.sql, {
      brand_id: brand.brandId,
      job_type: 'load_orders',
      name: 'Orders',
      next_run_at: inHours(1),
    })
    const runId = await addRun(pm.sql, jobId, {
      status: 'failed',
      started_at: inHours(-1),
      completed_at: inHours(-1),
      error_message: 'broken',
    })
    await pm.sql.query(`update scheduled_jobs set last_run_id = $2, last_run_status = 'failed' where id = $1`, [
      jobId,
      runId,
    ])
    await pm.sql.query(
      `insert into run_steps (run_id, position, step_key, status, fatal, dataset_key, error_message)
       values ($1, 0, 'fetch', 'failed', true, 'orders', 'HTTP 429')`,
      [runId],
    )
    await addStatus(pm.sql, brand.brandId, 'orders', { attemptAge: 1, status: 'failed', error: 'HTTP 429' })
    await addJob(pm.sql, { brand_id: brand.brandId, job_type: 'load_ads', name: 'Ads', next_run_at: inHours(1) })
    await addStatus(pm.sql, brand.brandId, 'visits', { successAge: 30 })
    const { causes } = await pm.client.freshness.summary({ organizationId: brand.organizationId })
    expect(causes.map(({ text }) => text).toSorted()).toEqual([
      'Ads of Acme has never run.',
      'No job of Acme refreshes visits.',
      'Orders of Acme fails at step fetch: HTTP 429.',
    ])
    expect(causes.find(({ jobId: job }) => job === jobId)?.runId).toBe(runId)
  })

  test('what is due says that it waits for a free agent, or for the run that has its concurrency key', async () => {
    await addAgent(pm.sql, catalog, ['load_orders', 'load_ads'])
    const due = { brand_id: brand.brandId, concurrency_key: 'warehouse', next_run_at: inHours(-2) }
    await addJob(pm.sql, { ...due, job_type: 'load_orders', name: 'Orders' })
    const holder = await addJob(pm.sql, { ...due, job_type: 'load_ads', name: 'Ads', next_run_at: null })
    await addStatus(pm.sql, brand.brandId, 'orders', { successAge: 30 })
    const expectWords = async (words: string) => {
      const { causes } = await pm.client.freshness.summary({ organizationId: brand.organizationId })
      const cause = new RegExp(`^Orders of Acme has been due since .* and ${words}$`)
      expect(causes.map(({ text }) => text)).toContainEqual(matching(cause))
      const { facts } = await pm.client.freshness.dataset({ brandId: brand.brandId, dataset: 'orders' })
      expect(facts.reason).toMatch(new RegExp(` A run of load_orders has been due since .* and ${words}$`))
    }
    await expectWords('waits for an agent that is free\\.')
    const runId = await addRun(pm.sql, holder, { started_at: inHours(-0.1) })
    await pm.sql.query('update scheduled_jobs set current_run_id = $2 where id = $1', [holder, runId])
    await expectWords('waits until the run of Ads has ended, which has the same key\\.')
  })

  test('of data that another program refreshes say which, and when it was last heard of', async () => {
    await addAgent(pm.sql, catalog, ['load_orders'])
    await addStatus(pm.sql, brand.brandId, 'visits', { successAge: 30 })
    await insert(pm.sql, 'ping_checks', {
      organization_id: brand.organizationId,
      brand_id: brand.brandId,
      dataset_key: 'visits',
      name: 'Nightly export',
      slug: 'nightly-export',
      period_seconds: 86_400,
      grace_seconds: 3_600,
      status: 'down',
      last_ping_at: inHours(-30),
      changed_by: 'test',
    })
    const { causes } = await pm.client.freshness.summary({ organizationId: brand.organizationId })
    const heard = /Refreshed by Nightly export of another program; it last reported 30 h ago \(20.* UTC\)\./
    expect(causes.map(({ text }) => text)).toEqual([matching(new RegExp(`^visits of Acme: ${heard.source}$`))])
    const { chain, facts } = await pm.client.freshness.dataset({ brandId: brand.brandId, dataset: 'visits' })
    expect(chain.find(({ kind }) => kind === 'job')?.text).toMatch(heard)
    expect(facts.reason).toMatch(new RegExp(`${heard.source} Look where it runs\\.`))
  })
})

describe('one brand and one dataset', () => {
  test('the cards come worst first, with what refreshes them, their records and their fix', async () => {
    await addAgent(pm.sql, catalog, ['load_orders'])
    await addStatus(pm.sql, brand.brandId, 'ads', { successAge: 1 })
    await addStatus(pm.sql, brand.brandId, 'orders', { successAge: 30, records: 7 })
    const parameters = '{"days": 3}'
    const jobId = await addJob(pm.sql, {
      brand_id: brand.brandId,
      job_type: 'load_orders',
      parameters,
      next_run_at: inHours(1),
    })
    for (const [age, records] of [
      [3, 30],
      [2, 20],
      [1, 10],
    ] as const) {
      await pm.sql.query(
        `insert into dataset_status_history (run_id, step_position, brand_id, dataset_key, happened_at, status, records_affected)
         values (gen_random_uuid(), 0, $1, 'orders', $2, 'completed', $3)`,
        [brand.brandId, inHours(-age), records],
      )
    }
    const answer = await pm.client.freshness.brand({ brandId: brand.brandId })
    expect(answer.datasets.map(({ dataset }) => dataset)).toEqual(['orders', 'ads'])
    expect(answer.datasets[0]).toMatchObject({
      freshness: 'stale',
      records: 7,
      recentRecords: [30, 20, 10],
      refreshers: [{ jobId, jobType: 'load_orders', status: 'active' }],
      fix: { jobType: 'load_orders', parameters: { days: 3 } },
    })
    expect(answer.datasets[1]?.fix).toEqual({ jobType: 'load_ads', parameters: {} })
  })

  test('the drawer: policy, consumers, attempts, band and uptime by the policy of today, and the chain of why', async () => {
    await addStatus(pm.sql, brand.brandId, 'ads', {
      successAge: 30,
      attemptAge: 1,
      status: 'failed',
      error: 'HTTP 500\nat line 3',
    })
    for (const [age, status] of [
      [54, 'completed'],
      [30, 'completed'],
      [1, 'failed'],
    ] as const) {
      await pm.sql.query(
        `insert into dataset_status_history (run_id, step_position, brand_id, dataset_key, happened_at, status)
         values (gen_random_uuid(), 0, $1, 'ads', $2, $3)`,
        [brand.brandId, inHours(-age), status],
      )
    }
    const jobId = await addJob(pm.sql, { brand_id: brand.brandId, job_type: 'load_ads', name: 'Ads', status: 'paused' })
    await pm.client.freshness.setPolicy({ brandId: brand.brandId, dataset: 'ads', maxAgeHours: 10 })
    const drawer = await pm.client.freshness.dataset({ brandId: brand.brandId, dataset: 'ads' })
    expect(drawer.facts).toMatchObject({
      freshness: 'stale',
      lastAttempt: 'failed',
      error: 'HTTP 500',
      maxAgeSource: 'brand',
    })
    expect(drawer.policy).toMatchObject({ maxAgeHours: 10, changedBy: 'tester' })
    expect(drawer.consumers.map(({ page, maxAgeHours }) => [page, maxAgeHours])).toEqual([
      ['report', 12],
      ['strict', 6],
    ])
    expect(drawer.attempts.map(({ status, runId }) => [status, runId])).toEqual([
      ['failed', null],
      ['completed', null],
      ['completed', null],
    ])
    expect(drawer.band.hours).toMatch(/^n{664,667}f{9,11}s{13,15}f{9,11}s{19,21}$/)
    expect(drawer.band.hours).toHaveLength(720)
    expect(drawer.uptime).toBeCloseTo(20 / 54, 1)
    expect(drawer.chain.map(({ kind, text }) => [kind, text.split('(')[0]?.trim()])).toEqual([
      ['policy', 'It may be at most 10 h old'],
      ['last_success', 'It last succeeded 30 h ago'],
      ['job', 'Ads is paused.'],
      ['run', 'Its last attempt, 1 h ago, failed.'],
      ['error', 'HTTP 500'],
      ['agent', 'No agent is running, so nobody runs load_ads.'],
    ])
    expect(drawer.chain.find(({ kind }) => kind === 'job')?.jobId).toBe(jobId)
  })

  test('F5: a program asks with its own maximum; a dataset of the catalog that the brand does not have is not fresh', async () => {
    await addStatus(pm.sql, brand.brandId, 'orders', { successAge: 5 })
    const ask = { brandId: brand.brandId, dataset: 'orders' }
    expect((await pm.client.freshness.check(ask)).fresh).toBe(true)
    expect((await pm.client.freshness.check({ ...ask, maxAgeHours: 4 })).fresh).toBe(false)
    expect(await pm.client.freshness.check({ brandId: brand.brandId, dataset: 'visits' })).toMatchObject({
      fresh: false,
      freshness: 'never_synced',
    })
    await addStatus(pm.sql, brand.brandId, 'foreign', { successAge: 1 })
    expect(await pm.client.freshness.check({ brandId: brand.brandId, dataset: 'foreign' })).toMatchObject({
      fresh: false,
      freshness: 'no_policy',
    })
    expect(
      (await pm.client.freshness.check({ brandId: brand.brandId, dataset: 'foreign', maxAgeHours: 2 })).fresh,
    ).toBe(true)
    await expect(pm.client.freshness.check({ brandId: brand.brandId, dataset: 'order' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      data: { field: 'dataset', fix: 'Did you mean "orders"?' },
    })
  })

  test('a policy is recorded once, says what was before, and repeated changes nothing', async () => {
    const set = { brandId: brand.brandId, dataset: 'orders', maxAgeHours: 6 }
    const said = (maxAgeHours: number | null, ages: { warnAgeHours?: number } = {}) =>
      pm.client.freshness.setPolicy({ ...set, ...ages, maxAgeHours })
    expect(await said(6)).toMatchObject({ maxAgeHours: 6, before: null, warnBefore: null })
    expect(await said(6)).toMatchObject({ maxAgeHours: 6, before: 6, warnBefore: null })
    expect(await said(6, { warnAgeHours: 2 })).toMatchObject({ maxAgeHours: 6, before: 6, warnBefore: null })
    expect(await said(null)).toMatchObject({ maxAgeHours: null, before: 6, warnBefore: 2 })
    expect(await said(null)).toMatchObject({ maxAgeHours: null, before: null, warnBefore: null })
    const { rows } = await pm.sql.query(
      'select action, state_before as before, state_after as after from operator_actions order by id',
    )
    expect(rows).toEqual([
      { action: 'policy.set', before: null, after: { maxAgeHours: 6 } },
      { action: 'policy.set', before: { maxAgeHours: 6 }, after: { maxAgeHours: 6, warnAgeHours: 2 } },
      { action: 'policy.clear', before: { maxAgeHours: 6, warnAgeHours: 2 }, after: null },
    ])
  })
})

describe('fixes', () => {
  const cells = (...datasets: string[]) => datasets.map((dataset) => ({ brandId: brand.brandId, dataset }))

  test('one run for the datasets that it refreshes together; what needs none is skipped with its reason', async () => {
    await addAgent(pm.sql, catalog, ['load_orders', 'load_visits'])
    await addJob(pm.sql, {
      brand_id: brand.brandId,
      job_type: 'load_orders',
      parameters: '{"classify": true}',
      next_run_at: inHours(1),
      schedule_type: 'recurring',
    })
    const busy = await addJob(pm.sql, { brand_id: brand.brandId, job_type: 'load_visits', next_run_at: null })
    await addRun(pm.sql, busy, { started_at: inHours(-0.1) })
    await addStatus(pm.sql, brand.brandId, 'visits', { successAge: 30 })
    await addStatus(pm.sql, brand.brandId, 'orders', { successAge: 30 })
    await addStatus(pm.sql, brand.brandId, 'raw', { successAge: 1 })
    await addStatus(pm.sql, brand.brandId, 'ads', { successAge: 30 })
    const input = {
      organizationId: brand.organizationId,
      cells: cells('orders', 'hooks', 'visits', 'raw', 'ads', 'nothing', 'orders'),
    }
    const preview = await pm.client.freshness.previewFixes(input)
    expect(preview.runs).toEqual([
      {
        brandId: brand.brandId,
        brandName: 'Acme',
        jobType: 'load_orders',
        parameters: { classify: true },
        datasets: ['orders', 'hooks'],
        waitsBehindRunId: null,
      },
    ])
    expect(Object.fromEntries(preview.skipped.map(({ dataset, reason }) => [dataset, reason]))).toEqual({
      visits: 'A run of load_visits is in progress, started 6 min ago.',
      raw: 'Nothing in the catalog refreshes it.',
      ads: 'No agent can run load_ads.',
      nothing: 'This brand has no such dataset.',
    })
    const { rows } = await pm.sql.query('select from scheduled_jobs')
    expect(rows).toHaveLength(2)
  })

  test('J5: a run of which nobody knows whether it did its work is asked about, not done once more', async () => {
    await addAgent(pm.sql, catalog, ['load_orders'])
    await addStatus(pm.sql, brand.brandId, 'orders', { successAge: 30 })
    const jobId = await addJob(pm.sql, { brand_id: brand.brandId, job_type: 'load_orders', next_run_at: null })
    const ended = { status: 'failed', problem: 'outcome_unknown', started_at: inHours(-2), completed_at: inHours(-1) }
    const runId = await addRun(pm.sql, jobId, ended)
    await pm.sql.query(`update scheduled_jobs set last_run_id = $2, last_run_status = 'failed' where id = $1`, [
      jobId,
      runId,
    ])
    const input = { organizationId: brand.organizationId, cells: cells('orders') }
    const { runs, skipped } = await pm.client.freshness.previewFixes(input)
    expect(runs).toEqual([])
    expect(skipped).toMatchObject([{ reason: matching(/^It is not known whether the last run of Job did its work/) }])
    await pm.sql.query(`update scheduled_job_runs set decision = '{"outcome": "not_done"}' where id = $1`, [runId])
    expect((await pm.client.freshness.previewFixes(input)).runs).toMatchObject([{ jobType: 'load_orders' }])
  })

  test('the same request starts them once and says the same, another request finds them queued', async () => {
    await addAgent(pm.sql, catalog, ['load_orders', 'load_ads'])
    await addStatus(pm.sql, brand.brandId, 'orders', { successAge: 30 })
    await addStatus(pm.sql, brand.brandId, 'ads', { successAge: 1 })
    const input = { organizationId: brand.organizationId, cells: cells('orders', 'ads'), requestId: nobody }
    const answers = await Promise.all([pm.client.freshness.runFixes(input), pm.client.freshness.runFixes(input)])
    const again = await pm.client.freshness.runFixes(input)
    expect(again).toMatchObject({ skipped: 1 })
    for (const answer of answers) expect(answer).toEqual(again)
    const { rows } = await pm.sql.query<{ id: string; trigger_source: string }>(
      'select id, trigger_source from scheduled_jobs',
    )
    expect(rows).toEqual([{ id: again.jobIds[0], trigger_source: 'manual' }])
    const other = await pm.client.freshness.runFixes({ ...input, requestId: brand.brandId })
    expect(other).toEqual({ jobIds: [], skipped: 2 })
    const { rows: actions } = await pm.sql.query(`select from operator_actions where action = 'job.queue'`)
    expect(actions).toHaveLength(1)
  })
})

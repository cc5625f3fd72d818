import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { addOpenBrand, createTestConsole, type TestConsole } from '../../support/console.ts'
import { addStatus, testCatalog } from '../../support/console-catalog.ts'
import { addJob, addRun, type Brand } from '../../support/job-rows.ts'

const catalog = testCatalog({
  datasets: { orders: { maxAgeHours: 100, label: 'Orders' }, ads: {} },
  jobTypes: {
    load_orders: { datasets: ['orders'] },
    load_some: { datasets: ['ads', { dataset: 'orders', when: 'with_orders' }] },
  },
  pages: {
    report: [
      { dataset: 'orders', maxAgeHours: 12, fix: { jobType: 'load_orders', parameters: { days: 2 } } },
      { dataset: 'ads', maxAgeHours: 24, fix: { jobType: 'load_ads', parameters: {} } },
    ],
    loose: [{ dataset: 'orders', maxAgeHours: 48, fix: { jobType: 'load_orders', parameters: {} } }],
  },
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
  await pm.sql.query('truncate organizations cascade')
})

const report = () => pm.client.readiness.page({ brandId: brand.brandId, page: 'report' })

describe('F9: readiness uses the requirement of the page itself', () => {
  test('not ready names what blocks it, worst first, and what to do', async () => {
    await addStatus(pm.sql, brand.brandId, 'orders', { successAge: 20 })
    const answer = await report()
    expect(answer).toMatchObject({ verdict: 'not_ready', brandName: 'Acme', page: 'report' })
    expect(answer.reasons).toEqual([
      'Orders: the last success was 20 h ago; the maximum is 12 h. Run load_orders days=2.',
      'ads: no run has succeeded yet. Run load_ads.',
    ])
    expect(answer.items.map(({ dataset, state }) => [dataset, state])).toEqual([
      ['orders', 'stale'],
      ['ads', 'never_synced'],
    ])
    const loose = await pm.client.readiness.page({ brandId: brand.brandId, page: 'loose' })
    expect(loose.verdict).toBe('ready')
  })

  test('degraded: fresh, but the last attempt failed or is suspicious; a running attempt is ready', async () => {
    await addStatus(pm.sql, brand.brandId, 'orders', {
      successAge: 1,
      attemptAge: 0.5,
      status: 'failed',
      error: 'HTTP 500',
    })
    await addStatus(pm.sql, brand.brandId, 'ads', { successAge: 1, attemptAge: 0, status: 'running' })
    expect(await report()).toMatchObject({ verdict: 'degraded' })
    await addStatus(pm.sql, brand.brandId, 'orders', { successAge: 1 })
    expect(await report()).toMatchObject({ verdict: 'ready', reasons: [] })
    await addStatus(pm.sql, brand.brandId, 'ads', { successAge: 1, records: 0, metadata: { suspicious: true } })
    expect(await report()).toMatchObject({ verdict: 'degraded' })
  })

  test('the list says of every brand and page what the page itself says', async () => {
    await addStatus(pm.sql, brand.brandId, 'orders', { successAge: 20 })
    await addStatus(pm.sql, brand.brandId, 'ads', {
      successAge: 1,
      attemptAge: 0.5,
      status: 'failed',
      error: 'HTTP 500',
    })
    await pm.sql.query(`insert into brands (organization_id, name) values ($1, 'Empty')`, [brand.organizationId])
    const list = await pm.client.readiness.list({ organizationId: brand.organizationId })
    expect(list.pages.map(({ key }) => key)).toEqual(['report', 'loose'])
    expect(list.brands.map(({ name, verdicts }) => [name, ...verdicts])).toEqual([
      ['Acme', 'not_ready', 'ready'],
      ['Empty', 'not_ready', 'not_ready'],
    ])
    const { report: reason, ...others } = list.brands[0]?.reasons ?? {}
    expect(reason).toContain('Orders: the last success was 20 h ago')
    expect(others).toEqual({})
    const { brands } = await pm.client.readiness.list({ organizationId: brand.organizationId, brandId: brand.brandId })
    // Seconds are counted from each answer.
    const anyTimes = {
      readyForSeconds: expect.any(Array) as unknown[],
      readyInSeconds: expect.any(Array) as unknown[],
      goesStale: { loose: { dataset: 'Orders', inSeconds: expect.any(Number) as number } },
    }
    expect(brands).toEqual([{ ...list.brands[0], ...anyTimes }])
  })

  test('a page that nobody knows is named, with the one that was meant', async () => {
    await expect(pm.client.readiness.page({ brandId: brand.brandId, page: 'reprot' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      data: { field: 'page', value: 'reprot', fix: 'Did you mean "report"?' },
    })
  })
})

async function addWorker(jobTypes: readonly string[]): Promise<void> {
  await pm.sql.query(
    `insert into agents (id, name, host, process_id, program_version, state, concurrency, job_types)
     values (gen_random_uuid(), 'worker', 'host', 1, '1', 'running', 1, $1)`,
    [jobTypes],
  )
}
afterEach(async () => {
  await pm.sql.query(`delete from agents where name = 'worker'`)
})

describe('what brings the data', () => {
  const orders = async () => (await report()).items.find(({ dataset }) => dataset === 'orders')

  test('J8: a fix that nobody can run says what to configure, and is free once somebody can', async () => {
    expect((await orders())?.fix).toMatchObject({
      jobType: 'load_orders',
      blocked:
        'No agent can run load_orders now. Nothing says what step step_0 of load_orders runs. Add "run" under job_types.load_orders.steps in pipeline-manager.yaml.',
    })
    await addWorker(['load_orders'])
    expect((await orders())?.fix).toEqual({ jobType: 'load_orders', parameters: { days: 2 }, blocked: null })
  })

  test('the run of a fix is shown from being queued to its end, with the step it is at', async () => {
    expect((await orders())?.work).toBeNull()
    const jobId = await addJob(pm.sql, { brand_id: brand.brandId, job_type: 'load_orders', name: 'Fix' })
    expect((await orders())?.work).toMatchObject({ state: 'queued', jobId, runId: null, step: null })
    const runId = await addRun(pm.sql, jobId, { brand_id: brand.brandId, started_at: new Date() })
    await pm.sql.query(
      `insert into run_steps (run_id, position, step_key, status, fatal, progress_done, progress_total)
       values ($1, 1, 'load', 'running', true, 3, 10)`,
      [runId],
    )
    await pm.sql.query('update scheduled_jobs set current_run_id = $1, next_run_at = null where id = $2', [
      runId,
      jobId,
    ])
    expect((await orders())?.work).toMatchObject({
      state: 'running',
      jobType: 'load_orders',
      runId,
      step: { key: 'load', done: 3, total: 10 },
    })
    await pm.sql.query(`update scheduled_jobs set current_run_id = null, status = 'completed' where id = $1`, [jobId])
    await pm.sql.query(`update scheduled_job_runs set status = 'completed', completed_at = now() where id = $1`, [
      runId,
    ])
    expect((await orders())?.work).toBeNull()
  })

  test('the last attempt and its error stand beside the last success', async () => {
    await addStatus(pm.sql, brand.brandId, 'orders', {
      successAge: 1,
      attemptAge: 0.5,
      status: 'failed',
      error: 'HTTP 500',
    })
    expect(await orders()).toMatchObject({
      lastStatus: 'failed',
      error: 'HTTP 500',
      lastAttemptAt: expect.any(Date) as Date,
    })
  })
})

describe('asked by the name of a brand', () => {
  test('the answer is that of the page, whatever the case', async () => {
    const answer = await pm.client.readiness.ask({ page: 'report', brand: ' aCmE ' })
    expect(answer).toMatchObject({ ...(await report()), asOf: answer.asOf, ready: false })
  })

  test('a name that two brands have is refused, with their ids; one that nobody has does not exist', async () => {
    await pm.sql.query(`insert into brands (organization_id, name) values ($1, 'ACME')`, [brand.organizationId])
    // The very name wins, so that a brand that comes later breaks no question.
    expect((await pm.client.readiness.ask({ page: 'report', brand: 'Acme' })).brandId).toBe(brand.brandId)
    await expect(pm.client.readiness.ask({ page: 'report', brand: 'acme' })).rejects.toMatchObject({
      code: 'AMBIGUOUS',
      data: { fix: expect.stringContaining(brand.brandId) as string },
    })
    await expect(pm.client.readiness.ask({ page: 'report', brand: 'Acne' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
  })
})

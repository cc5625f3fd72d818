import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { triggerRound } from '../../../agent/triggers/trigger-round.ts'
import { addOpenBrand, createTestConsole, type TestConsole } from '../../support/console.ts'
import { addAgent, addStatus, testCatalog } from '../../support/console-catalog.ts'
import { addJob, type Brand } from '../../support/job-rows.ts'
import { claim } from '../../support/store-runs.ts'
import { containing, matching } from '../cli/matchers.ts'
import { errorOf } from './error-of.ts'

const catalog = testCatalog({
  datasets: { orders: { maxAgeHours: 6, label: 'Orders' } },
  jobTypes: { load_orders: { datasets: ['orders'] }, build: { datasets: [] } },
  pages: {
    report: [{ dataset: 'orders', maxAgeHours: 12, fix: { jobType: 'load_orders', parameters: {} } }],
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
  await addAgent(pm.sql, catalog, ['load_orders', 'build'])
})
afterEach(async () => {
  if (pm.troubles.length > 0) throw new Error(pm.troubles.join('; '))
  await pm.sql.query('truncate organizations, scheduled_jobs, agents, operator_actions, holds cascade')
})

const inTwoHours = (): string => new Date(Date.now() + 7_200_000).toISOString()
const hold = async (
  input: { brandId?: string | null; jobType?: string; endsAt?: string | null; startsAt?: string } = {},
) =>
  (
    await pm.client.holds.create({
      organizationId: brand.organizationId,
      brandId: brand.brandId,
      endsAt: inTwoHours(),
      reason: 'warehouse migration',
      ...input,
    })
  ).hold
const list = async () => (await pm.client.holds.list({ organizationId: brand.organizationId })).holds
const jobTypes = ['load_orders', 'build']

describe('what is asked for while it is held is queued and waits', () => {
  test('run now says until when, by whom, and no agent takes it', async () => {
    const jobId = await addJob(pm.sql, {
      brand_id: brand.brandId,
      job_type: 'load_orders',
      cron_expression: '0 6 * * *',
      next_run_at: new Date(Date.now() + 86_400_000),
    })
    await hold()
    const answer = await pm.client.jobs.act({
      organizationId: brand.organizationId,
      action: 'run_now',
      jobs: [{ id: jobId }],
    })
    expect(answer.results[0]?.message).toMatch(/is queued; held until \d{4}-\d\d-\d\d \d\d:\d\d UTC by /)
    const { message, job } = await pm.client.jobs.queue({ ...brand, jobType: 'build', parameters: {} })
    expect(message).toContain('held until')
    expect(job.hold).toMatchObject({ reason: 'warehouse migration' })
    expect(await claim(pm.services.database, { jobTypes })).toEqual([])
  })

  test('what a trigger starts waits as well', async () => {
    await pm.client.triggers.create({ ...brand, dataset: 'orders', jobType: 'build', debounceSeconds: 0 })
    const made = await hold({ brandId: null })
    await pm.sql.query(
      `insert into dataset_status (brand_id, dataset_key, last_success_at, last_attempt_at, last_status)
       values ($1, 'orders', clock_timestamp(), now(), 'completed')`,
      [brand.brandId],
    )
    await triggerRound(pm.services.database)
    expect(await claim(pm.services.database, { jobTypes })).toEqual([])
    await pm.client.holds.end({ organizationId: brand.organizationId, holdId: made.id })
    expect(await claim(pm.services.database, { jobTypes })).toMatchObject([{ jobType: 'build' }])
  })
})

describe('who asks why', () => {
  test('hears of the hold: health, dataset, readiness and the job', async () => {
    await addStatus(pm.sql, brand.brandId, 'orders', { successAge: 20 })
    const jobId = await addJob(pm.sql, {
      brand_id: brand.brandId,
      job_type: 'load_orders',
      cron_expression: '0 6 * * *',
      next_run_at: new Date(Date.now() - 60_000),
    })
    const made = await hold()
    const words = /held until \d{4}-\d\d-\d\d \d\d:\d\d UTC by .+: warehouse migration/
    const summary = await pm.client.freshness.summary({ organizationId: brand.organizationId })
    expect(summary.causes).toMatchObject([{ text: matching(words), effects: 1 }])
    const { datasets } = await pm.client.freshness.brand({ brandId: brand.brandId })
    expect(datasets).toMatchObject([{ dataset: 'orders', reason: matching(words) }])
    const page = await pm.client.readiness.page({ brandId: brand.brandId, page: 'report' })
    expect(page.items[0]?.refresh).toMatchObject({ jobId, startsAt: made.endsAt })
    const jobs = await pm.client.jobs.list({ organizationId: brand.organizationId })
    expect(jobs.jobs).toMatchObject([{ id: jobId, hold: { id: made.id, endsAt: made.endsAt } }])
    await pm.client.holds.change({ organizationId: brand.organizationId, holdId: made.id, endsAt: null })
    const endless = await pm.client.readiness.page({ brandId: brand.brandId, page: 'report' })
    expect(endless.items[0]).toMatchObject({ expectedAt: null, refresh: { gap: 'held' } })
  })

  test('of all brands together it is one cause', async () => {
    const { rows } = await pm.sql.query<{ id: string }>(
      `insert into brands (organization_id, name) values ($1, 'Second') returning id`,
      [brand.organizationId],
    )
    for (const brandId of [brand.brandId, rows[0]?.id ?? '']) {
      await addStatus(pm.sql, brandId, 'orders', { successAge: 20 })
      await addJob(pm.sql, { brand_id: brandId, job_type: 'load_orders', concurrency_key: brandId })
    }
    await hold({ brandId: null })
    const { causes } = await pm.client.freshness.summary({ organizationId: brand.organizationId })
    expect(causes).toMatchObject([{ text: containing('Nothing starts for all brands'), effects: 2, brandId: null }])
  })
})

describe('holds', () => {
  test('are listed with their states; a change of what somebody else has changed is a conflict', async () => {
    const planned = await hold({ startsAt: new Date(Date.now() + 3_600_000).toISOString() })
    const made = await hold({ jobType: 'build' })
    const place = { organizationId: brand.organizationId, holdId: made.id, seenAt: made.changedAt.toISOString() }
    const ended = await pm.client.holds.end(place)
    expect(ended).toMatchObject({ changed: true, message: containing('build of Acme') })
    const states = new Map((await list()).map(({ id, state }) => [id, state]))
    expect(states).toEqual(
      new Map([
        [planned.id, 'planned'],
        [made.id, 'over'],
      ]),
    )
    expect(await errorOf(pm.client.holds.restore(place))).toMatchObject({ code: 'CONFLICT' })
    const seenAt = ended.hold.changedAt.toISOString()
    expect(await pm.client.holds.restore({ ...place, seenAt })).toMatchObject({ hold: { state: 'in_force' } })
    const { rows } = await pm.sql.query<{ action: string }>(
      `select action from operator_actions where subject_type = 'hold' order by id`,
    )
    expect(rows.map(({ action }) => action)).toEqual(['hold.create', 'hold.create', 'hold.end', 'hold.restore'])
  })

  test('of a type that no job has say so, because a slip of the keyboard would hold nothing', async () => {
    await addJob(pm.sql, { brand_id: brand.brandId, job_type: 'load_orders' })
    const create = async (jobType: string | null) => {
      const about = { organizationId: brand.organizationId, brandId: null, jobType }
      return (await pm.client.holds.create({ ...about, endsAt: inTwoHours(), reason: 'Inventory' })).message
    }
    const note = 'No job here has the type load_order now: see whether it is spelled right.'
    expect(await create('load_order')).toContain(note)
    for (const jobType of ['load_orders', null]) expect(await create(jobType)).not.toContain('spelled')
  })

  test('of a brand of another organization do not exist', async () => {
    const other = await addOpenBrand(pm.sql, 'Other')
    const foreign = pm.client.holds.create({
      organizationId: brand.organizationId,
      brandId: other.brandId,
      reason: 'mine',
    })
    expect(await errorOf(foreign)).toMatchObject({ code: 'NOT_FOUND' })
  })
})

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sweepBackfills } from '../../../agent/store/housekeeping/backfills.ts'
import { sweepRuns } from '../../../agent/store/housekeeping/runs.ts'
import { recordEnd } from '../../../agent/store/run-record.ts'
import { addOpenBrand, createTestConsole, type TestConsole } from '../../support/console.ts'
import { addAgent, testCatalog } from '../../support/console-catalog.ts'
import { addJob, addRun, type Brand } from '../../support/job-rows.ts'
import { claim, endOf } from '../../support/store-runs.ts'
import { errorOf } from './error-of.ts'

const day = { type: 'string', format: 'date' }
const catalog = testCatalog({
  datasets: { orders: { label: 'Orders' } },
  jobTypes: {
    load: {
      datasets: ['orders'],
      parameters: {
        type: 'object',
        properties: { from: day, to: day, shop: { type: 'string', default: 'all' } },
        additionalProperties: false,
      },
      backfill: { from: 'from', to: 'to', mostDays: 7 },
    },
    other: { datasets: [] },
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
  await addAgent(pm.sql, catalog, ['load', 'other'])
})
afterEach(async () => {
  if (pm.troubles.length > 0) throw new Error(pm.troubles.join('; '))
  await pm.sql.query('truncate organizations, scheduled_jobs, agents, operator_actions, holds, backfills cascade')
})

const week = { first: '2026-03-01', last: '2026-03-07' } as const
const asked = () => ({ ...brand, jobType: 'load', ...week })
const place = (backfillId: string) => ({ organizationId: brand.organizationId, backfillId })
const create = (input: object = {}) => pm.client.backfills.create({ ...asked(), ...input })
const claimOne = async () => (await claim(pm.services.database, { jobTypes: ['load'], limit: 1 }))[0]

interface JobOfBackfill {
  readonly name: string
  readonly parameters: unknown
  readonly concurrency_key: string | null
  readonly priority: number
  readonly time_zone: string | null
  readonly max_retries: number
}
const jobs = async () =>
  (await pm.sql.query<JobOfBackfill>('select * from scheduled_jobs where backfill_id is not null order by next_run_at'))
    .rows

/** Its run ends so. */
async function finish(status: 'completed' | 'failed', retries = 0): Promise<void> {
  const run = await claimOne()
  if (run === undefined) throw new Error('nothing to claim')
  const isOver = status === 'completed'
  const job = {
    ...endOf(run).job,
    status: isOver ? 'archived' : 'active',
    nextRunAt: null,
    nextAttempt: retries,
  } as const
  await recordEnd(pm.services.database, [{ ...endOf(run), status, problem: isOver ? null : 'failed', job }], null)
}

describe('a backfill is the runs of a range of days', () => {
  test('days are cut into runs that are claimed oldest first, one after another, at low priority', async () => {
    const { backfill, message } = await create({ daysPerRun: 3 })
    expect(message).toBe('3 runs of load for Acme are queued, the oldest days first, one after another.')
    expect(backfill).toMatchObject({ ...week, runs: 3, waiting: 3, done: 0, daysPerRun: 3, requestedBy: 'tester' })
    const made = await jobs()
    expect(made.map(({ name }) => name)).toEqual([
      'load 2026-03-01 to 2026-03-03',
      'load 2026-03-04 to 2026-03-06',
      'load 2026-03-07',
    ])
    expect(made[2]).toMatchObject({ parameters: { from: '2026-03-07', to: '2026-03-07', shop: 'all' }, priority: 0 })
    const first = await claimOne()
    expect(first?.jobName).toBe('load 2026-03-01 to 2026-03-03')
    // The key of the brand and type: another run of it waits.
    expect(await claimOne()).toBeUndefined()
    const [listed] = (await pm.client.backfills.list(brand)).backfills
    expect(listed).toMatchObject({ running: 1, waiting: 2 })
  })

  test('the newest first', async () => {
    await create({ newestFirst: true })
    expect((await claimOne())?.jobName).toBe('load 2026-03-07')
  })

  test('a regular run that falls due meanwhile goes before the rest of it', async () => {
    await create()
    await addJob(pm.sql, {
      brand_id: brand.brandId,
      job_type: 'load',
      name: 'Nightly',
      cron_expression: '0 6 * * *',
      next_run_at: new Date(),
    })
    expect((await claimOne())?.jobName).toBe('Nightly')
  })

  test('beside the regular runs it has a key of its own, and is still one after another', async () => {
    await addJob(pm.sql, {
      brand_id: brand.brandId,
      job_type: 'load',
      cron_expression: '0 6 * * *',
      next_run_at: new Date(0),
    })
    expect(await claimOne()).toBeDefined()
    await create({ isBeside: true })
    expect((await claimOne())?.jobName).toBe('load 2026-03-01')
    expect(await claimOne()).toBeUndefined()
  })

  test('it goes by the rules of the schedule of the brand: zone, retries, key', async () => {
    await addJob(pm.sql, {
      brand_id: brand.brandId,
      job_type: 'load',
      cron_expression: '0 6 * * *',
      next_run_at: new Date('2030-01-01'),
      time_zone: 'Europe/Berlin',
      max_retries: 1,
      concurrency_key: 'shop',
    })
    await create()
    expect((await jobs())[0]).toMatchObject({ time_zone: 'Europe/Berlin', max_retries: 1, concurrency_key: 'shop' })
  })

  test('the same request makes one backfill; its id for other days is refused', async () => {
    const requestId = 'aaaaaaaa-0000-4000-8000-000000000001'
    const { backfill } = await create({ requestId })
    expect(await create({ requestId })).toMatchObject({ changed: false, backfill: { id: backfill.id } })
    expect(await jobs()).toHaveLength(7)
    expect(await errorOf(create({ requestId, last: '2026-03-06' }))).toMatchObject({ code: 'CONFLICT' })
  })
})

describe('what makes no sense is refused before anything is written', () => {
  test.each([
    [{ first: '2026-02-30' }, 'first', 'is no day'],
    [{ first: '2026-03-08' }, 'last', 'before the first'],
    [{ last: '2099-01-01' }, 'last', 'has not come yet'],
    [{ daysPerRun: 8 }, 'daysPerRun', 'at most 7 days'],
    [{ first: '2024-01-01' }, 'first', 'a backfill has at most 400'],
    [{ jobType: 'other' }, 'jobType', 'cannot be backfilled'],
    [{ jobType: 'laod' }, 'jobType', 'There is no job type'],
    [{ parameters: { shop: 3 } }, 'parameters.shop', 'must be text'],
  ])('%j: %s %s', async (input, field, words) => {
    for (const call of [create, pm.client.backfills.preview]) {
      const error = await errorOf(call({ ...asked(), ...input }))
      expect(error).toMatchObject({ data: { field } })
      expect(error.message).toContain(words)
    }
    expect(await jobs()).toEqual([])
  })

  test('an archived brand, and a type that nobody can run, with the reason', async () => {
    await pm.sql.query('update brands set archived_at = now()')
    expect(await errorOf(create())).toMatchObject({ code: 'CONFLICT', message: 'The brand "Acme" is archived.' })
    await pm.sql.query(`update brands set archived_at = null; update agents set state = 'stopped'`)
    expect(await errorOf(create())).toMatchObject({ code: 'CONFLICT', data: { field: 'jobType' } })
    expect((await pm.client.backfills.preview(asked())).refusal).toContain('No agent')
    expect(await jobs()).toEqual([])
  })

  test('a brand of another organization is not there; who only reads makes none', async () => {
    const elsewhere = await addOpenBrand(pm.sql, 'Elsewhere')
    expect(await errorOf(create({ brandId: elsewhere.brandId }))).toMatchObject({ code: 'NOT_FOUND' })
    const reader = pm.as({ scope: 'read', door: 'api' })
    expect(await errorOf(reader.backfills.create(asked()))).toMatchObject({ code: 'NOT_ALLOWED' })
    expect((await reader.backfills.list(brand)).backfills).toEqual([])
    const { backfill } = await create()
    const place = { organizationId: elsewhere.organizationId, backfillId: backfill.id }
    expect(await errorOf(pm.client.backfills.cancel(place))).toMatchObject({ code: 'NOT_FOUND' })
  })
})

describe('the preview says what would be made, and what was done before', () => {
  test('days with a completed run of the same other parameters are known, and can be left out', async () => {
    const jobId = await addJob(pm.sql, { brand_id: brand.brandId, job_type: 'load', next_run_at: null })
    const started = new Date(Date.now() - 3_600_000)
    const run = async (from: string, to: string, columns: object = {}): Promise<void> => {
      await addRun(pm.sql, jobId, {
        brand_id: brand.brandId,
        job_type: 'load',
        status: 'completed',
        started_at: started,
        completed_at: new Date(started.getTime() + 60_000),
        parameters: { from, to, shop: 'all' },
        ...columns,
      })
    }
    await run('2026-02-20', '2026-03-02')
    await run('2026-03-05', '2026-03-05')
    await run('2026-03-06', '2026-03-06', { status: 'failed' })
    await run('2026-03-07', '2026-03-07', { parameters: { from: '2026-03-07', to: '2026-03-07', shop: 'one' } })
    const preview = await pm.client.backfills.preview({ ...asked(), onlyMissing: true, daysPerRun: 7 })
    expect(preview).toMatchObject({
      runs: [
        { first: '2026-03-03', last: '2026-03-04', isCovered: false },
        { first: '2026-03-06', last: '2026-03-07', isCovered: false },
      ],
      covered: [
        { first: '2026-03-01', last: '2026-03-02' },
        { first: '2026-03-05', last: '2026-03-05' },
      ],
      coveredDays: 3,
      firstParameters: { from: '2026-03-03', to: '2026-03-04', shop: 'all' },
      lastParameters: { from: '2026-03-06', to: '2026-03-07', shop: 'all' },
      zone: 'UTC',
      refusal: null,
      notes: [],
    })
    expect(preview.estimateMs).toBe(2 * 60_000)
    const all = await pm.client.backfills.preview(asked())
    expect(all.runs.map(({ isCovered }) => isCovered)).toEqual([true, true, false, false, true, false, false])
    expect(await errorOf(create({ last: '2026-03-02', onlyMissing: true }))).toMatchObject({
      code: 'CONFLICT',
      data: { field: 'onlyMissing' },
    })
    expect((await create({ onlyMissing: true })).backfill.runs).toBe(4)
  })

  test('an unknown duration is said, and so are a hold and a schedule that skips', async () => {
    await addJob(pm.sql, {
      brand_id: brand.brandId,
      job_type: 'load',
      name: 'Nightly',
      cron_expression: '0 6 * * *',
      next_run_at: new Date('2030-01-01'),
      overlap_policy: 'skip',
    })
    await pm.client.holds.create({ ...brand, reason: 'migration' })
    const { estimateMs, notes } = await pm.client.backfills.preview(asked())
    expect(estimateMs).toBeNull()
    expect(notes).toHaveLength(2)
    expect(notes.join(' ')).toMatch(/load is held .*Nightly skips a fire/)
    expect((await create()).message).toContain('held by tester until the hold is ended')
    expect(await claimOne()).toBeUndefined()
  })
})

describe('a backfill under way', () => {
  test('counts its runs, retries those that failed, calls off what has not begun, and all of it is on record', async () => {
    const { backfill } = await create({ last: '2026-03-04' })
    await finish('completed')
    await finish('failed')
    await claimOne()
    const get = () => pm.client.backfills.get(place(backfill.id))
    const { jobs: parts, backfill: now } = await get()
    expect(now).toMatchObject({ done: 1, failed: 1, running: 1, waiting: 1, cancelled: 0, runs: 4 })
    expect(parts.map(({ standing }) => standing)).toEqual(['done', 'failed', 'running', 'waiting'])
    const retried = await pm.client.backfills.retry(place(backfill.id))
    expect(retried).toMatchObject({
      changed: true,
      message: '1 run of load due again.',
      backfill: { failed: 0, waiting: 2 },
    })
    expect(await pm.client.backfills.retry(place(backfill.id))).toMatchObject({ changed: false })
    const cancelled = await pm.client.backfills.cancel(place(backfill.id))
    expect(cancelled).toMatchObject({
      changed: true,
      message: '2 runs of load called off. 1 run in progress goes on.',
      backfill: { waiting: 0, cancelled: 2, running: 1, cancelledBy: 'tester' },
    })
    expect(await pm.client.backfills.cancel(place(backfill.id))).toMatchObject({ changed: false })
    const { rows } = await pm.sql.query(`select action, subject_type from operator_actions order by id`)
    expect(rows).toEqual(
      ['create', 'retry', 'cancel'].map((verb) => ({ action: `backfill.${verb}`, subject_type: 'backfill' })),
    )
    const runs = await pm.client.runs.list({ ...brand, backfillId: backfill.id })
    expect(runs.runs).toHaveLength(3)
    expect((await pm.client.runs.list({ ...brand, backfillId: brand.brandId })).runs).toEqual([])
    await addRun(pm.sql, await addJob(pm.sql, { brand_id: brand.brandId, job_type: 'load' }), {
      brand_id: brand.brandId,
      status: 'completed',
      started_at: new Date(),
    })
    const { organizationId } = brand
    expect((await pm.client.runs.summary({ organizationId, backfillId: backfill.id })).total).toBe(3)
  })

  test('J5: a run of which nobody knows whether it did its work is not retried with the others', async () => {
    const { backfill } = await create({ last: '2026-03-01' })
    await finish('failed')
    await pm.sql.query(`update scheduled_job_runs set problem = 'outcome_unknown'`)
    const answer = await pm.client.backfills.retry(place(backfill.id))
    expect(answer.changed).toBe(false)
    expect(answer.message).toContain('not known whether the work was done')
  })

  test('a day that a person has found done is done, and is not missing', async () => {
    const { backfill } = await create({ last: '2026-03-02' })
    await finish('failed')
    await pm.sql.query(`update scheduled_job_runs set problem = 'outcome_unknown'`)
    const { rows } = await pm.sql.query<{ id: string }>('select id from scheduled_job_runs')
    await pm.client.runs.confirm({ runId: rows[0]?.id ?? '', outcome: 'done' })
    expect((await pm.client.backfills.get(place(backfill.id))).backfill).toMatchObject({
      done: 1,
      waiting: 1,
      cancelled: 0,
    })
    const { runs } = await pm.client.backfills.preview({ ...asked(), last: '2026-03-02', onlyMissing: true })
    expect(runs.map(({ first }) => first)).toEqual(['2026-03-02'])
  })

  test('a paused day that failed for good has failed: nothing waits for it, calling off leaves it, a retry says so', async () => {
    const { backfill } = await create({ last: '2026-03-02' })
    await finish('failed')
    await pm.sql.query(`update scheduled_jobs set status = 'paused' where next_run_at is null`)
    const get = async () => (await pm.client.backfills.get(place(backfill.id))).backfill
    expect(await get()).toMatchObject({ failed: 1, waiting: 1 })
    expect(await pm.client.backfills.retry(place(backfill.id))).toMatchObject({
      changed: false,
      message: 'None of it has failed for good. 1 run is paused: resume and retry each by itself.',
    })
    expect((await pm.client.backfills.cancel(place(backfill.id))).message).toBe('1 run of load called off.')
    expect(await get()).toMatchObject({ failed: 1, waiting: 0, cancelled: 1 })
  })

  test('from a job of an earlier one that ran beside the regular runs, another one goes by the schedule again', async () => {
    await create({ last: '2026-03-01', isBeside: true })
    const [earlier] = (await pm.sql.query<{ id: string }>('select id from scheduled_jobs')).rows
    const again = { likeJobId: earlier?.id ?? '', first: '2026-03-02', last: '2026-03-02' }
    await create(again)
    expect((await jobs())[1]?.concurrency_key).toBeNull()
    await addJob(pm.sql, {
      brand_id: brand.brandId,
      job_type: 'load',
      cron_expression: '0 6 * * *',
      next_run_at: new Date('2030-01-01'),
      concurrency_key: 'shop',
      max_retries: 1,
    })
    await create({ ...again, first: '2026-03-03', last: '2026-03-03' })
    expect((await jobs())[2]).toMatchObject({ concurrency_key: 'shop', max_retries: 1 })
    const nobody = '00000000-0000-4000-8000-00000000dead'
    expect(await errorOf(create({ likeJobId: nobody }))).toMatchObject({ code: 'NOT_FOUND' })
  })

  test('retention: what failed and was put away does not turn into done when its runs are removed', async () => {
    const { backfill } = await create({ last: '2026-03-02' })
    await finish('failed')
    await finish('completed')
    await pm.sql.query(`update scheduled_jobs set status = 'archived'`)
    await pm.sql.query(
      `update scheduled_job_runs set started_at = started_at - interval '400 days', completed_at = completed_at - interval '400 days'`,
    )
    await pm.sql.query('update dataset_status set last_run_id = null')
    const ages = { successfulRuns: 90, failedRuns: 180 }
    const { removed } = await sweepRuns(pm.services.database, ages, {
      after: null,
      limit: 100,
      mostRows: 100,
      removes: true,
    })
    expect(removed).toMatchObject({ scheduled_jobs: 2 })
    expect((await pm.client.backfills.get(place(backfill.id))).backfill).toMatchObject({
      runs: 2,
      done: 1,
      cancelled: 1,
    })
  })

  test('retention: it goes with the last of its jobs, and what never began goes too', async () => {
    const { backfill } = await create({ last: '2026-03-02' })
    await finish('completed')
    await pm.client.backfills.cancel(place(backfill.id))
    const sweep = () =>
      sweepBackfills(pm.services.database, 30, { after: null, limit: 100, mostRows: 100, removes: true })
    expect((await sweep()).removed).toEqual({ scheduled_jobs: 0, backfills: 0 })
    await pm.sql.query(
      `update backfills set created_at = now() - interval '31 days', cancelled_at = now() - interval '31 days'`,
    )
    await pm.sql.query(`update scheduled_jobs set updated_at = now() - interval '31 days'`)
    expect((await sweep()).removed).toEqual({ scheduled_jobs: 1, backfills: 0 })
    expect((await pm.client.backfills.get(place(backfill.id))).backfill).toMatchObject({
      runs: 2,
      done: 1,
      cancelled: 1,
    })
    await pm.sql.query('delete from scheduled_job_runs')
    await pm.sql.query('delete from scheduled_jobs')
    expect((await sweep()).removed).toEqual({ scheduled_jobs: 0, backfills: 1 })
  })
})

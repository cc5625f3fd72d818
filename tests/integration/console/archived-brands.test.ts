import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { addOpenBrand, type ConsoleClient, createTestConsole, type TestConsole } from '../../support/console.ts'
import { addAgent, testCatalog } from '../../support/console-catalog.ts'
import { openScene } from '../../support/incident-evaluation.ts'
import { addJob, type Brand, jobRow, runOf, runsOf } from '../../support/job-rows.ts'
import { createTestScheduler, done } from '../../support/scheduler.ts'
import { waitFor } from '../../support/wait.ts'
import { containing } from '../cli/matchers.ts'
import { errorOf } from './error-of.ts'

const catalog = testCatalog({
  datasets: { orders: {}, report: {} },
  jobTypes: { load: { datasets: ['orders'] }, build: { datasets: ['report'] } },
  pages: { report: [{ dataset: 'orders', maxAgeHours: 1, fix: { jobType: 'load', parameters: {} } }] },
})
const daily = { cron: '0 6 * * *', timeZone: 'UTC' }

let pm: TestConsole
let sql: pg.Client
let brand: Brand
beforeAll(async () => {
  pm = await createTestConsole({ catalog })
  sql = pm.sql
})
afterAll(() => pm.stop())
beforeEach(async () => {
  brand = await addOpenBrand(sql)
  await addAgent(sql, catalog, ['load', 'build'])
})
afterEach(() => sql.query('truncate organizations, scheduled_jobs, agents, operator_actions cascade'))

const putAway = () => pm.client.admin.archiveBrand({ brandId: brand.brandId })
const bringBack = () => pm.client.admin.restoreBrand({ brandId: brand.brandId })
const addDaily = (status = 'active'): Promise<string> =>
  addJob(sql, { brand_id: brand.brandId, name: 'Load', job_type: 'load', status, cron_expression: '0 6 * * *' })
const rows = async () =>
  (
    await sql.query<Record<'jobs' | 'triggers' | 'hooks' | 'checks', number>>(
      `select (select count(*)::int from scheduled_jobs) as jobs, (select count(*)::int from dataset_triggers) as triggers,
       (select count(*)::int from hooks) as hooks, (select count(*)::int from ping_checks) as checks`,
    )
  ).rows

type Call = (client: ConsoleClient, brand: Brand) => Promise<unknown>

describe('what would start or plan work of an archived brand is refused, with what to do, and leaves nothing', () => {
  const check = { name: 'Backup', slug: 'backup', dataset: 'backup', graceSeconds: 600, resumesByHand: false }
  const calls: Record<string, Call> = {
    'a run': ({ jobs }, ids) => jobs.queue({ ...ids, jobType: 'load' }),
    'a run at a time': ({ jobs }, ids) => jobs.queue({ ...ids, jobType: 'load', at: inAMinute().toISOString() }),
    'a schedule': ({ schedules }, ids) => schedules.create({ ...ids, jobType: 'load', ...daily }),
    'the one recurring job': ({ schedules }, { brandId }) => schedules.ensure({ brandId, jobType: 'load', ...daily }),
    fixes: ({ freshness }, { organizationId, brandId }) =>
      freshness.runFixes({ organizationId, requestId: randomUUID(), cells: [{ brandId, dataset: 'orders' }] }),
    'a trigger': ({ triggers }, ids) => triggers.create({ ...ids, dataset: 'orders', jobType: 'build' }),
    'a hook': ({ hooks }, ids) => hooks.create({ ...ids, name: 'Loaded', jobType: 'load' }),
    'a ping': ({ pings }, ids) => pings.save({ ...ids, ...check, schedule: { kind: 'period', periodSeconds: 3_600 } }),
  }

  test.each(Object.entries(calls))('%s', async (_what, call) => {
    // Without it the brand has no such dataset, and there is nothing to fix.
    await sql.query(
      `insert into dataset_status (brand_id, dataset_key, last_attempt_at, last_status) values ($1, 'orders', now(), 'failed')`,
      [brand.brandId],
    )
    await putAway()
    for (const door of ['console', 'api'] as const) {
      const { code, message, data } = await errorOf(call(pm.as({ door }), brand))
      expect([code, message]).toEqual(['CONFLICT', 'The brand "Acme" is archived.'])
      expect(data).toMatchObject({ value: brand.brandId, fix: 'Bring it back first: the Admin page, Brands.' })
    }
    expect(await rows()).toEqual([{ jobs: 0, triggers: 0, hooks: 0, checks: 0 }])
    await bringBack()
    await call(pm.client, brand)
    const [made] = await rows()
    expect(Object.values(made ?? {}).filter((count) => count > 0)).toEqual([1])
  })

  test.each(['resume', 'retry', 'restore', 'run_now'] as const)('to %s a job; to pause one is not', async (action) => {
    const jobId = await addDaily()
    if (action === 'restore') await act('archive', jobId)
    await putAway()
    if (action === 'retry')
      await sql.query(`update scheduled_jobs set status = 'active', next_run_at = null, last_run_status = 'failed'`)
    const before = await jobRow(sql, jobId)
    const [answer] = await act(action, jobId)
    expect(answer).toMatchObject({ refused: 'CONFLICT', message: containing('"Acme" is archived.') })
    expect(await jobRow(sql, jobId)).toEqual(before)
    expect(await rows()).toMatchObject([{ jobs: 1 }])
  })

  test('a request that was answered before is answered the same', async () => {
    const request = { ...brand, jobType: 'load', requestId: randomUUID() }
    const { job } = await pm.client.jobs.queue(request)
    await putAway()
    expect(await pm.client.jobs.queue(request)).toMatchObject({ created: false, job: { id: job.id } })
  })

  test('queued while it is put away: either it was first and is paused, or it is refused', async () => {
    const [queued] = await Promise.all([
      Promise.allSettled(Array.from({ length: 8 }, () => pm.client.jobs.queue({ ...brand, jobType: 'load' }))),
      putAway(),
    ])
    const { rows: left } = await sql.query<{ status: string }>('select status from scheduled_jobs')
    expect(left).toHaveLength(queued.filter(({ status }) => status === 'fulfilled').length)
    expect(left.filter(({ status }) => status !== 'paused')).toEqual([])
  })
})

test('jobs of an archived brand are not claimed, and a run that was in progress is the last', async () => {
  const began = Promise.withResolvers<undefined>()
  const goOn = Promise.withResolvers<undefined>()
  const load = async () => {
    began.resolve(undefined)
    await goOn.promise
    return done
  }
  await using agent = createTestScheduler({ url: pm.database.url, jobs: { load, build: () => done } })
  await agent.scheduler.start()
  const due = { brand_id: brand.brandId, cron_expression: '* * * * *', next_run_at: new Date() }
  const running = await addJob(sql, { ...due, name: 'Load', job_type: 'load' })
  await began.promise
  const waiting = await addJob(sql, { ...due, name: 'Build', job_type: 'build', next_run_at: inAMinute() })
  expect(await putAway()).toEqual({ changed: true, jobs: 2 })
  await sql.query('update scheduled_jobs set next_run_at = now() where id = $1', [waiting])
  goOn.resolve(undefined)
  await waitFor(async () => (await runOf(sql, running)).status === 'completed', { describe: 'the run to end' })
  await sql.query('update scheduled_jobs set next_run_at = now() where id = $1', [running])
  await agent.scheduler.poll()
  expect([(await runsOf(sql, running)).length, await runsOf(sql, waiting)]).toEqual([1, []])
  expect((await jobRow(sql, running)).status).toBe('paused')
})

test('J5: a dead job is not brought to life by putting its brand away and bringing it back', async () => {
  const dead = await addJob(sql, { brand_id: brand.brandId, next_run_at: null, last_run_status: 'failed' })
  expect(await putAway()).toEqual({ changed: true, jobs: 0 })
  expect(await bringBack()).toEqual({ changed: true, jobs: 0 })
  expect(await jobRow(sql, dead)).toMatchObject({ status: 'active', next_run_at: null })
})

test('J5: one that dies while its brand is away stays dead, also where nobody knows what it has done', async () => {
  const failing = Promise.withResolvers<never>()
  const load = () => failing.promise
  await using agent = createTestScheduler({
    url: pm.database.url,
    jobs: { load: { steps: [{ key: 'create', retry: 'never', run: load }] }, build: load },
  })
  await agent.scheduler.start()
  const once = { brand_id: brand.brandId, next_run_at: new Date(), max_retries: 0 }
  const dead = [await addJob(sql, { ...once, job_type: 'load' }), await addJob(sql, { ...once, job_type: 'build' })]
  const waiting = await addJob(sql, { ...once, name: 'Later', job_type: 'later', next_run_at: inAMinute() })
  await waitFor(() => agent.of('run_started').length === 2, { describe: 'both runs' })
  await putAway()
  failing.reject(new Error('no answer'))
  await agent.ended(2)
  expect(await bringBack()).toEqual({ changed: true, jobs: 3 })
  for (const jobId of dead)
    expect(await jobRow(sql, jobId)).toMatchObject({ status: 'active', next_run_at: null, last_run_status: 'failed' })
  expect((await jobRow(sql, waiting)).next_run_at).not.toBeNull()
  await act('pause', dead[0] ?? '')
  const [answer] = await act('resume', dead[0] ?? '')
  expect(answer).toMatchObject({ changed: true, message: 'Job is resumed. It is dead; retry it if it should run.' })
  expect(await jobRow(sql, dead[0] ?? '')).toMatchObject({ status: 'active', next_run_at: null })
})

test('bringing a brand back that was interrupted is repeated: every job that was paused for it goes on', async () => {
  const [first, second] = [await addDaily(), await addDaily()]
  await addDaily('paused')
  await putAway()
  await sql.query(
    `create function refuse() returns trigger language plpgsql as $$ begin raise exception 'not now'; end $$;
     create trigger refuse before update on scheduled_jobs for each row when (new.id = '${second}') execute function refuse()`,
  )
  expect(await errorOf(bringBack())).toMatchObject({ code: 'INTERNAL_SERVER_ERROR' })
  await sql.query('drop function refuse cascade')
  expect((await bringBack()).changed).toBe(false)
  const states = async () =>
    (await sql.query<{ status: string }>('select status from scheduled_jobs order by created_at, id')).rows.map(
      ({ status }) => status,
    )
  expect(await states()).toEqual(['active', 'active', 'paused'])
  await act('pause', first)
  expect(await bringBack()).toEqual({ changed: false, jobs: 0 })
  expect(await states()).toEqual(['paused', 'active', 'paused'])
})

test('incidents of an archived brand end without a word, and nothing opens one while it is away', async () => {
  const scene = await openScene(pm, catalog)
  const kinds = async () => (await scene.open()).map(({ kind }) => kind).toSorted()
  const failed = { status: 'failed', attempt_number: 4 }
  await scene.end(await scene.job('load'), failed, { next_attempt: 1 })
  const dead = { next_attempt: 1, next_run_at: null }
  const once = { schedule_type: 'one_time', cron_expression: null }
  await scene.end(await scene.job('build', once), failed, dead)
  const other = await scene.job('build', once)
  const suspicious = { metadata: { suspicious: true } }
  await scene.succeed('report', 0, suspicious)
  await scene.succeed('orders', 3)
  await scene.round()
  expect(await kinds()).toEqual(['dataset_stale', 'job_dead', 'run_failed', 'suspicious'])
  const before = await scene.told()
  await pm.client.admin.archiveBrand({ brandId: scene.brandId })
  await scene.end(other, failed, { ...dead, status: 'active' })
  await scene.succeed('orders', 0, suspicious)
  await scene.round()
  expect(await kinds()).toEqual([])
  await scene.succeed('orders', -0.1, suspicious)
  await scene.round()
  expect([await kinds(), await scene.told()]).toEqual([[], before])
})

const act = async (action: 'archive' | 'pause' | 'resume' | 'retry' | 'restore' | 'run_now', jobId: string) =>
  (await pm.client.jobs.act({ organizationId: brand.organizationId, action, jobs: [{ id: jobId }] })).results

function inAMinute(): Date {
  return new Date(Date.now() + 60_000)
}

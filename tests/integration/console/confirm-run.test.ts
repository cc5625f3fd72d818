/** J5: a step marked `retry: never` left nobody knowing whether it did its work; a person says so. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { localClient } from '../../../agent/console/local-client.ts'
import { StepFailure } from '../../../agent/jobs/executors/executor.ts'
import { retryJob } from '../../../agent/jobs/operations.ts'
import { listOperatorActions } from '../../../agent/store/operator-actions.ts'
import { actOnIncident } from '../../../electron/notification-actions.ts'
import { addOpenBrand, createTestConsole, type TestConsole } from '../../support/console.ts'
import { addAgent, testCatalog } from '../../support/console-catalog.ts'
import { openScene } from '../../support/incident-evaluation.ts'
import { addIncident } from '../../support/incident-rows.ts'
import { addJob, type Brand, datasetRow, jobRow, runOf } from '../../support/job-rows.ts'
import { createTestScheduler, done } from '../../support/scheduler.ts'
import { matching } from '../cli/matchers.ts'
import { errorOf } from './error-of.ts'

const ofDays = {
  parameters: { type: 'object', properties: { day: { type: 'string' } } },
  backfill: { from: 'day', to: null, mostDays: 1 },
}
const catalog = testCatalog({
  datasets: { orders: { maxAgeHours: 24 }, published: { maxAgeHours: 24 } },
  jobTypes: {
    work: { datasets: ['orders', 'published'] },
    twice: { datasets: ['orders', 'orders'] },
    tidy: { datasets: [] },
    daily: { datasets: ['orders', 'published'], ...ofDays },
  },
})

let console: TestConsole
let brand: Brand
beforeAll(async () => {
  console = await createTestConsole({ catalog })
})
afterAll(async () => {
  await console.stop()
  if (console.troubles.length > 0) throw new Error(console.troubles.join('; '))
})
beforeEach(async () => {
  brand = await addOpenBrand(console.sql)
  await addAgent(console.sql, catalog, ['work', 'twice', 'daily'])
})
afterEach(() => console.sql.query('truncate organizations, scheduled_jobs, operator_actions, agents cascade'))

/** A real run of two steps, of which the one named did not say how it went. */
async function unknownRun(columns: Record<string, unknown> = {}, at = 1) {
  const jobId = await addJob(console.sql, { brand_id: brand.brandId, ...columns })
  const datasets = columns['job_type'] === 'twice' ? ['orders', 'orders'] : ['orders', 'published']
  const steps = [0, 1].map((position) => ({
    key: `step_${position}`,
    dataset: datasets[position] ?? null,
    retry: position === at ? ('never' as const) : ('allowed' as const),
    run: () => {
      if (position === at) throw new StepFailure('outcome_unknown', 'no answer')
      return done
    },
  }))
  await using agent = createTestScheduler({
    url: console.database.url,
    jobs: { work: { steps }, twice: { steps }, daily: { steps, ...ofDays } },
  })
  await agent.scheduler.start()
  await agent.ended(1)
  const run = await runOf(console.sql, jobId)
  expect(run).toMatchObject({ status: 'failed', problem: 'outcome_unknown' })
  return { jobId, runId: run.id, startedAt: run.started_at }
}

const published = async () => datasetRow(console.sql, brand.brandId, 'published')
const daily = { cron_expression: '0 6 * * *', time_zone: 'UTC' }
const ana = () => console.as({ operator: 'ana' })
const ben = () => console.as({ operator: 'ben' })

describe('J5: it was done', () => {
  test('the dataset is fresh as of the start of the run, which keeps its status; the job goes on with its next fire', async () => {
    const { jobId, runId, startedAt } = await unknownRun(daily)
    const planned = (await jobRow(console.sql, jobId)).next_run_at
    expect(planned).not.toBeNull()
    const { changed, message } = await ana().runs.confirm({ runId, outcome: 'done', records: 12, note: 'in the shop' })
    expect([changed, message]).toEqual([
      true,
      matching(/is confirmed as done\. published is refreshed as of .* The next run is at /),
    ])
    expect(await published()).toMatchObject({
      last_success_at: startedAt,
      last_status: 'completed',
      error_message: null,
      records_affected: '12',
      last_run_id: runId,
    })
    expect(await jobRow(console.sql, jobId)).toMatchObject({
      status: 'active',
      next_run_at: planned,
      last_error: null,
      runs_completed: 1,
      last_run_status: 'failed',
    })
    const { run } = await console.client.runs.get({ runId })
    expect(run).toMatchObject({ status: 'failed', problem: 'outcome_unknown' })
    expect(run.decision).toMatchObject({
      outcome: 'done',
      by: 'ana',
      doneAt: startedAt,
      note: 'in the shop',
      records: 12,
    })
    const actions = await listOperatorActions(console.services.database, { type: 'run', id: runId })
    expect(actions).toMatchObject([{ operator: 'ana', action: 'run.confirm', after: { outcome: 'done' } }])
    const { rows } = await console.sql.query(
      `select status from dataset_status_history where dataset_key = 'published' order by happened_at`,
    )
    expect(rows).toEqual([{ status: 'completed' }, { status: 'unknown' }])
  })

  test('as of a time that somebody states, never a future one, and never back behind a success that is newer', async () => {
    const { runId } = await unknownRun()
    const future = ana().runs.confirm({ runId, outcome: 'done', doneAt: '2099-01-01T00:00:00Z' })
    expect(await errorOf(future)).toMatchObject({ code: 'INVALID_INPUT', data: { field: 'doneAt' } })
    expect((await console.client.runs.get({ runId })).run.decision).toBeNull()
    const newer = new Date(Date.now() - 60_000)
    await console.sql.query(
      `update dataset_status set last_success_at = $1, records_affected = 5 where dataset_key = 'published'`,
      [newer],
    )
    await ana().runs.confirm({ runId, outcome: 'done', doneAt: '2026-01-01T00:00:00Z', records: 9 })
    expect(await published()).toMatchObject({ last_success_at: newer, last_status: 'completed', records_affected: '5' })
  })

  test.each([
    ['of a person is put away', { trigger_source: 'manual' }, 'archived'],
    ['of a schedule is completed', { trigger_source: 'scheduled' }, 'completed'],
    ['that may run once more only is completed', { ...daily, max_runs: 1 }, 'completed'],
  ])('a job %s (J6)', async (_, columns, status) => {
    const { jobId, runId } = await unknownRun(columns)
    expect((await ana().runs.confirm({ runId, outcome: 'done' })).message).toContain('The job is done.')
    expect(await jobRow(console.sql, jobId)).toMatchObject({ status, next_run_at: null, runs_completed: 1 })
  })

  test('F2: a dataset that another step of the run was to refresh, too, is not fresh by that', async () => {
    const { runId } = await unknownRun({ job_type: 'twice' }, 0)
    expect((await ana().runs.confirm({ runId, outcome: 'done' })).message).not.toContain('is refreshed')
    expect(await datasetRow(console.sql, brand.brandId, 'orders')).toMatchObject({ last_success_at: null })
  })

  test('F2: of a run for days that are over, the dataset is as fresh as those days, by the zone of the job', async () => {
    const { runId, startedAt } = await unknownRun({
      job_type: 'daily',
      time_zone: 'Europe/Berlin',
      parameters: '{"day": "2026-01-03"}',
    })
    const { message } = await ana().runs.confirm({ runId, outcome: 'done' })
    expect(message).toContain('published is refreshed as of 2026-01-03 23:00')
    expect(await published()).toMatchObject({
      last_success_at: new Date('2026-01-03T23:00:00Z'),
      last_status: 'completed',
    })
    expect((await console.client.runs.get({ runId })).run.decision).toMatchObject({ doneAt: startedAt })
  })

  test.each([
    ['recurring stays paused, with its next fire', daily, 'paused'],
    ['one-time is done', { trigger_source: 'manual' }, 'archived'],
  ])('J6: a paused job that is %s', async (_, columns, status) => {
    const { jobId, runId } = await unknownRun(columns)
    await console.sql.query(`update scheduled_jobs set status = 'paused' where id = $1`, [jobId])
    const { next_run_at } = await jobRow(console.sql, jobId)
    await ana().runs.confirm({ runId, outcome: 'done' })
    expect(await jobRow(console.sql, jobId)).toMatchObject({ status, runs_completed: 1, last_error: null, next_run_at })
  })

  test('N2: data that goes stale later is not said to be old because that run failed', async () => {
    const { runId } = await unknownRun(daily)
    await ana().runs.confirm({ runId, outcome: 'done' })
    await console.sql.query(`update dataset_status set last_success_at = now() - interval '3 days'`)
    await console.sql.query(`delete from dataset_status where dataset_key = 'orders'`)
    const place = { brandId: brand.brandId, dataset: 'published' }
    expect((await console.client.freshness.dataset(place)).facts.reason).not.toContain('failed')
    const { causes } = await console.client.freshness.summary({ organizationId: brand.organizationId })
    expect(causes.map(({ text }) => text).join(' ')).not.toContain('fail')
  })

  test('a decided job is not said to wait for somebody who looks at it', async () => {
    const { jobId, runId } = await unknownRun(daily)
    const retried = async () => retryJob(console.services.database, { operator: 'ana', door: 'console' }, jobId, {})
    await expect(retried()).rejects.toThrow('It is not known whether')
    await ana().runs.confirm({ runId, outcome: 'done' })
    await expect(retried()).rejects.toThrow('Confirmed done by ana')
  })

  test('what was done is not retried afterwards', async () => {
    const { jobId, runId } = await unknownRun(daily)
    await ana().runs.confirm({ runId, outcome: 'done' })
    const error = await errorOf(ben().jobs.retry({ jobId }))
    expect(error).toMatchObject({ code: 'CONFLICT', message: matching(/Confirmed done by ana/) })
  })
})

/** As the desktop does for the incident of a failed job. */
async function runFixOfToast(jobId: string): Promise<void> {
  const { organizationId, brandId } = brand
  const subject = { kind: 'job_dead', dataset_key: null, scheduled_job_id: jobId, job_type: 'work' }
  const incident = await addIncident(console.sql, { ...subject, organization_id: organizationId, brand_id: brandId })
  const identity = { operator: 'ben', door: 'console', scope: 'admin', organizationId: null } as const
  const client = localClient(identity, () => console.services)
  await actOnIncident('fix', incident, { client, now: () => new Date() })
}

describe('J5: it was not done', () => {
  test('it is due at once, as by a retry; both are on record', async () => {
    const { jobId, runId } = await unknownRun({ trigger_source: 'manual' })
    const { changed, message } = await ana().runs.confirm({ runId, outcome: 'not_done', note: 'nothing there' })
    expect([changed, message]).toEqual([true, 'The run of Job was not done. Job is due now.'])
    expect(await jobRow(console.sql, jobId)).toMatchObject({ status: 'active', next_attempt: 0 })
    expect((await jobRow(console.sql, jobId)).next_run_at).not.toBeNull()
    expect(await published()).toMatchObject({ last_success_at: null, last_status: 'unknown' })
    const { run, actions } = await console.client.runs.get({ runId })
    expect(run.decision).toMatchObject({ outcome: 'not_done', by: 'ana', doneAt: null, note: 'nothing there' })
    expect(actions.map(({ action }) => action)).toEqual(expect.arrayContaining(['run.confirm']))
    expect(await listOperatorActions(console.services.database, { type: 'job', id: jobId })).toMatchObject([
      { action: 'job.retry', operator: 'ana' },
    ])
  })

  test.each<[string, (jobId: string) => Promise<unknown>]>([
    ['a plain retry', async (jobId) => ben().jobs.retry({ jobId })],
    ['“Run the fix” of a notification', async (jobId) => runFixOfToast(jobId)],
  ])('%s does not decide so: it is refused, and asks', async (_, retry) => {
    const { jobId, runId } = await unknownRun()
    const before = await jobRow(console.sql, jobId)
    const message = matching(/^It is not known whether the last run of Job did its work/)
    expect(await errorOf(retry(jobId))).toMatchObject({ code: 'CONFLICT', message })
    expect((await console.client.runs.get({ runId })).run.decision).toBeNull()
    expect(await jobRow(console.sql, jobId)).toEqual(before)
  })

  test('a retry by who was asked says the same; then a plain one is due again', async () => {
    const { jobId, runId } = await unknownRun()
    const { results } = await ben().jobs.act({
      organizationId: brand.organizationId,
      action: 'retry',
      jobs: [{ id: jobId }],
      notDone: true,
    })
    expect(results).toMatchObject([{ changed: true, refused: null }])
    await console.sql.query('update scheduled_jobs set next_run_at = null where id = $1', [jobId])
    expect(await ben().jobs.retry({ jobId })).toMatchObject({ changed: true })
    expect((await console.client.runs.get({ runId })).run.decision).toMatchObject({ outcome: 'not_done', by: 'ben' })
    const error = await errorOf(ana().runs.confirm({ runId, outcome: 'done' }))
    expect(error).toMatchObject({ code: 'CONFLICT', message: matching(/^Found not done by ben, and run again at /) })
  })
})

test('two operators who decide at once: one does, the other is told what was decided', async () => {
  const { runId } = await unknownRun(daily)
  const both = await Promise.allSettled([
    ana().runs.confirm({ runId, outcome: 'done' }),
    ben().runs.confirm({ runId, outcome: 'not_done' }),
  ])
  const refused = both.filter((one) => one.status === 'rejected')
  expect(refused).toMatchObject([
    { reason: { code: 'CONFLICT', message: matching(/^(Confirmed done by ana|Found not done by ben)/) } },
  ])
})

test('the same said twice changes nothing, and of a run that ended in another way nothing can be said', async () => {
  const { runId } = await unknownRun(daily)
  await ana().runs.confirm({ runId, outcome: 'done' })
  expect((await ana().runs.confirm({ runId, outcome: 'done' })).changed).toBe(false)
  for (const other of [{ doneAt: '2026-01-01T00:00:00Z' }, { records: 3 }, { note: 'in the other shop' }]) {
    const refused = await errorOf(ana().runs.confirm({ runId, outcome: 'done', ...other }))
    expect(refused).toMatchObject({ code: 'CONFLICT', message: matching(/^Confirmed done by ana at .*, as of /) })
  }
  await console.sql.query(`update scheduled_job_runs set problem = 'failed', decision = null where id = $1`, [runId])
  const error = await errorOf(ana().runs.confirm({ runId, outcome: 'done' }))
  expect(error).toMatchObject({ code: 'CONFLICT', message: matching(/is known: failed/) })
  expect(await errorOf(console.as({ scope: 'read' }).runs.confirm({ runId, outcome: 'done' }))).toMatchObject({
    code: 'NOT_ALLOWED',
  })
})

test.each(['dead', 'recurring'])('N2: the incident of a %s job ends when it is confirmed as done', async (kind) => {
  const scene = await openScene(console, catalog)
  const jobId = await scene.job('tidy', kind === 'dead' ? { schedule_type: 'one_time', cron_expression: null } : {})
  const next =
    kind === 'dead' ? { next_run_at: null } : { next_attempt: 1, next_run_at: new Date('2030-01-01T00:00:00Z') }
  const runId = await scene.end(jobId, { status: 'failed', problem: 'outcome_unknown' }, next)
  await scene.round()
  expect(await scene.open()).toMatchObject([{ kind: kind === 'dead' ? 'job_dead' : 'run_failed' }])
  await ana().runs.confirm({ runId, outcome: 'done', doneAt: '2026-01-01T00:00:00Z' })
  await scene.round()
  expect(await scene.incidents()).toMatchObject([{ resolution: matching(/was confirmed as done by ana\.$/) }])
})

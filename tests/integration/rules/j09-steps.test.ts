import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { migrate } from '../../../agent/store/migrate.ts'
import { systemClock } from '../../../shared/clock.ts'
import { createTestDatabase, migrationsDirectory, type TestDatabase } from '../../support/database.ts'
import { addBrand, addJob, datasetRow, jobRow, type RunRow, runOf, stepsOf } from '../../support/job-rows.ts'
import { createTestScheduler, done, type StepHandler, type TestStep } from '../../support/scheduler.ts'
import { waitFor } from '../../support/wait.ts'

let database: TestDatabase
let client: pg.Client
let brandId: string
beforeAll(async () => {
  database = await createTestDatabase()
  client = await database.connect()
})
afterAll(() => database.drop())
beforeEach(async () => {
  brandId = (await addBrand(client)).brandId
})

const failing: StepHandler = () => {
  throw new Error('HTTP 500')
}
const rows =
  (recordsAffected: number): StepHandler =>
  () => ({ recordsAffected, metadata: {} })

async function runSteps(steps: TestStep[], columns: Record<string, unknown> = {}): Promise<RunRow> {
  await using agent = createTestScheduler({ url: database.url, jobs: { work: { steps } } })
  const jobId = await addJob(client, { brand_id: brandId, max_retries: 0, ...columns })
  await agent.scheduler.start()
  await agent.ended(1)
  return await runOf(client, jobId)
}

describe('steps that refresh a dataset together', () => {
  const both = (first: StepHandler, second: StepHandler, changes: Partial<TestStep> = {}): TestStep[] => [
    { key: 'fetch', dataset: 'a', run: first, ...changes },
    { key: 'between', fatal: false, run: () => done },
    { key: 'save', dataset: 'a', run: second },
  ]

  test('F2: it is fresh once all have succeeded, not before; its records are those of the last that counts', async () => {
    let between: unknown
    const steps = both(rows(7), () => done)
    const [fetch, middle, save] = steps
    if (fetch === undefined || middle === undefined || save === undefined) throw new Error('three steps')
    const look: StepHandler = async () => {
      // The end of the first step is written within a tenth of a second; a later state would show a success.
      await waitFor(async () => (await datasetRow(client, brandId, 'a')) !== null, { describe: 'the start of a' })
      between = await datasetRow(client, brandId, 'a')
      return done
    }
    await runSteps([fetch, { ...middle, run: look }, save])
    expect(between).toMatchObject({ last_status: 'running', last_success_at: null })
    expect(await datasetRow(client, brandId, 'a')).toMatchObject({ last_status: 'completed', records_affected: '7' })
  })

  test('F3: it fails when the second fails, although the first succeeded', async () => {
    await runSteps(both(rows(7), failing))
    const row = { last_status: 'failed', last_success_at: null, error_message: 'HTTP 500' }
    expect(await datasetRow(client, brandId, 'a')).toMatchObject(row)
  })

  test('F3: it stays failed when the first fails without ending the run, whatever the second does', async () => {
    await runSteps(both(failing, rows(2), { fatal: false }))
    expect(await datasetRow(client, brandId, 'a')).toMatchObject({ last_status: 'failed', last_success_at: null })
  })

  test('F4: it is unknown when the run ends between them; nothing stays running', async () => {
    const [fetch, between, save] = both(rows(7), rows(7))
    if (fetch === undefined || between === undefined || save === undefined) throw new Error('three steps')
    await runSteps([fetch, { ...between, fatal: true, run: failing }, save])
    expect(await datasetRow(client, brandId, 'a')).toMatchObject({
      last_status: 'unknown',
      error_message: 'an earlier step ended the run',
    })
  })

  test('a second step that its parameter leaves out is not waited for', async () => {
    const [fetch, , save] = both(rows(7), rows(9))
    if (fetch === undefined || save === undefined) throw new Error('three steps')
    await runSteps([fetch, { ...save, when: 'save_too' }])
    expect(await datasetRow(client, brandId, 'a')).toMatchObject({ last_status: 'completed', records_affected: '7' })
  })
})

test('J14: a step that did its work but warns completes the run with warnings, and its dataset is fresh', async () => {
  const warning: StepHandler = () => ({ recordsAffected: 3, metadata: {}, warning: 'one file was too large' })
  const run = await runSteps([{ key: 'files', dataset: 'a', run: warning }])
  expect(run).toMatchObject({
    status: 'completed',
    problem: 'warnings',
    error_message: 'files: one file was too large',
  })
  expect(await datasetRow(client, brandId, 'a')).toMatchObject({ last_status: 'completed', error_message: null })
})

describe('J9: steps', () => {
  test('J9: a fatal failure fails the run, skips the rest, and is recorded on its own dataset only', async () => {
    const run = await runSteps([
      { key: 'one', dataset: 'a', run: rows(2) },
      { key: 'two', dataset: 'b', run: failing },
      { key: 'three', dataset: 'c', run: rows(9) },
    ])
    expect(run).toMatchObject({
      status: 'failed',
      problem: 'failed',
      error_message: 'two: HTTP 500',
      records_affected: '2',
    })
    expect((await stepsOf(client, run.id)).map((step) => step.status)).toEqual(['completed', 'failed', 'skipped'])
    expect(await datasetRow(client, brandId, 'a')).toMatchObject({ last_status: 'completed' })
    expect(await datasetRow(client, brandId, 'b')).toMatchObject({ last_status: 'failed', error_message: 'HTTP 500' })
    expect(await datasetRow(client, brandId, 'c')).toBeNull()
  })

  test('J9, J14: a non-fatal failure is recorded on its dataset and the run completes with warnings', async () => {
    const run = await runSteps([
      { key: 'one', dataset: 'a', run: rows(2) },
      { key: 'two', dataset: 'b', fatal: false, run: failing },
      { key: 'three', dataset: 'c', run: rows(9) },
    ])
    expect(run).toMatchObject({ status: 'completed', problem: 'warnings', records_affected: '11' })
    expect(run.error_message).toBe('1 of 3 steps failed: two: HTTP 500')
    expect(await datasetRow(client, brandId, 'b')).toMatchObject({ last_status: 'failed' })
    expect(await datasetRow(client, brandId, 'c')).toMatchObject({ last_status: 'completed' })
  })

  test('J9: steps run one after the other, in order', async () => {
    const order: string[] = []
    const noted =
      (key: string): StepHandler =>
      async () => {
        order.push(`${key} begins`)
        await new Promise((resolve) => setImmediate(resolve))
        order.push(`${key} ends`)
        return done
      }
    await runSteps([
      { key: 'one', run: noted('one') },
      { key: 'two', run: noted('two') },
    ])
    expect(order).toEqual(['one begins', 'one ends', 'two begins', 'two ends'])
  })

  test('J9: a step whose parameter is not true is skipped and says why', async () => {
    const steps = [{ key: 'classify', when: 'auto_classify', dataset: 'a', run: rows(1) }]
    const run = await runSteps(steps, { parameters: '{"auto_classify": false}' })
    expect(run).toMatchObject({ status: 'completed', problem: null })
    expect(await stepsOf(client, run.id)).toMatchObject([{ status: 'skipped' }])
    expect(await datasetRow(client, brandId, 'a')).toBeNull()
  })

  test('logs and progress are live: on record while the step still runs', async () => {
    const finish = Promise.withResolvers<typeof done>()
    await using agent = createTestScheduler({
      url: database.url,
      jobs: {
        work: (context) => {
          context.log.write('info', 'reading page 3')
          context.progress(3, 10)
          return finish.promise
        },
      },
    })
    const jobId = await addJob(client, { brand_id: brandId })
    await agent.scheduler.start()
    const live = async (): Promise<object[]> =>
      (
        await client.query<{ message: string }>(
          `select message, progress_done::int, progress_total::int from scheduled_job_runs run
           join run_logs on run_logs.run_id = run.id join run_steps on run_steps.run_id = run.id
           where run.scheduled_job_id = $1 and run.status = 'running'`,
          [jobId],
        )
      ).rows
    await waitFor(async () => (await live()).length > 0, { describe: 'the log line' })
    expect(await live()).toEqual([{ message: 'reading page 3', progress_done: 3, progress_total: 10 }])
    finish.resolve(done)
    await agent.ended(1)
    expect((await runOf(client, jobId)).logs).toBe('reading page 3\n')
  })
})

describe('J14: statuses', () => {
  test('J14: problem is null while running and on plain success', async () => {
    let whileRunning: unknown = 'not seen'
    let jobId = ''
    await using agent = createTestScheduler({
      url: database.url,
      jobs: {
        work: async () => {
          whileRunning = (await runOf(client, jobId)).problem
          return done
        },
      },
    })
    jobId = await addJob(client)
    await agent.scheduler.start()
    await agent.ended(1)
    expect(whileRunning).toBeNull()
    expect(await runOf(client, jobId)).toMatchObject({ status: 'completed', problem: null, error_message: null })
    expect(await jobRow(client, jobId)).toMatchObject({ last_run_status: 'completed' })
  })

  test('J14: the checks allow exactly the statuses of the rules', async () => {
    const jobId = await addJob(client, { status: 'archived' })
    for (const status of ['pending', 'running', 'completed', 'failed', 'cancelled']) {
      await client.query(`insert into scheduled_job_runs (scheduled_job_id, status) values ($1, $2)`, [jobId, status])
    }
    const odd = client.query(`insert into scheduled_job_runs (scheduled_job_id, status) values ($1, 'done')`, [jobId])
    await expect(odd).rejects.toThrow('scheduled_job_runs_status_check')
    await expect(addJob(client, { status: 'deleted' })).rejects.toThrow('scheduled_jobs_status_check')
  })

  test('J14: on an older database the narrower checks are widened', async () => {
    const older = await createTestDatabase({ template: 'older' })
    try {
      await migrate(older.url, { directory: migrationsDirectory, clock: systemClock })
      const admin = await older.connect()
      const jobId = await addJob(admin, { status: 'archived' })
      await admin.query(`insert into scheduled_job_runs (scheduled_job_id, status) values ($1, 'cancelled')`, [jobId])
      const { rows } = await admin.query('select status from scheduled_job_runs where scheduled_job_id = $1', [jobId])
      expect(rows).toEqual([{ status: 'cancelled' }])
    } finally {
      await older.drop()
    }
  })
})

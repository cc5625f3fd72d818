import type pg from 'pg'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addBrand, addJob, addRun, jobRow } from '../../support/job-rows.ts'
import { addAgent, published } from './agent-rows.ts'
import { asRecord, commandsOn } from './command-line.ts'
import { containing, matching } from './matchers.ts'

let database: TestDatabase
let client: pg.Client
beforeAll(async () => {
  database = await createTestDatabase()
  client = await database.connect()
})
afterAll(() => database.drop())
afterEach(() => client.query('truncate organizations, scheduled_jobs, agents, operator_actions cascade'))

const { pm, json, errorFrom } = commandsOn(() => database.url)

/** A run of extract → publish that has failed at publish. */
async function failedRun(problem: string, status: string) {
  const { brandId } = await addBrand(client, 'Acme')
  const steps = [
    { key: 'extract', dataset: 'orders' },
    { key: 'publish', dataset: 'stock' },
  ]
  const catalog = published({ load: { steps, parameters: { type: 'object' }, resume: true } })
  await addAgent(client, { jobTypes: ['load'], catalog })
  const jobId = await addJob(client, { brand_id: brandId, name: 'Load', job_type: 'load', next_run_at: null })
  const at = { started_at: new Date(Date.now() - 60_000), completed_at: new Date() }
  const runId = await addRun(client, jobId, { status: 'failed', problem, parameters: '{}', job_type: 'load', ...at })
  const step = (position: number, key: string, dataset: string, ended: string) =>
    client.query(
      `insert into run_steps (run_id, position, step_key, status, fatal, dataset_key) values ($1, $2, $3, $4, true, $5)`,
      [runId, position, key, ended, dataset],
    )
  await step(0, 'extract', 'orders', 'completed')
  await step(1, 'publish', 'stock', status)
  await client.query(`update scheduled_jobs set last_run_id = $2, last_run_status = 'failed' where id = $1`, [
    jobId,
    runId,
  ])
  return { jobId, runId, brandId }
}

test.each(['run', 'job'])('pm retry <%s> --from-failed-step queues new work that begins there', async (by) => {
  const { jobId, runId } = await failedRun('failed', 'failed')
  const { stdout } = await pm('retry', by === 'run' ? runId : jobId, '--from-failed-step')
  expect(stdout).toMatch(
    /^Load is queued, to begin with step publish\. The job that failed is put away\. \(Acme\)\nNot done again: extract\./,
  )
  const { rows } = await client.query(
    'select continues_run_id, continues_at_step, requested_by from scheduled_jobs where id <> $1',
    [jobId],
  )
  expect(rows).toEqual([{ continues_run_id: runId, continues_at_step: 'publish', requested_by: 'ada' }])
})

test('pm retry --from-failed-step says why a run cannot be gone on with', async () => {
  const { runId } = await failedRun('failed', 'failed')
  await client.query(`update run_steps set status = 'failed' where run_id = $1 and position = 0`, [runId])
  expect(await errorFrom('retry', runId, '--from-failed-step')).toMatchObject({
    code: 'conflict',
    message: 'Nothing was done before the step that failed.',
    fix: containing('pm retry'),
  })
})

test('pm confirm --done says it once; a second person is told who did', async () => {
  const { jobId, runId, brandId } = await failedRun('outcome_unknown', 'unknown')
  expect(await errorFrom('confirm', runId)).toMatchObject({ code: 'invalid_input', field: '--done' })
  expect(await errorFrom('confirm', runId, '--done', '--at', '2099-01-01T00:00:00Z')).toMatchObject({ field: 'doneAt' })
  const answer = await json(
    'confirm',
    runId,
    '--done',
    '--at',
    '2026-01-01T06:00:00Z',
    '--records',
    '7',
    '--note',
    'seen',
  )
  expect(answer).toMatchObject({ changed: true, message: containing('stock is refreshed as of 2026-01-01 06:00 UTC') })
  expect(asRecord(answer['run'])).toMatchObject({ status: 'failed', problem: 'outcome_unknown' })
  const { rows } = await client.query(
    'select last_success_at, records_affected from dataset_status where brand_id = $1',
    [brandId],
  )
  expect(rows).toEqual([{ last_success_at: new Date('2026-01-01T06:00:00Z'), records_affected: '7' }])
  expect((await jobRow(client, jobId)).status).not.toBe('active')
  expect((await pm('confirm', runId, '--done')).stdout).toMatch(/^Confirmed done by ada at /)
  expect(await errorFrom('confirm', runId, '--not-done')).toMatchObject({
    code: 'conflict',
    message: matching(/^Confirmed done by ada at /),
  })
})

test('pm retry asks first what pm confirm says; pm confirm --not-done runs it again', async () => {
  const { jobId, runId } = await failedRun('outcome_unknown', 'unknown')
  expect(await errorFrom('retry', jobId)).toMatchObject({
    code: 'conflict',
    message: 'It is not known whether the last run of Load did its work.',
    fix: containing(`pm confirm ${runId} --done`),
  })
  expect((await jobRow(client, jobId)).next_run_at).toBeNull()
  expect((await pm('confirm', jobId, '--not-done')).stdout).toBe('The run of Load was not done. Load is due now.\n')
  expect((await jobRow(client, jobId)).next_run_at).not.toBeNull()
  expect(await errorFrom('confirm', jobId, '--not-done', '--records', '3')).toMatchObject({ code: 'invalid_input' })
})

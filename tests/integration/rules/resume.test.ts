/** Going on with a failed run at the step at which it failed. What is due is told by hand; everything else is the real clock. */
import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { StepFailure } from '../../../agent/jobs/executors/executor.ts'
import { resumeRun, retryJob } from '../../../agent/jobs/operations.ts'
import { getBackfill, retryBackfillJobs } from '../../../agent/store/backfills.ts'
import type { DatabasePool } from '../../../agent/store/database.ts'
import { listRunSteps } from '../../../agent/store/run-steps.ts'
import { getRun } from '../../../agent/store/scheduled-job-runs.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addBrand, addJob, jobRow, only, runsOf } from '../../support/job-rows.ts'
import { createTestScheduler, done, type TestJobType, type TestScheduler } from '../../support/scheduler.ts'
import { agentPool } from '../../support/store-runs.ts'
import { matching } from '../cli/matchers.ts'

let database: TestDatabase
let client: pg.Client
let pool: DatabasePool
beforeAll(async () => {
  database = await createTestDatabase()
  client = await database.connect()
})
afterAll(() => database.drop())
beforeEach(() => {
  pool = agentPool(database.url)
})
afterEach(async () => {
  await pool.stop()
  await client.query('truncate scheduled_jobs, operator_actions, dataset_status cascade')
})

const ada = { operator: 'ada', door: 'cli' } as const
const keys = ['extract', 'check', 'load', 'publish', 'tell']

/** extract → check (not fatal) → load → publish → tell; each refreshes a dataset of its own. */
function agentWith({
  failing,
  resume = true,
  order = keys,
}: {
  failing: string[]
  resume?: boolean
  order?: string[]
}) {
  const ran: string[] = []
  const first: string[] = []
  const type: TestJobType = {
    resume,
    steps: order.map((key) => ({
      key,
      dataset: `d_${key}`,
      fatal: key !== 'check',
      run: ({ identity }) => {
        ran.push(key)
        first.push(identity.firstRunId)
        if (failing.includes(key)) throw new StepFailure('retryable', 'no answer')
        return done
      },
    })),
  }
  return { ran, first, agent: createTestScheduler({ url: database.url, jobs: { work: type } }) }
}

const typeOf = (order = keys) => ({ key: 'work', resume: true, steps: order.map((key) => ({ key })) })

async function failedRunOf(agent: TestScheduler, columns: Record<string, unknown> = {}) {
  const { brandId } = await addBrand(client)
  const jobId = await addJob(client, { brand_id: brandId, max_retries: 0, parameters: '{"days": 7}', ...columns })
  await agent.scheduler.start()
  await agent.ended(1)
  return { jobId, brandId, runId: only(await runsOf(client, jobId)).id }
}

async function resume(runId: string, order = keys) {
  const run = await getRun(pool, runId)
  if (run === null) throw new Error('no run')
  return resumeRun(pool, ada, run, { jobType: typeOf(order), triggerSource: 'manual' })
}

async function nextRun(agent: TestScheduler, jobId: string, count: number) {
  await client.query('update scheduled_jobs set next_run_at = now() where id = $1', [jobId])
  await agent.scheduler.poll()
  await agent.ended(count)
  const run = (await runsOf(client, jobId)).at(-1)
  if (run === undefined) throw new Error('no run')
  return run
}

const stepsOf = async (runId: string) =>
  (await listRunSteps(pool, runId)).map(({ stepKey, status, metadata }) => [
    stepKey,
    status,
    metadata['doneBy'] ?? null,
  ])

test('resume: begins with the step that failed, does a failed step that was not fatal once more, and refreshes nothing that it skips', async () => {
  const failing = ['check', 'publish']
  const { ran, first, agent } = agentWith({ failing })
  await using _agent = agent
  const { jobId, brandId, runId } = await failedRunOf(agent)
  const before = await client.query(`select last_success_at from dataset_status where dataset_key = 'd_extract'`)
  failing.length = 0
  const { job, message, plan } = await resume(runId)
  expect(message).toBe('Job is queued, to begin with step publish. The job that failed is put away.')
  expect([plan.step, [...plan.done.keys()], plan.again]).toEqual(['publish', ['extract', 'load'], ['check']])
  expect(job).toMatchObject({ brandId, parameters: { days: 7 }, requestedBy: 'ada', maxRetries: 0 })
  const run = await nextRun(agent, job.id, 2)
  expect(run).toMatchObject({ status: 'completed', problem: null, attempt_number: 1, continues_run_id: runId })
  expect(await stepsOf(run.id)).toEqual([
    ['extract', 'skipped', runId],
    ['check', 'completed', null],
    ['load', 'skipped', runId],
    ['publish', 'completed', null],
    ['tell', 'completed', null],
  ])
  expect(ran).toEqual(['extract', 'check', 'load', 'publish', 'check', 'publish', 'tell'])
  // `{{ run.first_id }}` stays that of the work, so files named by it are found.
  expect(new Set(first)).toEqual(new Set([runId]))
  const after = await client.query(`select last_success_at from dataset_status where dataset_key = 'd_extract'`)
  expect(after.rows).toEqual(before.rows)
  expect(await jobRow(client, jobId)).toMatchObject({ last_run_id: runId })
  const { rows } = await client.query(
    `select action, operator, state_after from operator_actions where subject_id = $1`,
    [runId],
  )
  expect(rows).toEqual([{ action: 'run.resume', operator: 'ada', state_after: { jobId: job.id, step: 'publish' } }])
})

test('resume, J4: retries of the resumed run resume at the same step, by hand too; going on with it names who did what', async () => {
  const failing = ['publish']
  const { ran, first, agent } = agentWith({ failing })
  await using _agent = agent
  const { runId } = await failedRunOf(agent)
  const { job } = await resume(runId)
  await client.query('update scheduled_jobs set max_retries = 1 where id = $1', [job.id])
  await nextRun(agent, job.id, 2)
  expect(await jobRow(client, job.id)).toMatchObject({ next_attempt: 2, first_run_id: runId })
  const second = await nextRun(agent, job.id, 3)
  expect(second).toMatchObject({ status: 'failed', attempt_number: 2, continues_run_id: runId })
  await retryJob(pool, ada, job.id)
  failing[0] = 'tell'
  const third = await nextRun(agent, job.id, 4)
  expect(ran).toEqual(['extract', 'check', 'load', 'publish', 'publish', 'publish', 'publish', 'tell'])
  const again = await resume(third.id)
  failing.length = 0
  const last = await nextRun(agent, again.job.id, 5)
  expect((await stepsOf(last.id)).map(([, , by]) => by)).toEqual([runId, runId, runId, third.id, null])
  expect(new Set(first)).toEqual(new Set([runId]))
})

test.each([
  [
    'of another catalog',
    async (runId: string) => resume(runId, [...keys, 'more'].toReversed()),
    /not those that the run had/,
  ],
  [
    'of a type that does not allow it',
    async (runId: string) => {
      const run = await getRun(pool, runId)
      if (run === null) throw new Error('no run')
      return resumeRun(pool, ada, run, { jobType: { ...typeOf(), resume: false }, triggerSource: 'manual' })
    },
    /has to begin at its beginning/,
  ],
])('resume: a run %s is refused, with the reason', async (_, ask, reason) => {
  const { agent } = agentWith({ failing: ['publish'] })
  await using _agent = agent
  const { runId } = await failedRunOf(agent)
  await expect(ask(runId)).rejects.toMatchObject({ code: 'conflict', message: matching(reason) })
})

test('resume: a run that failed at its first step, or completed, has nothing to go on with', async () => {
  const failing = ['extract']
  const { agent } = agentWith({ failing })
  await using _agent = agent
  const { jobId, runId } = await failedRunOf(agent)
  await expect(resume(runId)).rejects.toMatchObject({ message: 'Nothing was done before the step that failed.' })
  failing.length = 0
  const run = await nextRun(agent, jobId, 2)
  await expect(resume(run.id)).rejects.toMatchObject({ message: 'The run has not failed.' })
})

test.each([
  ['an unknown step', { continues_at_step: 'rm -rf /' }, true, /"rm -rf \/", and the run failed at "publish"/],
  ['no step', { continues_at_step: null }, true, /begin with no step/],
  ['a step of a type that does not allow it', {}, false, /has to begin at its beginning/],
  ['a run that is not there', { continues_run_id: '00000000-0000-4000-8000-000000000009' }, true, /not on record/],
  ['other parameters', { parameters: '{"days": 8}' }, true, /had other parameters/],
  ['a recurring job', { schedule_type: 'recurring', cron_expression: '0 6 * * *' }, true, /recurring job/],
])(
  'resume: a row of another program with %s starts nothing, and is told as an error',
  async (_, columns, allowed, why) => {
    const { ran, agent } = agentWith({ failing: ['publish'], resume: allowed })
    await using _agent = agent
    const { brandId, runId } = await failedRunOf(agent)
    const started = ran.length
    const jobId = await addJob(client, {
      brand_id: brandId,
      parameters: '{"days": 7}',
      continues_run_id: runId,
      continues_at_step: 'publish',
      // Due when it is looked for, and not once before.
      next_run_at: null,
      ...columns,
    })
    const run = await nextRun(agent, jobId, 2)
    expect(run).toMatchObject({ status: 'failed', problem: 'configuration', error_message: matching(why) })
    expect(ran).toHaveLength(started)
    expect(await jobRow(client, jobId)).toMatchObject({ last_error: matching(why) })
  },
)

test('resume, J8: a catalog that has changed before the claim starts nothing', async () => {
  const first = agentWith({ failing: ['publish'] })
  const { runId } = await failedRunOf(first.agent)
  await first.agent.stop()
  const { job } = await resume(runId)
  const second = agentWith({ failing: [], order: ['extract', 'load', 'check', 'publish', 'tell'] })
  await using agent = second.agent
  await agent.scheduler.start()
  await agent.ended(1)
  expect(only(await runsOf(client, job.id))).toMatchObject({ status: 'failed', problem: 'configuration' })
  expect(second.ran).toEqual([])
})

test('resume, J7: after a lost agent the run goes on with the step that was under way', async () => {
  const { ran, agent } = agentWith({ failing: ['publish'] })
  await using _agent = agent
  const { runId } = await failedRunOf(agent)
  await client.query(`update run_steps set status = 'unknown' where run_id = $1 and step_key = 'publish'`, [runId])
  await client.query(`delete from run_steps where run_id = $1 and step_key = 'tell'`, [runId])
  await client.query(`update scheduled_job_runs set problem = 'agent_lost' where id = $1`, [runId])
  const { job } = await resume(runId)
  await nextRun(agent, job.id, 2)
  expect(ran.slice(4)).toEqual(['publish'])
})

test.each([
  ['dead', { max_retries: 0 }],
  ['before another attempt', { max_retries: 3 }],
])('resume: a one-time job that is %s is put away, so that its work is not done twice', async (_, columns) => {
  const { agent } = agentWith({ failing: ['publish'] })
  await using _agent = agent
  const { jobId, runId } = await failedRunOf(agent, columns)
  const { job } = await resume(runId)
  expect(await jobRow(client, jobId)).toMatchObject({ status: 'archived', next_run_at: null })
  expect(await jobRow(client, job.id)).toMatchObject({ status: 'active', next_attempt: 0 })
  const { rows } = await client.query(`select action from operator_actions where subject_id = $1`, [jobId])
  expect(rows).toEqual([{ action: 'job.archive' }])
})

test('resume: a recurring job before another attempt goes on with its next fire instead', async () => {
  const { agent } = agentWith({ failing: ['publish'] })
  await using _agent = agent
  const daily = { cron_expression: '0 6 * * *', time_zone: 'UTC', max_retries: 3 }
  const { jobId, runId } = await failedRunOf(agent, daily)
  expect(await jobRow(client, jobId)).toMatchObject({ next_attempt: 2 })
  const { message } = await resume(runId)
  expect(message).toContain('Its retry is called off; the next run by its schedule is at ')
  const after = await jobRow(client, jobId)
  expect(after).toMatchObject({ status: 'active', next_attempt: 1, first_run_id: null })
  expect(after.next_run_at?.toISOString()).toContain('T06:00:00')
})

test('resume: of a run that is not the last of its job nothing else changes', async () => {
  const failing = ['publish']
  const { agent } = agentWith({ failing })
  await using _agent = agent
  const { jobId, runId } = await failedRunOf(agent, { max_retries: 3 })
  await nextRun(agent, jobId, 2)
  const before = await jobRow(client, jobId)
  await resume(runId)
  expect(await jobRow(client, jobId)).toEqual(before)
})

test('resume: in a backfill the new job takes the place of the failed one, and has its zone', async () => {
  const { agent } = agentWith({ failing: ['publish'] })
  await using _agent = agent
  const { jobId, brandId, runId } = await failedRunOf(agent, { time_zone: 'Europe/Berlin' })
  const made = await client.query<{ id: string }>(
    `insert into backfills (organization_id, brand_id, job_type, first_day, last_day, days_per_run, runs, requested_by)
     select organization_id, id, 'work', '2026-01-01', '2026-01-01', 1, 1, 'ada' from brands where id = $1 returning id`,
    [brandId],
  )
  const backfillId = only(made.rows).id
  await client.query('update scheduled_jobs set backfill_id = $1 where id = $2', [backfillId, jobId])
  expect(await getBackfill(pool, backfillId)).toMatchObject({ failed: 1, waiting: 0 })
  const { job } = await resume(runId)
  expect(job.timeZone).toBe('Europe/Berlin')
  expect(await getBackfill(pool, backfillId)).toMatchObject({ failed: 0, waiting: 1, done: 0, cancelled: 0 })
  await client.query(`update scheduled_jobs set next_run_at = null, last_run_status = 'failed' where id = $1`, [job.id])
  await retryBackfillJobs(pool, backfillId, 0)
  expect(await jobRow(client, job.id)).toMatchObject({ first_run_id: runId })
})

test('resume, J5: after a decision it begins behind the step that was done, or at the one that was not', async () => {
  const { ran, agent } = agentWith({ failing: ['publish'] })
  await using _agent = agent
  const { runId } = await failedRunOf(agent)
  await client.query(`update run_steps set status = 'unknown' where run_id = $1 and step_key = 'publish'`, [runId])
  await client.query(`update scheduled_job_runs set problem = 'outcome_unknown' where id = $1`, [runId])
  await expect(resume(runId)).rejects.toMatchObject({ message: matching(/say that first/) })
  const say = (outcome: string) =>
    client.query(
      `update scheduled_job_runs set decision = jsonb_build_object('outcome', $2::text, 'by', 'ada', 'at', now()) where id = $1`,
      [runId, outcome],
    )
  await say('not_done')
  expect((await resume(runId)).plan.step).toBe('publish')
  await client.query(`delete from scheduled_jobs where continues_run_id = $1`, [runId])
  await say('done')
  const { job, plan } = await resume(runId)
  expect([plan.step, [...plan.done.keys()]]).toEqual(['tell', ['extract', 'check', 'load', 'publish']])
  const run = await nextRun(agent, job.id, 2)
  expect(run).toMatchObject({ status: 'completed', problem: null })
  expect(ran.slice(4)).toEqual(['tell'])
})

import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { DatabasePool } from '../../../agent/store/database.ts'
import { type RunProgress, recordProgress } from '../../../agent/store/run-record.ts'
import { getJob } from '../../../agent/store/scheduled-jobs.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addBrand, addJob, addRun, datasetRow, jobRow, only, runOf, runsOf, stepsOf } from '../../support/job-rows.ts'
import { createTestScheduler, DatabaseNow, done, type TestScheduler, untilAborted } from '../../support/scheduler.ts'
import { agentPool, claim, progressOf } from '../../support/store-runs.ts'
import { waitFor } from '../../support/wait.ts'

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
  await client.query('truncate scheduled_jobs, agents, dataset_status cascade')
})

const noon = new Date('2026-03-02T12:00:00Z')
const minutes = (count: number): Date => new Date(noon.getTime() + count * 60_000)

/** An agent that sweeps but, with no job types, claims nothing. */
function sweeper(at: Date): TestScheduler {
  return createTestScheduler({ url: database.url, jobs: {}, at: new DatabaseNow(at) })
}

async function sweepAt(at: Date): Promise<TestScheduler> {
  await using agent = sweeper(at)
  await agent.scheduler.poll()
  return agent
}

async function leaseAfter(jobId: string, instant: number): Promise<void> {
  const lease = async (): Promise<number> => (await runOf(client, jobId)).lease_expires_at?.getTime() ?? 0
  await waitFor(async () => (await lease()) > instant, { describe: 'the lease to be renewed' })
}

describe('J7: lost agents', () => {
  test('J7: an expired lease is failed with a clear message and requeued at once as the next attempt', async () => {
    await client.query(
      `insert into agents (id, name, host, process_id, program_version, state, concurrency)
       values ('11111111-1111-4111-8111-111111111111', 'ops-laptop', 'h', 1, '0', 'running', 1)`,
    )
    const jobId = await addJob(client, { next_run_at: noon })
    await claim(pool, { now: noon, agentId: '11111111-1111-4111-8111-111111111111' })
    const agent = await sweepAt(minutes(3))
    expect(await runOf(client, jobId)).toMatchObject({
      status: 'failed',
      problem: 'agent_lost',
      completed_at: minutes(3),
      error_message: 'Agent ops-laptop was lost: it stopped renewing the lease of this run.',
    })
    const job = await jobRow(client, jobId)
    expect(job).toMatchObject({ next_run_at: minutes(3), next_attempt: 2, current_run_id: null, status: 'active' })
    expect(job.last_error).toContain('Attempt 1 of 4 was lost: Agent ops-laptop was lost')
    expect(agent.of('run_recovered')).toMatchObject([{ jobId }])
    expect(only(await claim(pool, { now: minutes(3) })).attempt).toBe(2)
  })

  test('J7: bounded by max_retries: then a recurring job waits for its cadence and a one-time job is dead', async () => {
    const oneTime = await addJob(client, { next_run_at: noon, max_retries: 1, concurrency_key: 'a' })
    const recurring = await addJob(client, {
      next_run_at: noon,
      max_retries: 1,
      cron_expression: '0 6 * * *',
      time_zone: 'UTC',
    })
    await claim(pool, { now: noon })
    await sweepAt(minutes(3))
    expect((await claim(pool, { now: minutes(3) })).map((run) => run.attempt)).toEqual([2, 2])
    await sweepAt(minutes(6))
    expect(await jobRow(client, oneTime)).toMatchObject({ next_run_at: null, status: 'active', next_attempt: 1 })
    expect(await jobRow(client, recurring)).toMatchObject({ next_run_at: new Date('2026-03-03T06:00:00Z') })
    expect((await jobRow(client, oneTime)).last_error).toContain('No retries are left.')
  })

  test('J7: a run that renews its lease is never stuck, however long it runs', async () => {
    const at = new DatabaseNow(noon)
    await using agent = createTestScheduler({
      url: database.url,
      at,
      jobs: { work: untilAborted },
      renewSeconds: 0.05,
      shutdownGraceSeconds: 0,
    })
    const jobId = await addJob(client, { next_run_at: noon })
    await agent.scheduler.start()
    await waitFor(() => agent.of('run_started').length === 1, { describe: 'the run' })
    for (let hour = 1; hour <= 5; hour += 1) {
      at.advance({ hours: 1 })
      const now = at.current?.getTime() ?? 0
      await leaseAfter(jobId, now)
      await sweepAt(at.current ?? noon)
      expect(await runOf(client, jobId)).toMatchObject({ status: 'running' })
    }
  })

  test('J7: a job that was paused while its agent died is recovered and stays paused', async () => {
    const jobId = await addJob(client, { next_run_at: noon })
    await claim(pool, { now: noon })
    await client.query(`update scheduled_jobs set status = 'paused' where id = $1`, [jobId])
    await sweepAt(minutes(3))
    expect(await jobRow(client, jobId)).toMatchObject({ status: 'paused', current_run_id: null })
    expect(await claim(pool, { now: minutes(4) })).toEqual([])
  })

  test('J5, J7: lost in the middle of a step marked retry: never: nobody knows, so a person is asked', async () => {
    const jobId = await addJob(client, { next_run_at: noon })
    const run = only(await claim(pool, { now: noon }))
    await recordProgress(pool, [progressOf(run, runningStep({ metadata: { retry: 'never' } }))], noon)
    await sweepAt(minutes(3))
    expect(await runOf(client, jobId)).toMatchObject({ status: 'failed', problem: 'outcome_unknown' })
    expect(await jobRow(client, jobId)).toMatchObject({ next_run_at: null, status: 'active' })
    expect(only(await stepsOf(client, run.runId))).toMatchObject({ status: 'unknown' })
  })

  test('F4, J7: a lost lease leaves the dataset it was refreshing failed, with its last success untouched', async () => {
    const { brandId } = await addBrand(client)
    await client.query(
      `insert into dataset_status (brand_id, dataset_key, last_success_at, last_attempt_at, last_status, records_affected)
       values ($1, 'orders', $2, $2, 'completed', 7)`,
      [brandId, minutes(-600)],
    )
    await addJob(client, { brand_id: brandId, next_run_at: noon })
    const run = only(await claim(pool, { now: noon }))
    const dataset = { datasetKey: 'orders', status: 'running' as const, attemptAgeMs: 0, startAgeMs: 0 }
    const started = { ...dataset, successAgeMs: null, recordsAffected: null, errorMessage: null, metadata: null }
    const progress = { ...runningStep({ datasetKey: 'orders' }), datasets: [started] }
    await recordProgress(pool, [progressOf(run, progress)], noon)
    expect(await datasetRow(client, brandId, 'orders')).toMatchObject({ last_status: 'running' })
    await sweepAt(minutes(3))
    expect(await datasetRow(client, brandId, 'orders')).toMatchObject({
      last_status: 'failed',
      last_success_at: minutes(-600),
      last_attempt_at: minutes(3),
      records_affected: '7',
      last_run_id: run.runId,
    })
  })

  test('J7: one run that cannot be recovered does not keep the others from it', async () => {
    const broken = await addJob(client, { next_run_at: noon, concurrency_key: 'a', name: 'broken' })
    const fine = await addJob(client, { next_run_at: noon, concurrency_key: 'b' })
    await claim(pool, { now: noon })
    // Another program's trigger refuses the row.
    await client.query(
      `create or replace function refuse_broken() returns trigger language plpgsql as $$
       begin if new.name = 'broken' then raise exception 'this row is mine'; end if; return new; end $$;
       create trigger refuse_broken before update on scheduled_jobs for each row execute function refuse_broken()`,
    )
    try {
      const agent = await sweepAt(minutes(3))
      expect(await runOf(client, fine)).toMatchObject({ status: 'failed', problem: 'agent_lost' })
      expect(await runOf(client, broken)).toMatchObject({ status: 'running' })
      expect(agent.of('trouble').map((event) => event.message)).toEqual([expect.stringContaining('this row is mine')])
    } finally {
      await client.query('drop function refuse_broken cascade')
    }
  })
})

function runningStep(step: Partial<RunProgress['steps'][number]>): Partial<RunProgress> {
  const defaults = {
    position: 0,
    stepKey: 'work',
    status: 'running' as const,
    fatal: true,
    datasetKey: null,
    startedAgeMs: 0,
    completedAgeMs: null,
    recordsAffected: null,
    progressDone: null,
    progressTotal: null,
    errorMessage: null,
    metadata: {},
  }
  return { steps: [{ ...defaults, ...step }] }
}

describe('J7: runs of other programs', () => {
  test('J7: running for more than 30 minutes without a lease: failed, and rescheduled by J5', async () => {
    const jobId = await addJob(client, { next_run_at: null, job_type: 'theirs' })
    await addRun(client, jobId, { started_at: minutes(-31) })
    const young = await addJob(client, { next_run_at: null, job_type: 'theirs' })
    await addRun(client, young, { started_at: minutes(-29) })
    await sweepAt(noon)
    expect(await runOf(client, jobId)).toMatchObject({ status: 'failed', problem: 'agent_lost', completed_at: noon })
    expect((await runOf(client, jobId)).error_message).toContain('more than 30 minutes')
    expect(await jobRow(client, jobId)).toMatchObject({ next_run_at: minutes(5), next_attempt: 2 })
    expect(await runOf(client, young)).toMatchObject({ status: 'running' })
    expect(await jobRow(client, young)).toMatchObject({ next_run_at: null })
  })

  test('J7, J14: what became of one of them does not hide what they do next', async () => {
    const jobId = await addJob(client, { next_run_at: null, job_type: 'theirs' })
    await addRun(client, jobId, { started_at: minutes(-31) })
    await sweepAt(noon)
    expect(await getJob(pool, jobId)).toMatchObject({ lastRunStatus: 'failed' })
    const next = { started_at: minutes(5), completed_at: minutes(6) }
    const runId = await addRun(client, jobId, { status: 'completed', ...next })
    expect(await getJob(pool, jobId)).toMatchObject({ lastRunStatus: 'completed', lastRunId: runId })
  })

  test('J7: when a later run has ended since, it decided: the job is left alone', async () => {
    const jobId = await addJob(client, { next_run_at: minutes(60), job_type: 'theirs' })
    await addRun(client, jobId, { started_at: minutes(-90) })
    await addRun(client, jobId, { started_at: minutes(-10), completed_at: minutes(-9), status: 'completed' })
    await sweepAt(noon)
    expect((await runsOf(client, jobId)).map(({ status }) => status)).toEqual(['failed', 'completed'])
    expect(await jobRow(client, jobId)).toMatchObject({ next_run_at: minutes(60), last_error: null })
  })

  test('J7: however many stuck runs a job has, it is rescheduled once, from the latest', async () => {
    const jobId = await addJob(client, { next_run_at: null })
    // More than one page of them.
    await client.query(
      `insert into scheduled_job_runs (scheduled_job_id, status, started_at, attempt_number)
       select $1, 'running', $2::timestamptz - n * interval '1 minute', 1 from generate_series(61, 320) n`,
      [jobId, noon],
    )
    await addRun(client, jobId, { started_at: minutes(-60), attempt_number: 3 })
    await using agent = sweeper(noon)
    for (let poll = 0; poll < 3; poll += 1) await agent.scheduler.poll()
    const runs = await runsOf(client, jobId)
    expect(runs.map((run) => run.status)).toEqual(runs.map(() => 'failed'))
    expect(runs).toHaveLength(261)
    expect(runs.at(-1)).toMatchObject({ status: 'failed', attempt_number: 3 })
    const job = await jobRow(client, jobId)
    expect(job).toMatchObject({ next_run_at: minutes(20), next_attempt: 4 })
    expect(job.last_error).toContain('Attempt 3 of 4 failed')
  })

  test('J7: a stuck run of another program does not disturb the run that holds the job now', async () => {
    const jobId = await addJob(client, { next_run_at: noon })
    await addRun(client, jobId, { started_at: minutes(-45) })
    const run = only(await claim(pool, { now: noon }))
    await sweepAt(minutes(1))
    expect(await jobRow(client, jobId)).toMatchObject({
      current_run_id: run.runId,
      next_run_at: null,
      last_error: null,
    })
  })

  test('J5: a run of ours that somebody else ended as failed is a failed attempt: backoff, then the end', async () => {
    const jobId = await addJob(client, { next_run_at: noon, max_retries: 1 })
    const endedByHand = async (at: Date): Promise<void> => {
      expect(await claim(pool, { now: at })).toHaveLength(1)
      await client.query(
        `update scheduled_job_runs set status = 'failed', completed_at = $1, error_message = 'Timed out'
         where completed_at is null`,
        [at],
      )
    }
    await endedByHand(noon)
    const agent = await sweepAt(minutes(1))
    const retrying = await jobRow(client, jobId)
    expect(retrying).toMatchObject({ current_run_id: null, next_run_at: minutes(6), next_attempt: 2 })
    expect(retrying.last_run_status).toBe('failed')
    expect(retrying.last_error).toContain('Attempt 1 of 2 failed: Timed out.')
    expect(agent.of('trouble')).toHaveLength(1)
    await endedByHand(minutes(6))
    await sweepAt(minutes(7))
    const job = await jobRow(client, jobId)
    expect(job).toMatchObject({ current_run_id: null, next_run_at: null, status: 'active' })
    expect(job.last_error).toContain('The job is dead')
  })

  test('a job held by a run that was deleted or ended by hand is free again', async () => {
    const gone = await addJob(client, { next_run_at: noon, concurrency_key: 'a' })
    const ended = await addJob(client, { next_run_at: noon, concurrency_key: 'b' })
    await claim(pool, { now: noon })
    await client.query('delete from scheduled_job_runs where scheduled_job_id = $1', [gone])
    await client.query(
      `update scheduled_job_runs set status = 'completed', completed_at = $2 where scheduled_job_id = $1`,
      [ended, noon],
    )
    const agent = await sweepAt(minutes(1))
    for (const id of [gone, ended]) {
      expect(await jobRow(client, id)).toMatchObject({ current_run_id: null, next_run_at: minutes(1) })
    }
    expect(agent.of('trouble')).toHaveLength(2)
  })
})

describe('J7, J13: recurring jobs without a next run', () => {
  test('J13: a row without a next run gets one, in America/Los_Angeles when it names no zone', async () => {
    const older = await addJob(client, { next_run_at: null, cron_expression: '0 6 * * *' })
    const zoned = await addJob(client, { next_run_at: null, cron_expression: '0 6 * * *', time_zone: 'Asia/Tokyo' })
    await using agent = createTestScheduler({
      url: database.url,
      jobs: { work: () => done },
      at: new DatabaseNow(noon),
    })
    await agent.scheduler.poll()
    expect(await jobRow(client, older)).toMatchObject({ next_run_at: new Date('2026-03-02T14:00:00Z') })
    expect(await jobRow(client, zoned)).toMatchObject({ next_run_at: new Date('2026-03-02T21:00:00Z') })
  })

  test('promise 8: no hint is needed: the next poll plans it, however many jobs nobody can plan', async () => {
    const unreadable = await addJob(client, { next_run_at: null, cron_expression: '@never' })
    await using agent = createTestScheduler({
      url: database.url,
      jobs: { work: () => done },
      at: new DatabaseNow(noon),
    })
    await agent.scheduler.poll()
    expect((await jobRow(client, unreadable)).last_error).toContain('@never')
    const jobId = await addJob(client, { next_run_at: null, cron_expression: '0 6 * * *', time_zone: 'UTC' })
    await agent.scheduler.poll()
    expect(await jobRow(client, jobId)).toMatchObject({ next_run_at: new Date('2026-03-03T06:00:00Z') })
  })

  test('J13: a paused, a running and a foreign type are left alone', async () => {
    const cadence = { next_run_at: null, cron_expression: '0 6 * * *', time_zone: 'UTC' }
    const paused = await addJob(client, { ...cadence, status: 'paused' })
    const theirs = await addJob(client, { ...cadence, job_type: 'theirs' })
    const running = await addJob(client, cadence)
    await addRun(client, running, { started_at: minutes(-5) })
    await using agent = createTestScheduler({
      url: database.url,
      jobs: { work: () => done },
      at: new DatabaseNow(noon),
    })
    await agent.scheduler.poll()
    for (const id of [paused, theirs, running]) expect(await jobRow(client, id)).toMatchObject({ next_run_at: null })
  })
})

import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { ClaimedRun } from '../../../agent/store/claim.ts'
import type { DatabasePool } from '../../../agent/store/database.ts'
import { listExpiredRuns, recoverRuns } from '../../../agent/store/recovery.ts'
import { type RunProgress, recordEnd, recordProgress, renewLeases } from '../../../agent/store/run-record.ts'
import type { Clock } from '../../../shared/clock.ts'
import { systemClock } from '../../../shared/clock.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addBrand, addJob, datasetRow, jobRow, only, runOf, runsOf } from '../../support/job-rows.ts'
import { createTestScheduler, DatabaseNow, done, untilAborted } from '../../support/scheduler.ts'
import { agentPool, claim, endOf, progressOf } from '../../support/store-runs.ts'
import { waitFor } from '../../support/wait.ts'

let database: TestDatabase
let client: pg.Client
let pool: DatabasePool
let brandId: string
beforeAll(async () => {
  database = await createTestDatabase()
  client = await database.connect()
  brandId = (await addBrand(client)).brandId
})
afterAll(() => database.drop())
beforeEach(() => {
  pool = agentPool(database.url)
})
afterEach(async () => {
  await pool.stop()
  await client.query('truncate scheduled_jobs, dataset_status, dataset_status_history cascade')
})

const noon = new Date('2026-03-02T12:00:00Z')
const later = (seconds: number): Date => new Date(noon.getTime() + seconds * 1000)

const everything = {
  steps: [
    {
      position: 0,
      stepKey: 'work',
      status: 'completed',
      fatal: true,
      datasetKey: 'orders',
      startedAgeMs: 5,
      completedAgeMs: 1,
      recordsAffected: 3,
      progressDone: null,
      progressTotal: null,
      errorMessage: null,
      metadata: {},
    },
  ],
  lines: [{ seq: 1, ageMs: 3, level: 'info', stepKey: 'work', message: 'hello' }],
  datasets: [
    {
      datasetKey: 'orders',
      status: 'completed',
      attemptAgeMs: 1,
      startAgeMs: 5,
      successAgeMs: 1,
      recordsAffected: 3,
      errorMessage: null,
      metadata: {},
    },
  ],
  history: [
    {
      stepPosition: 0,
      datasetKey: 'orders',
      status: 'completed',
      ageMs: 1,
      recordsAffected: 3,
      suspicious: false,
      errorMessage: null,
    },
  ],
} satisfies Partial<RunProgress>

/** Everything a run may have written, anywhere. */
async function written(): Promise<unknown> {
  const { rows } = await client.query(
    `select (select count(*) from run_steps)::int as steps, (select count(*) from run_logs)::int as lines,
       (select count(*) from dataset_status)::int as datasets,
       (select count(*) from dataset_status_history)::int as history,
       (select json_agg(r order by r.id) from scheduled_job_runs r) as runs,
       (select json_agg(j order by j.id) from scheduled_jobs j) as jobs`,
  )
  return only(rows)
}

/** A claims; its lease runs out; B claims the next attempt. */
async function takenOver(): Promise<{ old: ClaimedRun; current: ClaimedRun }> {
  await addJob(client, { brand_id: brandId, next_run_at: noon })
  const old = only(await claim(pool, { now: noon }))
  const stuck = await listExpiredRuns(pool, 0, later(151))
  const jobStatus = 'active' as const
  const reschedule = { nextRunAt: later(151).toISOString(), nextAttempt: 2, lastError: 'lost', jobStatus }
  const recoveries = stuck.map(({ runId, jobId }) => ({
    runId,
    jobId,
    problem: 'agent_lost' as const,
    errorMessage: 'lost',
    reschedule,
  }))
  expect(await recoverRuns(pool, recoveries, later(151))).toEqual([old.runId])
  const current = only(await claim(pool, { now: later(152) }))
  expect(current.attempt).toBe(2)
  return { old, current }
}

describe('J3: a stale claim changes nothing', () => {
  test('J3: a stale claim cannot renew, note progress or finish a run: zero rows of any kind', async () => {
    const { old, current } = await takenOver()
    const before = await written()
    expect(await renewLeases(pool, [old], 150, later(160))).toEqual([])
    expect(await recordProgress(pool, [progressOf(old, everything)], later(160))).toEqual([])
    expect(await recordEnd(pool, [endOf(old, everything)], later(160))).toEqual([])
    expect(await written()).toEqual(before)
    expect(await recordEnd(pool, [endOf(current, everything)], later(170))).toMatchObject([{ runId: current.runId }])
    expect((await runsOf(client, old.jobId)).map((run) => [run.attempt_number, run.status, run.problem])).toEqual([
      [1, 'failed', 'agent_lost'],
      [2, 'completed', null],
    ])
  })

  test('J3: a stale claim cannot finish a run: the right run id with another token does nothing', async () => {
    await addJob(client, { brand_id: brandId, next_run_at: noon })
    const run = only(await claim(pool, { now: noon }))
    const forged = { ...run, runToken: '99999999-9999-4999-8999-999999999999' }
    const before = await written()
    expect(await renewLeases(pool, [forged], 150, later(1))).toEqual([])
    expect(await recordProgress(pool, [progressOf(forged, everything)], later(1))).toEqual([])
    expect(await recordEnd(pool, [endOf(forged, everything)], later(1))).toEqual([])
    expect(await written()).toEqual(before)
  })

  test('J3: nothing of a run is written after its own end, and its end is written once', async () => {
    await addJob(client, { brand_id: brandId, next_run_at: noon })
    const run = only(await claim(pool, { now: noon }))
    expect(await recordEnd(pool, [endOf(run)], later(5))).toHaveLength(1)
    const before = await written()
    expect(await recordEnd(pool, [endOf(run, { ...everything, status: 'failed' })], later(6))).toEqual([])
    expect(await recordProgress(pool, [progressOf(run, everything)], later(6))).toEqual([])
    expect(await renewLeases(pool, [run], 150, later(6))).toEqual([])
    expect(await written()).toEqual(before)
  })

  test('J3: in one batch, the stale run is left out and the others are written', async () => {
    const { old, current } = await takenOver()
    const ended = await recordEnd(pool, [endOf(old, everything), endOf(current, everything)], later(160))
    expect(ended.map((run) => run.runId)).toEqual([current.runId])
    expect(await datasetRow(client, brandId, 'orders')).toMatchObject({ last_run_id: current.runId })
  })

  test('J3: a run whose job was given to another run ends, but leaves the job alone', async () => {
    const jobId = await addJob(client, { next_run_at: noon })
    const run = only(await claim(pool, { now: noon }))
    const other = '22222222-2222-4222-8222-222222222222'
    await client.query('update scheduled_jobs set current_run_id = $2 where id = $1', [jobId, other])
    expect(await recordEnd(pool, [endOf(run)], later(5))).toHaveLength(1)
    expect(await jobRow(client, jobId)).toMatchObject({ current_run_id: other, status: 'active', runs_completed: 0 })
  })
})

describe('J3: leases', () => {
  test('J3: a lease runs out at its instant and not before; renewing moves it', async () => {
    await addJob(client, { next_run_at: noon })
    const run = only(await claim(pool, { now: noon, leaseSeconds: 150 }))
    expect(await listExpiredRuns(pool, 0, later(150))).toEqual([])
    expect(await renewLeases(pool, [run], 150, later(149))).toMatchObject([{ runId: run.runId }])
    expect(await listExpiredRuns(pool, 0, later(298))).toEqual([])
    expect(await listExpiredRuns(pool, 0, later(300))).toMatchObject([{ runId: run.runId }])
  })

  test('J3: a lease that ran out with nobody looking can still be renewed: the run was never taken away', async () => {
    await addJob(client, { next_run_at: noon })
    const run = only(await claim(pool, { now: noon }))
    expect(await renewLeases(pool, [run], 150, later(10_000))).toHaveLength(1)
    expect(await listExpiredRuns(pool, 0, later(10_100))).toEqual([])
  })

  test('J3: a renewal between listing and recovering saves the run', async () => {
    await addJob(client, { next_run_at: noon })
    const run = only(await claim(pool, { now: noon }))
    const [stuck] = await listExpiredRuns(pool, 0, later(151))
    await renewLeases(pool, [run], 150, later(152))
    const recovery = { runId: run.runId, jobId: run.jobId, problem: 'agent_lost' as const, errorMessage: 'x' }
    expect(stuck?.runId).toBe(run.runId)
    expect(await recoverRuns(pool, [{ ...recovery, reschedule: null }], later(153))).toEqual([])
    expect(await runOf(client, run.jobId)).toMatchObject({ status: 'running' })
  })

  test('J3: within the grace after a server start nobody sweeps', async () => {
    await addJob(client, { next_run_at: noon })
    await claim(pool, { now: noon })
    // The test server has run for less than a month.
    expect(await listExpiredRuns(pool, 30 * 86_400, later(1_000))).toEqual([])
    expect(await listExpiredRuns(pool, 0, later(1_000))).toHaveLength(1)
  })
})

/** A monotonic clock that can jump ahead, as after a sleep; the wall clock is the real one. */
class SleepingClock implements Clock {
  #slept = 0
  now(): Date {
    return systemClock.now()
  }
  monotonic(): number {
    return systemClock.monotonic() + this.#slept
  }
  sleep(seconds: number): void {
    this.#slept += seconds * 1000
  }
}

describe('J3: the agent', () => {
  test('J3: a lost lease aborts the handler, drops the result and tells nobody of a failure', async () => {
    const at = new DatabaseNow(noon)
    let aborted: unknown
    await using agent = createTestScheduler({
      url: database.url,
      at,
      jobs: {
        work: async (context) => {
          if (context.identity.attempt > 1) return done
          await untilAborted(context).catch(() => null)
          aborted = context.signal.reason
          return { recordsAffected: 99, metadata: {} }
        },
      },
      renewSeconds: 0.2,
    })
    const jobId = await addJob(client, { brand_id: brandId, next_run_at: noon })
    await agent.scheduler.start()
    await waitFor(async () => (await runsOf(client, jobId)).length === 1, { describe: 'the claim' })
    await client.query(
      `update scheduled_job_runs set status = 'failed', problem = 'agent_lost', completed_at = started_at
       where scheduled_job_id = $1`,
      [jobId],
    )
    await waitFor(() => agent.of('run_lost').length === 1, { describe: 'the loss to be noticed' })
    expect(aborted).toMatchObject({ kind: 'lease_lost' })
    expect(agent.of('run_ended')).toEqual([])
    expect(await runOf(client, jobId)).toMatchObject({ status: 'failed', records_affected: null })
  })

  test('J3: trusted locally for 135 s by the monotonic clock: after a sleep the work stops although nobody could be asked', async () => {
    const clock = new SleepingClock()
    const reasons: unknown[] = []
    await using agent = createTestScheduler({
      url: database.url,
      clock,
      jobs: {
        work: async (context) => {
          await untilAborted(context).catch(() => reasons.push(context.signal.reason))
          throw new Error('stopped')
        },
      },
      // The renewal is never asked for; the trust is looked at every quarter of a second.
      renewSeconds: 134,
      trustSeconds: 135,
    })
    const jobId = await addJob(client, { brand_id: brandId })
    await agent.scheduler.start()
    await waitFor(() => agent.of('run_started').length === 1, { describe: 'the run' })
    clock.sleep(130)
    await agent.scheduler.poll()
    expect(reasons).toEqual([])
    clock.sleep(6)
    await waitFor(() => agent.of('run_lost').length === 1, { describe: 'the trust to be used up' })
    expect(reasons).toMatchObject([{ kind: 'lease_lost' }])
    // Nothing was written: whoever takes over decides.
    expect(await runOf(client, jobId)).toMatchObject({ status: 'running', completed_at: null })
  })

  test('J3: leases are renewed while the run goes on', async () => {
    await using agent = createTestScheduler({
      url: database.url,
      jobs: { work: untilAborted },
      renewSeconds: 0.1,
      shutdownGraceSeconds: 0,
    })
    const jobId = await addJob(client)
    await agent.scheduler.start()
    const first = await waitFor(async () => (await runsOf(client, jobId))[0]?.lease_expires_at, { describe: 'a lease' })
    await waitFor(async () => ((await runOf(client, jobId)).lease_expires_at?.getTime() ?? 0) > first.getTime() + 150, {
      describe: 'the lease to move twice',
    })
    expect(agent.of('run_lost')).toEqual([])
  })
})

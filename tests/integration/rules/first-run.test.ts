/** `{{ run.first_id }}`: a name for work, kept by its attempts and by nothing else. What is due is told by hand; everything else is the real clock. */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { StepFailure } from '../../../agent/jobs/executors/executor.ts'
import {
  archiveJob,
  pauseJob,
  restoreJob,
  resumeJob,
  retryJob,
  undoPause,
  updateSchedule,
} from '../../../agent/jobs/operations.ts'
import type { DatabasePool } from '../../../agent/store/database.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addJob, addRun, jobRow, only, runsOf } from '../../support/job-rows.ts'
import { createTestScheduler, done, type StepHandler, type TestScheduler } from '../../support/scheduler.ts'
import { agentPool, claim } from '../../support/store-runs.ts'

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
  await client.query('truncate scheduled_jobs, operator_actions cascade')
})

const ada = { operator: 'ada', door: 'cli' } as const
const daily = { cron_expression: '0 6 * * *', time_zone: 'UTC' }
const putOff = new StepFailure('rate_limited', 'wait', { retryAfterMs: 3_600_000 })
const noAnswer = new Error('no answer')

/** An agent whose runs end as told, one after the other, and then well; `keys` are the first runs that they knew. */
function agentWith(ends: (Error | null)[], duringFirst: () => Promise<unknown> = async () => null) {
  const keys: string[] = []
  const work: StepHandler = async ({ identity }) => {
    if (keys.push(identity.firstRunId) === 1) await duringFirst()
    const end = ends.shift() ?? null
    if (end !== null) throw end
    return done
  }
  return { keys, agent: createTestScheduler({ url: database.url, jobs: { work } }) }
}

/** What is planned for the job is due now; waits until `count` runs have ended. */
async function due(agent: TestScheduler, jobId: string, count: number): Promise<void> {
  await client.query('update scheduled_jobs set next_run_at = now() where id = $1', [jobId])
  await agent.scheduler.poll()
  await agent.ended(count)
}

const runIds = async (jobId: string): Promise<string[]> => (await runsOf(client, jobId)).map(({ id }) => id)

const resumed = async (jobId: string): Promise<void> => {
  await pauseJob(pool, ada, jobId)
  await resumeJob(pool, ada, jobId)
}
const restored = async (jobId: string): Promise<void> => {
  await archiveJob(pool, ada, jobId)
  await restoreJob(pool, ada, jobId)
}
const edited = async (jobId: string, change: { cron?: string; name?: string; parameters?: Record<string, number> }) => {
  const { version } = await jobRow(client, jobId)
  await updateSchedule(pool, ada, jobId, version, { ...change, checkParameters: () => undefined })
}

test.each([
  ['put off', 'resumed', putOff, resumed],
  ['put off', 'restored', putOff, restored],
  ['put off', 'moved to another cadence', putOff, (jobId: string) => edited(jobId, { cron: '0 5 * * *' })],
  ['failed', 'resumed', noAnswer, resumed],
  ['failed', 'restored', noAnswer, restored],
  ['failed', 'moved to another cadence', noAnswer, (jobId: string) => edited(jobId, { cron: '0 5 * * *' })],
])('J4: after a run that was %s the job is %s: what comes is a fire, and begins anew', async (_, __, end, change) => {
  const jobId = await addJob(client, daily)
  const { agent, keys } = agentWith([end])
  await using _agent = agent
  await agent.scheduler.start()
  await agent.ended(1)
  await change(jobId)
  expect(await jobRow(client, jobId)).toMatchObject({ next_attempt: 1, first_run_id: null })
  await due(agent, jobId, 2)
  expect(keys).toEqual(await runIds(jobId))
})

test.each([
  ['is given another name', daily, (jobId: string) => edited(jobId, { name: 'Better' })],
  [
    'is paused, which is taken back',
    daily,
    async (jobId: string) => {
      await pauseJob(pool, ada, jobId)
      await undoPause(pool, ada, jobId)
    },
  ],
  ['runs once and is resumed', {}, resumed],
])('J4: the attempt that was planned goes on with its work when the job %s', async (_, columns, change) => {
  const jobId = await addJob(client, columns)
  const { agent, keys } = agentWith([noAnswer, putOff])
  await using _agent = agent
  await agent.scheduler.start()
  await agent.ended(1)
  await change(jobId)
  expect(await jobRow(client, jobId)).toMatchObject({ next_attempt: 2 })
  await due(agent, jobId, 2)
  await due(agent, jobId, 3)
  const [first] = await runIds(jobId)
  expect(keys).toEqual([first, first, first])
  expect(await jobRow(client, jobId)).toMatchObject({ next_attempt: 1, first_run_id: null })
})

test.each(['after the run', 'during the run'] as const)(
  'J5: parameters corrected %s: the retry is other work, and its retry goes on with that',
  async (when) => {
    const jobId = await addJob(client, daily)
    const correct = (): Promise<void> => edited(jobId, { parameters: { days: 7 } })
    const { agent, keys } = agentWith([noAnswer, noAnswer], when === 'during the run' ? correct : undefined)
    await using _agent = agent
    await agent.scheduler.start()
    await agent.ended(1)
    if (when === 'after the run') await correct()
    expect(await jobRow(client, jobId)).toMatchObject({ next_attempt: 2, first_run_id: null })
    await due(agent, jobId, 2)
    await due(agent, jobId, 3)
    const [first, second] = await runIds(jobId)
    expect(keys).toEqual([first, second, second])
  },
)

test('J5: what a person retries begins anew', async () => {
  const jobId = await addJob(client, daily)
  const { agent, keys } = agentWith([noAnswer])
  await using _agent = agent
  await agent.scheduler.start()
  await agent.ended(1)
  await retryJob(pool, ada, jobId)
  await due(agent, jobId, 2)
  expect(keys).toEqual(await runIds(jobId))
})

test('J7: the attempt after a lost agent goes on with its work, twice in a row', async () => {
  await addJob(client, daily)
  const first = only(await claim(pool))
  expect(first.firstRunId).toBe(first.runId)
  for (let lost = 1; lost <= 2; lost += 1) {
    await client.query(
      `update scheduled_job_runs set lease_expires_at = now() - interval '1 second' where status = 'running'`,
    )
    await using sweeper = createTestScheduler({ url: database.url, jobs: { work: () => done } })
    await sweeper.scheduler.poll()
    expect(only(await claim(pool))).toMatchObject({ attempt: lost + 1, firstRunId: first.runId })
  }
})

test('J4: a fire begins anew, whatever an older program has left on the job', async () => {
  const jobId = await addJob(client, {
    ...daily,
    next_attempt: 1,
    first_run_id: '00000000-0000-4000-8000-000000000001',
  })
  const run = only(await claim(pool))
  expect(run.firstRunId).toBe(run.runId)
  expect(await jobRow(client, jobId)).toMatchObject({ first_run_id: null })
})

test('the migration gives attempts that are planned or under way the first run of their work, and nothing else', async () => {
  const ended = (minute: number) => ({
    started_at: new Date(minute * 60_000),
    completed_at: new Date(minute * 60_000 + 1),
    parameters: '{}',
  })
  const failed = (attempt: number, minute: number) => ({
    status: 'failed',
    problem: 'failed',
    attempt_number: attempt,
    ...ended(minute),
  })
  const started = async (
    columns: Record<string, unknown>,
    runs: Record<string, unknown>[],
    last: 'current_run_id' | 'last_run_id',
  ) => {
    const jobId = await addJob(client, { ...daily, concurrency_key: crypto.randomUUID(), ...columns })
    const ids: string[] = []
    for (const run of runs) ids.push(await addRun(client, jobId, run))
    await client.query(`update scheduled_jobs set ${last} = $2 where id = $1`, [jobId, ids.at(-1)])
    return { jobId, ids }
  }
  const released = { ...failed(1, 1), status: 'cancelled', problem: 'released' }
  const planned = await started({ next_attempt: 2 }, [failed(4, 0), released, failed(1, 2)], 'last_run_id')
  const running = await started(
    { next_run_at: null, next_attempt: 2 },
    [failed(1, 0), { attempt_number: 2, started_at: new Date(60_000), parameters: '{}' }],
    'current_run_id',
  )
  const begun = await started(
    { next_run_at: null, next_attempt: 1 },
    [{ attempt_number: 1, started_at: new Date(60_000), parameters: '{}' }],
    'current_run_id',
  )
  const fire = await started({ next_attempt: 1 }, [released], 'last_run_id')
  const corrected = await started({ next_attempt: 2, parameters: '{"days": 7}' }, [failed(1, 0)], 'last_run_id')
  const file = new URL('../../../migrations/2026-11-27_10_first_run_of_work.sql', import.meta.url)
  await client.query(await readFile(fileURLToPath(file), 'utf8'))
  const firstOf = async ({ jobId }: { jobId: string }) => (await jobRow(client, jobId)).first_run_id
  expect([await firstOf(planned), await firstOf(running)]).toEqual([planned.ids[1], running.ids[0]])
  expect([await firstOf(begun), await firstOf(fire), await firstOf(corrected)]).toEqual([null, null, null])
})

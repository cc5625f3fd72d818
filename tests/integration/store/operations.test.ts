import type pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import {
  archiveJob,
  cancelRun,
  ensureRecurringJob,
  pauseJob,
  queueOneTimeJob,
  restoreJob,
  resumeJob,
  retryJob,
} from '../../../agent/jobs/operations.ts'
import { type DatabasePool, openPool } from '../../../agent/store/database.ts'
import { listOperatorActions } from '../../../agent/store/operator-actions.ts'
import { findBusyKey, getJob } from '../../../agent/store/scheduled-jobs.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addBrand, addJob, addRun, jobRow, runOf } from '../../support/job-rows.ts'
import { problemOf } from '../../support/problem.ts'
import { createTestScheduler, done, untilAborted } from '../../support/scheduler.ts'
import { waitFor } from '../../support/wait.ts'
import { containing } from '../cli/matchers.ts'

let testDatabase: TestDatabase
let client: pg.Client
let database: DatabasePool
beforeAll(async () => {
  testDatabase = await createTestDatabase()
  client = await testDatabase.connect()
  database = openPool({
    url: testDatabase.url,
    applicationName: 'operations',
    size: 4,
    purpose: 'console',
    onConnectionError: () => undefined,
  })
})
afterAll(async () => {
  await database.stop()
  await testDatabase.drop()
})
afterEach(() => client.query('truncate organizations, scheduled_jobs, operator_actions cascade'))

const ada = { operator: 'ada', door: 'cli' } as const
const daily = { jobType: 'work', cron: '0 6 * * *', timeZone: 'Europe/Berlin', checkParameters: () => undefined }
const recurring = { cron_expression: '0 6 * * *', time_zone: 'UTC' }
const hourMs = 3_600_000

async function brand(): Promise<string> {
  return (await addBrand(client)).brandId
}

async function jobIds(): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>('select id from scheduled_jobs order by created_at, id')
  return rows.map(({ id }) => id)
}

async function addFailed(columns: Record<string, unknown>): Promise<string> {
  const jobId = await addJob(client, columns)
  const ended = { started_at: new Date(), completed_at: new Date() }
  await addRun(client, jobId, { status: 'failed', attempt_number: 4, ...ended })
  return jobId
}

describe('ensureRecurringJob', () => {
  test('J12: creates the job with its next run in the future, and a second call changes nothing', async () => {
    const brandId = await brand()
    const first = await ensureRecurringJob(database, ada, { ...daily, brandId, parameters: { days_back: 3 } })
    expect(first).toMatchObject({
      created: true,
      changed: true,
      job: { name: 'work', scheduleType: 'recurring', version: 1 },
    })
    expect(first.job.nextRunAt?.getTime()).toBeGreaterThan(first.job.asOf.getTime())
    const second = await ensureRecurringJob(database, ada, { ...daily, brandId })
    expect(second).toMatchObject({
      created: false,
      changed: false,
      job: { id: first.job.id, parameters: { days_back: 3 } },
    })
    expect(await listOperatorActions(database, { type: 'job', id: first.job.id })).toMatchObject([
      { operator: 'ada', door: 'cli', action: 'job.schedule', before: null, after: { cronExpression: '0 6 * * *' } },
    ])
  })

  test('J12: a change keeps the job, computes the next run anew and grows the version', async () => {
    const brandId = await brand()
    const { job } = await ensureRecurringJob(database, ada, { ...daily, brandId, parameters: { days_back: 3 } })
    const changed = await ensureRecurringJob(database, ada, { ...daily, brandId, cron: '*/5 * * * *', name: 'Often' })
    expect(changed).toMatchObject({ created: false, changed: true })
    expect(changed.job).toMatchObject({ id: job.id, name: 'Often', version: 2, parameters: { days_back: 3 } })
    expect(changed.job.nextRunAt?.getTime()).toBeLessThanOrEqual(changed.job.asOf.getTime() + 300_000)
    expect(await jobIds()).toEqual([job.id])
  })

  test('J12: one-time jobs, other brands and what is put away are never touched', async () => {
    const brandId = await brand()
    const other = await brand()
    const untouched = [
      await addJob(client, { brand_id: brandId }),
      await addJob(client, { brand_id: other, ...recurring }),
      await addJob(client, { brand_id: brandId, status: 'archived', ...recurring }),
      await addJob(client, { brand_id: brandId, status: 'completed', ...recurring }),
    ]
    const rows = async (): Promise<unknown[]> =>
      (await client.query<{ id: string }>('select * from scheduled_jobs where id = any ($1) order by id', [untouched]))
        .rows
    const before = await rows()
    expect(await ensureRecurringJob(database, ada, { ...daily, brandId })).toMatchObject({ created: true })
    expect(await rows()).toEqual(before)
  })

  test('J12: many callers at the same instant make one job', async () => {
    const brandId = await brand()
    const calls = Array.from({ length: 8 }, () => ensureRecurringJob(database, ada, { ...daily, brandId }))
    const created = (await Promise.all(calls)).filter((outcome) => outcome.created)
    expect(created).toHaveLength(1)
    expect(await jobIds()).toHaveLength(1)
  })

  test('a paused job stays paused; several recurring ones are named, not guessed at', async () => {
    const brandId = await brand()
    const { job } = await ensureRecurringJob(database, ada, { ...daily, brandId })
    await pauseJob(database, ada, job.id)
    const changed = await ensureRecurringJob(database, ada, { ...daily, brandId, cron: '0 7 * * *' })
    expect(changed).toMatchObject({ job: { status: 'paused' }, message: containing('It is paused') })
    const second = await addJob(client, { brand_id: brandId, ...recurring })
    const problem = await problemOf(ensureRecurringJob(database, ada, { ...daily, brandId }))
    expect(problem).toMatchObject({ code: 'ambiguous', value: [job.id, second] })
  })

  test('what the catalog refuses is never written', async () => {
    const brandId = await brand()
    const refuse = (): never => {
      throw new Error('refused')
    }
    await expect(ensureRecurringJob(database, ada, { ...daily, brandId, checkParameters: refuse })).rejects.toThrow(
      'refused',
    )
    expect(await jobIds()).toEqual([])
  })

  test('a change during a run: the new plan holds after the run has ended', async () => {
    const brandId = await brand()
    const jobId = await addJob(client, { brand_id: brandId, ...recurring })
    const gate = Promise.withResolvers<null>()
    await using agent = createTestScheduler({
      url: testDatabase.url,
      jobs: { work: () => gate.promise.then(() => done) },
    })
    await agent.scheduler.start()
    await waitFor(() => agent.of('run_started').length === 1, { describe: 'the run' })
    const { job } = await ensureRecurringJob(database, ada, { ...daily, brandId, cron: '0 7 1 * *', timeZone: 'UTC' })
    gate.resolve(null)
    await agent.ended(1)
    expect(await jobRow(client, jobId)).toMatchObject({
      next_run_at: job.nextRunAt,
      status: 'active',
      runs_completed: 1,
    })
  })
})

describe('pause and resume', () => {
  test('J10: a paused job is not claimed; resumed, it runs from now on and makes up for nothing', async () => {
    const brandId = await brand()
    const jobId = await addJob(client, { brand_id: brandId, name: 'Load', ...recurring })
    expect(await pauseJob(database, ada, jobId)).toMatchObject({ changed: true, message: 'Load is paused.' })
    await using agent = createTestScheduler({ url: testDatabase.url, jobs: { work: () => done } })
    await agent.scheduler.start()
    await agent.scheduler.poll()
    const { job, message } = await resumeJob(database, ada, jobId)
    expect(message).toMatch(/^Load is resumed\. Its next run is at \d{4}-/)
    expect(job.nextRunAt?.getTime()).toBeGreaterThan(job.asOf.getTime())
    await agent.scheduler.poll()
    expect(agent.of('run_started')).toEqual([])
  })

  test('repeating either says so and records nothing', async () => {
    const jobId = await addJob(client, { name: 'Load', ...recurring })
    expect(await resumeJob(database, ada, jobId)).toMatchObject({ changed: false, message: 'Load is not paused.' })
    await pauseJob(database, ada, jobId)
    expect(await pauseJob(database, ada, jobId)).toMatchObject({ changed: false, message: 'Load is already paused.' })
    const actions = await listOperatorActions(database, { type: 'job', id: jobId })
    expect(actions).toMatchObject([{ action: 'job.pause', before: { status: 'active' }, after: { status: 'paused' } }])
  })

  test('J10: a one-time job keeps its time, unless that has passed: then it is due now', async () => {
    const future = new Date(Date.now() + hourMs)
    const later = await addJob(client, { next_run_at: future })
    const missed = await addJob(client)
    for (const id of [later, missed]) {
      await pauseJob(database, ada, id)
      await resumeJob(database, ada, id)
    }
    expect((await jobRow(client, later)).next_run_at).toEqual(future)
    const due = (await jobRow(client, missed)).next_run_at?.getTime() ?? 0
    expect(Math.abs(due - Date.now())).toBeLessThan(60_000)
  })

  test('J10: paused during a run, a recurring job stays paused after it, and a one-time job can still complete', async () => {
    const brandId = await brand()
    const again = await addJob(client, { brand_id: brandId, ...recurring })
    const once = await addJob(client, { brand_id: brandId, job_type: 'once' })
    const gate = Promise.withResolvers<null>()
    const handler = () => gate.promise.then(() => done)
    await using agent = createTestScheduler({ url: testDatabase.url, jobs: { work: handler, once: handler } })
    await agent.scheduler.start()
    await waitFor(() => agent.of('run_started').length === 2, { describe: 'both runs' })
    for (const id of [again, once]) {
      expect((await pauseJob(database, ada, id)).message).toContain('The run in progress goes on')
    }
    gate.resolve(null)
    await agent.ended(2)
    expect(await jobRow(client, again)).toMatchObject({ status: 'paused', last_run_status: 'completed' })
    expect(await jobRow(client, once)).toMatchObject({ status: 'completed' })
  })

  test('a schedule that cannot be read cannot be resumed, and says what to correct', async () => {
    const jobId = await addJob(client, { name: 'Odd', status: 'paused', cron_expression: 'daily', time_zone: 'UTC' })
    const problem = await problemOf(resumeJob(database, ada, jobId))
    expect(problem).toMatchObject({
      code: 'conflict',
      field: 'cron_expression',
      fix: containing('pm schedule work'),
    })
    expect(await jobRow(client, jobId)).toMatchObject({ status: 'paused' })
  })

  test('a version that is not the newest is a conflict and changes nothing', async () => {
    const jobId = await addJob(client, { name: 'Load', ...recurring })
    const stale = await problemOf(pauseJob(database, ada, jobId, { version: 7 }))
    expect(stale).toMatchObject({
      code: 'conflict',
      message: 'Load was changed by somebody else (version 1, you saw 7).',
    })
    expect(await pauseJob(database, ada, jobId, { version: 1 })).toMatchObject({ changed: true })
  })

  test('completed and archived jobs are neither paused nor resumed; a job that is not there is said so', async () => {
    const completed = await addJob(client, { status: 'completed', next_run_at: null })
    expect(await problemOf(pauseJob(database, ada, completed))).toMatchObject({ code: 'conflict' })
    const missing = '00000000-0000-0000-0000-000000000000'
    expect(await problemOf(resumeJob(database, ada, missing))).toMatchObject({ code: 'not_found', value: missing })
  })
})

describe('queueOneTimeJob', () => {
  const request = { brandId: null, jobType: 'work', name: 'Once', parameters: {}, triggerSource: 'manual' as const }

  test('J6: what a person asked for runs at once, under their name, and is archived when it is done', async () => {
    await using agent = createTestScheduler({ url: testDatabase.url, jobs: { work: () => done } })
    await agent.scheduler.start()
    await waitFor(() => agent.of('listening').length > 0, { describe: 'the listener' })
    const brandId = await brand()
    const { job, waitsBehind } = await queueOneTimeJob(database, ada, {
      ...request,
      brandId,
      parameters: { list: [1] },
    })
    expect(waitsBehind).toBeNull()
    await agent.ended(1)
    expect(await jobRow(client, job.id)).toMatchObject({
      status: 'archived',
      next_run_at: null,
      parameters: { list: [1] },
    })
    expect(await runOf(client, job.id)).toMatchObject({
      trigger_source: 'manual',
      requested_by: 'ada',
      status: 'completed',
    })
  })

  test('J6: one that another program or the schedule made is completed, not archived', async () => {
    await using agent = createTestScheduler({ url: testDatabase.url, jobs: { work: () => done } })
    await agent.scheduler.start()
    const { job } = await queueOneTimeJob(database, ada, { ...request, triggerSource: 'scheduled' })
    await agent.ended(1)
    expect(await jobRow(client, job.id)).toMatchObject({ status: 'completed' })
  })

  test('J10: it names the run that it waits behind', async () => {
    const brandId = await brand()
    await using agent = createTestScheduler({
      url: testDatabase.url,
      jobs: { work: untilAborted },
      shutdownGraceSeconds: 0,
    })
    await addJob(client, { brand_id: brandId, name: 'First' })
    await agent.scheduler.start()
    await waitFor(() => agent.of('run_started').length === 1, { describe: 'the run' })
    const { waitsBehind } = await queueOneTimeJob(database, ada, { ...request, brandId })
    expect(waitsBehind).toMatchObject({ jobName: 'First', runId: agent.of('run_started')[0]?.run.runId })
  })

  test('bad input 37: a name that could pass for another is refused before anything is written', async () => {
    for (const name of ['', 'a\u202Eb', 'x'.repeat(121), '👨‍👩‍👧‍👦'.repeat(100)]) {
      const problem = await problemOf(queueOneTimeJob(database, ada, { ...request, name }))
      expect(problem).toMatchObject({ code: 'invalid_input', field: 'name' })
    }
    expect(await jobIds()).toEqual([])
  })
})

describe('retry, archive, cancel', () => {
  test('J5: a dead job is due now, its attempts start again, and it runs as attempt 1', async () => {
    const jobId = await addFailed({ name: 'Load', next_run_at: null })
    await using agent = createTestScheduler({ url: testDatabase.url, jobs: { work: () => done } })
    await agent.scheduler.start()
    await waitFor(() => agent.of('listening').length > 0, { describe: 'the listener' })
    expect(await retryJob(database, ada, jobId)).toMatchObject({
      changed: true,
      message: 'Load is due now.',
      waitsBehind: null,
    })
    await agent.ended(1)
    const { rows } = await client.query('select attempt_number from scheduled_job_runs where agent_id is not null')
    expect(rows).toEqual([{ attempt_number: 1 }])
  })

  test('J10: a retried job that an agent claimed at once does not wait behind itself', async () => {
    const jobId = await addFailed({ name: 'Load', next_run_at: null })
    await using agent = createTestScheduler({
      url: testDatabase.url,
      jobs: { work: untilAborted },
      shutdownGraceSeconds: 0,
    })
    await agent.scheduler.start()
    await retryJob(database, ada, jobId)
    await waitFor(() => agent.of('run_started').length === 1, { describe: 'the run' })
    const job = await getJob(database, jobId)
    expect(job?.currentRunId).toBe(agent.of('run_started')[0]?.run.runId)
    expect(job && (await findBusyKey(database, job))).toBeNull()
  })

  test('J5: a failed job that is planned for later is brought forward', async () => {
    const jobId = await addFailed({ ...recurring, next_run_at: new Date(Date.now() + hourMs) })
    const { job } = await retryJob(database, ada, jobId)
    expect(job.nextRunAt?.getTime()).toBeLessThanOrEqual(job.asOf.getTime())
  })

  test('there is nothing to retry: paused, never run, completed, running', async () => {
    const ended = { status: 'completed', started_at: new Date(), completed_at: new Date() }
    const completed = await addJob(client, { ...recurring, next_run_at: new Date(Date.now() + hourMs) })
    await addRun(client, completed, ended)
    expect(await problemOf(retryJob(database, ada, completed))).toMatchObject({
      code: 'conflict',
      fix: containing('pm run work'),
    })
    const paused = await addFailed({ status: 'paused', ...recurring })
    expect(await problemOf(retryJob(database, ada, paused))).toMatchObject({
      fix: `Resume it first: pm resume ${paused}`,
    })
    const never = await addJob(client, { next_run_at: null })
    expect((await problemOf(retryJob(database, ada, never))).message).toContain('has never run')
    const running = await addJob(client, { next_run_at: null })
    const runId = await addRun(client, running, { started_at: new Date() })
    expect(await problemOf(retryJob(database, ada, running))).toMatchObject({
      code: 'already_running',
      fix: containing(runId),
    })
  })

  test('an archived job is not claimed any more, and is archived once', async () => {
    const jobId = await addJob(client, { name: 'Load' })
    expect(await archiveJob(database, ada, jobId)).toMatchObject({ changed: true, message: 'Load is archived.' })
    expect(await archiveJob(database, ada, jobId)).toMatchObject({
      changed: false,
      message: 'Load is already archived.',
    })
    expect(await jobRow(client, jobId)).toMatchObject({ status: 'archived', next_run_at: null })
  })

  test('J11: a run is asked once; one of another program is not ours to stop', async () => {
    const jobId = await addJob(client, { name: 'Load', next_run_at: null })
    const foreign = await addRun(client, jobId, { started_at: new Date() })
    expect(await problemOf(cancelRun(database, ada, foreign))).toMatchObject({ code: 'not_allowed' })
    const agentId = '11111111-1111-4111-8111-111111111111'
    const ours = await addRun(client, jobId, { started_at: new Date(), agent_id: agentId })
    expect(await cancelRun(database, ada, ours)).toMatchObject({ changed: true, run: { cancelRequestedBy: 'ada' } })
    const bob = { operator: 'bob', door: 'console' } as const
    expect(await cancelRun(database, bob, ours)).toMatchObject({
      changed: false,
      message: 'The run of Load was already asked to stop, by ada.',
    })
    const actions = await listOperatorActions(database, { type: 'run', id: ours })
    expect(actions).toMatchObject([{ operator: 'ada', action: 'run.cancel', before: { status: 'running' } }])
  })

  test('who did it is written with what was done, or neither is', async () => {
    const jobId = await addJob(client, { ...recurring })
    const before = await jobRow(client, jobId)
    await expect(pauseJob(database, { operator: 'ada', door: 'nowhere' as 'cli' }, jobId)).rejects.toThrow(/door/)
    expect(await jobRow(client, jobId)).toEqual(before)
  })
})

describe('restore', () => {
  const future = new Date(Date.now() + hourMs)

  test.each([
    ['an active schedule runs again from now on', { ...recurring }, { status: 'active' }],
    ['a paused one stays paused', { status: 'paused', ...recurring, next_run_at: future }, { status: 'paused' }],
    [
      'a completed job stays completed',
      { status: 'completed', next_run_at: null },
      { status: 'completed', next_run_at: null },
    ],
    ['a one-time job keeps its time', { next_run_at: future }, { status: 'active', next_run_at: future }],
    [
      'a dead one stays dead',
      { next_run_at: null, last_run_status: 'failed' },
      { status: 'active', next_run_at: null },
    ],
  ])('undo of archive: %s', async (_what, columns, expected) => {
    const jobId = await addJob(client, columns)
    await archiveJob(database, ada, jobId)
    expect(await restoreJob(database, ada, jobId)).toMatchObject({ changed: true })
    const row = await jobRow(client, jobId)
    expect(row).toMatchObject(expected)
    const isPlanned = 'cron_expression' in columns && row.status === 'active'
    expect(!isPlanned || (row.next_run_at?.getTime() ?? 0) > Date.now()).toBe(true)
    expect(await restoreJob(database, ada, jobId)).toMatchObject({ changed: false })
    const [action] = await listOperatorActions(database, { type: 'job', id: jobId })
    expect(action).toMatchObject({
      action: 'job.restore',
      before: { status: 'archived' },
      after: { status: expected.status },
    })
  })

  test('a one-time job whose time has passed meanwhile is due now', async () => {
    const jobId = await addJob(client)
    await archiveJob(database, ada, jobId)
    const { job } = await restoreJob(database, ada, jobId)
    expect(job.nextRunAt).toEqual(job.asOf)
  })

  test('what nobody put away starts nothing: done work is completed, a schedule is paused', async () => {
    const once = await addJob(client, { status: 'archived', next_run_at: null })
    const again = await addJob(client, { status: 'archived', ...recurring, next_run_at: null })
    expect((await restoreJob(database, ada, once)).job.status).toBe('completed')
    expect((await restoreJob(database, ada, again)).job.status).toBe('paused')
  })

  test('archived during its run, which then completed: it is not run once more', async () => {
    const brandId = await brand()
    const jobId = await addJob(client, { brand_id: brandId })
    const gate = Promise.withResolvers<null>()
    await using agent = createTestScheduler({
      url: testDatabase.url,
      jobs: { work: () => gate.promise.then(() => done) },
    })
    await agent.scheduler.start()
    await waitFor(() => agent.of('run_started').length === 1, { describe: 'the run' })
    await archiveJob(database, ada, jobId)
    gate.resolve(null)
    await agent.ended(1)
    await client.query(`update scheduled_jobs set status = 'archived' where id = $1`, [jobId])
    expect((await restoreJob(database, ada, jobId)).job).toMatchObject({ status: 'completed', nextRunAt: null })
  })

  test.each(['active', 'paused'] as const)(
    'J5: archived during its run, which then failed, the job (%s) keeps its retry',
    async (status) => {
      const jobId = await addJob(client, { brand_id: await brand() })
      const gate = Promise.withResolvers<null>()
      const fail = () => gate.promise.then(() => Promise.reject(new Error('no disk')))
      await using agent = createTestScheduler({ url: testDatabase.url, jobs: { work: fail } })
      await agent.scheduler.start()
      await waitFor(() => agent.of('run_started').length === 1, { describe: 'the run' })
      if (status === 'paused') await pauseJob(database, ada, jobId)
      await archiveJob(database, ada, jobId)
      gate.resolve(null)
      await agent.ended(1)
      await agent.scheduler.stop()
      const planned = (await jobRow(client, jobId)).next_run_at
      expect(planned).not.toBeNull()
      const { job } = await restoreJob(database, ada, jobId)
      expect(job).toMatchObject({ status, nextRunAt: planned, nextAttempt: 2 })
    },
  )

  test('a schedule that cannot be read is not restored to run, and a stale version is a conflict', async () => {
    const odd = await addJob(client, { cron_expression: 'daily', time_zone: 'UTC' })
    await archiveJob(database, ada, odd)
    expect(await problemOf(restoreJob(database, ada, odd))).toMatchObject({
      code: 'conflict',
      field: 'cron_expression',
    })
    expect(await problemOf(restoreJob(database, ada, odd, { version: 9 }))).toMatchObject({ code: 'conflict' })
    expect(await jobRow(client, odd)).toMatchObject({ status: 'archived' })
  })
})

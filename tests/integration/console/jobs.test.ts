import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { listOperatorActions } from '../../../agent/store/operator-actions.ts'
import type { JobStateWord } from '../../../shared/domain.ts'
import { addOpenBrand, createTestConsole, type TestConsole } from '../../support/console.ts'
import { addJob, addRun, type Brand, jobRow } from '../../support/job-rows.ts'
import { createTestScheduler, untilAborted } from '../../support/scheduler.ts'
import { waitFor } from '../../support/wait.ts'
import { errorOf } from './error-of.ts'
import { addAgent } from './working-agent.ts'

let console: TestConsole
let brand: Brand
beforeAll(async () => {
  console = await createTestConsole()
})
afterAll(async () => {
  await console.stop()
  if (console.troubles.length > 0) throw new Error(console.troubles.join('; '))
})
beforeEach(async () => {
  brand = await addOpenBrand(console.sql)
})
afterEach(() => console.sql.query('truncate organizations, scheduled_jobs, operator_actions, agents cascade'))

const hourMs = 3_600_000
const inHours = (hours: number): Date => new Date(Date.now() + hours * hourMs)
const daily = { cron_expression: '0 6 * * *', time_zone: 'UTC' }

async function add(columns: Record<string, unknown> = {}): Promise<string> {
  return addJob(console.sql, { brand_id: brand.brandId, next_run_at: inHours(1), ...columns })
}

/** How many there are in these states. */
async function count(
  states: readonly JobStateWord[] = ['running', 'retrying', 'dead', 'active', 'paused', 'completed'],
) {
  const { byState } = await console.client.jobs.counts({ organizationId: brand.organizationId })
  return states.reduce((sum, state) => sum + byState[state], 0)
}

describe('retry of several', () => {
  test('J5: leaves out what asks a person whether it did its work; by itself that is retried by who says that it did not', async () => {
    const dead = async (problem: string): Promise<string> => {
      const jobId = await add({ next_run_at: null })
      const ended = { status: 'failed', problem, started_at: inHours(-2), completed_at: inHours(-1) }
      const runId = await addRun(console.sql, jobId, ended)
      await console.sql.query(
        `update scheduled_jobs set last_run_id = $2::uuid, last_run_status = 'failed' where id = $1::uuid`,
        [jobId, runId],
      )
      return jobId
    }
    const unknown = await dead('outcome_unknown')
    const jobs = [{ id: unknown }, { id: await dead('failed') }]
    const { organizationId } = brand
    const retry = (some: typeof jobs, notDone: boolean) =>
      console.client.jobs.act({ organizationId, action: 'retry', jobs: some, notDone })
    const { results } = await retry(jobs, true)
    expect(results.map(({ changed, refused }) => [changed, refused])).toEqual([
      [false, 'CONFLICT'],
      [true, null],
    ])
    expect(results[0]?.message).toContain('It is not known whether the last run')
    const { job } = await console.client.jobs.get({ jobId: unknown })
    expect(job.lastRun?.problem).toBe('outcome_unknown')
    expect((await retry([{ id: unknown }], false)).changed).toBe(0)
    expect((await retry([{ id: unknown }], true)).changed).toBe(1)
  })
})

describe('queue', () => {
  const schema = {
    type: 'object',
    properties: { days: { type: 'integer', minimum: 1, maximum: 90, default: 7 } },
    additionalProperties: false,
  }
  beforeEach(() => addAgent(console.sql, { jobTypes: { load: { parameters: schema } } }))
  const request = () => ({ ...brand, jobType: 'load' })

  test('J12: due at once with the defaults of the schema, under the name of who asked', async () => {
    const { job, created, message, waitsBehind } = await console.client.jobs.queue(request())
    expect(job).toMatchObject({ name: 'load', scheduleType: 'one_time', parameters: { days: 7 }, state: 'active' })
    expect(job).toMatchObject({ triggerSource: 'manual', requestedBy: 'tester', priority: 'normal' })
    expect([created, message, waitsBehind]).toEqual([true, 'load is queued.', null])
    const actions = await listOperatorActions(console.services.database, { type: 'job', id: job.id })
    expect(actions).toMatchObject([{ operator: 'tester', door: 'console', action: 'job.queue', before: null }])
    const byProgram = await console.as({ door: 'api', operator: 'nightly' }).jobs.queue(request())
    expect(byProgram.job).toMatchObject({ triggerSource: 'api', requestedBy: 'nightly' })
  })

  test('the same request makes one job, however often and however simultaneously it is sent', async () => {
    const requestId = randomUUID()
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => console.client.jobs.queue({ ...request(), requestId })),
    )
    expect(answers.filter(({ created }) => created)).toHaveLength(1)
    expect(new Set(answers.map(({ job }) => job.id))).toEqual(new Set([requestId]))
    expect(await count()).toBe(1)
    expect(await listOperatorActions(console.services.database, { type: 'job', id: requestId })).toHaveLength(1)
  })

  test('a request id of something else is refused, and tells nothing about it', async () => {
    const other = await addOpenBrand(console.sql, 'Other')
    const requestId = await addJob(console.sql, { brand_id: other.brandId, name: 'Secret', job_type: 'load' })
    const error = await errorOf(console.client.jobs.queue({ ...request(), requestId }))
    expect(error).toMatchObject({ code: 'CONFLICT', data: { field: 'requestId' } })
    expect(JSON.stringify(error)).not.toContain('Secret')
    const own = (await console.client.jobs.queue(request())).job.id
    const changed = console.client.jobs.queue({ ...request(), requestId: own, parameters: { days: 8 } })
    expect(await errorOf(changed)).toMatchObject({ code: 'CONFLICT' })
  })

  test.each([
    ['bad input 23: a text for a number', { days: '7' }],
    ['bad input 23: null for a number', { days: null }],
    ['out of range', { days: 0 }],
    ['bad input 22: an unknown one', { dais: 7 }],
  ])('parameters are held to the schema that agents published: %s', async (_what, parameters) => {
    const error = await errorOf(console.client.jobs.queue({ ...request(), parameters }))
    expect(error).toMatchObject({ code: 'INVALID_PARAMETERS' })
    expect(await count()).toBe(0)
  })

  test('bad inputs 22 and 26: unknown fields and times beyond any plan are refused; a time that has passed means now', async () => {
    const extra = { ...request(), prioritty: 'high' } as ReturnType<typeof request>
    expect(await errorOf(console.client.jobs.queue(extra))).toMatchObject({ code: 'INVALID_INPUT' })
    for (const at of ['9999-12-31T00:00:00Z', '2026-02-30T00:00:00Z', '2030-01-01T00:00:00', 'infinity', '']) {
      const error = await errorOf(console.client.jobs.queue({ ...request(), at }))
      expect(error).toMatchObject({ code: 'INVALID_INPUT', data: { field: 'at' } })
    }
    const at = inHours(2)
    const later = await console.client.jobs.queue({ ...request(), at: at.toISOString() })
    expect(later.job.nextRunAt).toEqual(at)
    const past = await console.client.jobs.queue({ ...request(), at: '2001-01-01T00:00:00+02:00' })
    expect(Math.abs((past.job.nextRunAt?.getTime() ?? 0) - Date.now())).toBeLessThan(60_000)
  })

  test('fault 14: however far the clock of the agent is ahead, a later time is a later time', async () => {
    const ahead = vi.spyOn(console.services.clock, 'now').mockReturnValue(inHours(2))
    try {
      const at = inHours(1)
      expect((await console.client.jobs.queue({ ...request(), at: at.toISOString() })).job.nextRunAt).toEqual(at)
    } finally {
      ahead.mockRestore()
    }
  })

  test('J10: work once more, as a job has it: by its limits, key and product; of no other work', async () => {
    const rules = { max_retries: 7, timeout_minutes: 90, concurrency_key: 'warehouse', product_id: randomUUID() }
    const likeJobId = await add({ job_type: 'load', ...rules })
    const { job } = await console.client.jobs.queue({ ...request(), likeJobId })
    expect(await jobRow(console.sql, job.id)).toMatchObject(rules)
    const other = await add({ job_type: 'other' })
    for (const id of [other, randomUUID()]) {
      expect(await errorOf(console.client.jobs.queue({ ...request(), likeJobId: id }))).toMatchObject({
        code: 'NOT_FOUND',
      })
    }
  })

  test('J8: a type nobody knows, and one nobody can run now, are refused with what to do; another program counts', async () => {
    const unknown = await errorOf(console.client.jobs.queue({ ...request(), jobType: 'laod' }))
    expect(unknown).toMatchObject({ code: 'NOT_FOUND', data: { field: 'jobType', fix: 'Did you mean "load"?' } })
    await addAgent(console.sql, { name: 'south', host: 'h2', jobTypes: { rare: {} }, alive: false })
    await console.sql.query('delete from agents where name <> $1', ['south'])
    const idle = await errorOf(console.client.jobs.queue({ ...request(), jobType: 'rare' }))
    expect(idle).toMatchObject({
      code: 'CONFLICT',
      data: { field: 'jobType', fix: 'Start one that can: south on h2.' },
    })
    const foreign = await add({ job_type: 'theirs' })
    await addRun(console.sql, foreign, { status: 'completed', started_at: new Date(), completed_at: new Date() })
    await addAgent(console.sql, { jobTypes: { any: {} } })
    const queued = await console.client.jobs.queue({ ...request(), jobType: 'theirs', parameters: { anything: [1] } })
    expect(queued).toMatchObject({ created: true, job: { parameters: { anything: [1] } } })
  })

  test('J12: platform-level jobs are for admins of all organizations; a read token queues nothing', async () => {
    const platform = { ...request(), brandId: null }
    const operator = console.as({ scope: 'operate' })
    expect(await errorOf(operator.jobs.queue(platform))).toMatchObject({ code: 'NOT_ALLOWED' })
    expect((await console.client.jobs.queue(platform)).job.brand).toBeNull()
    expect(await errorOf(console.as({ scope: 'read' }).jobs.queue(request()))).toMatchObject({ code: 'NOT_ALLOWED' })
  })

  test('J10: it names the run that it waits behind', async () => {
    await using agent = createTestScheduler({
      url: console.database.url,
      jobs: { load: untilAborted },
      shutdownGraceSeconds: 0,
    })
    await add({ name: 'First', job_type: 'load', next_run_at: new Date(0) })
    await agent.scheduler.start()
    await waitFor(() => agent.of('run_started').length === 1, { describe: 'the run' })
    const { waitsBehind } = await console.client.jobs.queue(request())
    expect(waitsBehind).toMatchObject({ jobName: 'First', runId: agent.of('run_started')[0]?.run.runId })
  })
})

describe('one job', () => {
  test('get shows it with what people did to it, the newest first', async () => {
    const jobId = await add({ ...daily })
    await console.client.jobs.pause({ jobId })
    await console.as({ operator: 'bob', door: 'api' }).jobs.resume({ jobId })
    const { job, actions } = await console.client.jobs.get({ jobId })
    expect(job).toMatchObject({ id: jobId, brand: { id: brand.brandId, name: 'Acme' }, state: 'active' })
    expect(actions).toMatchObject([
      { operator: 'bob', door: 'api', action: 'job.resume' },
      { operator: 'tester', door: 'console', action: 'job.pause' },
    ])
  })

  test('pause, resume, archive and restore answer with the job as it is now; repeating one changes nothing', async () => {
    const jobId = await add({ name: 'Load', ...daily })
    const { client } = console
    for (const [call, state] of [
      [client.jobs.pause, 'paused'],
      [client.jobs.resume, 'active'],
      [client.jobs.archive, 'archived'],
      [client.jobs.restore, 'active'],
    ] as const) {
      expect(await call({ jobId })).toMatchObject({ changed: true, job: { state } })
      expect(await call({ jobId })).toMatchObject({ changed: false, job: { state } })
    }
    expect((await client.jobs.get({ jobId })).actions).toHaveLength(4)
  })

  test('a stale version is a CONFLICT and changes nothing', async () => {
    const jobId = await add({ name: 'Load', version: 3 })
    const before = await jobRow(console.sql, jobId)
    const error = await errorOf(console.client.jobs.pause({ jobId, version: 2 }))
    expect(error).toMatchObject({ code: 'CONFLICT', status: 409 })
    expect(error.message).toContain('version 3, you saw 2')
    expect(await jobRow(console.sql, jobId)).toEqual(before)
  })

  test('what a console user reads names no command of the command line', async () => {
    const dead = await add({ name: 'Load', next_run_at: null })
    const odd = await add({ status: 'paused', cron_expression: 'daily', time_zone: 'UTC' })
    const completed = await add({ status: 'completed', next_run_at: null })
    const { client } = console
    for (const work of [
      () => client.jobs.retry({ jobId: dead }),
      () => client.jobs.resume({ jobId: odd }),
      () => client.jobs.pause({ jobId: completed }),
    ]) {
      const error = await errorOf(work())
      expect(error).toMatchObject({ code: 'CONFLICT' })
      expect(JSON.stringify([error.message, error.data])).not.toMatch(/\bpm /)
    }
  })

  test('bad input 39: a job that is not there is NOT_FOUND', async () => {
    const jobId = randomUUID()
    expect(await errorOf(console.client.jobs.get({ jobId }))).toMatchObject({ code: 'NOT_FOUND', status: 404 })
    expect(await errorOf(console.client.jobs.archive({ jobId }))).toMatchObject({ code: 'NOT_FOUND' })
  })
})

describe('act', () => {
  const act = (
    action: Parameters<TestConsole['client']['jobs']['act']>[0]['action'],
    jobIds: string[],
    requestId?: string,
  ) =>
    console.client.jobs.act({
      organizationId: brand.organizationId,
      action,
      jobs: jobIds.map((id) => ({ id })),
      ...(requestId === undefined ? {} : { requestId }),
    })

  describe('undo of pause', () => {
    const undo = async (jobIds: string[]) =>
      console.client.jobs.act({
        organizationId: brand.organizationId,
        action: 'resume',
        undo: true,
        jobs: jobIds.map((id) => ({ id })),
      })

    test('a planned retry, a due run and a run in progress are as they were', async () => {
      const retrying = { ...daily, next_run_at: inHours(0.1), next_attempt: 2 }
      const due = { ...daily, next_run_at: inHours(-0.1), next_attempt: 1 }
      const running = { ...daily, next_run_at: null, next_attempt: 3 }
      const jobIds = [await add(retrying), await add(due), await add(running)]
      await addRun(console.sql, jobIds[2] ?? '', { started_at: new Date() })
      await act('pause', jobIds)
      const { results } = await undo(jobIds)
      expect(results.map(({ message }) => message)).toEqual([
        expect.stringMatching(/^Job is no longer paused\. Its next run is at \d{4}-/),
        'Job is no longer paused. It is due now.',
        'Job is no longer paused. Its run is in progress.',
      ])
      for (const [index, { next_run_at, next_attempt }] of [retrying, due, running].entries()) {
        const row = await jobRow(console.sql, jobIds[index] ?? '')
        expect(row).toMatchObject({ status: 'active', next_run_at, next_attempt })
      }
    })

    test('J10: what was changed since, or was not paused by a person, is resumed from now', async () => {
      const changed = await add({ ...daily, next_attempt: 2 })
      const byProgram = await add({ ...daily, status: 'paused', next_run_at: inHours(-1), next_attempt: 2 })
      await act('pause', [changed])
      const { job } = await console.client.schedules.update({ jobId: changed, version: 1, cron: '0 7 * * *' })
      expect(job.version).toBe(2)
      const { results } = await undo([changed, byProgram, changed])
      expect(results.map(({ message }) => message)).toEqual([
        expect.stringMatching(/^Job is resumed\. Its next run is at .+ 07:00 UTC\.$/),
        expect.stringMatching(/^Job is resumed\. Its next run is at .+ 06:00 UTC\.$/),
      ])
      for (const jobId of [changed, byProgram]) {
        expect(await jobRow(console.sql, jobId)).toMatchObject({ status: 'active', next_attempt: 1 })
      }
    })
  })

  test('each job answers for itself: what was done, what was so already, what was refused', async () => {
    const jobIds = [
      await add({ name: 'Active' }),
      await add({ name: 'Paused', status: 'paused' }),
      await add({ name: 'Done', status: 'completed' }),
      randomUUID(),
      await addJob(console.sql, { brand_id: (await addOpenBrand(console.sql, 'Other')).brandId }),
    ]
    const { results, changed } = await act('pause', jobIds)
    expect(changed).toBe(1)
    expect(results.map(({ jobId }) => jobId)).toEqual(jobIds)
    expect(results.map((one) => [one.changed, one.refused])).toEqual([
      [true, null],
      [false, null],
      [false, 'CONFLICT'],
      [false, 'NOT_FOUND'],
      [false, 'NOT_FOUND'],
    ])
    expect(results[0]?.message).toBe('Active is paused.')
    const { rows } = await console.sql.query(`select name from scheduled_jobs where status = 'paused' order by name`)
    expect(rows).toEqual([{ name: 'Active' }, { name: 'Paused' }])
  })

  test('a version that somebody has replaced refuses that job alone', async () => {
    const [stale, good] = [await add({ version: 2 }), await add({})]
    const { results } = await console.client.jobs.act({
      organizationId: brand.organizationId,
      action: 'archive',
      jobs: [
        { id: stale, version: 1 },
        { id: good, version: 1 },
      ],
    })
    expect(results.map(({ refused }) => refused)).toEqual(['CONFLICT', null])
  })

  test('run_now queues the same work once per request, and leaves the job as it is', async () => {
    await addAgent(console.sql, { jobTypes: { work: { parameters: { type: 'object' } } } })
    const rules = { max_retries: 7, timeout_minutes: 90, concurrency_key: 'warehouse', product_id: randomUUID() }
    const jobs = [
      await add({ name: 'One', parameters: { days: 3 }, ...daily, ...rules }),
      await add({ name: 'Tw\u202Eo', status: 'paused' }),
    ]
    const rows = async () => [await jobRow(console.sql, jobs[0] ?? ''), await jobRow(console.sql, jobs[1] ?? '')]
    const before = await rows()
    const requestId = randomUUID()
    const first = await act('run_now', jobs, requestId)
    const again = await act('run_now', jobs, requestId)
    expect([first.changed, again.changed]).toEqual([2, 0])
    const queued = first.results.map(({ queuedJobId }) => queuedJobId)
    expect(again.results.map(({ queuedJobId }) => queuedJobId)).toEqual(queued)
    expect(new Set(queued).size).toBe(2)
    const one = await console.client.jobs.get({ jobId: queued[0] ?? '' })
    expect(one.job).toMatchObject({
      name: 'One',
      parameters: { days: 3 },
      scheduleType: 'one_time',
      triggerSource: 'manual',
    })
    expect(await jobRow(console.sql, one.job.id)).toMatchObject(rules)
    const usual = { max_retries: 3, timeout_minutes: null, concurrency_key: null, product_id: null }
    expect(await jobRow(console.sql, queued[1] ?? '')).toMatchObject(usual)
    expect(await rows()).toEqual(before)
    expect((await act('run_now', jobs)).changed).toBe(2)
  })

  test('J11: cancel asks the run in progress to stop; without one nothing changes', async () => {
    await using agent = createTestScheduler({
      url: console.database.url,
      jobs: { work: untilAborted },
      shutdownGraceSeconds: 0,
    })
    const idle = await add({ name: 'Idle', job_type: 'idle' })
    const running = await add({ next_run_at: new Date(0) })
    await agent.scheduler.start()
    await waitFor(() => agent.of('run_started').length === 1, { describe: 'the run' })
    const { results } = await act('cancel', [running, idle])
    expect(results).toMatchObject([
      { changed: true, refused: null },
      { changed: false, refused: null, message: 'Nothing of Idle is running.' },
    ])
    await agent.ended(1)
    expect(await jobRow(console.sql, running)).toMatchObject({ last_run_status: 'cancelled' })
  })

  test('a hundred jobs at once, each in a transaction of its own', async () => {
    const jobIds: string[] = []
    for (let made = 0; made < 100; made += 1) jobIds.push(await add())
    const { changed } = await act('archive', jobIds)
    expect(changed).toBe(100)
    expect(await count(['archived'])).toBe(100)
    expect((await act('restore', jobIds)).changed).toBe(100)
  })
})

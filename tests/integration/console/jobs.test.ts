import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { listOperatorActions } from '../../../agent/store/operator-actions.ts'
import type { JobRow } from '../../../shared/contract/jobs.ts'
import { type JobStateWord, jobStates } from '../../../shared/domain.ts'
import { addOpenBrand, createTestConsole, type TestConsole } from '../../support/console.ts'
import { addJob, addRun, type Brand, jobRow } from '../../support/job-rows.ts'
import { createTestScheduler, done, untilAborted } from '../../support/scheduler.ts'
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

type ListInput = Omit<Parameters<TestConsole['client']['jobs']['list']>[0], 'organizationId'>
/** A page, with the counts that a console shows beside it. */
async function list({ states = [], ...input }: ListInput = {}) {
  const { jobs } = console.client
  const { organizationId } = brand
  const { brandId, jobTypes, scheduleType, text } = input
  const page = await jobs.list({ organizationId, states, ...input })
  const { byState } = await jobs.counts({ organizationId, brandId, jobTypes, scheduleType, text })
  const counted = states.length > 0 ? states : jobStates.filter((state) => state !== 'archived')
  return { ...page, byState, total: counted.reduce((sum, state) => sum + byState[state], 0) }
}
const ids = (jobs: readonly JobRow[]): string[] => jobs.map(({ id }) => id)

/** One job in each state, in the order of urgency. */
async function oneOfEach(): Promise<Record<JobStateWord, string>> {
  const failed = { last_run_id: randomUUID(), last_run_status: 'failed' }
  return {
    running: await add({ name: 'R', job_type: 'r', current_run_id: randomUUID(), next_run_at: null }),
    retrying: await add({ name: 'Again', next_attempt: 2, ...failed }),
    dead: await add({ name: 'Dead', next_run_at: null, ...failed }),
    active: await add({ name: 'Active', next_attempt: 1 }),
    paused: await add({ name: 'Paused', status: 'paused', next_attempt: 2 }),
    completed: await add({ name: 'Done', status: 'completed', next_run_at: null }),
    archived: await add({ name: 'Old', status: 'archived', next_run_at: null }),
  }
}

describe('the list', () => {
  test('every job is in one state, by urgency; "all" never shows archived ones, which are counted (J12)', async () => {
    const { archived, ...shown } = await oneOfEach()
    const { jobs, total, byState, nextCursor } = await list()
    expect(ids(jobs)).toEqual(Object.values(shown))
    expect(jobs.map(({ state }) => state)).toEqual(Object.keys(shown))
    expect(total).toBe(6)
    expect(nextCursor).toBeNull()
    expect(byState).toEqual({ running: 1, retrying: 1, dead: 1, active: 1, paused: 1, completed: 1, archived: 1 })
    expect(ids((await list({ states: ['archived'] })).jobs)).toEqual([archived])
  })

  test.each(['urgency', 'next_run', 'name', 'last_finished'] as const)(
    'by %s, every state filter answers exactly its jobs and their number',
    async (order) => {
      const each = await oneOfEach()
      for (const [state, id] of Object.entries(each)) {
        const { jobs, total } = await list({ states: [state as JobStateWord], order })
        expect([state, ids(jobs), total]).toEqual([state, [id], 1])
      }
      const some = await list({ states: ['paused', 'dead'], order })
      expect(new Set(ids(some.jobs))).toEqual(new Set([each.paused, each.dead]))
      expect(some.total).toBe(2)
    },
  )

  test.each(['urgency', 'next_run', 'name', 'last_finished'] as const)(
    'by %s, pages follow one another without gap or double, also where everything is equal',
    async (order) => {
      await oneOfEach()
      await console.sql.query(
        `insert into scheduled_jobs (brand_id, name, job_type, schedule_type, next_run_at, priority, status, last_run_finished_at,
           next_attempt)
         select $1, 'Job ' || n / 4, 'work', 'one_time', timestamptz '2030-01-01 00:00:00.123456+00' + (n / 4) * interval '1 microsecond',
           n % 4, case when n % 5 = 0 then 'paused' else 'active' end, case when n % 3 = 0 then now() end, 1 + n % 2
         from generate_series(1, 60) n`,
        [brand.brandId],
      )
      const seen: string[] = []
      let cursor: string | null = null
      for (let page = 0; page < 40; page += 1) {
        const answer: Awaited<ReturnType<typeof list>> = await list({ order, cursor, limit: 4 })
        expect(answer.total).toBe(66)
        seen.push(...ids(answer.jobs))
        cursor = answer.nextCursor
        if (cursor === null) break
      }
      expect(new Set(seen).size).toBe(66)
      expect(seen).toHaveLength(66)
      const whole = await list({ order, limit: 500 })
      expect(ids(whole.jobs)).toEqual(seen)
    },
  )

  test('each order is what it says', async () => {
    const late = await add({ name: 'b', next_run_at: inHours(3), priority: 3, last_run_finished_at: inHours(-1) })
    const soon = await add({ name: 'C', next_run_at: inHours(1), priority: 0, last_run_finished_at: inHours(-2) })
    const middle = await add({ name: 'A', next_run_at: inHours(2), last_run_finished_at: inHours(-3) })
    const unplanned = await add({ name: 'd', next_run_at: null })
    const order = async (by: ListInput['order']): Promise<string[]> => ids((await list({ order: by })).jobs)
    expect(await order('urgency')).toEqual([soon, middle, late, unplanned])
    expect(await order('next_run')).toEqual([soon, middle, late, unplanned])
    expect(await order('name')).toEqual([middle, late, soon, unplanned])
    expect(await order('last_finished')).toEqual([late, soon, middle, unplanned])
  })

  test('bad input 28: wildcards in the search mean themselves; name, job type and brand are searched in any case', async () => {
    const percent = await add({ name: '100% of_it\\', job_type: 'load_orders' })
    const plain = await add({ name: '100 of it', job_type: 'other' })
    const found = async (text: string): Promise<string[]> => ids((await list({ text, order: 'name' })).jobs)
    expect(await found('0%')).toEqual([percent])
    expect(await found('f_i')).toEqual([percent])
    expect(await found('it\\')).toEqual([percent])
    expect(await found('LOAD_ord')).toEqual([percent])
    expect(new Set(await found('aCME'))).toEqual(new Set([percent, plain]))
    expect(await found('\0')).toEqual([])
    expect((await list({ text: '100%' })).total).toBe(1)
  })

  test('job types and the kind of schedule narrow the list and its counts', async () => {
    const recurring = await add({ job_type: 'a', ...daily })
    const once = await add({ job_type: 'b' })
    expect(ids((await list({ jobTypes: ['a', 'x\0'] })).jobs)).toEqual([recurring])
    const onceOnly = await list({ scheduleType: 'one_time' })
    expect(ids(onceOnly.jobs)).toEqual([once])
    expect([onceOnly.total, onceOnly.byState.active]).toEqual([1, 1])
  })

  test.each([
    ['no cursor of ours', 'abc'],
    ['of another order', Buffer.from(`name 0 ${randomUUID()} x`).toString('base64url')],
    ['with a time that is none', Buffer.from(`urgency 3 ${randomUUID()} 2026-13-45 99:00`).toString('base64url')],
    ['with an id that is none', Buffer.from(`urgency 3 ${'-'.repeat(36)} infinity`).toString('base64url')],
    ['with a NUL', Buffer.from(`urgency 3 ${randomUUID()} \0`).toString('base64url')],
  ])('bad input 30: a cursor %s is refused by name', async (_what, cursor) => {
    await add()
    const error = await errorOf(list({ cursor }))
    expect(error).toMatchObject({ code: 'INVALID_INPUT', data: { field: 'cursor' } })
  })

  test('bad inputs 30 and 31: limits and orders out of range are refused', async () => {
    for (const input of [{ limit: -1 }, { limit: 1e9 }, { limit: 1.5 }, { order: 'id; drop table' as 'name' }]) {
      expect(await errorOf(list(input))).toMatchObject({ code: 'INVALID_INPUT' })
    }
  })

  test('organizations are separated; platform jobs and jobs of deleted brands are for admins of all', async () => {
    const mine = await add()
    const other = await addOpenBrand(console.sql, 'Other')
    const theirs = await addJob(console.sql, { brand_id: other.brandId })
    const platform = await addJob(console.sql, {})
    expect(new Set(ids((await list()).jobs))).toEqual(new Set([mine, platform]))
    const bound = console.as({ scope: 'operate', organizationId: brand.organizationId })
    const seen = await bound.jobs.list({ organizationId: brand.organizationId })
    const { byState } = await bound.jobs.counts({ organizationId: brand.organizationId })
    expect([ids(seen.jobs), byState.active]).toEqual([[mine], 1])
    expect(await errorOf(bound.jobs.list({ organizationId: other.organizationId }))).toMatchObject({
      code: 'NOT_FOUND',
    })
    expect(await errorOf(bound.jobs.get({ jobId: theirs }))).toMatchObject({ code: 'NOT_FOUND' })
    expect(await errorOf(bound.jobs.get({ jobId: platform }))).toMatchObject({ code: 'NOT_FOUND' })
    expect(await errorOf(bound.jobs.pause({ jobId: theirs }))).toMatchObject({ code: 'NOT_FOUND' })
    expect((await console.client.jobs.get({ jobId: platform })).job.brand).toBeNull()
    expect(await errorOf(list({ brandId: other.brandId }))).toMatchObject({ code: 'NOT_FOUND' })
  })

  test('rows of other programs are shown, whatever they hold', async () => {
    await console.sql.query(`alter table scheduled_jobs drop constraint scheduled_jobs_status_check`)
    const nonsense = await add({
      name: `<b>\u202E${'x'.repeat(10_000)}`,
      status: 'on hold',
      next_run_at: 'infinity',
      parameters: '["no object"]',
      last_error: 'e'.repeat(100_000),
      created_at: '-infinity',
    })
    const foreign = await add({ next_run_at: null, ...daily, status: 'active' })
    await addRun(console.sql, foreign, { status: 'failed', started_at: '-infinity', completed_at: 'infinity' })
    const huge = await add({ parameters: JSON.stringify({ n: 0 }) })
    await console.sql.query(`update scheduled_jobs set parameters = '{"n": 1e400}' where id = $1`, [huge])
    const { jobs } = await list({ order: 'name' })
    const shown = new Map(jobs.map((job) => [job.id, job]))
    expect(shown.get(nonsense)).toMatchObject({ status: 'on hold', state: 'paused', nextRunAt: null, parameters: {} })
    expect(shown.get(nonsense)).toMatchObject({ parametersReadable: false, createdAt: null })
    expect(shown.get(nonsense)?.lastError).toHaveLength(8_000)
    expect(shown.get(foreign)).toMatchObject({ state: 'dead', lastRun: { status: 'failed', finishedAt: null } })
    expect(shown.get(huge)).toMatchObject({ parameters: {}, parametersReadable: false })
    expect((await list()).byState.paused).toBe(1)
    await console.sql.query('truncate scheduled_jobs cascade')
    await console.sql.query(
      `alter table scheduled_jobs add constraint scheduled_jobs_status_check check (status in ('active', 'paused', 'completed', 'archived'))`,
    )
  })

  test('a run of another program makes its job running', async () => {
    const jobId = await add({ ...daily })
    const runId = await addRun(console.sql, jobId, { started_at: new Date() })
    for (const order of ['urgency', 'next_run', 'name'] as const) {
      const { jobs, byState } = await list({ states: ['running'], order })
      expect(jobs).toMatchObject([{ id: jobId, currentRun: { id: runId, agentName: null, step: null } }])
      expect(byState.running).toBe(1)
    }
  })

  test('a run in progress says by whom, which attempt, and at which step of how many', async () => {
    await using agent = createTestScheduler({
      url: console.database.url,
      agentName: 'north',
      jobs: {
        work: {
          steps: [
            { key: 'one', run: () => done },
            { key: 'two', run: untilAborted },
            { key: 'three', run: () => done },
          ],
        },
      },
      shutdownGraceSeconds: 0,
    })
    await agent.scheduler.start()
    const steps = ['one', 'two', 'three'].map((key) => ({ key, dataset: null, fatal: true, when: null }))
    await addAgent(console.sql, { id: agent.agentId, name: 'north', jobTypes: { work: { steps } } })
    const jobId = await add({ next_run_at: new Date(0), next_attempt: 2 })
    const job = await waitFor(
      async () => {
        const shown = (await console.client.jobs.get({ jobId })).job
        return shown.currentRun?.step?.key === 'two' ? shown : null
      },
      { describe: 'the second step' },
    )
    expect(job).toMatchObject({
      state: 'running',
      attempt: 2,
      hasNoAgent: false,
      currentRun: { agentName: 'north', attempt: 2, step: { key: 'two', number: 2, count: 3 } },
    })
  })

  test('J8: a job says whether anybody can run it; another program counts', async () => {
    const jobId = await add({ job_type: 'lonely' })
    const has = async (): Promise<boolean> => (await console.client.jobs.get({ jobId })).job.hasNoAgent
    expect(await has()).toBe(true)
    await addAgent(console.sql, { jobTypes: { lonely: {} }, alive: false })
    expect(await has()).toBe(true)
    await addAgent(console.sql, { jobTypes: { lonely: {} } })
    expect(await has()).toBe(false)
    await console.sql.query('truncate agents cascade')
    await addRun(console.sql, jobId, { status: 'completed', started_at: new Date(), completed_at: new Date() })
    expect(await has()).toBe(false)
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
    expect((await list()).total).toBe(1)
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
    expect((await list()).total).toBe(0)
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
    const jobs = [
      await add({ name: 'One', parameters: { days: 3 }, ...daily }),
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
    expect((await list({ states: ['archived'] })).total).toBe(100)
    expect((await act('restore', jobIds)).changed).toBe(100)
  })
})

import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { JobRow } from '../../../shared/contract/jobs.ts'
import { type JobStateWord, jobStates } from '../../../shared/domain.ts'
import { addOpenBrand, createTestConsole, type TestConsole } from '../../support/console.ts'
import { addJob, addRun, type Brand } from '../../support/job-rows.ts'
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
  const { brandId, jobTypes, scheduleType, lastResults, text } = input
  const page = await jobs.list({ organizationId, states, ...input })
  const { byState } = await jobs.counts({ organizationId, brandId, jobTypes, scheduleType, lastResults, text })
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

  test.each(['urgency', 'next_run', 'name', 'last_finished'] as const)(
    'by %s, the last result finds a recurring job that has failed for good and is active again (J5), whoever ran it, with true numbers',
    async (order) => {
      const ran = (status: string) => ({ ...daily, last_run_id: randomUUID(), last_run_status: status })
      const failed = await add({ name: 'Failed', ...ran('failed') })
      const completed = await add({ name: 'Completed', ...ran('completed') })
      const cancelled = await add({ name: 'Cancelled', status: 'paused', ...ran('cancelled') })
      const never = await add({ name: 'Never' })
      const foreign = await add({ name: 'Foreign', ...daily })
      const at = { started_at: inHours(-2), completed_at: inHours(-1) }
      await addRun(console.sql, foreign, { status: 'completed', started_at: inHours(-4), completed_at: inHours(-3) })
      await addRun(console.sql, foreign, { status: 'failed', ...at })
      await add({ name: 'Old', status: 'archived', ...ran('failed') })
      const found = async (lastResults: NonNullable<ListInput['lastResults']>, states: JobStateWord[] = []) => {
        const { jobs, total } = await list({ lastResults, states, order })
        expect(total).toBe(jobs.length)
        return new Set(ids(jobs))
      }
      expect(await found(['failed'])).toEqual(new Set([failed, foreign]))
      expect(await found(['completed'])).toEqual(new Set([completed]))
      expect(await found(['never'])).toEqual(new Set([never]))
      expect(await found(['failed', 'cancelled'])).toEqual(new Set([failed, foreign, cancelled]))
      expect(await found(['failed', 'cancelled'], ['paused'])).toEqual(new Set([cancelled]))
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

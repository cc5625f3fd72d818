import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { listOperatorActions } from '../../../agent/store/operator-actions.ts'
import { addOpenBrand, createTestConsole, type TestConsole } from '../../support/console.ts'
import { addJob, type Brand, jobRow } from '../../support/job-rows.ts'
import { containing } from '../cli/matchers.ts'
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
  await addAgent(console.sql, { jobTypes: { load: { parameters: schema } } })
})
afterEach(() => console.sql.query('truncate organizations, scheduled_jobs, operator_actions, agents cascade'))

const schema = {
  type: 'object',
  properties: { days: { type: 'integer', minimum: 1, default: 7 } },
  additionalProperties: false,
}
const hourMs = 3_600_000
const inHours = (hours: number): Date => new Date(Date.now() + hours * hourMs)
const daily = { cron: '0 6 * * *', timeZone: 'Europe/Berlin' }
const request = () => ({ ...brand, jobType: 'load', ...daily })
/** A job whose run is in progress. */
const running = () => ({
  brand_id: brand.brandId,
  job_type: 'load',
  cron_expression: '0 6 * * *',
  next_run_at: null,
  current_run_id: randomUUID(),
})
const count = async (): Promise<number> => (await console.sql.query('select from scheduled_jobs')).rowCount ?? 0

describe('create', () => {
  test('a schedule with all its policies, planned from now, recorded with who made it', async () => {
    const { job, changed, message } = await console.client.schedules.create({
      ...request(),
      name: 'Morning',
      priority: 'high',
      overlapPolicy: 'skip',
      catchUpPolicy: 'skip',
      maxRetries: 0,
      timeoutMinutes: 20,
    })
    expect(job).toMatchObject({ name: 'Morning', scheduleType: 'recurring', cronExpression: '0 6 * * *', version: 1 })
    expect(job).toMatchObject({ priority: 'high', overlapPolicy: 'skip', catchUpPolicy: 'skip', maxRetries: 0 })
    expect(job).toMatchObject({ timeoutMinutes: 20, parameters: { days: 7 }, timeZone: 'Europe/Berlin' })
    expect(job.nextRunAt?.getTime()).toBeGreaterThan(Date.now())
    expect([changed, message]).toEqual([true, 'Morning is scheduled.'])
    const actions = await listOperatorActions(console.services.database, { type: 'job', id: job.id })
    expect(actions).toMatchObject([
      { operator: 'tester', action: 'job.schedule', before: null, after: { overlapPolicy: 'skip', maxRetries: 0 } },
    ])
  })

  test('what is left out has its default; the same request makes one schedule', async () => {
    const requestId = randomUUID()
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => console.client.schedules.create({ ...request(), requestId })),
    )
    expect(answers.filter(({ changed }) => changed)).toHaveLength(1)
    expect(answers[0]?.job).toMatchObject({ id: requestId, name: 'load', priority: 'normal', overlapPolicy: 'queue' })
    expect(answers[0]?.job).toMatchObject({ catchUpPolicy: 'latest', maxRetries: 3, timeoutMinutes: null })
    expect(await count()).toBe(1)
  })

  test.each([
    { cron: '0 7 * * *' },
    { timeZone: 'Asia/Tokyo' },
    { name: 'Evening' },
    { maxRetries: 9 },
    { priority: 'high' },
    { overlapPolicy: 'skip' },
  ] as const)(
    'the same request id with another value is refused, not answered with the first job: %o',
    async (other) => {
      const requestId = randomUUID()
      const { job } = await console.client.schedules.create({ ...request(), requestId })
      const error = await errorOf(console.client.schedules.create({ ...request(), requestId, ...other }))
      expect(error).toMatchObject({ code: 'CONFLICT', data: { field: 'requestId' } })
      expect(await count()).toBe(1)
      expect((await console.client.jobs.get({ jobId: job.id })).job).toEqual(job)
    },
  )

  test.each([
    [1, ''],
    [2, '* * * *'],
    [3, '* * * * * *'],
    [4, '0 0 31 2 *'],
    [5, '*/0 * * * *'],
    [5, '@every 5m'],
    [5, '0,,5 * * * *'],
    [5, '0 0 * * 8'],
    [5, Array.from({ length: 900 }, () => '*').join(' ')],
    [5, '٠ ٦ * * *'],
    [9, 'H * * * *'],
  ])('bad input %i: the cron "%.20s" is refused by its field', async (_number, cron) => {
    const error = await errorOf(console.client.schedules.create({ ...request(), cron }))
    expect(error).toMatchObject({ code: 'INVALID_INPUT', data: { field: 'cron' } })
    expect(await count()).toBe(0)
  })

  test.each([
    [10, 'Europe/Kyivv'],
    [10, '+03:00'],
    [10, 'local'],
    [10, ''],
    [11, 'UTC+3'],
  ])('bad input %i: the zone "%s" is refused by its field', async (_number, timeZone) => {
    const error = await errorOf(console.client.schedules.create({ ...request(), timeZone }))
    expect(error).toMatchObject({ code: 'INVALID_INPUT', data: { field: 'timeZone' } })
    expect(await count()).toBe(0)
  })

  test('bad inputs 10 and 12: blanks around a zone go, an older name stays as it was typed', async () => {
    const { job } = await console.client.schedules.create({ ...request(), timeZone: ' Asia/Calcutta ' })
    expect(job.timeZone).toBe('Asia/Calcutta')
  })

  test.each([
    ['bad input 22: an unknown field', { overlap: 'skip' }],
    ['bad input 23: a text for a number', { maxRetries: '3' }],
    ['bad input 24: below zero', { maxRetries: -1 }],
    ['bad input 24: below a minute', { timeoutMinutes: 0 }],
    ['bad input 25: no number', { timeoutMinutes: Number.NaN }],
    ['bad input 25: beyond a day', { timeoutMinutes: 1e18 }],
    ['bad input 31: a policy that is none', { overlapPolicy: 'whatever' }],
    ['bad input 37: a name with a direction mark', { name: 'a\u202Eb' }],
  ])('%s is refused', async (_what, wrong) => {
    const error = await errorOf(console.client.schedules.create({ ...request(), ...(wrong as object) }))
    expect(error).toMatchObject({ code: 'INVALID_INPUT' })
    expect(await count()).toBe(0)
  })

  test('parameters are held to the schema; a type nobody knows is refused, one that waits for its agent says so', async () => {
    const wrong = console.client.schedules.create({ ...request(), parameters: { days: 0 } })
    expect(await errorOf(wrong)).toMatchObject({ code: 'INVALID_PARAMETERS' })
    const unknown = console.client.schedules.create({ ...request(), jobType: 'laod' })
    expect(await errorOf(unknown)).toMatchObject({ code: 'NOT_FOUND', data: { field: 'jobType' } })
    await console.sql.query(`update agents set state = 'stopped'`)
    const { message, job } = await console.client.schedules.create(request())
    expect(message).toContain('No agent that runs now can run load. It waits until one can.')
    expect(job.hasNoAgent).toBe(true)
  })

  test('organizations are separated; platform-level schedules are for admins; reading is not enough', async () => {
    const other = await addOpenBrand(console.sql, 'Other')
    const bound = console.as({ scope: 'operate', organizationId: brand.organizationId })
    expect(await errorOf(bound.schedules.create({ ...request(), ...other }))).toMatchObject({ code: 'NOT_FOUND' })
    const mixed = console.client.schedules.create({ ...request(), brandId: other.brandId })
    expect(await errorOf(mixed)).toMatchObject({ code: 'NOT_FOUND' })
    expect(await errorOf(bound.schedules.create({ ...request(), brandId: null }))).toMatchObject({
      code: 'NOT_ALLOWED',
    })
    const reader = console.as({ scope: 'read' })
    expect(await errorOf(reader.schedules.create(request()))).toMatchObject({ code: 'NOT_ALLOWED' })
    expect(await count()).toBe(0)
  })
})

describe('update', () => {
  async function scheduled(): Promise<string> {
    return (await console.client.schedules.create({ ...request(), name: 'Load' })).job.id
  }

  test('absent fields stay as they are; the version grows; before and after are recorded', async () => {
    const jobId = await scheduled()
    const { job, message } = await console.client.schedules.update({
      jobId,
      version: 1,
      cron: '*/5 * * * *',
      timeZone: 'UTC',
      overlapPolicy: 'skip',
      timeoutMinutes: 30,
    })
    expect(job).toMatchObject({ name: 'Load', version: 2, cronExpression: '*/5 * * * *', timeZone: 'UTC' })
    expect(job).toMatchObject({
      overlapPolicy: 'skip',
      catchUpPolicy: 'latest',
      timeoutMinutes: 30,
      parameters: { days: 7 },
    })
    expect(job.nextRunAt?.getTime()).toBeLessThanOrEqual(Date.now() + 301_000)
    expect(message).toBe('The schedule of Load is changed.')
    const [action] = await listOperatorActions(console.services.database, { type: 'job', id: jobId })
    expect(action).toMatchObject({
      action: 'job.schedule',
      before: { cronExpression: '0 6 * * *', overlapPolicy: 'queue', timeoutMinutes: null, version: 1 },
      after: { cronExpression: '*/5 * * * *', overlapPolicy: 'skip', timeoutMinutes: 30, version: 2 },
    })
    expect(
      (await console.client.schedules.update({ jobId, version: 2, timeoutMinutes: null })).job.timeoutMinutes,
    ).toBeNull()
  })

  test('the concurrency key is one of the rules: made, changed, told and taken back; the one recurring job has them all', async () => {
    const { schedules } = console.client
    const { job } = await schedules.create({ ...request(), concurrencyKey: 'shop' })
    expect(job).toMatchObject({ concurrencyKey: 'shop', ownConcurrencyKey: 'shop' })
    const changed = await schedules.update({ jobId: job.id, version: 1, concurrencyKey: null })
    expect(changed.job).toMatchObject({ concurrencyKey: `${brand.brandId}:load`, ownConcurrencyKey: null })
    const [action] = await listOperatorActions(console.services.database, { type: 'job', id: job.id })
    expect(action).toMatchObject({ before: { concurrencyKey: 'shop' }, after: { concurrencyKey: null } })
    const rules = {
      maxRetries: 1,
      alertAfter: 3,
      timeoutMinutes: 5,
      overlapPolicy: 'skip',
      catchUpPolicy: 'skip',
    } as const
    const own = { ...rules, concurrencyKey: 'mine' }
    const { brandId, jobType, cron, timeZone } = request()
    const ensured = await schedules.ensure({ brandId, jobType, cron, timeZone, ...own })
    expect(ensured).toMatchObject({ created: false, job: { id: job.id, ...own } })
    const again = await schedules.ensure({ brandId, jobType, cron, timeZone })
    expect(again).toMatchObject({ changed: false, job: own })
    for (const concurrencyKey of ['', '  ', 'k'.repeat(201)])
      expect(await errorOf(schedules.update({ jobId: job.id, version: 3, concurrencyKey }))).toMatchObject({
        code: 'INVALID_INPUT',
      })
  })

  test('a key that another run has now is refused while the job runs', async () => {
    const jobs = [
      await addJob(console.sql, { ...running(), concurrency_key: 'a' }),
      await addJob(console.sql, { ...running(), concurrency_key: 'b' }),
    ]
    const change = { jobId: jobs[0] ?? '', version: 1, concurrencyKey: 'b' }
    const error = await errorOf(console.client.schedules.update(change))
    expect(error).toMatchObject({ code: 'CONFLICT', data: { field: 'concurrencyKey', value: 'b' } })
  })

  test('two editors at once: one wins, the other gets a CONFLICT with the current version, and the row is the winner’s', async () => {
    const jobId = await scheduled()
    const edits = ['Mine', 'Yours'].map((name) => console.client.schedules.update({ jobId, version: 1, name }))
    const [won, lost] = (await Promise.allSettled(edits)).toSorted((a, b) => (a.status < b.status ? -1 : 1))
    expect(won).toMatchObject({ status: 'fulfilled', value: { changed: true, job: { version: 2 } } })
    expect(lost).toMatchObject({
      status: 'rejected',
      reason: { code: 'CONFLICT', message: containing('version 2, you saw 1') },
    })
    const { job } = await console.client.jobs.get({ jobId })
    expect(won).toMatchObject({ value: { job: { name: job.name } } })
    expect(await listOperatorActions(console.services.database, { type: 'job', id: jobId })).toHaveLength(2)
  })

  test('an edit that changes nothing keeps the version; a new name does not move the next run', async () => {
    const jobId = await scheduled()
    const same = await console.client.schedules.update({ jobId, version: 1, ...daily, maxRetries: 3 })
    expect(same).toMatchObject({ changed: false, job: { version: 1 } })
    const retryAt = inHours(1)
    await console.sql.query('update scheduled_jobs set next_run_at = $2, next_attempt = 2 where id = $1', [
      jobId,
      retryAt,
    ])
    const { job } = await console.client.schedules.update({ jobId, version: 1, name: 'Else', ...daily })
    expect(job).toMatchObject({ name: 'Else', state: 'retrying', nextRunAt: retryAt })
  })

  test('bad input is refused by its field and changes nothing', async () => {
    const jobId = await scheduled()
    const before = await jobRow(console.sql, jobId)
    for (const [change, code, field] of [
      [{ cron: '0 0 31 2 *' }, 'INVALID_INPUT', 'cron'],
      [{ timeZone: 'UTC+3' }, 'INVALID_INPUT', 'timeZone'],
      [{ name: ' ' }, 'INVALID_INPUT', 'name'],
      [{ parameters: { days: '1' } }, 'INVALID_PARAMETERS', 'parameters.days'],
    ] as const) {
      const error = await errorOf(console.client.schedules.update({ jobId, version: 1, ...change }))
      expect(error).toMatchObject({ code, data: { field } })
    }
    expect(await jobRow(console.sql, jobId)).toEqual(before)
  })

  test('one-time and archived jobs are no schedules to edit; what another program wrote can be corrected', async () => {
    const once = await addJob(console.sql, { brand_id: brand.brandId })
    const archived = await addJob(console.sql, {
      brand_id: brand.brandId,
      status: 'archived',
      cron_expression: '0 6 * * *',
    })
    for (const jobId of [once, archived]) {
      const error = await errorOf(console.client.schedules.update({ jobId, version: 1, name: 'X' }))
      expect(error).toMatchObject({ code: 'CONFLICT' })
    }
    const odd = await addJob(console.sql, {
      brand_id: brand.brandId,
      job_type: 'load',
      cron_expression: 'daily',
      next_run_at: null,
    })
    expect((await console.client.schedules.update({ jobId: odd, version: 1, name: 'Odd' })).job.cronExpression).toBe(
      'daily',
    )
    const { job } = await console.client.schedules.update({ jobId: odd, version: 2, ...daily })
    expect(job.nextRunAt?.getTime()).toBeGreaterThan(Date.now())
  })

  test('deleting a schedule is undone: as it was, with its next run from now', async () => {
    const jobId = await scheduled()
    await console.client.jobs.archive({ jobId })
    expect((await console.client.jobs.get({ jobId })).job).toMatchObject({ state: 'archived', nextRunAt: null })
    const { job } = await console.client.jobs.restore({ jobId })
    expect(job).toMatchObject({ state: 'active', cronExpression: '0 6 * * *' })
    expect(job.nextRunAt?.getTime()).toBeGreaterThan(Date.now())
  })
})

describe('ensure', () => {
  test('J12: creates the one recurring job of brand and type, then updates it, then finds nothing to do', async () => {
    const call = (cron: string) =>
      console.client.schedules.ensure({ brandId: brand.brandId, jobType: 'load', cron, timeZone: 'UTC' })
    const created = await call('0 6 * * *')
    expect(created).toMatchObject({ created: true, changed: true, job: { scheduleType: 'recurring', version: 1 } })
    const updated = await call('0 7 * * *')
    expect(updated).toMatchObject({ created: false, changed: true, job: { id: created.job.id, version: 2 } })
    expect(await call('0 7 * * *')).toMatchObject({ created: false, changed: false, job: { version: 2 } })
    expect(await count()).toBe(1)
  })

  test('parameters, cron and brand are checked as everywhere', async () => {
    const call = { brandId: brand.brandId, jobType: 'load', ...daily }
    const wrong = console.client.schedules.ensure({ ...call, parameters: { days: 0 } })
    expect(await errorOf(wrong)).toMatchObject({ code: 'INVALID_PARAMETERS' })
    expect(await errorOf(console.client.schedules.ensure({ ...call, cron: '* * * *' }))).toMatchObject({
      data: { field: 'cron' },
    })
    const other = await addOpenBrand(console.sql, 'Other')
    const bound = console.as({ organizationId: brand.organizationId })
    expect(await errorOf(bound.schedules.ensure({ ...call, brandId: other.brandId }))).toMatchObject({
      code: 'NOT_FOUND',
    })
    expect(await count()).toBe(0)
  })
})

import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { addOpenBrand, createTestConsole, type TestConsole } from '../../support/console.ts'
import { addAgent, testCatalog } from '../../support/console-catalog.ts'
import { addJob, type Brand } from '../../support/job-rows.ts'
import { errorOf } from './error-of.ts'

const days = {
  type: 'object',
  properties: { days: { type: 'integer', minimum: 1, default: 7 } },
  additionalProperties: false,
}
const catalog = testCatalog({
  datasets: { a: {}, b: {}, c: {} },
  jobTypes: {
    to_a: { datasets: ['a'] },
    to_b: { datasets: ['b'], parameters: days },
    to_c: { datasets: ['c'] },
    to_nothing: { datasets: [] },
  },
})

let pm: TestConsole
let brand: Brand
beforeAll(async () => {
  pm = await createTestConsole({ catalog })
})
afterAll(() => pm.stop())
beforeEach(async () => {
  brand = await addOpenBrand(pm.sql)
  await addAgent(pm.sql, catalog, ['to_a', 'to_b', 'to_c', 'to_nothing'])
})
afterEach(() => pm.sql.query('truncate organizations, scheduled_jobs, agents, operator_actions cascade'))

const create = (input: { dataset: string; jobType?: string; jobId?: string; parameters?: Record<string, never> }) =>
  pm.client.triggers.create({ ...brand, ...input })
const count = async (): Promise<number> => (await pm.sql.query('select from dataset_triggers')).rowCount ?? 0

describe('create', () => {
  test('with the defaults of the job type, recorded with who made it; the same twice is one', async () => {
    const made = await create({ dataset: 'a', jobType: 'to_b' })
    expect(made).toMatchObject({ changed: true, message: 'to_b runs whenever a is refreshed.' })
    expect(made.trigger).toMatchObject({
      dataset: 'a',
      job: null,
      parameters: { days: 7 },
      debounceSeconds: 60,
      changedBy: 'tester',
    })
    const again = await create({ dataset: 'a', jobType: 'to_b' })
    expect([again.changed, again.trigger.id, await count()]).toEqual([false, made.trigger.id, 1])
    const { rows } = await pm.sql.query(`select action, operator from operator_actions where subject_type = 'trigger'`)
    expect(rows).toEqual([{ action: 'trigger.create', operator: 'tester' }])
  })

  test('the same with other parameters is a conflict, not a trigger that is there already', async () => {
    await create({ dataset: 'a', jobType: 'to_b' })
    const asked = (parameters: { days: number }) =>
      pm.client.triggers.create({ ...brand, dataset: 'a', jobType: 'to_b', parameters })
    expect(await errorOf(asked({ days: 30 }))).toMatchObject({ code: 'CONFLICT', data: { field: 'parameters' } })
    expect([(await asked({ days: 7 })).changed, await count()]).toEqual([false, 1])
  })

  test('many at once make one', async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => create({ dataset: 'a', jobType: 'to_b' })))
    expect([answers.filter(({ changed }) => changed).length, await count()]).toEqual([1, 1])
  })

  test('for a dataset that only another program refreshes', async () => {
    await pm.sql.query(`insert into dataset_status (brand_id, dataset_key) values ($1, 'dbt.orders 💸')`, [
      brand.brandId,
    ])
    expect((await create({ dataset: 'dbt.orders 💸', jobType: 'to_b' })).changed).toBe(true)
  })

  test('two that close a loop together: the second is refused', async () => {
    const answers = await Promise.allSettled([
      create({ dataset: 'a', jobType: 'to_b' }),
      create({ dataset: 'b', jobType: 'to_a' }),
    ])
    expect(answers.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  })
})

describe('bad input', () => {
  test.each<[string, () => Promise<unknown>, object]>([
    ['nothing to run', () => create({ dataset: 'a' }), { code: 'INVALID_INPUT', data: { field: 'jobId' } }],
    [
      'an unknown dataset',
      () => create({ dataset: 'aa', jobType: 'to_b' }),
      { code: 'INVALID_INPUT', data: { field: 'dataset', value: 'aa' } },
    ],
    [
      'a cursed name',
      () => create({ dataset: 'a\u202e\u0007', jobType: 'to_b' }),
      { code: 'INVALID_INPUT', data: { field: 'dataset' } },
    ],
    [
      'an unknown job type',
      () => create({ dataset: 'a', jobType: 'to_bb' }),
      { code: 'NOT_FOUND', data: { field: 'jobType', value: 'to_bb' } },
    ],
    [
      'an unknown job',
      () => create({ dataset: 'a', jobId: randomUUID() }),
      { code: 'NOT_FOUND', data: { field: 'jobId' } },
    ],
    [
      'wrong parameters',
      () => pm.client.triggers.create({ ...brand, dataset: 'a', jobType: 'to_b', parameters: { days: 0 } }),
      { code: 'INVALID_PARAMETERS' },
    ],
    [
      'a debounce of two days',
      () => pm.client.triggers.create({ ...brand, dataset: 'a', jobType: 'to_b', debounceSeconds: 172_800 }),
      { code: 'INVALID_INPUT' },
    ],
    [
      'a negative debounce',
      () => pm.client.triggers.create({ ...brand, dataset: 'a', jobType: 'to_b', debounceSeconds: -1 }),
      { code: 'INVALID_INPUT' },
    ],
  ])('%s', async (_what, act, expected) => {
    expect(await errorOf(act())).toMatchObject(expected)
    expect(await count()).toBe(0)
  })

  test('a job of another brand of the organization', async () => {
    const { rows } = await pm.sql.query<{ id: string }>(
      `insert into brands (organization_id, name) values ($1, 'Other') returning id`,
      [brand.organizationId],
    )
    const jobId = await addJob(pm.sql, { brand_id: rows[0]?.id, job_type: 'to_b', cron_expression: '0 6 * * *' })
    expect(await errorOf(create({ dataset: 'a', jobId }))).toMatchObject({
      code: 'INVALID_INPUT',
      message: 'Job is not a job of this brand.',
    })
  })

  test('a one-time job, an archived job', async () => {
    const once = await addJob(pm.sql, { brand_id: brand.brandId, job_type: 'to_b' })
    const archived = await addJob(pm.sql, {
      brand_id: brand.brandId,
      job_type: 'to_b',
      cron_expression: '0 6 * * *',
      status: 'archived',
    })
    for (const jobId of [once, archived]) {
      expect(await errorOf(create({ dataset: 'a', jobId }))).toMatchObject({
        code: 'INVALID_INPUT',
        data: { field: 'jobId' },
      })
    }
  })

  test('a trigger on itself, a loop of two and of three: refused with the chain', async () => {
    const refused = async (dataset: string, jobType: string) => (await errorOf(create({ dataset, jobType }))).message
    expect(await refused('a', 'to_a')).toBe('It would start itself again: a → to_a → a.')
    await create({ dataset: 'a', jobType: 'to_b' })
    expect(await refused('b', 'to_a')).toBe('It would start itself again: b → to_a → a → to_b → b.')
    const { trigger } = await create({ dataset: 'b', jobType: 'to_c' })
    await pm.client.triggers.update({ organizationId: brand.organizationId, triggerId: trigger.id, isPaused: true })
    expect(await refused('c', 'to_a')).toBe('It would start itself again: c → to_a → a → to_b → b → to_c → c.')
    expect(await count()).toBe(2)
  })
})

describe('change and remove', () => {
  test('pause, resume, debounce; an older view is a conflict; nothing twice', async () => {
    const { trigger } = await create({ dataset: 'a', jobType: 'to_b' })
    const place = { organizationId: brand.organizationId, triggerId: trigger.id }
    const seenAt = trigger.changedAt.toISOString()
    const paused = await pm.client.triggers.update({ ...place, seenAt, isPaused: true })
    expect([paused.changed, paused.message, paused.trigger.pausedAt === null]).toEqual([
      true,
      'The trigger is paused.',
      false,
    ])
    expect(await errorOf(pm.client.triggers.update({ ...place, seenAt, debounceSeconds: 5 }))).toMatchObject({
      code: 'CONFLICT',
    })
    expect((await pm.client.triggers.update({ ...place, isPaused: true })).changed).toBe(false)
    const slower = await pm.client.triggers.update({ ...place, isPaused: false, debounceSeconds: 300 })
    expect(slower.trigger).toMatchObject({ pausedAt: null, debounceSeconds: 300 })
    expect(await pm.client.triggers.remove(place)).toEqual({ changed: true })
    expect(await errorOf(pm.client.triggers.remove(place))).toMatchObject({ code: 'NOT_FOUND' })
  })
})

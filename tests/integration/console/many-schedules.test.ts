import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { listOperatorActions } from '../../../agent/store/operator-actions.ts'
import { spreadOffset } from '../../../shared/spread.ts'
import { addOpenBrand, createTestConsole, type TestConsole } from '../../support/console.ts'
import { addBrand, addJob, type Brand, jobRow } from '../../support/job-rows.ts'
import { containing } from '../cli/matchers.ts'
import { errorOf } from './error-of.ts'
import { addAgent } from './working-agent.ts'

let console: TestConsole
let acme: Brand
let others: string[]
beforeAll(async () => {
  console = await createTestConsole()
})
afterAll(async () => {
  await console.stop()
  if (console.troubles.length > 0) throw new Error(console.troubles.join('; '))
})
beforeEach(async () => {
  acme = await addOpenBrand(console.sql)
  const { rows } = await console.sql.query<{ id: string }>(
    `insert into brands (organization_id, name) select $1, 'Brand ' || n from generate_series(1, 3) n returning id`,
    [acme.organizationId],
  )
  others = rows.map(({ id }) => id)
  await addAgent(console.sql, { jobTypes: { load: { parameters: schema } } })
})
afterEach(() => console.sql.query('truncate organizations, scheduled_jobs, operator_actions, agents cascade'))

const schema = {
  type: 'object',
  properties: { days: { type: 'integer', minimum: 1, default: 7 } },
  additionalProperties: false,
}
const daily = { cron: '0 6 * * *', timeZone: 'Europe/Berlin' }
const wanted = () => ({
  organizationId: acme.organizationId,
  brandIds: [acme.brandId, ...others],
  jobType: 'load',
  ...daily,
})
const schedules = async () =>
  (await console.sql.query<{ id: string; brand_id: string; cron_expression: string }>('select * from scheduled_jobs'))
    .rows
const scheduled = (brandId: string, columns: Readonly<Record<string, unknown>> = {}) =>
  addJob(console.sql, {
    brand_id: brandId,
    job_type: 'load',
    cron_expression: '0 6 * * *',
    time_zone: 'Europe/Berlin',
    next_run_at: new Date(Date.now() + 3_600_000),
    ...columns,
  })

describe('a schedule for each of many brands', () => {
  test('those that have one are left alone, the others get one, each on record; what each got is said', async () => {
    const there = await scheduled(others[0] ?? '', { cron_expression: '5 5 * * *', name: 'Old' })
    await addJob(console.sql, { brand_id: others[1] ?? '', job_type: 'load', schedule_type: 'one_time' })
    await scheduled(others[2] ?? '', { status: 'archived', next_run_at: null })
    const answer = await console.client.schedules.createMany({ ...wanted(), name: 'Morning', maxRetries: 1 })
    expect(answer).toMatchObject({ created: 3, existing: 1, refused: 0, repeated: 0, note: null })
    expect(answer.results.map(({ brandId, outcome }) => [brandId, outcome])).toEqual([
      [acme.brandId, 'created'],
      [others[0], 'exists'],
      [others[1], 'created'],
      [others[2], 'created'],
    ])
    expect(answer.results[1]).toMatchObject({ jobId: there, message: containing('left as it is') })
    expect(await jobRow(console.sql, there)).toMatchObject({ cron_expression: '5 5 * * *', version: 1 })
    const jobId = answer.results[0]?.jobId ?? ''
    expect(await jobRow(console.sql, jobId)).toMatchObject({ name: 'Morning', max_retries: 1, parameters: { days: 7 } })
    expect(await listOperatorActions(console.services.database, { type: 'job', id: jobId })).toMatchObject([
      { operator: 'tester', action: 'job.schedule', before: null },
    ])
    expect((await console.client.schedules.coverage(wanted())).scheduled).toHaveLength(4)
  })

  test('the same request makes one for each brand, pressed at once or sent again after its answer was lost', async () => {
    const request = { ...wanted(), requestId: randomUUID() }
    const answers = await Promise.all([1, 2, 3].map(() => console.client.schedules.createMany(request)))
    expect(await schedules()).toHaveLength(4)
    expect(answers.reduce((sum, { created }) => sum + created, 0)).toBe(4)
    const again = await console.client.schedules.createMany(request)
    expect(again).toMatchObject({ created: 0, repeated: 4, existing: 0 })
    // Another request finds them there.
    expect(await console.client.schedules.createMany({ ...wanted(), requestId: randomUUID() })).toMatchObject({
      created: 0,
      existing: 4,
    })
    // Put away since: it is not made a second time.
    await console.sql.query(`update scheduled_jobs set status = 'archived'`)
    expect(await console.client.schedules.createMany(request)).toMatchObject({ created: 0, repeated: 4 })
    expect(await schedules()).toHaveLength(4)
  })

  test('spread over a window, each brand has its own minute, whoever asks and however often', async () => {
    const { results } = await console.client.schedules.createMany({ ...wanted(), brandIds: null, spreadMinutes: 30 })
    const crons = new Map((await schedules()).map((job) => [job.brand_id, job.cron_expression]))
    expect(crons.size).toBe(4)
    for (const { brandId, cron } of results) {
      expect(cron).toBe(`${spreadOffset(brandId, 30)} 6 * * *`)
      expect(crons.get(brandId)).toBe(cron)
    }
  })

  test('a dry run says the same, and writes nothing', async () => {
    await scheduled(others[0] ?? '')
    const answer = await console.client.schedules.createMany({ ...wanted(), spreadMinutes: 30, dryRun: true })
    expect(answer).toMatchObject({ created: 3, existing: 1, refused: 0 })
    expect(answer.results[0]).toMatchObject({ jobId: null, cron: `${spreadOffset(acme.brandId, 30)} 6 * * *` })
    expect(await schedules()).toHaveLength(1)
  })

  test("an archived brand, one that is not there and another organization's are refused by themselves", async () => {
    await console.sql.query('update brands set archived_at = now() where id = $1', [others[0]])
    const stranger = await addBrand(console.sql, 'Stranger')
    const brandIds = [acme.brandId, others[0] ?? '', stranger.brandId, randomUUID()]
    const { results, created, refused } = await console.client.schedules.createMany({ ...wanted(), brandIds })
    expect([created, refused]).toEqual([1, 3])
    expect(results.map((one) => one.refused)).toEqual([null, 'CONFLICT', 'NOT_FOUND', 'NOT_FOUND'])
    expect(results[1]?.message).toContain('is archived')
    expect(results[2]?.brandName).toBeNull()
    expect((await schedules()).map((job) => job.brand_id)).toEqual([acme.brandId])
  })

  test('what is wrong with all of them is refused as a whole, by its field; a type without an agent is said', async () => {
    const refused = async (input: object) =>
      (await errorOf(console.client.schedules.createMany({ ...wanted(), ...input })))['data'] as { field: string }
    expect(await refused({ cron: '0 6 * *' })).toMatchObject({ field: 'cron' })
    expect(await refused({ timeZone: 'Mars/Base' })).toMatchObject({ field: 'timeZone' })
    expect(await refused({ cron: '50 23 * * 1', spreadMinutes: 30 })).toMatchObject({ field: 'spreadMinutes' })
    expect(await refused({ jobType: 'lode' })).toMatchObject({ field: 'jobType' })
    expect(await schedules()).toEqual([])
    await console.sql.query(`update agents set heartbeat_at = now() - interval '1 hour'`)
    const { note, created } = await console.client.schedules.createMany(wanted())
    expect([created, note]).toEqual([4, containing('wait until one can')])
  })
})

describe('many schedules changed at once', () => {
  const change = (jobIds: readonly string[], fields: object, dryRun = false) =>
    console.client.schedules.changeMany({
      organizationId: acme.organizationId,
      changes: jobIds.map((jobId) => ({ jobId, version: 1, ...fields })),
      dryRun,
    })

  test('only what is asked for changes; what takes it back is answered, and puts everything back as it was', async () => {
    const first = await scheduled(acme.brandId, { max_retries: 5, priority: 2, timeout_minutes: 9 })
    const second = await scheduled(others[0] ?? '', { cron_expression: '30 7 * * *', max_retries: 0 })
    const like = await scheduled(others[1] ?? '', {
      cron_expression: '0 8 * * *',
      max_retries: 2,
      alert_after: 3,
      priority: 0,
    })
    const fields = {
      cron: '0 8 * * *',
      timeZone: 'Europe/Berlin',
      maxRetries: 2,
      alertAfter: 3,
      timeoutMinutes: null,
      priority: 'low',
    }
    const preview = await change([first, second, like], fields, true)
    expect(preview.results.map(({ outcome }) => outcome)).toEqual(['changed', 'changed', 'unchanged'])
    expect(await jobRow(console.sql, first)).toMatchObject({ version: 1, max_retries: 5 })
    const { results, changed } = await change([first, second, like], fields)
    expect([changed, results.map(({ outcome }) => outcome)]).toEqual([2, ['changed', 'changed', 'unchanged']])
    expect(await jobRow(console.sql, first)).toMatchObject({
      version: 2,
      cron_expression: '0 8 * * *',
      max_retries: 2,
      priority: 0,
      timeout_minutes: null,
      overlap_policy: 'queue',
    })
    const actions = await listOperatorActions(console.services.database, { type: 'job', id: first })
    expect(actions).toMatchObject([{ action: 'job.schedule', before: { maxRetries: 5 }, after: { maxRetries: 2 } }])
    expect(results[0]?.before).toEqual({
      cron: '0 6 * * *',
      timeZone: 'Europe/Berlin',
      maxRetries: 5,
      alertAfter: 1,
      timeoutMinutes: 9,
      priority: 'high',
    })
    const changes = results.flatMap(({ jobId, version, before }) =>
      before === null || version === null ? [] : [{ jobId, version, ...before }],
    )
    const back = await console.client.schedules.changeMany({ organizationId: acme.organizationId, changes })
    expect(back.changed).toBe(2)
    expect(await jobRow(console.sql, second)).toMatchObject({ cron_expression: '30 7 * * *', max_retries: 0 })
    expect(await jobRow(console.sql, first)).toMatchObject({ max_retries: 5, priority: 2, timeout_minutes: 9 })
  })

  test('what somebody else saved meanwhile is not overwritten, but told; sent twice it is done once', async () => {
    const mine = await scheduled(acme.brandId)
    const theirs = await scheduled(others[0] ?? '')
    await console.sql.query('update scheduled_jobs set version = 2, max_retries = 9 where id = $1', [theirs])
    const { results, changed } = await change([mine, theirs], { maxRetries: 1 })
    expect(changed).toBe(1)
    expect(results[1]).toMatchObject({ outcome: 'refused', refused: 'CONFLICT', version: null, before: null })
    expect(results[1]?.message).toContain('was changed by somebody else')
    expect(await jobRow(console.sql, theirs)).toMatchObject({ max_retries: 9, version: 2 })
    // Its answer was lost: the version is an old one, and nothing is left to do.
    const again = await change([mine], { maxRetries: 1 })
    expect(again.results).toMatchObject([{ outcome: 'unchanged', refused: null, version: 2, before: null }])
    expect((await jobRow(console.sql, mine)).version).toBe(2)
  })

  test("archived and one-time jobs, another organization's and those that only another program runs are refused", async () => {
    const archived = await scheduled(acme.brandId, { status: 'archived', next_run_at: null })
    const once = await scheduled(acme.brandId, { schedule_type: 'one_time', cron_expression: null })
    const stranger = await scheduled((await addBrand(console.sql, 'Stranger')).brandId)
    const foreign = await scheduled(acme.brandId, { job_type: 'legacy' })
    await console.sql.query(
      `insert into scheduled_job_runs (scheduled_job_id, status, started_at, completed_at)
       values ($1, 'completed', now() - interval '1 hour', now() - interval '50 minutes')`,
      [foreign],
    )
    for (const dryRun of [true, false]) {
      const { results, changed } = await change([archived, once, stranger, foreign], { maxRetries: 1 }, dryRun)
      expect([changed, results.map(({ refused }) => refused)]).toEqual([
        0,
        ['CONFLICT', 'CONFLICT', 'NOT_FOUND', 'CONFLICT'],
      ])
      const messages = results.map(({ message }) => message)
      expect(messages[0]).toContain('is archived')
      expect(messages[1]).toContain('runs once')
      expect(messages[3]).toContain('is run by another program')
    }
    expect((await jobRow(console.sql, foreign)).version).toBe(1)
  })
})

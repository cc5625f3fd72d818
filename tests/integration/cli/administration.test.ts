import type pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { marketingCatalog } from '../../../agent/jobs/catalog/marketing.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addBrand, addJob, addRun, jobRow } from '../../support/job-rows.ts'
import { addAgent, published } from './agent-rows.ts'
import { type Answer, asRecords, commandsOn, documentOf, errorOf, programRun } from './command-line.ts'
import { containing, matching } from './matchers.ts'

let database: TestDatabase
let client: pg.Client
beforeAll(async () => {
  database = await createTestDatabase()
  client = await database.connect()
})
afterAll(() => database.drop())
afterEach(() => client.query('truncate organizations, scheduled_jobs, agents, operator_actions cascade'))

const { pm, json, errorFrom } = commandsOn(() => database.url)

describe('organizations, brands, features, policy', () => {
  test('an archived brand runs nothing, says how it comes back, and goes on where it was', async () => {
    const { brandId } = await addBrand(client, 'Acme')
    await addAgent(client, { jobTypes: ['load'], catalog: published({ load: { steps: [] } }) })
    const daily = '0 6 * * *'
    const jobId = await addJob(client, { brand_id: brandId, name: 'Load', job_type: 'load', cron_expression: daily })
    expect(await json('brands', 'archive', 'Acme')).toMatchObject({ changed: true, jobs: 1 })
    expect((await pm('brands', 'archive', 'acme')).stdout).toContain('is already archived; 0 jobs paused.')
    const archived = { code: 'conflict', message: 'The brand "Acme" is archived.' }
    const fix = `Bring it back: pm brands restore ${brandId}`
    const schedule = ['schedule', 'load', '--brand', 'Acme', '--cron', daily]
    expect(await errorFrom('run', 'load', '--brand', 'Acme')).toMatchObject({ ...archived, fix })
    expect(await errorFrom(...schedule)).toMatchObject({ ...archived, fix })
    expect(await errorFrom('resume', jobId)).toMatchObject({ ...archived, fix })
    expect(asRecords((await json('jobs', '--status', 'all'))['jobs'])).toMatchObject([{ name: 'Load' }])
    expect((await jobRow(client, jobId)).status).toBe('paused')
    const back = await pm('brands', 'restore', brandId)
    expect(back.stdout).toBe('The brand Acme is in use again; 1 job resumed.\n')
    expect((await jobRow(client, jobId)).status).toBe('active')
    expect(await errorFrom('brands', 'restore', 'Acne')).toMatchObject({ code: 'not_found', fix: containing('Acme') })
  })

  test('--org says which of two brands of one name is meant', async () => {
    await addBrand(client, 'Acme')
    await pm('organizations', 'create', 'North')
    await pm('brands', 'create', 'Acme', '--organization', 'North')
    await addAgent(client, { jobTypes: ['load'], catalog: published({ load: { steps: [] } }) })
    expect(await errorFrom('holds', '--brand', 'Acme')).toMatchObject({ code: 'ambiguous' })
    const one = ['--brand', 'Acme', '--org', 'North']
    const { hold } = await json('hold', ...one, '--reason', 'migration')
    expect(asRecords((await json('holds', ...one))['holds'])).toEqual([hold])
    expect(asRecords((await json('status', ...one))['brands'])).toMatchObject([{ organization: { name: 'North' } }])
    expect((await pm('incidents', ...one)).code).toBe(0)
    expect((await pm('report', ...one)).code).toBe(0)
    expect((await pm('mute', ...one)).code).toBe(0)
    expect((await pm('schedule', 'load', ...one, '--cron', '0 6 * * *')).code).toBe(0)
    const { rows } = await client.query(
      `select organization.name from scheduled_jobs job
       join brands brand on brand.id = job.brand_id join organizations organization on organization.id = brand.organization_id`,
    )
    expect(rows).toEqual([{ name: 'North' }])
    expect(await errorFrom('holds', '--brand', 'Acmee', '--org', 'North')).toMatchObject({
      message: 'There is no brand "Acmee" in this organization.',
    })
  })

  test('pm status of a group tells no holds of other organizations', async () => {
    await addBrand(client, 'Acme')
    await addBrand(client, 'Other')
    await pm('brands', 'group', 'EMEA', '--add', 'Acme')
    for (const org of ['Acme', 'Other']) await pm('hold', '--org', org, '--reason', `of ${org}`)
    const { stdout } = await pm('status', '--group', 'EMEA')
    expect(stdout).toContain('of Acme')
    expect(stdout).not.toContain('of Other')
  })

  test('a list that a filter empties does not say that there is nothing at all', async () => {
    const { brandId } = await addBrand(client, 'Acme')
    await addBrand(client, 'Bolt')
    expect((await pm('jobs')).stdout).toMatch(/^There are no jobs\. Schedule one: /)
    await addJob(client, { brand_id: brandId, job_type: 'load' })
    expect((await pm('jobs', '--type', 'laod')).stdout).toMatch(/^There is no job of the type laod\. Clear the filter/)
    expect((await pm('jobs', '--brand', 'Bolt')).stdout).toMatch(/^There are no jobs of these brands\. Clear the/)
  })

  test('the name of an archived brand comes before the beginning of the id of one in use', async () => {
    const { brandId } = await addBrand(client, 'Acme')
    const name = brandId.slice(0, 6)
    await addBrand(client, name)
    await addAgent(client, { jobTypes: ['load'], catalog: published({ load: { steps: [] } }) })
    expect(await json('brands', 'archive', name)).toMatchObject({ changed: true })
    expect(await errorFrom('run', 'load', '--brand', name)).toMatchObject({
      code: 'conflict',
      message: `The brand "${name}" is archived.`,
    })
    expect((await pm('brands', 'restore', name)).stdout).toBe(`The brand ${name} is in use again; 0 jobs resumed.\n`)
    expect(await json('run', 'load', '--brand', brandId.slice(0, 12))).toMatchObject({ job: { brandName: 'Acme' } })
  })

  test('without --cron a new schedule is as the catalog suggests, says so, and one that is there keeps its own', async () => {
    await addBrand(client, 'Acme')
    const cadence = { cron: '15 * * * *', time_zone: 'Europe/Berlin' }
    const catalog = published({ load: { steps: [], cadence }, plain: { steps: [] } })
    await addAgent(client, { jobTypes: ['load', 'plain'], catalog })
    const schedule = ['schedule', 'load', '--brand', 'Acme']
    const { stdout } = await pm(...schedule)
    expect(stdout).toContain('The cadence is the one that the catalog suggests; --cron sets another.')
    expect(stdout).toContain('Europe/Berlin. Next:')
    const suggested = { cron_expression: '15 * * * *', time_zone: 'Europe/Berlin' }
    expect((await client.query('select * from scheduled_jobs')).rows).toMatchObject([suggested])
    await pm(...schedule, '--cron', '0 7 * * *', '--zone', 'Asia/Tokyo')
    expect((await pm(...schedule, '--name', 'Loads')).stdout).toContain('Without --cron it keeps its cadence.')
    const kept = { name: 'Loads', cron_expression: '0 7 * * *', time_zone: 'Asia/Tokyo' }
    expect((await client.query('select * from scheduled_jobs')).rows).toMatchObject([kept])
    expect(await errorFrom('schedule', 'plain', '--brand', 'Acme')).toMatchObject({
      code: 'invalid_input',
      field: '--cron',
    })
    expect((await pm('schedule', 'meta_sync', '--preview')).stdout).toContain('Daily at 06:00, UTC. Next:')
  })

  test('a schedule that is there is changed without --cron, also where the catalog suggests no cadence', async () => {
    const { brandId } = await addBrand(client, 'Acme')
    const parameters = { type: 'object', properties: { days: { type: 'integer' } } }
    await addAgent(client, { jobTypes: ['plain'], catalog: published({ plain: { steps: [], parameters } }) })
    const daily = { cron_expression: '0 7 * * *', time_zone: 'Asia/Tokyo' }
    const jobId = await addJob(client, { brand_id: brandId, name: 'Plain', job_type: 'plain', ...daily })
    const schedule = ['schedule', 'plain', '--brand', 'Acme']
    expect((await pm(...schedule, '--param', 'days=3')).stdout).toContain('Without --cron it keeps its cadence.')
    const row = () => jobRow(client, jobId)
    expect(await row()).toMatchObject({ parameters: { days: 3 }, ...daily })
    await pm(...schedule, '--retries', '1', '--timeout-minutes', '20', '--overlap', 'skip', '--catch-up', 'skip')
    await pm(...schedule, '--priority', 'high', '--key', 'shop')
    const rules = { max_retries: 1, timeout_minutes: 20, overlap_policy: 'skip', catch_up_policy: 'skip', priority: 2 }
    expect(await row()).toMatchObject({ ...rules, concurrency_key: 'shop', parameters: { days: 3 }, ...daily })
    await pm(...schedule, '--timeout-minutes', 'default', '--key', '')
    expect(await row()).toMatchObject({ ...rules, timeout_minutes: null, concurrency_key: null })
    for (const [flag, value] of [
      ['--retries', '-1'],
      ['--timeout-minutes', '0'],
      ['--overlap', 'never'],
      ['--catch-up', 'all'],
      ['--priority', 'most'],
      ['--key', 'k'.repeat(201)],
    ] as const) {
      expect(await errorFrom(...schedule, `${flag}=${value}`)).toMatchObject({ code: 'invalid_input', field: flag })
    }
  })

  test('what is created here has the section on; an organization that was there is turned on by hand', async () => {
    expect((await pm('organizations', 'create', 'North')).code).toBe(0)
    expect((await pm('brands', 'create', 'Acme', '--organization', 'North')).code).toBe(0)
    expect(await errorFrom('brands', 'create', 'Acme', '--organization', 'North')).toMatchObject({ code: 'conflict' })
    await client.query(`insert into organizations (name) values ('Old')`)
    const features = async (): Promise<unknown[]> =>
      asRecords((await json('features'))['features']).map((one) => [one['organizationName'], one['enabled']])
    expect(await features()).toEqual([
      ['North', true],
      ['Old', false],
    ])
    const enable = ['features', 'enable', 'PIPELINE_MANAGER', '--organization', 'old']
    expect((await pm(...enable)).stdout).toBe('PIPELINE_MANAGER is now on for Old.\n')
    expect((await pm(...enable)).stdout).toBe('PIPELINE_MANAGER is already on for Old.\n')
    expect(await features()).toEqual([
      ['North', true],
      ['Old', true],
    ])
    expect(asRecords((await json('brands', '--org', 'North'))['brands'])).toMatchObject([{ name: 'Acme' }])
    const { rows } = await client.query('select operator, door, action from operator_actions order by id')
    expect(rows).toEqual(
      ['organization.create', 'brand.create', 'feature.enable'].map((action) => ({
        operator: 'ada',
        door: 'cli',
        action,
      })),
    )
  })

  test('bad input 37: names are NFC, at most 120 characters, without control and direction characters', async () => {
    const create = (name: string): Promise<Answer> => pm('organizations', 'create', name, '--json')
    for (const bad of ['', '   ', 'a\u202Eb', 'a\u0007b', 'a\u200Bb', 'x'.repeat(121)]) {
      expect(errorOf(await create(bad))).toMatchObject({ code: 'invalid_input', field: 'name' })
    }
    expect(documentOf(await create(' Cafe\u0301 ☕ '))).toMatchObject({ organization: { name: 'Café ☕' } })
    expect((await create('x'.repeat(120))).code).toBe(0)
  })

  test('F7, F9: pm policy sets, shows and clears the maximum and the warning age, each without the other', async () => {
    await addBrand(client, 'Acme')
    await client.query(`insert into dataset_status (brand_id, dataset_key) select id, 'orders' from brands`)
    const ages = async (verb: string, ...flags: string[]): Promise<unknown> => {
      const given = ['policy', verb, '--brand', 'Acme', '--dataset', 'orders', ...flags]
      const { message, changed } = await json(...given)
      const [policy = null] = asRecords((await json('policy'))['policies'])
      return [message, changed, ...(policy === null ? [] : [policy['maxAgeHours'], policy['warnAgeHours']])]
    }
    expect(await ages('set', '--warn-age-hours', '3')).toEqual([
      'orders of Acme is now at risk from 3 h on; its maximum age is the usual one.',
      true,
      null,
      3,
    ])
    const both = 'be at most 6 h old, and is at risk from 3 h on.'
    expect(await ages('set', '--max-age-hours', '6')).toEqual([`orders of Acme may now ${both}`, true, 6, 3])
    expect((await pm('policy')).stdout).toMatch(/AT RISK FROM[^]*Acme +orders +6 h +3 h/)
    const same = ['set', '--max-age-hours', '6', '--warn-age-hours', '3'] as const
    expect(await ages(...same)).toEqual([`orders of Acme may already ${both}`, false, 6, 3])
    const alone = 'orders of Acme may now be at most 6 h old.'
    expect(await ages('set', '--warn-age-hours', 'none')).toEqual([alone, true, 6, null])
    expect(await ages('clear')).toMatchObject([expect.stringContaining('follows its dataset'), true])
    expect(await ages('clear')).toMatchObject([expect.stringContaining('already'), false])
    const { rows } = await client.query('select action, state_after from operator_actions where action ~ $1', [
      'policy',
    ])
    expect(rows).toEqual([
      { action: 'policy.set', state_after: { maxAgeHours: null, warnAgeHours: 3 } },
      { action: 'policy.set', state_after: { maxAgeHours: 6, warnAgeHours: 3 } },
      { action: 'policy.set', state_after: { maxAgeHours: 6 } },
      { action: 'policy.clear', state_after: null },
    ])
  })

  test('F9: pm policy sets and shows when a maximum counts, and takes it back', async () => {
    await addBrand(client, 'Acme')
    await client.query(`insert into dataset_status (brand_id, dataset_key) select id, 'orders' from brands`)
    const given = ['policy', 'set', '--brand', 'Acme', '--dataset', 'orders'] as const
    const due = { days: ['mon', 'tue', 'wed', 'thu', 'fri'], at: '09:00', zone: 'Europe/Berlin' }
    expect(await errorFrom(...given, '--due', 'weekdays 09:00 Europe/Berlin')).toMatchObject({
      code: 'invalid_input',
      field: 'due',
      fix: containing('Set a maximum age as well'),
    })
    expect(await json(...given, '--max-age-hours', '12', '--due', 'weekdays 9:00 Europe/Berlin')).toMatchObject({
      changed: true,
      message: 'orders of Acme may now be at most 12 h old at 09:00 on weekdays (Europe/Berlin).',
      due,
    })
    expect((await pm('policy')).stdout).toMatch(/DUE[^]*Acme +orders +12 h .*weekdays 09:00 Europe\/Berlin/)
    expect(await json(...given, '--max-age-hours', '10')).toMatchObject({ maxAgeHours: 10, due })
    expect(await json(...given, '--due', 'none')).toMatchObject({ changed: true, maxAgeHours: 10, due: null })
    expect(await errorFrom(...given, '--due', 'workdays 09:00 UTC')).toMatchObject({
      code: 'invalid_input',
      field: '--due',
      message: '"workdays" is no day.',
    })
  })

  test('F9: a maximum that is set is said with the due time of the dataset, which counts where the brand has none', async () => {
    await addBrand(client, 'Acme')
    const due = { days: ['mon', 'tue', 'wed', 'thu', 'fri'], at: '09:00', zone: 'Europe/Berlin' }
    const datasets = { orders: { label: 'Orders', max_age_hours: 24, due } }
    await addAgent(client, { catalog: { datasets, job_types: {}, pages: {} } })
    const given = ['policy', 'set', '--brand', 'Acme', '--dataset', 'orders'] as const
    expect(await json(...given, '--max-age-hours', '12')).toMatchObject({
      message: 'orders of Acme may now be at most 12 h old at 09:00 on weekdays (Europe/Berlin).',
      due: null,
    })
  })

  test('bad inputs 24, 25: an age that is not possible', async () => {
    await addBrand(client, 'Acme')
    await client.query(`insert into dataset_status (brand_id, dataset_key) select id, 'orders' from brands`)
    const set = (...flags: string[]): Promise<Record<string, unknown>> =>
      errorFrom('policy', 'set', '--brand', 'Acme', '--dataset', 'orders', ...flags)
    for (const flag of ['--max-age-hours', '--warn-age-hours']) {
      for (const hours of ['-1', '0', 'NaN', '1e18', '0.001', 'soon']) {
        expect(await set(flag, hours)).toMatchObject({ code: 'invalid_input', field: flag })
      }
    }
    expect(await set()).toMatchObject({ code: 'invalid_input', field: '--max-age-hours' })
    expect(
      await errorFrom('policy', 'set', '--brand', 'Acme', '--dataset', 'order', '--max-age-hours', '1'),
    ).toMatchObject({
      code: 'not_found',
      fix: 'Did you mean "orders"?',
    })
  })
})

describe('pm ready', () => {
  const fix = { job_type: 'load', parameters: { days_back: 30 } }
  const page = { report: { label: 'Report', requires: [{ dataset: 'orders', max_age_hours: 24, fix }] } }

  test('F9: exit code 0 ready and degraded, 1 not ready with the command that helps, 2 when it cannot be said', async () => {
    const { brandId } = await addBrand(client, "Bob's & Co")
    await addAgent(client, { catalog: published({}, { datasets: { orders: null }, pages: page }) })
    const ready = (): Promise<Answer> => pm('ready', '--brand', "Bob's & Co", '--page', 'report')
    const notReady = await ready()
    expect(notReady.code).toBe(1)
    expect(notReady.stdout).toContain("▲ not ready: Report for Bob's & Co\n  orders: no run has succeeded yet.")
    expect(notReady.stdout).toContain(`Fix: pm run load --brand 'Bob'\\''s & Co' --param days_back=30 --wait`)
    await client.query(
      `insert into dataset_status (brand_id, dataset_key, last_success_at, last_attempt_at, last_status, error_message)
       values ($1, 'orders', now(), now(), 'failed', 'quota')`,
      [brandId],
    )
    expect(await ready()).toMatchObject({ code: 0, stdout: matching(/^◐ degraded: .*\n.*quota/) })
    await client.query(`update dataset_status set last_status = 'completed', error_message = null`)
    expect(await ready()).toMatchObject({
      code: 0,
      stdout: matching(
        /^● ready: Report for Bob's & Co\n  Ready until .* UTC; nothing is planned that refreshes it\.\n$/,
      ),
    })
    const document = await json('ready', '--brand', "Bob's & Co", '--page', 'report')
    expect(document).toMatchObject({ verdict: 'ready', reasons: [], fixes: [], page: 'report' })
    expect(await errorFrom('ready', '--brand', "Bob's & Co", '--page', 'raport')).toMatchObject({
      code: 'not_found',
      fix: 'Did you mean "report"?',
    })
  })

  test('when it will be ready, and until when it is, for people and programs; the exit codes stay', async () => {
    const { brandId } = await addBrand(client, 'Acme')
    await addAgent(client, {
      jobTypes: ['load'],
      catalog: published(
        { load: { steps: [{ key: 'load', dataset: 'orders' }] } },
        { datasets: { orders: null }, pages: page },
      ),
    })
    const columns = {
      brand_id: brandId,
      job_type: 'load',
      cron_expression: '0 3 * * *',
      next_run_at: '2100-01-01T03:00Z',
    }
    const jobId = await addJob(client, columns)
    const flags = ['ready', '--brand', 'Acme', '--page', 'report']
    const unknown = 'Ready after the run of load at 2100-01-01 03:00 UTC, whose duration is not known yet.'
    expect(await pm(...flags)).toMatchObject({ code: 1, stdout: expect.stringContaining(unknown) as string })
    expect(await json(...flags)).toMatchObject({ expectedAt: null, items: [{ refresh: { gap: 'duration_unknown' } }] })
    await addRun(client, jobId, {
      brand_id: brandId,
      status: 'completed',
      started_at: '2026-01-01T03:00Z',
      completed_at: '2026-01-01T03:12Z',
    })
    const known = 'Ready about 2100-01-01 03:12 UTC, after the run of load at 2100-01-01 03:00 UTC.'
    expect(await pm(...flags)).toMatchObject({ code: 1, stdout: expect.stringContaining(known) as string })
    expect(await json(...flags)).toMatchObject({
      expectedAt: '2100-01-01T03:12:00.000Z',
      readyUntil: null,
      items: [{ expectedAt: '2100-01-01T03:12:00.000Z', refresh: { state: 'planned', jobId, durationMs: 720_000 } }],
    })
    await client.query(
      `insert into dataset_status (brand_id, dataset_key, last_success_at, last_attempt_at, last_status)
       values ($1, 'orders', now(), now(), 'completed')`,
      [brandId],
    )
    expect(await pm(...flags)).toMatchObject({
      code: 0,
      stdout: matching(/Ready until .* UTC; next run 2100-01-01 03:00 UTC, after that\./),
    })
    expect(await json(...flags)).toMatchObject({
      verdict: 'ready',
      expectedAt: null,
      nextRunAt: '2100-01-01T03:00:00.000Z',
      isRefreshedInTime: false,
    })
  })

  test('F9: without a page, all of them have to be ready', async () => {
    const { brandId } = await addBrand(client, 'Acme')
    const pages = { ...page, loose: { label: 'Loose', requires: [{ dataset: 'orders', max_age_hours: 48, fix }] } }
    await addAgent(client, { catalog: published({}, { datasets: { orders: null }, pages }) })
    const known = marketingCatalog().pages.size
    await client.query(
      `insert into dataset_status (brand_id, dataset_key, last_success_at, last_attempt_at, last_status)
       values ($1, 'orders', now() - interval '30 hours', now(), 'completed')`,
      [brandId],
    )
    const answer = await pm('ready', '--brand', 'Acme')
    expect(answer.code).toBe(1)
    expect(answer.stdout).toContain('▲ not ready: Report for Acme')
    expect(answer.stdout).toContain('● ready: Loose for Acme')
    const all = asRecords((await json('ready', '--brand', 'Acme'))['pages'])
    expect(all).toHaveLength(known + 2)
    expect(all).toContainEqual(expect.objectContaining({ page: 'loose', verdict: 'ready', fixes: [] }))
  })

  test('the program itself ends with the exit code', async () => {
    await addBrand(client, 'Acme')
    const ready = (page: string): Promise<Answer> =>
      programRun(['ready', '--brand', 'Acme', '--page', page, '--database-url', database.url])
    expect(await ready('ad_performance')).toMatchObject({ code: 1, stderr: '' })
    expect((await ready('nothing')).code).toBe(2)
  })
})

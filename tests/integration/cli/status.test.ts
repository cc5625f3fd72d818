import { stripVTControlCharacters } from 'node:util'
import type pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addBrand, addJob, addRun } from '../../support/job-rows.ts'
import { addAgent, published } from './agent-rows.ts'
import { asRecord, asRecords, command, documentOf, programRun } from './command-line.ts'
import { containing, matching } from './matchers.ts'

let database: TestDatabase
let client: pg.Client
beforeAll(async () => {
  database = await createTestDatabase()
  client = await database.connect()
})
afterAll(() => database.drop())
afterEach(() => client.query('truncate organizations, scheduled_jobs, agents, operator_actions cascade'))

const flags = (): string[] => ['--database-url', database.url]

interface Row {
  readonly success?: number
  readonly status?: string
  readonly error?: string
  readonly records?: number
  readonly suspicious?: boolean
}

/** A dataset that last succeeded so many hours ago. */
async function addDataset(brandId: string, key: string, row: Row = {}): Promise<void> {
  const { success, status = 'completed', error = null, records = null, suspicious = false } = row
  await client.query(
    `insert into dataset_status (brand_id, dataset_key, last_success_at, last_attempt_at, last_status, error_message,
       records_affected, metadata)
     values ($1, $2, now() - $3::float * interval '1 hour', now(), $4, $5, $6, $7)`,
    [brandId, key, success ?? null, status, error, records, JSON.stringify({ suspicious })],
  )
}

async function datasets(brand?: string): Promise<Record<string, unknown>[]> {
  const filter = brand === undefined ? [] : ['--brand', brand]
  const document = documentOf(await command(['status', '--json', ...filter, ...flags()]))
  return asRecords(document['brands']).flatMap(({ datasets }) => asRecords(datasets))
}

async function dataset(key: string): Promise<Record<string, unknown>> {
  const found = (await datasets()).find((one) => one['dataset'] === key)
  if (found === undefined) throw new Error(`no dataset ${key}`)
  return found
}

const load = published({ load: { steps: [{ key: 'extract', dataset: 'orders' }] } }, { datasets: { orders: 24 } })

describe('pm status', () => {
  test('the program itself answers with the promised words and exit code 0', async () => {
    const { brandId } = await addBrand(client, 'Acme')
    await addAgent(client, { catalog: published({}, { datasets: { a: 24, b: 24, c: 24, d: 24 } }) })
    await addDataset(brandId, 'a', { success: 1, records: 12 })
    await addDataset(brandId, 'b', { success: 23.5 })
    await addDataset(brandId, 'c', { success: 30, status: 'failed', error: 'no network' })
    await addDataset(brandId, 'd', { status: 'running' })
    await addDataset(brandId, 'e', { success: 1, status: 'unknown' })
    const answer = await programRun(['status', '--json', ...flags()])
    expect(answer).toMatchObject({ code: 0, stderr: '' })
    const [brand] = asRecords(documentOf(answer)['brands'])
    expect(brand).toMatchObject({ id: brandId, name: 'Acme', organization: { name: 'Acme' } })
    const words = asRecords(brand?.['datasets']).map((one) => [one['dataset'], one['freshness'], one['lastAttempt']])
    expect(words).toEqual([
      ['c', 'stale', 'failed'],
      ['d', 'never_synced', 'running'],
      ['b', 'at_risk', 'completed'],
      ['e', 'no_policy', 'unknown'],
      ['a', 'fresh', 'completed'],
    ])
    expect(asRecords(brand?.['datasets']).at(-1)).toMatchObject({
      ageSeconds: expect.closeTo(3600, -2) as number,
      maxAgeHours: 24,
      maxAgeSource: 'dataset',
      records: 12,
      error: null,
      reason: null,
      suspicious: false,
    })
  })

  test('the answer comes first, then every dataset with shape and word, worst first', async () => {
    const { brandId } = await addBrand(client, 'Acme')
    await addAgent(client, { catalog: load })
    await addDataset(brandId, 'orders', { success: 30 })
    await addDataset(brandId, 'other', { success: 1 })
    const { stdout } = await command(['status', ...flags()])
    const lines = stdout.split('\n')
    expect(lines[0]).toBe('1 of 2 datasets is stale.')
    expect(lines[2]).toMatch(/^FRESHNESS +BRAND +DATASET/)
    expect(lines[3]).toMatch(/^▲ stale +Acme +orders +30 h +24 h +✔ completed/)
    expect(lines[4]).toMatch(/^· no policy +Acme +other/)
    expect(stdout).toContain('1 agent running: agent-1.')
  })

  test('a run that nobody has begun is late, and not to come some hours ago', async () => {
    const { brandId } = await addBrand(client, 'Acme')
    await addAgent(client, { catalog: load })
    await addDataset(brandId, 'orders', { success: 1 })
    await addJob(client, { brand_id: brandId, job_type: 'load', next_run_at: new Date(Date.now() - 3 * 3_600_000) })
    const { stdout } = await command(['status', ...flags()])
    expect(stdout).toMatch(/orders .* 3 h late/)
    expect((await command(['jobs', ...flags()])).stdout).toMatch(/ 3 h late /)
  })

  test('F6: a failed attempt on fresh data is fresh, last attempt failed, with the error', async () => {
    const { brandId } = await addBrand(client)
    await addAgent(client, { catalog: load })
    await addDataset(brandId, 'orders', { success: 1, status: 'failed', error: 'quota' })
    expect(await dataset('orders')).toMatchObject({ freshness: 'fresh', lastAttempt: 'failed', error: 'quota' })
    const { stdout } = await command(['status', ...flags()])
    expect(stdout).toContain('1 of 1 dataset is fresh. The last attempt of 1 fresh dataset failed.')
  })

  test('F7: at risk when the next run starts too late, or when none is planned and the grace is longer than what is left', async () => {
    const { brandId } = await addBrand(client, 'Acme')
    await addAgent(client, { jobTypes: ['load'], catalog: load })
    await addDataset(brandId, 'orders', { success: 0.75 })
    await client.query(`insert into dataset_policies (brand_id, dataset_key, max_age_hours) values ($1, 'orders', 1)`, [
      brandId,
    ])
    const row = { job_type: 'load', brand_id: brandId, cron_expression: '0 6 * * *', time_zone: 'UTC' }
    const jobId = await addJob(client, { ...row, status: 'paused', next_run_at: null })
    expect(await dataset('orders')).toMatchObject({ freshness: 'fresh' })
    // The grace is the p90 of the last completed runs: 20 minutes, with a quarter of an hour left.
    const started = new Date(Date.now() - 3_600_000)
    const completed = new Date(started.getTime() + 20 * 60_000)
    await addRun(client, jobId, { status: 'completed', started_at: started, completed_at: completed })
    const unplanned = await dataset('orders')
    expect(unplanned).toMatchObject({
      freshness: 'at_risk',
      reason: containing('and no run is planned. Job is paused'),
    })
    await client.query(
      `update scheduled_jobs set name = 'Load', status = 'active', next_run_at = now() + interval '14 min'`,
    )
    expect(await dataset('orders')).toMatchObject({ freshness: 'fresh', reason: null })
    await client.query(`update scheduled_jobs set next_run_at = now() + interval '16 min'`)
    expect(await dataset('orders')).toMatchObject({ freshness: 'at_risk', reason: containing('before the run') })
  })

  test("F9: the brand's own maximum counts before the dataset's, and that before the strictest page's", async () => {
    const { brandId } = await addBrand(client, 'Acme')
    const fix = { job_type: 'load', parameters: {} }
    const pages = {
      one: { label: 'One', requires: [{ dataset: 'plain', max_age_hours: 12, fix }] },
      two: { label: 'Two', requires: [{ dataset: 'plain', max_age_hours: 6, fix }] },
    }
    await addAgent(client, { catalog: published({}, { datasets: { orders: 24, plain: null }, pages }) })
    for (const key of ['orders', 'plain']) await addDataset(brandId, key, { success: 1 })
    expect(await dataset('orders')).toMatchObject({ maxAgeHours: 24, maxAgeSource: 'dataset' })
    expect(await dataset('plain')).toMatchObject({ maxAgeHours: 6, maxAgeSource: 'page' })
    const policy = ['--brand', 'Acme', '--dataset', 'orders', ...flags()]
    expect((await command(['policy', 'set', '--max-age-hours', '0.5', ...policy])).code).toBe(0)
    expect(await dataset('orders')).toMatchObject({ maxAgeHours: 0.5, maxAgeSource: 'brand', freshness: 'stale' })
    expect((await command(['policy', 'clear', ...policy])).code).toBe(0)
    expect(await dataset('orders')).toMatchObject({ maxAgeSource: 'dataset' })
  })

  describe('why a dataset is stale', () => {
    async function staleBrand(agent: Parameters<typeof addAgent>[1] | null = {}): Promise<string> {
      const { brandId } = await addBrand(client, 'Acme')
      if (agent !== null) await addAgent(client, { jobTypes: ['load'], catalog: load, ...agent })
      await addDataset(brandId, 'orders', { success: 30 })
      return brandId
    }
    const recurring = { job_type: 'load', name: 'Load', cron_expression: '0 6 * * *', time_zone: 'UTC' }
    const later = (): Date => new Date(Date.now() + 3_600_000)

    test('no job refreshes it', async () => {
      await staleBrand()
      expect((await dataset('orders'))['reason']).toMatch(/maximum is 24 h\. No job of this brand refreshes it\./)
    })

    test('paused, with since when', async () => {
      const brandId = await staleBrand()
      const jobId = await addJob(client, { ...recurring, brand_id: brandId, next_run_at: later() })
      await command(['pause', jobId, ...flags()])
      const reason = (await dataset('orders'))['reason']
      expect(reason).toMatch(/Load is paused since \d{4}-\d{2}-\d{2} \d{2}:\d{2} UTC/)
    })

    test('J8: no agent can run its job type', async () => {
      const brandId = await staleBrand({ jobTypes: ['other'] })
      await addJob(client, { ...recurring, brand_id: brandId, next_run_at: later() })
      expect((await dataset('orders'))['reason']).toContain('No agent can run load.')
    })

    test('no agent runs at all', async () => {
      const brandId = await staleBrand({ silentFor: 3_600 })
      await addJob(client, { ...recurring, brand_id: brandId, next_run_at: later() })
      expect((await dataset('orders'))['reason']).toContain('No agent is running, so nobody runs load.')
    })

    test('the last run failed at a step, and how', async () => {
      const brandId = await staleBrand()
      const jobId = await addJob(client, { ...recurring, brand_id: brandId, next_run_at: later() })
      const ended = { started_at: new Date(), completed_at: new Date() }
      const runId = await addRun(client, jobId, { status: 'failed', error_message: 'check: bad', ...ended })
      await client.query(
        `insert into run_steps (run_id, position, step_key, status, fatal, error_message)
         values ($1, 0, 'check', 'failed', true, '3 rows are wrong')`,
        [runId],
      )
      const reason = (await dataset('orders'))['reason']
      expect(reason).toContain('The last run of load failed at step check: 3 rows are wrong.')
    })

    test('J5: dead, its attempts are exhausted', async () => {
      const brandId = await staleBrand()
      const jobId = await addJob(client, { job_type: 'load', brand_id: brandId, next_run_at: null })
      const ended = { started_at: new Date(), completed_at: new Date() }
      await addRun(client, jobId, { status: 'failed', error_message: 'boom', ...ended })
      expect((await dataset('orders'))['reason']).toContain('failed: boom. It is dead: its attempts are exhausted.')
    })

    test('never ran', async () => {
      const brandId = await staleBrand()
      await addJob(client, { ...recurring, brand_id: brandId, next_run_at: later() })
      expect((await dataset('orders'))['reason']).toContain('It has never run.')
    })

    test('when the next run is', async () => {
      const brandId = await staleBrand()
      const jobId = await addJob(client, { ...recurring, brand_id: brandId, next_run_at: later() })
      await addRun(client, jobId, { status: 'completed', started_at: new Date(), completed_at: new Date() })
      expect((await dataset('orders'))['reason']).toMatch(/The next run is at .* UTC \(in (1 h|59 min).*\)\./)
    })

    test('a run is in progress', async () => {
      const brandId = await staleBrand()
      const jobId = await addJob(client, { ...recurring, brand_id: brandId, next_run_at: null })
      await addRun(client, jobId, { started_at: new Date() })
      expect((await dataset('orders'))['reason']).toContain('A run of load is in progress')
    })
  })

  test('a step whose parameter is off refreshes nothing; the default of the schema counts', async () => {
    const { brandId } = await addBrand(client)
    const steps = [
      { key: 'one', dataset: 'orders' },
      { key: 'two', dataset: 'classes', when: 'classify' },
    ]
    const parameters = { type: 'object', properties: { classify: { type: 'boolean', default: false } } }
    await addAgent(client, { jobTypes: ['load'], catalog: published({ load: { steps, parameters } }) })
    const jobId = await addJob(client, { job_type: 'load', brand_id: brandId })
    expect((await datasets()).map((one) => one['dataset'])).toEqual(['orders'])
    await client.query(`update scheduled_jobs set parameters = '{"classify": true}' where id = $1`, [jobId])
    expect((await datasets()).map((one) => one['dataset'])).toEqual(['classes', 'orders'])
  })

  test('bad input 26: times that no calendar has are shown as none', async () => {
    const { brandId } = await addBrand(client)
    await addAgent(client, { jobTypes: ['load'], catalog: load })
    await addDataset(brandId, 'orders')
    await client.query(`update dataset_status set last_success_at = 'infinity', last_attempt_at = '-infinity'`)
    await addJob(client, { job_type: 'load', brand_id: brandId, next_run_at: 'infinity' })
    expect(await dataset('orders')).toMatchObject({ freshness: 'never_synced', nextRunAt: null, lastAttemptAt: null })
  })

  test('catalogs that agents published: what is not in the format is left out, a contradiction is named', async () => {
    await addBrand(client)
    await addAgent(client, { name: 'north', catalog: published({}, { datasets: { orders: 24 } }) })
    await addAgent(client, { name: 'south', catalog: published({}, { datasets: { orders: 48 } }) })
    await addAgent(client, { name: 'odd', catalog: { datasets: { orders: 7, x: { label: 1 } }, job_types: 'none' } })
    const document = documentOf(await command(['status', '--json', ...flags()]))
    expect(document['warnings']).toEqual([
      matching(/^The dataset orders is described differently by agent \w+ \(host-1\) and by agent \w+ /),
    ])
  })

  test('an empty workspace says what to do first', async () => {
    const { stdout, code } = await command(['status', ...flags()])
    expect(code).toBe(0)
    expect(stdout).toContain('There are no brands yet.')
    expect(stdout).toContain('pm organizations create')
  })

  test('on a terminal the table is cut to its width and coloured; in a pipe neither, nor with NO_COLOR', async () => {
    const { brandId } = await addBrand(client, 'Acme')
    await addAgent(client, { catalog: load })
    await addDataset(brandId, 'orders', { success: 30, status: 'failed', error: 'much of it '.repeat(30) })
    const terminal = await command(['status', ...flags()], { columns: 110 })
    expect(terminal.stdout).toContain('\u001b[31m▲ stale')
    const widths = terminal.stdout.split('\n').map((line) => [...stripVTControlCharacters(line)].length)
    expect(Math.max(...widths)).toBeLessThanOrEqual(110)
    const plain = await command(['status', ...flags()])
    expect(plain.stdout).toContain('much of it '.repeat(30).trim())
    expect(plain.stdout).not.toContain('\u001b')
    for (const options of [{ environment: { NO_COLOR: '1' } }, { environment: { TERM: 'dumb' } }]) {
      expect((await command(['status', ...flags()], { columns: 110, ...options })).stdout).not.toContain('\u001b')
    }
    expect((await command(['status', '--no-color', ...flags()], { columns: 110 })).stdout).not.toContain('\u001b')
  })

  test('bad inputs 35, 36, 37: names from the database cannot act on the terminal', async () => {
    const { brandId } = await addBrand(client, 'Ac\u001b[2Jme\u202Eevil\u0007<b>\nline')
    await addDataset(brandId, 'orders', { success: 1 })
    const { stdout } = await command(['status', ...flags()], { columns: 200 })
    expect(stdout).toContain('Acme‹U+202E›evil<b> line')
    for (const part of ['\u001b[2J', '\u202E', '\u0007']) expect(stdout).not.toContain(part)
    const [brand] = asRecords(documentOf(await command(['status', '--json', ...flags()]))['brands'])
    expect(asRecord(brand)['name']).toContain('\u202E')
  })
})

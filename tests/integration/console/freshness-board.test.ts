import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { readBoard } from '../../../agent/freshness/board.ts'
import { readSurroundings } from '../../../agent/freshness/surroundings.ts'
import type { Statement } from '../../../agent/store/database.ts'
import { writtenSoFar } from '../../../agent/store/database-clock.ts'
import { decodeCell } from '../../../shared/cell-code.ts'
import { addOpenBrand, createTestConsole, type TestConsole } from '../../support/console.ts'
import { addStatus } from '../../support/console-catalog.ts'
import { addJob, addRun, type Brand } from '../../support/job-rows.ts'

import { catalog, inHours, nobody } from './freshness-catalog.ts'

let pm: TestConsole
let brand: Brand
beforeAll(async () => {
  pm = await createTestConsole({ catalog })
})
afterAll(() => pm.stop())
beforeEach(async () => {
  brand = await addOpenBrand(pm.sql)
})
afterEach(async () => {
  if (pm.troubles.length > 0) throw new Error(pm.troubles.join('; '))
  await pm.sql.query('truncate organizations, scheduled_jobs, dataset_status_history, agents, operator_actions cascade')
})

/** The state of every cell of the board, by brand and dataset. */
async function boardStates(organizationId: string): Promise<Record<string, string>> {
  const { brands, cells, datasets } = await pm.client.freshness.board({ organizationId })
  const lines = cells.split('\n')
  return Object.fromEntries(
    (brands ?? []).flatMap(({ id }, index) =>
      [...(lines[index] ?? '')].flatMap((code, place) => {
        const cell = decodeCell(code)
        const { freshness, lastAttempt, suspicious } = cell ?? {}
        return cell === null ? [] : [[`${id} ${datasets[place]?.key}`, `${freshness} ${lastAttempt} ${suspicious}`]]
      }),
    ),
  )
}

async function factStates(organizationId: string, brandIds: string[]): Promise<Record<string, string>> {
  const { brands } = await pm.client.freshness.cells({ organizationId, brandIds })
  return Object.fromEntries(
    brands.flatMap(({ id, datasets }) =>
      datasets.map(({ dataset, freshness, lastAttempt, suspicious }) => [
        `${id} ${dataset}`,
        `${freshness} ${lastAttempt} ${suspicious}`,
      ]),
    ),
  )
}

const stateOf = async (dataset: string): Promise<string | undefined> =>
  (await boardStates(brand.organizationId))[`${brand.brandId} ${dataset}`]

describe('ages', () => {
  test('whole seconds since the last success, of what ever succeeded; an infinite time is no age', async () => {
    await addStatus(pm.sql, brand.brandId, 'orders', { successAge: 2 })
    await addStatus(pm.sql, brand.brandId, 'raw', { successAge: null, status: 'failed' })
    await addStatus(pm.sql, brand.brandId, 'ads', { successAge: 1 })
    await pm.sql.query(`update dataset_status set last_success_at = 'infinity' where dataset_key = 'ads'`)
    const { organizationId, brandId } = brand
    const brandIds = [brandId.toUpperCase(), brandId]
    const { brands, datasets } = await pm.client.freshness.ages({ organizationId, brandIds })
    expect(brands.map(({ id }) => id)).toEqual([brandId])
    expect(datasets).toEqual(['orders'])
    expect(brands[0]?.ages[0]).toBeCloseTo(7_200, -1)
  })

  test('a brand without datasets has none, and one of another organization does not exist', async () => {
    const { organizationId, brandId } = brand
    const other = await addOpenBrand(pm.sql, 'Other')
    const alone = await pm.client.freshness.ages({ organizationId, brandIds: [brandId] })
    expect(alone).toMatchObject({ datasets: [], brands: [{ id: brandId, ages: [] }] })
    await expect(
      pm.client.freshness.ages({ organizationId, brandIds: [brandId, other.brandId] }),
    ).rejects.toMatchObject({ code: 'NOT_FOUND', data: { value: other.brandId } })
  })
})

describe('the board', () => {
  test('F5, F6: an age over the maximum is stale, a failed attempt on young data is fresh and failed', async () => {
    await addStatus(pm.sql, brand.brandId, 'orders', { successAge: 25 })
    await addStatus(pm.sql, brand.brandId, 'ads', { successAge: 1, attemptAge: 0, status: 'failed', error: 'HTTP 500' })
    expect(await stateOf('orders')).toBe('stale completed false')
    expect(await stateOf('ads')).toBe('fresh failed false')
    expect(await stateOf('raw')).toBeUndefined()
  })

  test('F7: at risk when the next run comes after the maximum, and when no run is planned towards the end', async () => {
    await addStatus(pm.sql, brand.brandId, 'orders', { successAge: 20 })
    const jobId = await addJob(pm.sql, { brand_id: brand.brandId, job_type: 'load_orders', next_run_at: inHours(8) })
    expect(await stateOf('orders')).toBe('at_risk completed false')
    await pm.sql.query('update scheduled_jobs set next_run_at = $2 where id = $1', [jobId, inHours(3)])
    expect(await stateOf('orders')).toBe('fresh completed false')
    await pm.sql.query(`update scheduled_jobs set status = 'paused' where id = $1`, [jobId])
    expect(await stateOf('orders')).toBe('fresh completed false')
    await addStatus(pm.sql, brand.brandId, 'orders', { successAge: 22 })
    expect(await stateOf('orders')).toBe('at_risk completed false')
  })

  test('F7: with nothing planned, the grace of long runs counts in the last half hour', async () => {
    await addStatus(pm.sql, brand.brandId, 'visits', { successAge: 1.6 })
    const job = { brand_id: brand.brandId, job_type: 'load_visits', next_run_at: null, status: 'paused' }
    const jobId = await addJob(pm.sql, job)
    expect(await stateOf('visits')).toBe('fresh completed false')
    const ended = { status: 'completed', started_at: inHours(-3), completed_at: inHours(-2), job_type: null }
    await addRun(pm.sql, jobId, ended)
    expect(await stateOf('visits')).toBe('at_risk completed false')
  })

  test('F9: the override of the brand counts first, then the dataset, then the strictest page', async () => {
    await addStatus(pm.sql, brand.brandId, 'ads', { successAge: 7 })
    expect(await stateOf('ads')).toBe('stale completed false')
    await pm.client.freshness.setPolicy({ brandId: brand.brandId, dataset: 'ads', maxAgeHours: 48 })
    expect(await stateOf('ads')).toBe('fresh completed false')
    await addStatus(pm.sql, brand.brandId, 'foreign', { successAge: 7 })
    expect(await stateOf('foreign')).toBe('no_policy completed false')
  })

  test('a dataset goes stale by the clock, and a change, a deletion and a new brand by plain SQL are seen at once', async () => {
    await addStatus(pm.sql, brand.brandId, 'orders', { successAge: 1 })
    expect(await stateOf('orders')).toBe('fresh completed false')
    await addStatus(pm.sql, brand.brandId, 'orders', { successAge: 24 - 0.4 / 3600 })
    await expect.poll(() => stateOf('orders'), { timeout: 5_000 }).toBe('stale completed false')
    await pm.sql.query('delete from dataset_status where brand_id = $1', [brand.brandId])
    expect(await stateOf('orders')).toBeUndefined()
    await pm.sql.query(`insert into brands (organization_id, name) values ($1, 'New')`, [brand.organizationId])
    expect((await pm.client.freshness.board({ organizationId: brand.organizationId })).brands).toHaveLength(2)
  })

  test('who knows the brands asks for the cells alone, and learns when a brand is added, renamed or reordered', async () => {
    const { organizationId } = brand
    await addStatus(pm.sql, brand.brandId, 'orders', { successAge: 1 })
    await pm.sql.query(`insert into brands (organization_id, name) values ($1, 'Zenith')`, [organizationId])
    const known = await pm.client.session.brands({ organizationId })
    const ask = () => pm.client.freshness.board({ organizationId, withBrands: false })
    const whole = await pm.client.freshness.board({ organizationId })
    expect(whole).toMatchObject({ brandsVersion: known.version, brands: known.brands })
    expect(await ask()).toMatchObject({ brandsVersion: known.version, brands: null, cells: whole.cells })
    expect(whole.cells.split('\n')).toEqual([expect.stringMatching(/^[^.]$/), '.'])
    await addStatus(pm.sql, brand.brandId, 'orders', { successAge: 25 })
    expect(decodeCell((await ask()).cells.charAt(0))).toMatchObject({ freshness: 'stale' })
    await pm.sql.query(`update brands set name = 'Best' where name = 'Zenith'`)
    const renamed = await pm.client.session.brands({ organizationId })
    expect([renamed.brands.map(({ name }) => name), (await ask()).brandsVersion]).toEqual([
      ['Acme', 'Best'],
      renamed.version,
    ])
    expect(renamed.version).not.toBe(known.version)
  })

  test('a row written in a long transaction is seen when it commits, though others were read meanwhile', async () => {
    const other = await pm.database.connect()
    await other.query('begin')
    await addStatus(other, brand.brandId, 'orders', { successAge: 30 })
    await addStatus(pm.sql, brand.brandId, 'ads', { successAge: 1 })
    expect(await stateOf('ads')).toBe('fresh completed false')
    expect(await stateOf('orders')).toBeUndefined()
    await pm.sql.query('update dataset_status set records_affected = 1')
    expect(await stateOf('ads')).toBe('fresh completed false')
    await other.query('commit')
    expect(await stateOf('orders')).toBe('stale completed false')
  })

  test('while nothing is written nothing is looked through; one write of anybody is enough to look again', async () => {
    await addStatus(pm.sql, brand.brandId, 'orders', { successAge: 1 })
    const { database, clock, settings } = pm.services
    const { catalog: known } = await readSurroundings(database, catalog, settings.leaseSeconds)
    // What is written on this server beside the test is not in its hands.
    let written = '7:7:'
    const asked: string[] = []
    const watched: typeof database = {
      ...database,
      query: async <Row extends object>(statement: Statement, values: readonly unknown[]): Promise<Row[]> => {
        asked.push(statement.name)
        const rows = await database.query<Row>(statement, values)
        return statement.name === 'written_so_far' ? rows.map((row) => ({ ...row, written })) : rows
      },
    }
    const looks = async (): Promise<boolean> => {
      asked.length = 0
      const { brands } = await readBoard(watched, clock, { catalog: known, brandIds: [brand.brandId] })
      expect(brands[0]?.cells.map(({ dataset }) => dataset)).toContain('orders')
      return asked.some((name) => /^list_(all|changed)_dataset_facts$/.test(name))
    }
    expect([await looks(), await looks(), await looks()]).toEqual([true, false, false])
    written = '7:9:7'
    expect([await looks(), await looks()]).toEqual([true, false])
  })

  test('what can be seen is told by one text: another one as soon as a transaction is committed', async () => {
    const { database } = pm.services
    const other = await pm.database.connect()
    await other.query('begin')
    await other.query('update organizations set name = name')
    const { written: meanwhile } = await writtenSoFar(database)
    await other.query('commit')
    expect((await writtenSoFar(database)).written).not.toBe(meanwhile)
  })

  test('many who ask at once get the same answer', async () => {
    await addStatus(pm.sql, brand.brandId, 'orders', { successAge: 30 })
    const answers = await Promise.all(Array.from({ length: 12 }, () => stateOf('orders')))
    expect(new Set(answers)).toEqual(new Set(['stale completed false']))
  })
})

const randomCell = fc.record({
  dataset: fc.constantFrom('orders', 'ads', 'hooks', 'visits', 'raw', 'foreign'),
  successAge: fc.option(fc.constantFrom(0.5, 1.7, 5, 11, 21.5, 23, 30, 200)),
  attemptAge: fc.option(fc.constantFrom(0.1, 2)),
  status: fc.constantFrom('completed', 'failed', 'running', 'unknown'),
  suspicious: fc.boolean(),
})
const randomJob = fc.record({
  type: fc.constantFrom('load_orders', 'load_ads', 'load_visits', 'of_another_program'),
  status: fc.constantFrom('active', 'paused', 'archived', 'completed'),
  next: fc.option(fc.constantFrom(-1, 0.2, 3, 30)),
  parameters: fc.constantFrom(
    '{}',
    '{"classify": true}',
    '{"classify": false}',
    '{"classify": "true"}',
    '[]',
    'null',
    '3',
  ),
  running: fc.constantFrom('no', 'no', 'ours', 'foreign'),
})
const randomBrand = fc.record({
  cells: fc.uniqueArray(randomCell, { selector: ({ dataset }) => dataset, maxLength: 6 }),
  jobs: fc.array(randomJob, { maxLength: 4 }),
  policies: fc.uniqueArray(fc.constantFrom('orders', 'raw', 'foreign'), { maxLength: 3 }),
})

async function addRandomBrand(
  organizationId: string,
  { cells, jobs, policies }: typeof randomBrand extends fc.Arbitrary<infer Value> ? Value : never,
): Promise<string> {
  const { rows } = await pm.sql.query<{ id: string }>(
    `insert into brands (organization_id, name) values ($1, 'Random') returning id`,
    [organizationId],
  )
  const brandId = rows[0]?.id ?? ''
  for (const { dataset, suspicious, ...cell } of cells) {
    await addStatus(pm.sql, brandId, dataset, { ...cell, metadata: suspicious ? { suspicious: true } : {} })
  }
  for (const dataset of policies) {
    await pm.sql.query('insert into dataset_policies (brand_id, dataset_key, max_age_hours) values ($1, $2, 10)', [
      brandId,
      dataset,
    ])
  }
  for (const { type, status, next, parameters, running } of jobs) {
    const next_run_at = next === null ? null : inHours(next)
    const jobId = await addJob(pm.sql, { brand_id: brandId, job_type: type, status, next_run_at, parameters })
    if (running === 'no') continue
    const agent_id = running === 'ours' ? nobody : null
    const runId = await addRun(pm.sql, jobId, { started_at: inHours(-0.1), agent_id })
    if (running !== 'ours') continue
    await pm.sql.query(
      `update scheduled_jobs set current_run_id = $2, next_run_at = null, concurrency_key = $1::text where id = $1`,
      [jobId, runId],
    )
  }
  return brandId
}

test('F5-F9: the board says of every cell what its facts say, on any data, and again after changes', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(randomBrand, { minLength: 1, maxLength: 3 }),
      fc.array(randomBrand, { maxLength: 1 }),
      async (first, second) => {
        const { organizationId, brandId } = await addOpenBrand(pm.sql)
        const ids = [brandId]
        for (const random of first) ids.push(await addRandomBrand(organizationId, random))
        expect(await boardStates(organizationId)).toEqual(await factStates(organizationId, ids))
        for (const random of second) ids.push(await addRandomBrand(organizationId, random))
        await pm.sql.query(`update scheduled_jobs set status = 'paused' where status = 'active' and random() < 0.5`)
        await pm.sql.query('delete from dataset_status where random() < 0.3')
        await pm.sql.query('delete from scheduled_jobs where random() < 0.3')
        expect(await boardStates(organizationId)).toEqual(await factStates(organizationId, ids))
      },
    ),
    { numRuns: 25 },
  )
}, 120_000)

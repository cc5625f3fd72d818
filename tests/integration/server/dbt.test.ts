import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { triggerRound } from '../../../agent/triggers/trigger-round.ts'
import { addOpenBrand, createTestConsole, type TestConsole } from '../../support/console.ts'
import { addAgent, testCatalog } from '../../support/console-catalog.ts'
import { runResults, sourcesFile } from '../../support/dbt-files.ts'
import type { Brand } from '../../support/job-rows.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { command } from '../cli/command-line.ts'
import { errorOf } from '../console/error-of.ts'

const catalog = testCatalog({ datasets: { orders: { neverZero: true } }, jobTypes: { build: { datasets: [] } } })

let pm: TestConsole
let brand: Brand
beforeAll(async () => {
  pm = await createTestConsole({ catalog })
})
afterAll(() => pm.stop())
beforeEach(async () => {
  brand = await addOpenBrand(pm.sql)
})
afterEach(() =>
  pm.sql.query(
    'truncate organizations, external_runs, scheduled_jobs, agents, operator_actions, dataset_status, dataset_status_history cascade',
  ),
)

const send = (files: { runResults?: object; sources?: object }) =>
  // A file of dbt is JSON.
  pm.client.dbt.import({ brandId: brand.brandId, ...(JSON.parse(JSON.stringify(files)) as typeof noFiles) })
const noFiles = { runResults: null, sources: null }

const rows = async (table: string): Promise<Record<string, unknown>[]> =>
  (await pm.sql.query<Record<string, unknown>>(`select * from ${table} order by 1, 2, 3`)).rows
const everything = async () => ({
  status: await rows('dataset_status'),
  history: await rows('dataset_status_history'),
  runs: await rows('external_runs'),
  policies: await rows('dataset_policies'),
})
const status = async (key: string) =>
  (await pm.sql.query('select * from dataset_status where dataset_key = $1', [key])).rows[0] as unknown

const builds = runResults([
  { id: 'model.shop.orders', rows: 120 },
  { id: 'model.shop.broken', status: 'error', message: 'Database Error in model broken' },
  { id: 'test.shop.unique.abc', status: 'pass' },
])
const fresh = sourcesFile([{ id: 'source.shop.raw.orders', error: { count: 36, period: 'hour' } }])

describe('F2, F3: what dbt built, and how old its sources are', () => {
  test('is on the datasets, with rows and times; the sources’ error_after is the maximum age', async () => {
    expect(await send({ runResults: builds, sources: fresh })).toEqual({
      completed: 2,
      failed: 1,
      left: 1,
      policiesSet: 1,
      policiesKept: [],
      isKnown: false,
    })
    expect(await status('orders')).toMatchObject({
      last_status: 'completed',
      records_affected: '120',
      last_success_at: new Date('2026-03-01T06:05:00.123Z'),
    })
    expect(await status('broken')).toMatchObject({
      last_status: 'failed',
      last_success_at: null,
      error_message: 'Database Error in model broken',
    })
    expect(await status('raw.orders')).toMatchObject({
      last_success_at: new Date('2026-03-01T05:30:00Z'),
      last_attempt_at: new Date('2026-03-01T06:59:00.500Z'),
    })
    expect(await rows('dataset_policies')).toMatchObject([
      { dataset_key: 'raw.orders', max_age_hours: '36.00', warn_age_hours: '12.00', changed_by: 'dbt import' },
    ])
  })

  test('J14: the invocation and its steps are runs of another program', async () => {
    await send({ runResults: builds })
    const runs = (await rows('external_runs')).map(({ job_name, status: word, parent_key, source }) => [
      source,
      job_name,
      word,
      parent_key,
    ])
    expect(runs.toSorted((a, b) => (String(a[1]) < String(b[1]) ? -1 : 1))).toEqual([
      ['dbt', 'dbt build', 'failed', null],
      ['dbt', 'model.shop.broken', 'failed', 'invocation-1 dbt build'],
      ['dbt', 'model.shop.orders', 'completed', 'invocation-1 dbt build'],
    ])
  })

  test('the same files twice, at once and in turn, are one import', async () => {
    const files = { runResults: builds, sources: fresh }
    await Promise.all([send(files), send(files), send(files)])
    const first = await everything()
    expect(await send(files)).toMatchObject({ isKnown: true, policiesSet: 0 })
    expect(await everything()).toEqual(first)
  })

  test('an older run after a newer one does not make data look older, or newer', async () => {
    const newer = runResults([{ id: 'model.shop.orders', rows: 7, completedAt: '2026-03-02T06:05:00Z' }], {
      invocation: 'newer',
      at: '2026-03-02T06:10:00Z',
    })
    await send({ runResults: newer })
    await send({ runResults: builds })
    expect(await status('orders')).toMatchObject({
      records_affected: '7',
      last_success_at: new Date('2026-03-02T06:05:00Z'),
    })
  })

  test('F8: zero rows where there are never none is suspicious', async () => {
    await addAgent(pm.sql, catalog, ['build'])
    await send({
      runResults: runResults([
        { id: 'model.shop.orders', rows: 0 },
        { id: 'model.shop.other', rows: 0 },
      ]),
    })
    const { rows: marked } = await pm.sql.query('select dataset_key from dataset_status_history where suspicious')
    expect(marked).toEqual([{ dataset_key: 'orders' }])
  })

  test('a maximum age that a person has set stays; one of an import follows the file', async () => {
    await send({ sources: fresh })
    const sooner = sourcesFile([{ id: 'source.shop.raw.orders', error: { count: 6, period: 'hour' } }], {
      invocation: 'sooner',
    })
    expect(await send({ sources: sooner })).toMatchObject({ policiesSet: 1 })
    await pm.sql.query(`update dataset_policies set max_age_hours = 2, changed_by = 'ada'`)
    expect(await send({ sources: fresh })).toMatchObject({ policiesSet: 0, policiesKept: ['raw.orders'] })
    expect(await rows('dataset_policies')).toMatchObject([{ max_age_hours: '2.00' }])
  })

  test('a trigger fires for what dbt has refreshed', async () => {
    await addAgent(pm.sql, catalog, ['build'])
    await pm.client.triggers.create({ ...brand, dataset: 'orders', jobType: 'build', debounceSeconds: 0 })
    const { rows: now } = await pm.sql.query<{ now: Date }>('select clock_timestamp() as now')
    const at = now[0]?.now.toISOString() ?? ''
    await send({ runResults: runResults([{ id: 'model.shop.orders', completedAt: at }], { at }) })
    expect((await triggerRound(pm.services.database)).queued).toBe(1)
  })
})

describe('bad input: refused whole, and nothing is written', () => {
  afterEach(async () => {
    if (Object.values(await everything()).flat().length > 0) throw new Error('Something was written.')
  })

  test.each<[string, object, object]>([
    ['nothing', {}, { field: 'runResults' }],
    ['another version', { runResults: runResults([], { version: 'v4' }) }, { field: 'metadata.dbt_schema_version' }],
    [
      'one good file and one bad',
      { runResults: builds, sources: sourcesFile([], { version: 'v2' }) },
      { field: 'metadata.dbt_schema_version' },
    ],
    [
      'a time to come',
      { runResults: runResults([{ id: 'model.shop.orders', completedAt: '2999-01-01T00:00:00Z' }]) },
      { field: 'generated_at' },
    ],
    [
      'rows that came in the future',
      { sources: sourcesFile([{ id: 'source.a.b.c', loadedAt: '2999-01-01T00:00:00Z' }]) },
      { field: 'generated_at' },
    ],
    ['a cursed name', { runResults: runResults([{ id: 'model.shop.or\u202eders' }]) }, { field: 'unique_id' }],
    [
      'an age of a thousand years',
      { sources: sourcesFile([{ id: 'source.a.b.c', error: { count: 365_000, period: 'day' } }]) },
      { field: 'maxAgeHours' },
    ],
  ])('%s', async (_what, files, data) => {
    expect(await errorOf(send(files))).toMatchObject({ code: 'INVALID_INPUT', data })
  })
})

describe('pm import dbt', () => {
  test('takes both files in any order, says what it did, and what it knew', async () => {
    await using folder = await temporaryFolder()
    const paths = [join(folder.path, 'sources.json'), join(folder.path, 'run_results.json')] as const
    await writeFile(paths[0], JSON.stringify(fresh))
    await writeFile(paths[1], JSON.stringify(builds))
    const args = [
      'import',
      'dbt',
      ...paths,
      '--brand',
      'Acme',
      '--database-url',
      pm.database.url,
      '--data-dir',
      folder.path,
    ]
    const first = await command(args)
    expect(first).toMatchObject({ code: 0, stderr: '' })
    expect(first.stdout).toContain('Imported for Acme: 2 succeeded, 1 failed, 1 that say nothing about a dataset.')
    expect((await command(args)).stdout).toContain('nothing changed')
    await writeFile(paths[0], '{"half":')
    const broken = await command(args)
    expect([broken.code === 0, broken.stderr.includes('sources.json cannot be read')]).toEqual([false, true])
    const missing = await command([
      'import',
      'dbt',
      join(folder.path, 'none.json'),
      '--brand',
      'Acme',
      '--database-url',
      pm.database.url,
    ])
    expect(missing.code).not.toBe(0)
  })
})

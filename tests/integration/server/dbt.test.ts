import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { triggerRound } from '../../../agent/triggers/trigger-round.ts'
import { addOpenBrand, type TestConsole } from '../../support/console.ts'
import { addAgent, testCatalog } from '../../support/console-catalog.ts'
import { manifestFile, runResults, sourcesFile } from '../../support/dbt-files.ts'
import { type Brand, insert } from '../../support/job-rows.ts'
import { raw, startTestServer, type TestServer } from '../../support/server.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { command } from '../cli/command-line.ts'

const catalog = testCatalog({ datasets: { orders: { neverZero: true } }, jobTypes: { build: { datasets: [] } } })

let server: TestServer
let pm: TestConsole
let brand: Brand
let token: string
beforeAll(async () => {
  server = await startTestServer({ limits: { refusals: 10_000 } }, { catalog })
  pm = server.console
})
afterAll(() => server.stop())
beforeEach(async () => {
  brand = await addOpenBrand(pm.sql)
  token = await server.token('ingest', brand.organizationId)
})
afterEach(() =>
  pm.sql.query(
    'truncate organizations, external_runs, scheduled_jobs, agents, operator_actions, dataset_status, dataset_status_history cascade',
  ),
)

interface Files {
  readonly runResults?: object
  readonly sources?: object
  readonly manifest?: object
}

function post(
  body: string | Uint8Array<ArrayBuffer>,
  options: { as?: string; to?: string; headers?: Record<string, string> } = {},
) {
  const { as = token, to = `?brand=${brand.brandId}`, headers = {} } = options
  return fetch(`${server.url}/api/v1/dbt${to}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${as}`, 'content-type': 'application/json', ...headers },
    body,
  })
}

/** What is answered, also when it is refused. */
const send = async (files: Files): Promise<unknown> => (await post(JSON.stringify(files))).json()

const rows = async (table: string): Promise<Record<string, unknown>[]> =>
  (await pm.sql.query<Record<string, unknown>>(`select * from ${table} order by 1, 2, 3`)).rows
const sorted = (lists: readonly unknown[][]) =>
  lists.toSorted((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1))
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
    const parent = `invocation-1 dbt build ${brand.brandId}`
    const runs = (await rows('external_runs')).map(({ job_name, status: word, parent_key, source }) => [
      source,
      job_name,
      word,
      parent_key,
    ])
    expect(runs.toSorted((a, b) => (String(a[1]) < String(b[1]) ? -1 : 1))).toEqual([
      ['dbt', 'dbt build', 'failed', null],
      ['dbt', 'model.shop.broken', 'failed', parent],
      ['dbt', 'model.shop.orders', 'completed', parent],
    ])
  })

  test('the same files twice, at once and in turn, are one import', async () => {
    const files = { runResults: builds, sources: fresh }
    await Promise.all([send(files), send(files), send(files)])
    const first = await everything()
    expect(await send(files)).toMatchObject({ isKnown: true, policiesSet: 0 })
    expect(await everything()).toEqual(first)
  })

  test('the same file for a second brand is runs and results of that one too, and nothing that was known', async () => {
    const other = await insert(pm.sql, 'brands', { organization_id: brand.organizationId, name: 'Second shop' })
    await send({ runResults: builds })
    const again = async (): Promise<unknown> =>
      (await post(JSON.stringify({ runResults: builds }), { to: `?brand=${other}` })).json()
    expect(await again()).toMatchObject({ completed: 1, failed: 1, isKnown: false })
    for (const brandId of [brand.brandId, other]) {
      const { runs } = await pm.client.externalRuns.list({ organizationId: brand.organizationId, brandId, from: null })
      expect(runs).toMatchObject([{ jobName: 'dbt build', brand: { id: brandId }, steps: { total: 2, failed: 1 } }])
    }
    expect(await again()).toMatchObject({ isKnown: true })
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

  test('F7: warn_after without error_after is a warning age alone; it follows the file, and a person’s stays', async () => {
    const none = { count: null, period: null }
    const warned = (count: number, invocation: string) =>
      sourcesFile([{ id: 'source.shop.raw.orders', warn: { count, period: 'hour' }, error: none }], { invocation })
    expect(await send({ sources: warned(12, 'one') })).toMatchObject({ policiesSet: 1 })
    const alone = { max_age_hours: null, warn_age_hours: '12.00', changed_by: 'dbt import' }
    expect(await rows('dataset_policies')).toMatchObject([alone])
    expect(await send({ sources: fresh })).toMatchObject({ policiesSet: 1 })
    expect(await send({ sources: warned(6, 'two') })).toMatchObject({ policiesSet: 1, policiesKept: [] })
    expect(await rows('dataset_policies')).toMatchObject([{ ...alone, warn_age_hours: '6.00' }])
    await pm.sql.query(`update dataset_policies set changed_by = 'ada'`)
    expect(await send({ sources: fresh })).toMatchObject({ policiesSet: 0, policiesKept: ['raw.orders'] })
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

describe('with the manifest', () => {
  const broken = { id: 'source.shop.raw.broken', status: 'runtime error' }
  const days = (count: number) => ({ count, period: 'day' })
  const hours = (count: number) => ({ count, period: 'hour' })

  test('a model is of the brand, and is the dataset, that its meta says; the table that people know is on its run', async () => {
    const other = await insert(pm.sql, 'brands', { organization_id: brand.organizationId, name: 'Other shop' })
    const manifest = manifestFile({
      'model.shop.orders': {
        description: 'Orders, one row each.',
        meta: { pipeline_manager: { dataset: 'shop_orders' } },
      },
      'model.shop.broken': {
        alias: 'half',
        config: { meta: { owner: 'ada', pipeline_manager: { brand: 'other SHOP' } } },
      },
      'model.shop.not_built': { meta: { pipeline_manager: { brand: 'Nobody’s' } } },
    })
    expect(await send({ runResults: builds, manifest })).toMatchObject({ completed: 1, failed: 1, isKnown: false })
    const of = async (table: string) =>
      (await rows(table)).map((row) => [row['brand_id'] === other ? 'other' : 'own', row['dataset_key'], row['facts']])
    expect(sorted(await of('dataset_status'))).toEqual([
      ['other', 'broken', undefined],
      ['own', 'shop_orders', undefined],
    ])
    const at = '2026-03-01T06:05:00.123Z'
    expect(sorted(await of('external_runs'))).toEqual(
      sorted([
        ['other', 'broken', { 'run:relation': { at, value: 'shop.half' } }],
        ['own', null, {}],
        [
          'own',
          'shop_orders',
          { 'run:relation': { at, value: 'shop.orders' }, 'run:description': { at, value: 'Orders, one row each.' } },
        ],
      ]),
    )
    expect(await send({ runResults: builds, manifest })).toMatchObject({ isKnown: true })
  })

  test('F7: ages of sources that could not be asked, or were not, and of models; what sources.json says counts before', async () => {
    const manifest = manifestFile({
      'source.shop.raw.orders': { freshness: { error_after: days(9), warn_after: days(8) } },
      'source.shop.raw.broken': { freshness: { error_after: hours(6) } },
      'source.shop.raw.later': { freshness: { warn_after: hours(3), error_after: { count: null, period: null } } },
      'source.shop.raw.free': { freshness: null },
      'model.shop.orders': { config: { freshness: { error_after: days(1), build_after: hours(2) } } },
    })
    const ages = async () =>
      sorted(
        (await rows('dataset_policies')).map((row) => [
          row['dataset_key'],
          row['max_age_hours'],
          row['warn_age_hours'],
        ]),
      )
    expect(await send({ runResults: builds, manifest })).toMatchObject({ policiesSet: 1 })
    expect(await ages()).toEqual([['orders', '24.00', null]])
    const sources = sourcesFile([{ id: 'source.shop.raw.orders', error: days(2) }, broken])
    expect(await send({ sources, manifest })).toMatchObject({ policiesSet: 3 })
    expect(await ages()).toEqual([
      ['orders', '24.00', null],
      ['raw.broken', '6.00', null],
      ['raw.later', null, '3.00'],
      ['raw.orders', '48.00', '12.00'],
    ])
    expect(await send({ sources, manifest })).toMatchObject({ isKnown: true, policiesSet: 0 })
  })

  test('two models that are one dataset have the shorter of their ages', async () => {
    const meta = { pipeline_manager: { dataset: 'sales' } }
    const manifest = manifestFile({
      'model.shop.one': { meta, config: { freshness: { error_after: days(2), warn_after: days(1) } } },
      'model.shop.two': { meta, config: { freshness: { error_after: days(1) } } },
    })
    const both = { runResults: runResults([{ id: 'model.shop.one' }, { id: 'model.shop.two' }]), manifest }
    expect(await send(both)).toMatchObject({ completed: 2, policiesSet: 1 })
    expect(await rows('dataset_policies')).toMatchObject([{ max_age_hours: '24.00', warn_age_hours: '24.00' }])
    expect(await send(both)).toMatchObject({ isKnown: true })
  })
})

describe('over REST', () => {
  test('takes the scope ingest, and more; the brand by name or id, of the token’s organization', async () => {
    const body = JSON.stringify({ runResults: builds })
    const of = (scope: 'read' | 'operate', organization: string | null = brand.organizationId) =>
      server.token(scope, organization)
    const statuses = async (...given: readonly Parameters<typeof post>[1][]): Promise<number[]> =>
      Promise.all(given.map(async (options) => (await post(body, options)).status))
    expect(await statuses({}, { as: await of('operate') }, { to: '?brand=acme' })).toEqual([200, 200, 200])
    expect(await statuses({ as: await of('read') }, { as: 'pm_wrong' })).toEqual([403, 401])
    const other = await addOpenBrand(pm.sql, 'Foreign')
    expect(await statuses({ to: `?brand=${other.brandId}` }, { to: '?brand=Foreign' }, { to: '' })).toEqual([
      404, 404, 400,
    ])
    const all = await of('operate', null)
    const named = `?brand=${brand.brandId}&organization=${brand.organizationId}`
    expect(await statuses({ as: all }, { as: all, to: named })).toEqual([400, 200])
    const seen = await fetch(`${server.url}/api/v1/dbt`, { headers: { authorization: `Bearer ${token}` } })
    expect([seen.status, seen.headers.get('allow')]).toEqual([405, 'POST'])
  })

  test('bad input: a project of 3,000 models fits, plain and packed; what inflates beyond 32 MB does not', async () => {
    const many = Array.from({ length: 3_000 }, (_, index) => ({ id: `model.shop.m${index}`, message: 'x'.repeat(200) }))
    const body = JSON.stringify({ runResults: runResults(many) })
    expect(body.length).toBeGreaterThan(1_500_000)
    expect(await (await post(body)).json()).toMatchObject({ completed: 3_000 })
    const packed = { 'content-encoding': 'gzip' }
    const again = await post(new Uint8Array(gzipSync(body)), { headers: packed })
    expect(await again.json()).toMatchObject({ isKnown: true })
    const bomb = gzipSync(Buffer.alloc(33 * 1024 * 1024, ' '))
    expect((await post(new Uint8Array(bomb), { headers: packed })).status).toBe(413)
    // Announced, so that nothing is sent that nobody reads.
    const large = { 'content-type': 'application/json', 'content-length': String(33 * 1024 * 1024) }
    const headers = { authorization: `Bearer ${token}`, ...large }
    expect(await raw(`${server.url}/api/v1/dbt`, { method: 'POST', headers })).toMatchObject({ status: 413 })
    expect((await post('{"runResults":{}} more')).status).toBe(400)
    expect((await post('{"manifests":{}}')).status).toBe(400)
  })
})

describe('bad input: refused whole, and nothing is written', () => {
  afterEach(async () => {
    if (Object.values(await everything()).flat().length > 0) throw new Error('Something was written.')
  })

  test.each<[string, Files, object]>([
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
    ['a manifest alone', { manifest: manifestFile({}) }, { field: 'runResults' }],
    [
      'an older manifest',
      { runResults: builds, manifest: manifestFile({}, { version: 'v8' }) },
      { field: 'metadata.dbt_schema_version' },
    ],
    [
      'a brand that is not there',
      {
        runResults: builds,
        manifest: manifestFile({ 'model.shop.orders': { meta: { pipeline_manager: { brand: 'Acne' } } } }),
      },
      {
        field: 'manifest.nodes.model.shop.orders.meta.pipeline_manager.brand',
        fix: expect.stringContaining('Acme') as unknown,
      },
    ],
    [
      'a word that nobody knows',
      {
        runResults: builds,
        manifest: manifestFile({ 'model.shop.orders': { meta: { pipeline_manager: { datset: 'x' } } } }),
      },
      { field: 'manifest.nodes.model.shop.orders.meta.pipeline_manager' },
    ],
    [
      'a cursed dataset',
      {
        runResults: builds,
        manifest: manifestFile({ 'model.shop.orders': { meta: { pipeline_manager: { dataset: 'a\u202eb' } } } }),
      },
      { field: 'unique_id' },
    ],
    ['a cursed name', { runResults: runResults([{ id: 'model.shop.or\u202eders' }]) }, { field: 'unique_id' }],
    [
      'an age of a thousand years',
      { sources: sourcesFile([{ id: 'source.a.b.c', error: { count: 365_000, period: 'day' } }]) },
      { field: 'maxAgeHours' },
    ],
  ])('%s', async (_what, files, data) => {
    expect(await send(files)).toMatchObject({ code: 'INVALID_INPUT', data })
  })
})

describe('pm import dbt', () => {
  test('the manifest is an option, or one of the files', async () => {
    await using folder = await temporaryFolder()
    const manifest = manifestFile({ 'model.shop.orders': { meta: { pipeline_manager: { dataset: 'shop_orders' } } } })
    const files = { run_results: builds, manifest }
    for (const [name, file] of Object.entries(files))
      await writeFile(join(folder.path, `${name}.json`), JSON.stringify(file))
    const [results, project] = [join(folder.path, 'run_results.json'), join(folder.path, 'manifest.json')]
    const run = async (...given: string[]) => {
      const where = ['--brand', 'Acme', '--database-url', pm.database.url, '--data-dir', folder.path]
      const { code, stderr } = await command(['import', 'dbt', ...given, ...where])
      return [code, stderr]
    }
    expect(await run(results, '--manifest', project)).toEqual([0, ''])
    expect((await rows('dataset_status')).map((row) => row['dataset_key'])).toContain('shop_orders')
    expect(await run(project, results)).toEqual([0, ''])
    expect(await run(results, '--manifest', results)).toEqual([2, expect.stringContaining('This is run-results v6.')])
    expect(await run(results, project, '--manifest', project)).toEqual([2, expect.stringContaining('same kind')])
  })

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

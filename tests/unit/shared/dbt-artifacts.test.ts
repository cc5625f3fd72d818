import { describe, expect, test } from 'vitest'
import { readRunResults, readSources } from '../../../shared/dbt-artifacts.ts'
import { runResults, sourcesFile } from '../../support/dbt-files.ts'

describe('run_results.json', () => {
  test('models, seeds and snapshots are datasets; tests and what was skipped are not', () => {
    const { id, command, results, left } = readRunResults(
      runResults([
        { id: 'model.shop.orders', rows: 120 },
        { id: 'model.shop.orders_v.v2', rows: -1 },
        { id: 'seed.shop.countries', rows: 0 },
        { id: 'snapshot.shop.prices', status: 'error', message: 'Database Error' },
        { id: 'model.shop.late', status: 'skipped' },
        { id: 'model.shop.same', status: 'no-op' },
        { id: 'model.shop.half', status: 'partial success', rows: 3 },
        { id: 'test.shop.unique_orders.abc', status: 'fail' },
        { id: 'unit_test.shop.x.y', status: 'pass' },
      ]),
    )
    expect([id, command, left]).toEqual(['invocation-1', 'dbt build', 4])
    expect(results.map(({ datasetKey, status, records, error }) => [datasetKey, status, records, error])).toEqual([
      ['orders', 'completed', 120, null],
      ['orders_v.v2', 'completed', null, null],
      ['countries', 'completed', 0, null],
      ['prices', 'failed', null, 'Database Error'],
      ['half', 'failed', null, 'dbt says "partial success".'],
    ])
    expect(results[0]?.at).toEqual(new Date('2026-03-01T06:05:00.123Z'))
  })

  test('two models of one name in different packages keep their whole names', () => {
    const { results } = readRunResults(
      runResults([{ id: 'model.a.orders' }, { id: 'model.b.orders' }, { id: 'model.b.x' }]),
    )
    expect(results.map(({ datasetKey }) => datasetKey)).toEqual(['model.a.orders', 'model.b.orders', 'x'])
  })

  test('v5, a time without its zone, no id, text for rows', () => {
    const file = runResults([{ id: 'model.shop.orders', rows: 'many', completedAt: '2026-03-01T06:05:00.5' }], {
      version: 'v5',
    })
    const { invocation_id: _none, ...metadata } = file.metadata
    const { id, results } = readRunResults({ ...file, metadata })
    expect(id).toBe('2026-03-01T06:10:00.000Z')
    expect(results[0]).toMatchObject({ records: null, at: new Date('2026-03-01T06:05:00.500Z') })
  })

  test.each(['compile', 'docs generate', 'test', 'show', 'run-operation'])(
    'bad input: the results of "dbt %s" say success of models that nobody built, and are refused',
    (which) => {
      expect(() => readRunResults(runResults([{ id: 'model.shop.orders' }], { which }))).toThrow(which)
    },
  )
})

describe('sources.json', () => {
  test('a source succeeded when its newest row came, stale or not; a question that failed is a failure', () => {
    const { results } = readSources(
      sourcesFile([
        { id: 'source.shop.raw.orders' },
        {
          id: 'source.shop.raw.old',
          status: 'error',
          loadedAt: '2026-02-01T00:00:00Z',
          error: { count: 90, period: 'minute' },
        },
        { id: 'source.shop.raw.warned', status: 'warn', error: { count: null, period: null } },
        { id: 'source.shop.raw.gone', status: 'runtime error' },
      ]),
    )
    expect(
      results.map((one) => [
        one.datasetKey,
        one.status,
        one.freshAsOf?.toISOString() ?? null,
        one.maxAgeHours,
        one.warnAgeHours,
      ]),
    ).toEqual([
      ['raw.orders', 'completed', '2026-03-01T05:30:00.000Z', 24, 12],
      ['raw.old', 'completed', '2026-02-01T00:00:00.000Z', 1.5, 12],
      ['raw.warned', 'completed', '2026-03-01T05:30:00.000Z', null, 12],
      ['raw.gone', 'failed', null, null, null],
    ])
    expect(results[3]?.error).toBe('relation "raw.orders" does not exist')
  })
})

describe('bad input: what is no such file is refused, with what it is and what is known', () => {
  const older = runResults([], { version: 'v4' })
  test.each<[string, unknown, RegExp]>([
    ['an older form', older, /^This is run-results v4\.$/],
    ['a newer form', runResults([], { version: 'v7' }), /^This is run-results v7\.$/],
    ['the other file', sourcesFile([]), /^This is sources v3\.$/],
    [
      'a manifest',
      { metadata: { dbt_schema_version: 'https://schemas.getdbt.com/dbt/manifest/v12.json' } },
      /^This is manifest v12\.$/,
    ],
    ['another program’s', { results: [] }, /^This is no file of dbt/],
    ['no object', 'text', /^This is no file of dbt/],
    ['nothing', null, /^This is no file of dbt/],
    ['a version that is text', { metadata: { dbt_schema_version: '../v6.json' } }, /^This is \.\.\/v6\.json\.$/],
    ['a cursed package', runResults([{ id: 'model.a\u0000.b' }]), /^run_results\.results\.0\.unique_id: /],
    ['half a letter', runResults([], { invocation: '\ud83d' }), /^run_results\.metadata\.invocation_id: /],
    ['no results', { ...runResults([]), results: 3 }, /^run_results\.results: /],
    [
      'a time that is none',
      runResults([{ id: 'model.a.b', completedAt: 'yesterday' }]),
      /^run_results\.results\.0\.timing\.1\.completed_at: /,
    ],
  ])('%s', (_what, document, message) => {
    expect(() => readRunResults(document)).toThrow(message)
  })
})

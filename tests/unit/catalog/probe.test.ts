import { describe, expect, test } from 'vitest'
import { measurementOf } from '../../../agent/freshness/probe.ts'
import { catalogOf } from '../../../agent/jobs/catalog/load-catalog.ts'
import { parseCatalog } from '../../../agent/jobs/catalog/parse-catalog.ts'
import { publicCatalog } from '../../../agent/jobs/catalog/public-catalog.ts'
import { problemFrom } from './problem-of.ts'

const read = (probe: string) =>
  catalogOf(
    parseCatalog(
      `datasets:\n  scorecard: { probe: ${probe} }\nconnections: { warehouse: { url_env: WAREHOUSE_URL } }`,
      '/test/pipeline-manager.yaml',
    ),
  )

describe('a probe in the catalog', () => {
  test('has a cadence of an hour and no patience unless it says so; its SQL is not published', () => {
    const catalog = read('{ sql: "select 1 as rows", connection: warehouse }')
    expect(catalog.datasets.get('scorecard')?.probe).toEqual({
      sql: 'select 1 as rows',
      connection: 'warehouse',
      everyMinutes: 60,
      mayRestHours: 0,
    })
    expect(JSON.stringify(publicCatalog(catalog))).not.toContain('select')
  })

  test('may ask the agent’s own database', () => {
    expect(read('{ sql: "select 1 as rows", connection: agent }').datasets.get('scorecard')?.probe).not.toBeNull()
  })

  test.each([
    ['{ sql: "select 1", connection: warehuose }', 'Did you mean "warehouse"?'],
    ['{ sql: "select {{ parameters.days }}", connection: warehouse }', 'A probe belongs to no run'],
    ['{ sql: "select 1", connection: warehouse, every_minutes: 0 }', 'every_minutes'],
  ])('%s is refused: %s', (probe, words) => {
    expect(problemFrom(() => read(probe)).message).toContain(words)
  })
})

describe('what a probe answers', () => {
  test.each([
    [{ latest: '2026-03-02 10:00:00.5+01', rows: '12' }, '2026-03-02 10:00:00.5+01', 12],
    [{ latest: '2026-03-02 10:00:00', rows: null }, '2026-03-02 10:00:00+00', null],
    [{ latest: '2026-03-02' }, '2026-03-02 00:00:00+00', null],
    [{ latest: null, rows: '0' }, null, 0],
  ])('%j', (row, latest, rows) => {
    expect(measurementOf(row)).toEqual({ latest, rows })
  })

  test.each<[Readonly<Record<string, string | null>> | undefined, string]>([
    [undefined, 'returned no row'],
    [{ count: '1' }, 'must be named latest and rows'],
    [{ rows: '-1' }, 'rows must be a whole number'],
    [{ latest: 'yesterday' }, 'latest must be a time or a day'],
    [{ latest: 'infinity' }, 'latest must be a time or a day'],
  ])('bad input: %j', (row, words) => {
    expect(() => measurementOf(row)).toThrow(words)
  })
})

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bytesIn, formatBytes, levelsOffAt, meanAge, rowsIn, type TableFacts } from '../../../shared/storage.ts'
import { storedTableNames } from '../../../shared/stored-tables.ts'

const young: TableFacts = { rows: 1_000, bytes: 1_000_000, rowsPerDay: 100, keepDays: 90 }

describe('forecast', () => {
  test.each<[string, TableFacts, number | null, number | null, number | null]>([
    ['a young table grows until its age is reached', young, 4_000_000, 9_000_000, 9_000_000],
    ['one at its level stays there', { ...young, rows: 9_000 }, 1_000_000, 1_000_000, 1_000_000],
    ['kept for ever, it grows for ever', { ...young, keepDays: null }, 4_000_000, 10_000_000, null],
    ['nothing comes, nothing grows', { ...young, rowsPerDay: 0, keepDays: null }, 1_000_000, 1_000_000, 1_000_000],
    ['rows that leave give no room back', { ...young, rows: 20_000 }, 1_000_000, 1_000_000, 1_000_000],
    ['not watched for long enough', { ...young, rowsPerDay: null }, null, null, null],
    ['an empty table is as large as it is', { ...young, rows: 0, bytes: 8_192 }, 8_192, 8_192, 8_192],
  ])('%s', (_what, facts, in30, in90, level) => {
    expect([bytesIn(facts, 30), bytesIn(facts, 90), levelsOffAt(facts)]).toEqual([in30, in90, level])
  })

  test('a shorter age is reached by steps: half of what is too much is gone after half of it', () => {
    const shortened: TableFacts = { rows: 18_000, bytes: 1, rowsPerDay: 100, keepDays: 90 }
    expect([0, 45, 90, 400].map((days) => rowsIn(shortened, days))).toEqual([18_000, 13_500, 9_000, 9_000])
  })

  const amount = fc.integer({ min: 0, max: 1_000_000 })
  const facts: fc.Arbitrary<TableFacts> = fc.record({
    rows: amount,
    bytes: amount,
    rowsPerDay: amount,
    keepDays: fc.option(fc.integer({ min: 1, max: 3_650 })),
  })

  test('it never leaves the way from what is to where it levels off, and never gets smaller', () => {
    fc.assert(
      fc.property(facts, fc.integer({ min: 0, max: 4_000 }), (given, days) => {
        const rows = rowsIn(given, days) ?? Number.NaN
        const level = given.keepDays === null ? Number.POSITIVE_INFINITY : (given.rowsPerDay ?? 0) * given.keepDays
        expect(rows).toBeGreaterThanOrEqual(Math.min(given.rows, level) - 1e-6)
        expect(rows).toBeLessThanOrEqual(Math.max(given.rows, level) + 1e-6)
        expect(bytesIn(given, days)).toBeGreaterThanOrEqual(given.bytes)
      }),
    )
  })

  test('later is never less, as long as it grows', () => {
    fc.assert(
      fc.property(facts, amount, amount, (given, one, other) => {
        const [sooner, later] = one < other ? [one, other] : [other, one]
        expect(bytesIn(given, later) ?? 0).toBeGreaterThanOrEqual(bytesIn(given, sooner) ?? 0)
      }),
    )
  })
})

test.each([
  [0, '0 bytes'],
  [999, '999 bytes'],
  [999.6, '1.0 kB'],
  [8_192, '8.2 kB'],
  [81_920, '82 kB'],
  [1_449_000_000, '1.4 GB'],
  [999_500_000, '1.0 GB'],
  [3e18, '3000 PB'],
])('%d bytes in words: %s', (bytes, words) => {
  expect(formatBytes(bytes)).toBe(words)
})

test('runs are kept as long as most of them, weighed by how many fail', () => {
  expect([meanAge(90, 180, 1), meanAge(90, 180, 0), meanAge(90, 180, 0.9)]).toEqual([90, 180, 99])
})

/** One row for each thing that people set up, or for each agent. */
const setUp = `agents api_tokens brand_ad_accounts brand_groups brand_library_searches brands dataset_policies dataset_probes
  dataset_triggers holds hooks leadership lineage_mappings mute_rules notification_routes
  notification_settings organization_features organizations ping_keys pipeline_migrations`
/** Of the fetch under way; of the sweeps of a while; gone with the event or the notification it is of. */
const passing = 'meta_insights_fetches meta_insights_staging housekeeping_sweeps notification_events'

test('every table of the schema is shown as one that grows, or known not to', () => {
  const schema = readFileSync(join(import.meta.dirname, '../../../schema.sql'), 'utf8')
  const tables = [...schema.matchAll(/^create table (\w+)/gm)].map(([, name = '']) => name)
  expect(tables.length).toBeGreaterThan(30)
  const known = [...storedTableNames, ...`${setUp} ${passing}`.split(/\s+/)]
  expect(new Set(known)).toEqual(new Set(tables))
  expect(known).toHaveLength(tables.length)
})

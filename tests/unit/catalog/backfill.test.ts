import { describe, expect, test } from 'vitest'
import { mergeKnownCatalog } from '../../../agent/freshness/known-catalog.ts'
import { emptyCatalog } from '../../../agent/jobs/catalog/catalog.ts'
import { catalogOf } from '../../../agent/jobs/catalog/load-catalog.ts'
import { parseCatalog } from '../../../agent/jobs/catalog/parse-catalog.ts'
import { publicCatalog } from '../../../agent/jobs/catalog/public-catalog.ts'
import { problemFrom } from './problem-of.ts'

const read = (backfill: string) =>
  catalogOf(
    parseCatalog(
      `extends: none
job_types:
  load:
    label: Load
    parameters:
      type: object
      properties: { from: { type: string, format: date }, to: { type: string, format: date }, shop: { type: string }, days: { type: integer } }
    backfill: ${backfill}
    steps: [{ key: load, run: { command: [load] } }]`,
      '/test/pipeline-manager.yaml',
    ),
  )

describe('which parameters of a job type say its days', () => {
  test.each([
    ['{ from: from, to: to }', { from: 'from', to: 'to', mostDays: 31 }],
    ['{ from: from, to: to, most_days: 7 }', { from: 'from', to: 'to', mostDays: 7 }],
    ['{ from: from }', { from: 'from', to: null, mostDays: 1 }],
    ['null', null],
  ])('%s', (backfill, rule) => {
    expect(read(backfill).jobTypes.get('load')?.backfill).toEqual(rule)
  })

  test('is published, and known to whoever reads what agents publish', () => {
    const catalog = publicCatalog(read('{ from: from, to: to, most_days: 7 }'))
    expect(catalog).toMatchObject({ job_types: { load: { backfill: { from: 'from', to: 'to', most_days: 7 } } } })
    const published = { source: 'agent one', isGone: false, jobTypes: ['load'], catalog }
    const known = mergeKnownCatalog(emptyCatalog, [published])
    expect(known.jobTypes.get('load')?.backfill).toEqual({ from: 'from', to: 'to', mostDays: 7 })
  })

  test('one that another program published in another form hides no job type', () => {
    const catalog = {
      job_types: { load: { label: 'Load', description: null, parameters: {}, steps: [], backfill: { from: 3 } } },
    }
    const published = { source: 'agent one', isGone: false, jobTypes: ['load'], catalog }
    const known = mergeKnownCatalog(emptyCatalog, [published])
    expect(known.jobTypes.get('load')?.backfill).toBeNull()
  })

  test.each([
    ['{ from: form }', 'backfill.from', 'Did you mean "from"?'],
    ['{ from: from, to: days }', 'backfill.to', 'Give days the schema { type: string, format: date }.'],
    ['{ from: shop }', 'must name a parameter that is a day; got "shop"', 'format: date'],
    ['{ from: from, to: from }', 'is the same parameter as from', 'leave "to" out'],
    ['{ from: from, most_days: 3 }', 'must be 1 where no parameter says the last day; got 3', 'write 1'],
    ['{ from: from, to: to, most_days: 0 }', 'most_days', ''],
    ['{ to: to }', 'backfill.from', ''],
  ])('%s is refused: %s', (backfill, words, fix) => {
    const problem = problemFrom(() => read(backfill))
    expect(`${problem.message} ${problem.fix ?? ''}`).toContain(words)
    expect(`${problem.message} ${problem.fix ?? ''}`).toContain(fix)
    expect(problem.message).toMatch(/:\d+:\d+/)
  })
})

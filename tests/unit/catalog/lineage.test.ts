import { expect, test } from 'vitest'
import { catalogOf } from '../../../agent/jobs/catalog/load-catalog.ts'
import { parseCatalog } from '../../../agent/jobs/catalog/parse-catalog.ts'
import { problemFrom } from './problem-of.ts'

const read = (rule: string) => catalogOf(parseCatalog(`lineage:\n  - ${rule}`, '/test/pipeline-manager.yaml'))

test('a rule for names of lineage is of any namespace unless it says so', () => {
  expect(read('{ name: "shop.*", brand: Acme, dataset: scorecard }').lineage).toEqual([
    { namespace: '*', name: 'shop.*', brand: 'Acme', dataset: 'scorecard' },
  ])
})

test.each([
  ['{ name: "shop.*", brand: Acme, dataset: score_card }', 'lineage.0.dataset names no dataset there is'],
  ['{ name: "", brand: Acme, dataset: scorecard }', 'lineage.0.name'],
  ['{ name: x, dataset: scorecard }', 'lineage.0.brand'],
])('%s is refused: %s', (rule, words) => {
  expect(problemFrom(() => read(rule)).message).toContain(words)
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type ExternalReport,
  externalStatuses,
  isSameRun,
  mergeExternalRuns,
  mostFactsOfAKind,
  runOfReport,
} from '../../../shared/external-runs.ts'

/** Few instants and few words, so that messages meet. */
const instant = fc.integer({ min: 0, max: 4 }).map((second) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)))
const word = fc.constantFrom('a', 'b', 'c')
const maybe = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | null> => fc.option(value, { nil: null })

const report: fc.Arbitrary<ExternalReport> = fc.record({
  organizationId: fc.constant('o'),
  source: fc.constant('lineage' as const),
  runKey: fc.constant('r'),
  producer: word,
  jobNamespace: word,
  jobName: word,
  parentKey: maybe(word),
  status: maybe(fc.constantFrom(...externalStatuses)),
  at: instant,
  nominalStartAt: maybe(instant),
  nominalEndAt: maybe(instant),
  records: maybe(fc.integer({ min: 0, max: 2 })),
  error: maybe(word),
  log: maybe(word),
  facts: fc.dictionary(
    word.map((name) => `run:${name}`),
    fc.record({ at: instant.map((at) => at.toISOString()), value: fc.jsonValue().map((value) => value ?? null) }),
    { noNullPrototype: true },
  ) as fc.Arbitrary<ExternalReport['facts']>, // fc.jsonValue is typed as unknown
  brandId: maybe(word),
  datasetKey: word,
})

test('J14: messages about a run say the same in any order, and any number of times', () => {
  const messages = fc.array(report, { minLength: 1, maxLength: 6 })
  const shuffled = messages.chain((all) =>
    fc.tuple(
      fc.constant(all),
      fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2, maxLength: all.length * 2 }),
    ),
  )
  fc.assert(
    fc.property(shuffled, ([inOrder, otherwise]) => {
      const first = inOrder.map(runOfReport).reduce(mergeExternalRuns)
      const second = otherwise.map(runOfReport).reduce(mergeExternalRuns)
      expect(isSameRun(first, second)).toBe(true)
    }),
  )
})

test('J14: it does not matter who merged what before', () => {
  const run = report.map(runOfReport)
  fc.assert(
    fc.property(run, run, run, (a, b, c) => {
      const left = mergeExternalRuns(mergeExternalRuns(a, b), c)
      const right = mergeExternalRuns(a, mergeExternalRuns(b, c))
      expect(isSameRun(left, right)).toBe(true)
    }),
  )
})

const plain: ExternalReport = {
  organizationId: 'o',
  source: 'lineage',
  runKey: 'r',
  producer: 'p',
  jobNamespace: 'n',
  jobName: 'j',
  parentKey: null,
  status: 'running',
  at: new Date('2026-01-01T00:00:00Z'),
  nominalStartAt: null,
  nominalEndAt: null,
  records: null,
  error: null,
  log: null,
  facts: {},
  brandId: null,
  datasetKey: null,
}
const told = (changes: Partial<ExternalReport>) => runOfReport({ ...plain, ...changes })

test('J14: what comes late does not undo an end; of two ends the later one counts, at one instant the worse', () => {
  const noon = new Date('2026-01-01T12:00:00Z')
  const later = new Date('2026-01-01T13:00:00Z')
  const completed = told({ status: 'completed', at: noon, records: 3 })
  expect(mergeExternalRuns(completed, told({ at: later }))).toMatchObject({
    status: 'completed',
    records: 3,
    runningAt: later,
  })
  const failed = told({ status: 'failed', at: later, error: 'no' })
  expect(mergeExternalRuns(failed, completed)).toMatchObject({ status: 'failed', records: null, error: 'no' })
  const failedThen = told({ status: 'failed', at: noon, error: 'no' })
  expect(mergeExternalRuns(completed, failedThen)).toMatchObject({ status: 'failed', completedAt: noon })
})

test('J14: what a run keeps is bounded, and the same whatever came first', () => {
  const names = Array.from({ length: 300 }, (_, at) => `output:${String(at).padStart(3, '0')}`)
  const facts = (some: readonly string[]) =>
    told({ facts: Object.fromEntries(some.map((name) => [name, { at: '2026-01-01T00:00:00.000Z', value: name }])) })
  const forwards = names.map((name) => facts([name])).reduce(mergeExternalRuns)
  const backwards = names
    .toReversed()
    .map((name) => facts([name]))
    .reduce(mergeExternalRuns)
  expect(Object.keys(forwards.facts)).toHaveLength(mostFactsOfAKind)
  expect(isSameRun(forwards, backwards)).toBe(true)
})

import { describe, expect, test } from 'vitest'
import { readTime } from '../../../agent/intake/lineage/event-time.ts'
import { readLineageEvent, shortName } from '../../../agent/intake/lineage/read-event.ts'
import { Problem } from '../../../shared/errors.ts'
import { brokenFile, goodEvents, storedEvents } from '../../support/lineage-events.ts'

const now = new Date('2026-01-01T00:00:00Z')
const read = (document: unknown) => readLineageEvent(document, now)
const plain = {
  eventTime: '2025-12-31T23:00:00Z',
  producer: 'https://example.com/x',
  run: { runId: 'r' },
  job: { namespace: 'n', name: 'j' },
}

function refusalOf(document: unknown): Problem {
  try {
    read(document)
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
  throw new Error('It was taken.')
}

describe('every stored event', () => {
  test.each(goodEvents.map(({ file, text }) => [file, text]))('%s is read', (_file, text) => {
    const event = read(JSON.parse(text))
    expect(JSON.stringify(event).length).toBeLessThan(100_000)
  })

  test('the one without a run is refused, and says what is missing', () => {
    const broken = storedEvents.find(({ file }) => file === brokenFile)
    expect(refusalOf(JSON.parse(broken?.text ?? ''))).toMatchObject({ code: 'invalid_input', field: 'run.runId' })
  })
})

describe('the kind of an event', () => {
  test.each([
    ['by its schema: run', { ...plain, schemaURL: 'https://x/OpenLineage.json#/definitions/RunEvent' }, 'run'],
    ['without a schema: run', plain, 'run'],
    ['by what it looks like: dataset', { ...plain, run: undefined, job: undefined, dataset: plain.job }, 'dataset'],
    ['by what it looks like: job', { ...plain, run: undefined }, 'job'],
    ['by its schema: job', { ...plain, run: undefined, eventType: 'COMPLETE', schemaURL: '#/$defs/JobEvent' }, 'job'],
  ])('%s', (_title, document, kind) => {
    expect(read(document).kind).toBe(kind)
  })
})

test('states: START and RUNNING run, ABORT cancels, OTHER, none and unknown ones say nothing', () => {
  const statusOf = (eventType: string | undefined) => {
    const event = read({ ...plain, eventType })
    return event.kind === 'run' ? event.run.status : 'no run'
  }
  const told = ['START', 'RUNNING', 'COMPLETE', 'FAIL', 'ABORT', 'OTHER', 'complete', 'NEW', undefined].map(statusOf)
  expect(told).toEqual(['running', 'running', 'completed', 'failed', 'cancelled', null, 'completed', null, null])
})

test('facets that nobody knows are kept, broken ones say nothing', () => {
  const event = read({
    ...plain,
    eventType: 'FAIL',
    run: { runId: 'r', facets: { mine: { a: 1 }, errorMessage: { message: 5 }, nominalTime: 'x', parent: { run: 1 } } },
    outputs: [{ ...plain.job, outputFacets: { outputStatistics: { rowCount: 'wrong' } } }],
  })
  expect(event).toMatchObject({
    kind: 'run',
    parent: null,
    run: { error: null, records: null, nominalStartAt: null, facts: { 'run:mine': { value: { a: 1 } } } },
  })
})

test('a run that names itself as its parent has none', () => {
  const parent = { run: { runId: 'r' }, job: plain.job }
  expect(read({ ...plain, run: { runId: 'r', facets: { parent } } })).toMatchObject({ parent: null })
})

describe('bad input', () => {
  test.each([
    ['no object', [], 'body'],
    ['nothing', null, 'body'],
    ['no time', { ...plain, eventTime: undefined }, 'eventTime'],
    ['a day as a time', { ...plain, eventTime: '2025-12-31' }, 'eventTime'],
    ['a time before 1970', { ...plain, eventTime: '0001-01-01T00:00:00Z' }, 'eventTime'],
    ['a time in the future', { ...plain, eventTime: '2026-01-01T00:11:00Z' }, 'eventTime'],
    ['no producer', { ...plain, producer: '' }, 'producer'],
    ['a run that is a text', { ...plain, run: 'r' }, 'run'],
    ['an empty run id', { ...plain, run: { runId: '' } }, 'run.runId'],
    ['no job', { ...plain, job: undefined }, 'job'],
    ['an output without a name', { ...plain, outputs: [{ namespace: 'n' }] }, 'outputs.0.name'],
    ['outputs that are no list', { ...plain, outputs: { a: 1 } }, 'outputs'],
  ])('%s is refused by its field', (_title, document, field) => {
    expect(refusalOf(document)).toMatchObject({ code: 'invalid_input', field })
  })

  test('names: no NUL, no lone surrogate, no line break, and two long ones stay two', () => {
    expect(shortName('a\u0000b\uD800c\nd')).toBe('a\uFFFDb\uFFFDc d')
    const [one, other] = [shortName(`${'é'.repeat(2_000)}1`), shortName(`${'é'.repeat(2_000)}2`)]
    expect(one).not.toBe(other)
    expect(Buffer.byteLength(one)).toBeLessThanOrEqual(600)
  })

  test('a thousand large facets leave a bounded event', () => {
    const facets = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, at) => [`f${at}`, { text: 'x'.repeat(10_000) }]),
    )
    const event = read({ ...plain, run: { runId: 'r', facets } })
    expect(JSON.stringify(event).length).toBeLessThan(100_000)
  })
})

test.each([
  ['2020-12-28T19:51:01.641Z', '2020-12-28T19:51:01.641Z'],
  ['2020-12-28T19:52:00.001+10:00', '2020-12-28T09:52:00.001Z'],
  ['2020-12-28T19:52:00+1000', '2020-12-28T09:52:00.000Z'],
  ['2020-12-28T19:51:01.641499', '2020-12-28T19:51:01.641Z'],
  ['2020-12-28T19:51:01.641499123Z', '2020-12-28T19:51:01.641Z'],
  ['2020-12-28T19:51:01Z[UTC]', '2020-12-28T19:51:01.000Z'],
  ['2020-12-28 19:51', '2020-12-28T19:51:00.000Z'],
  ['2020-12-28', null],
  ['2020-02-30T00:00:00Z', null],
  ['1609185061641', null],
  ['', null],
])('the time %s is %s', (text, expected) => {
  expect(readTime(text)?.toISOString() ?? null).toBe(expected)
})

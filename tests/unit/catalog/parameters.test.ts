import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { catalogOf } from '../../../agent/jobs/catalog/load-catalog.ts'
import { marketingCatalog } from '../../../agent/jobs/catalog/marketing.ts'
import { validateParameters } from '../../../agent/jobs/catalog/parameters.ts'
import { parseCatalog } from '../../../agent/jobs/catalog/parse-catalog.ts'
import { Problem } from '../../../shared/errors.ts'
import { problemFrom, valueOrProblem } from './problem-of.ts'

function jobType(key: string, catalog = marketingCatalog()) {
  const found = catalog.jobTypes.get(key)
  if (found === undefined) throw new Error(`no job type ${key}`)
  return found
}

const metaSync = jobType('meta_sync')
const open = jobType(
  'open',
  catalogOf(
    parseCatalog(
      `job_types:
  open:
    label: Open
    parameters: { type: object, properties: { at: { type: string, format: date-time } }, additionalProperties: true }
    steps: [{ key: a }]`,
      'pm.yaml',
    ),
  ),
)

function nested(levels: number): unknown {
  let value: unknown = 1
  for (let level = 0; level < levels; level += 1) value = [value]
  return { deep: value }
}

describe('parameters', () => {
  test('defaults are filled in, and what was given stays as it was', () => {
    const given = { days_back: 30 }
    expect(validateParameters(metaSync, given)).toEqual({
      days_back: 30,
      include_inactive: false,
      download_max_videos: 20,
      download_max_images: 40,
      auto_classify: false,
    })
    expect(given).toEqual({ days_back: 30 })
  })

  test.each([null, undefined, {}])('%s means none given', (none) => {
    expect(validateParameters(metaSync, none)).toMatchObject({ days_back: 7 })
  })

  test('the message names the parameter, the value and the fix', () => {
    expect(problemFrom(() => validateParameters(metaSync, { days_back: 900 }))).toMatchObject({
      code: 'invalid_parameters',
      message: 'Parameters of meta_sync: days_back must be at most 90; got 900.',
      field: 'parameters.days_back',
      value: 900,
      fix: 'Set days_back to 90 or less.',
    })
  })

  test.each([
    [
      'bad input 23: "false" is not false',
      { auto_classify: 'false' },
      'auto_classify must be true or false; got "false"',
    ],
    ['bad input 23: "7" is not 7', { days_back: '7' }, 'days_back must be a whole number; got "7"'],
    ['bad input 23: "" is not 0', { days_back: '' }, 'days_back must be a whole number; got ""'],
    ['bad input 23: null is not 0', { days_back: null }, 'days_back must be a whole number; got null'],
    ['a fraction', { days_back: 1.5 }, 'days_back must be a whole number; got 1.5'],
    ['too little', { days_back: 0 }, 'days_back must be at least 1; got 0'],
    ['bad input 22: a misspelt name', { day_back: 7 }, 'day_back is not a known parameter'],
    [
      'bad input 21: __proto__',
      JSON.parse('{"__proto__": {"days_back": 1}}'),
      '__proto__ is a name that is not allowed',
    ],
    ['a list', [], 'must be a mapping'],
    ['text', 'days_back=7', 'must be a mapping'],
  ])('%s', (_rule, given, said) => {
    const problem = problemFrom(() => validateParameters(metaSync, given))
    expect(problem.code).toBe('invalid_parameters')
    expect(problem.message).toContain(said)
  })

  test.each([
    ['bad input 13: NUL in a value', { a: 'x\u0000' }, 'a contains a NUL'],
    ['bad input 13: NUL in a name', { 'x\u0000': 1 }, 'contains a NUL'],
    ['bad input 14: a lone surrogate', { a: '\ud800' }, 'half of a surrogate pair'],
    ['bad input 16: NaN', { a: Number.NaN }, 'a must be a finite number; got NaN'],
    [
      'bad input 17: an identifier as a number',
      JSON.parse('{"a": 9007199254740993}'),
      'Parameters of open: a is a whole number beyond',
    ],
    ['bad input 18: 1e400', JSON.parse('{"a": 1e400}'), 'a must be a finite number; got Infinity'],
    ['bad input 19: 33 levels', nested(32), 'deeper than 32 levels'],
    ['bad input 19: 20,000 levels', nested(20_000), 'deeper than 32 levels'],
    ['bad input 19: more than 256 kB', { a: 'x'.repeat(256 * 1024) }, 'at most 262144 are allowed'],
    ['bad input 19: more bytes than characters', { a: '€'.repeat(100_000) }, 'at most 262144 are allowed'],
    ['bad input 19: too many values', { a: Array(60_000).fill(1) }, 'more than 50000 values'],
    ['not JSON: a date', { a: new Date(0) }, 'a must be a JSON value'],
    ['not JSON: a function', { a: () => 1 }, 'a must be a JSON value; got function'],
    ['bad input 27: a day that is not there', { at: '2026-02-30T00:00:00Z' }, 'at must match format'],
    ['bad input 27: no zone', { at: '2026-02-03T00:00:00' }, 'at must match format'],
  ])('%s', (_rule, given, said) => {
    expect(problemFrom(() => validateParameters(open, given)).message).toContain(said)
  })

  test('bad input 19: 32 levels are still allowed', () => {
    expect(validateParameters(open, nested(30))).toEqual(nested(30))
  })

  test('bad input 17: an identifier as text passes unchanged', () => {
    expect(validateParameters(open, { id: '9007199254740993' })).toEqual({ id: '9007199254740993' })
  })

  test('a schema that does not mention additionalProperties is closed', () => {
    const text =
      'job_types:\n  a: { label: A, parameters: { type: object, properties: { n: { type: integer } } }, steps: [{ key: s }] }'
    const closed = jobType('a', catalogOf(parseCatalog(text, 'pm.yaml')))
    expect(problemFrom(() => validateParameters(closed, { m: 1 })).message).toContain('m is not a known parameter')
  })

  test('whatever is given, the result is valid parameters or a Problem', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.anything(), fc.record({ days_back: fc.anything(), auto_classify: fc.anything() })),
        (given) => {
          const result = valueOrProblem(() => validateParameters(metaSync, given))
          const days = Number(result instanceof Problem ? 7 : result['days_back'])
          expect(Number.isInteger(days) && days >= 1 && days <= 90).toBe(true)
          expect(result instanceof Problem ? result.code : result['auto_classify']).toBeOneOf([
            true,
            false,
            'invalid_parameters',
          ])
        },
      ),
    )
  })
})

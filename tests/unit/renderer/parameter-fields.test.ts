import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { faultOf, fieldsOf, parametersInWords, withDefaults } from '../../../renderer/run-now/parameter-fields.ts'
import type { JsonObject } from '../../../shared/domain.ts'
import { only } from '../../support/job-rows.ts'

const property = (rules: JsonObject, required: string[] = []) =>
  only(fieldsOf({ type: 'object', properties: { field: rules }, required }))

describe('fields of a schema', () => {
  test.each<[JsonObject, string]>([
    [{ type: 'integer' }, 'integer'],
    [{ type: 'number' }, 'number'],
    [{ type: 'boolean' }, 'boolean'],
    [{ type: 'string' }, 'text'],
    [{ type: 'string', enum: ['a'] }, 'choice'],
    [{ type: 'array', items: { type: 'string' } }, 'list'],
    [{ type: 'array', items: { type: 'integer' } }, 'json'],
    [{ type: 'object' }, 'json'],
    [{ type: ['string', 'null'] }, 'json'],
    [{}, 'json'],
  ])('%o is edited as %s', (rules, kind) => {
    expect(property(rules).kind).toBe(kind)
  })

  test('whatever another program calls a schema makes a form or none, and never throws', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue(), (rest, properties) => {
        // Any JSON is what a schema may turn out to be.
        const schema = { ...rest, properties } as JsonObject
        for (const field of fieldsOf(schema)) faultOf(field, field.usual)
        expect(typeof parametersInWords(schema, {})).toBe('string')
      }),
    )
  })
})

describe('faults', () => {
  const days = property({ type: 'integer', minimum: 1, maximum: 90 }, ['field'])
  test.each([
    [undefined, 'This is needed.'],
    ['', 'This is needed.'],
    ['seven', 'This takes a number.'],
    [1.5, 'This takes a whole number.'],
    [0, 'At least 1.'],
    [91, 'At most 90.'],
    [1, null],
    [90, null],
  ])('%s: %s', (value, fault) => {
    expect(faultOf(days, value)).toBe(fault)
  })

  test('what is not needed may be left out, and long text is told how long it may be', () => {
    expect(faultOf(property({ type: 'integer' }), undefined)).toBeNull()
    expect(faultOf(property({ type: 'string', maxLength: 3 }), 'four')).toBe('At most 3 characters; this has 4.')
  })
})

test('defaults fill in what is missing, and what is given wins', () => {
  const schema = {
    properties: {
      days_back: { type: 'integer', default: 7, title: 'Days back' },
      full: { type: 'boolean', default: false },
    },
  }
  expect(withDefaults(schema, { days_back: 3 })).toEqual({ days_back: 3, full: false })
  expect(parametersInWords(schema, { days_back: 3 })).toBe('days back 3, full no')
  expect(parametersInWords({}, {})).toBe('without parameters')
})

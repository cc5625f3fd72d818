import { describe, expect, test } from 'vitest'
import { readParameters } from '../../../agent/cli/parameter-flags.ts'
import type { JsonObject } from '../../../shared/domain.ts'

const typed = (properties: JsonObject, text: string, definitions: JsonObject = {}) =>
  readParameters([text], { key: 'load', parameters: { type: 'object', properties, definitions } })

describe('--param takes what the schema of the job type says, in all forms that a catalog may have', () => {
  test.each([
    ['anything', { days: true }, 'days=7', '7'],
    ['nothing that is text', { days: { not: { type: 'string' } } }, 'days=7', 7],
    ['a definition', { days: { $ref: '#/definitions/count' } }, 'days=7', 7],
    ['a choice of numbers', { days: { enum: [1, 7] } }, 'days=7', 7],
    ['a choice of texts', { days: { enum: ['1', '7'] } }, 'days=7', '7'],
    ['one value', { days: { const: false } }, 'days=false', false],
    ['a list, or text', { days: { anyOf: [{ type: 'array' }, { type: 'string' }] } }, 'days=[1]', '[1]'],
    ['a list, or a number', { days: { oneOf: [{ type: 'array' }, { type: 'number' }] } }, 'days=[1]', [1]],
    ['what fits neither way', { days: { enum: [1, 2] } }, 'days=3', '3'],
    ['what is no JSON', { days: { enum: [1, 2] } }, 'days=soon', 'soon'],
    ['a type', { days: { type: 'integer' } }, 'days=7', 7],
  ])('%s', (_what, properties, text, value) => {
    expect(typed(properties, text, { count: { type: 'integer' } })).toEqual({ days: value })
  })
})

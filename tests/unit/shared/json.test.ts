import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalJson, isJsonObject } from '../../../shared/json.ts'

test('the order of keys means nothing, at any depth, and the order of a list does', () => {
  expect(canonicalJson({ b: [{ d: 1, c: 2 }], a: null })).toBe('{"a":null,"b":[{"c":2,"d":1}]}')
  expect(canonicalJson([2, 1])).not.toBe(canonicalJson([1, 2]))
})

test('nothing is lost, and an instant is what JSON makes of it', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
    }),
  )
  expect(canonicalJson({ at: new Date(0) })).toBe('{"at":"1970-01-01T00:00:00.000Z"}')
})

test.each([null, undefined, [], 'text', 1, true])('%j is no object', (value) => {
  expect(isJsonObject(value)).toBe(false)
})

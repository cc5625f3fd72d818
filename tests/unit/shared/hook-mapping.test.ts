import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { JsonValue } from '../../../shared/domain.ts'
import { atPointer, isJsonPointer, mappedParameters } from '../../../shared/hook-mapping.ts'

/** The document and the answers of RFC 6901, section 5. */
const document: JsonValue = {
  foo: ['bar', 'baz'],
  '': 0,
  'a/b': 1,
  'c%d': 2,
  'e^f': 3,
  'g|h': 4,
  'i\\j': 5,
  'k"l': 6,
  ' ': 7,
  'm~n': 8,
}

describe('a JSON pointer', () => {
  test.each<[string, JsonValue | undefined]>([
    ['', document],
    ['/foo', ['bar', 'baz']],
    ['/foo/0', 'bar'],
    ['/', 0],
    ['/a~1b', 1],
    ['/c%d', 2],
    ['/e^f', 3],
    ['/g|h', 4],
    ['/i\\j', 5],
    ['/k"l', 6],
    ['/ ', 7],
    ['/m~0n', 8],
    ['/foo/2', undefined],
    ['/foo/-', undefined],
    ['/foo/00', undefined],
    ['/foo/length', undefined],
    ['/foo/0/length', undefined],
    ['/constructor', undefined],
    ['/__proto__', undefined],
    ['/missing/deeper', undefined],
    ['foo', undefined],
    ['/m~n', undefined],
  ])('%j', (pointer, found) => {
    expect(atPointer(document, pointer)).toEqual(found)
  })

  test('written for any way into any document, it finds what is there', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { maxLength: 6 }), fc.jsonValue(), (path, leaf) => {
        // What fast-check makes is JSON.
        const wanted = leaf as JsonValue
        const nested = path.reduceRight<JsonValue>((inner, key) => Object.fromEntries([[key, inner]]), wanted)
        const pointer = path.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
        expect(isJsonPointer(pointer)).toBe(true)
        expect(atPointer(nested, pointer)).toEqual(wanted)
      }),
    )
  })
})

test('parameters are what the body has, and what is always the same; what is missing is left out', () => {
  const mapping = {
    days: { pointer: '/run/days' },
    region: { value: 'eu' },
    full: { pointer: '/run/full' },
    none: { pointer: '/none' },
  }
  expect(mappedParameters(mapping, { run: { days: 3 }, none: null })).toEqual({ days: 3, region: 'eu', none: null })
})

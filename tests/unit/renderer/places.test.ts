import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openedOf, openedText, pagePath, permanentPath } from '../../../renderer/app/places.ts'

const brandId = '6f1c2a34-0000-4000-8000-000000000001'

describe('what a drawer shows', () => {
  test.each([
    { kind: 'run', runId: 'a' },
    { kind: 'job', jobId: 'b' },
    { kind: 'incident', incidentId: 'c' },
    { kind: 'dataset', brandId, dataset: 'meta_ads_performance' },
    { kind: 'dataset', brandId, dataset: 'with:colon and ü/%' },
  ] as const)('comes back from the address as it went in: $kind', (opened) => {
    const parameters = new URLSearchParams(new URLSearchParams({ open: openedText(opened) }).toString())
    expect(openedOf(parameters.get('open'))).toEqual(opened)
  })

  test.each([null, '', ':', 'run', 'run:', 'dataset:x', 'tab:x', '__proto__:x', 'constructor:y'])(
    'nothing is opened by %j',
    (text) => {
      expect(openedOf(text)).toBeNull()
    },
  )

  test('no text of an address breaks it', () => {
    fc.assert(
      fc.property(fc.string(), (text) => openedOf(text) === null || openedText(openedOf(text) as never) === text),
    )
  })
})

test('a dataset with any name has an address of its own, in one part of the path', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', minLength: 1 }).filter((key) => key.isWellFormed()),
      (dataset) => {
        const parts = permanentPath({ kind: 'dataset', brandId, dataset }).split('/')
        expect(parts).toHaveLength(5)
        expect(decodeURIComponent(parts[4] ?? '')).toBe(dataset)
      },
    ),
  )
})

test('the address of a page carries its parameters, and no question mark without any', () => {
  expect(pagePath('o1', 'health')).toBe('/o/o1/health')
  expect(pagePath('o1', 'health', { brand: 'b 1', open: 'run:2' })).toBe('/o/o1/health?brand=b+1&open=run%3A2')
})

// @vitest-environment happy-dom
import { act, cleanup, renderHook } from '@testing-library/react'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { choiceFilter, choicesFilter, textFilter, useFilters, wordsFilter } from '../../../renderer/app/filters.ts'
import { timeRangeFilter } from '../../../renderer/components/time-range.ts'

const codecs = {
  text: textFilter,
  states: choicesFilter(['failed', 'running', 'dead']),
  order: choiceFilter(['newest', 'oldest'], 'newest'),
  types: wordsFilter,
  time: timeRangeFilter('7d'),
}

beforeEach(() => window.history.replaceState(null, '', '/o/1/run-history'))
afterEach(cleanup)

describe('what a filter is set to comes back from the address', () => {
  const throughUrl = (written: string | null): string | null =>
    written === null ? null : new URLSearchParams(new URLSearchParams({ value: written }).toString()).get('value')

  test('any text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }).filter((text) => text.isWellFormed()),
        (text) => Object.is(codecs.text.read(throughUrl(codecs.text.write(text))), text),
      ),
    )
  })

  test('any words, also with commas and percent signs in them', () => {
    const words = fc.array(fc.string({ unit: 'grapheme', minLength: 1 }).filter((word) => word.isWellFormed()))
    fc.assert(
      fc.property(words, (values) => {
        expect(wordsFilter.read(throughUrl(wordsFilter.write(values)))).toEqual(values)
      }),
    )
  })

  test('any choices, in the order of the choices', () => {
    fc.assert(
      fc.property(fc.subarray(['failed', 'running', 'dead'] as const), (values) => {
        expect(codecs.states.read(throughUrl(codecs.states.write(values)))).toEqual(values)
      }),
    )
  })

  test.each(['1h', '24h', '30d', '2026-03-01T00:00:00.000Z..2026-03-02T00:00:00.000Z', '2026-03-01T00:00:00.000Z..'])(
    'the time range %s',
    (range) => {
      expect(codecs.time.read(throughUrl(codecs.time.write(range)))).toBe(range)
    },
  )
})

describe('an address from elsewhere breaks nothing', () => {
  const hostile =
    '?states=failed,%3Cscript%3E,__proto__&order=sideways&types=%25E0%25A4%25A&time=..&text=%00%E2%80%AE&x=1'

  test('what is unreadable counts as the usual value', () => {
    window.history.replaceState(null, '', `/o/1/run-history${hostile}`)
    const { result } = renderHook(() => useFilters(codecs))
    expect(result.current.filters).toMatchObject({
      states: ['failed'],
      order: 'newest',
      time: '7d',
      types: ['%E0%A4%A'],
    })
  })

  test('no text at all throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        for (const codec of Object.values(codecs)) codec.read(text)
      }),
    )
  })
})

describe('filters of a page', () => {
  test('stand in the address, and the usual value does not', () => {
    const { result } = renderHook(() => useFilters(codecs))
    act(() => result.current.set({ states: ['dead', 'failed'], order: 'newest', text: 'HTTP 429' }))
    expect(window.location.search).toBe('?states=dead%2Cfailed&text=HTTP+429')
    expect(result.current.active).toBe(2)
    act(() => result.current.set({ text: '' }))
    expect(window.location.search).toBe('?states=dead%2Cfailed')
  })

  test('clearing takes away the filters and leaves the brand and what is open', () => {
    window.history.replaceState(null, '', '/o/1/run-history?brand=b&states=dead&open=run%3A1')
    const { result } = renderHook(() => useFilters(codecs))
    act(() => result.current.clear())
    expect(window.location.search).toBe('?brand=b&open=run%3A1')
    expect(result.current.active).toBe(0)
  })

  test('a percent sign that is typed stays what it is', () => {
    const { result } = renderHook(() => useFilters(codecs))
    act(() => result.current.set({ text: '50%41 and %25' }))
    expect(result.current.filters.text).toBe('50%41 and %25')
  })

  test('two changes in one turn both count', () => {
    const { result } = renderHook(() => useFilters(codecs))
    act(() => {
      result.current.set({ text: 'a' })
      result.current.set({ states: ['dead'] })
    })
    expect(result.current.filters).toMatchObject({ text: 'a', states: ['dead'] })
  })

  test('stay the very same while only what is open changes: nothing is asked anew for it', () => {
    window.history.replaceState(null, '', '/o/1/run-history?states=dead')
    const { result } = renderHook(() => useFilters(codecs))
    const { filters } = result.current
    act(() => window.history.pushState(null, '', '/o/1/run-history?states=dead&open=run%3A1&part=logs'))
    expect(result.current.filters).toBe(filters)
    act(() => window.history.pushState(null, '', '/o/1/run-history?states=failed&open=run%3A1'))
    expect(result.current.filters).not.toBe(filters)
    expect(result.current.filters.states).toEqual(['failed'])
  })

  test('typing does not fill the history', () => {
    const { result } = renderHook(() => useFilters(codecs))
    const before = window.history.length
    for (const text of ['a', 'ab', 'abc']) act(() => result.current.set({ text }))
    expect(window.history.length).toBe(before)
  })
})

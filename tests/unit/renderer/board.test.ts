import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type BoardBrand,
  cellFilters,
  cellOf,
  countCells,
  filteredBoard,
  matches,
  problemsByDataset,
  problemsOf,
  severity,
  worstFirst,
} from '../../../renderer/board/board.ts'
import { cellInWords, markOfCell } from '../../../renderer/board/cell-words.ts'
import { inHeldOrder } from '../../../renderer/components/held-order.ts'
import { encodeCell, noCell } from '../../../shared/cell-code.ts'
import { attemptStatuses, freshnessStates } from '../../../shared/domain.ts'

const stale = encodeCell('stale', 'failed', false)
const never = encodeCell('never_synced', 'unknown', false)
const atRisk = encodeCell('at_risk', 'completed', false)
const fresh = encodeCell('fresh', 'completed', false)
const doubtful = encodeCell('fresh', 'completed', true)

const code = fc.oneof(
  fc.constant(noCell),
  fc
    .tuple(fc.constantFrom(...freshnessStates), fc.constantFrom(...attemptStatuses), fc.boolean())
    .map((parts) => encodeCell(...parts)),
)
const width = 6
const brands: fc.Arbitrary<BoardBrand[]> = fc
  .array(fc.tuple(fc.string(), fc.array(code, { minLength: width, maxLength: width })), { maxLength: 12 })
  .map((all) => all.map(([name, codes], index) => ({ id: `id-${index}`, name, cells: codes.join('') })))
const datasets = Array.from({ length: width }, (_, index) => ({ key: `set_${index}`, label: `Set ${index}` }))

describe('counting', () => {
  test('every cell is counted under exactly one freshness, and those that are not there under none', () => {
    fc.assert(
      fc.property(brands, (all) => {
        const counts = countCells(all)
        const there = all.flatMap(({ cells }) => [...cells]).filter((one) => one !== noCell).length
        expect(counts.all).toBe(there)
        expect(freshnessStates.reduce((sum, state) => sum + counts[state], 0)).toBe(there)
      }),
    )
  })

  test('of some positions only, it counts what a board of those datasets would', () => {
    fc.assert(
      fc.property(brands, fc.subarray([0, 1, 2, 3, 4, 5]), (all, positions) => {
        const narrow = all.map((brand) => ({ ...brand, cells: positions.map((at) => brand.cells[at]).join('') }))
        expect(countCells(all, positions)).toEqual(countCells(narrow))
      }),
    )
  })

  test('problems by row and by column have the same sum', () => {
    fc.assert(
      fc.property(brands, (all) => {
        const byRow = all.reduce((sum, { cells }) => sum + problemsOf(cells), 0)
        expect(problemsByDataset(all, width).reduce((sum, count) => sum + count, 0)).toBe(byRow)
      }),
    )
  })

  test('a code of a newer program is no cell, and breaks nothing', () => {
    expect(cellOf('~')).toBeNull()
    expect(countCells([{ id: '', name: '', cells: '~~' }]).all).toBe(0)
    expect(severity('~')).toBe(0)
  })
})

describe('worst first', () => {
  test('stale before never synced before at risk before fresh; equals by name', () => {
    const named = (name: string, cells: string) => ({ id: name, name, cells })
    const all = [
      named('fresh', fresh),
      named('b', atRisk),
      named('a', atRisk),
      named('never', never),
      named('stale', stale + fresh),
      named('worse', stale + stale),
      named('doubtful', doubtful),
    ]
    expect(worstFirst(all).map(({ name }) => name)).toEqual(['worse', 'stale', 'never', 'a', 'b', 'doubtful', 'fresh'])
  })

  test('it is an order: nothing is lost, and no brand stands before a worse one', () => {
    fc.assert(
      fc.property(brands, (all) => {
        const sorted = worstFirst(all)
        expect(new Set(sorted)).toEqual(new Set(all))
        for (const [index, { cells }] of sorted.entries()) {
          expect(severity(cells)).toBeLessThanOrEqual(severity(sorted[index - 1]?.cells ?? cells))
        }
      }),
    )
  })
})

describe('filtering', () => {
  const board = {
    datasets: [
      { key: 'orders', label: 'Orders' },
      { key: 'stock', label: 'Stock' },
    ],
    brands: [
      { id: '1', name: 'Acme', cells: stale + fresh },
      { id: '2', name: 'Stockholm', cells: fresh + noCell },
      { id: '3', name: 'Zenith', cells: fresh + atRisk },
    ],
  }
  const names = (text: string, states: readonly (typeof cellFilters)[number][] = [], brandId: string | null = null) => {
    const isShown = (id: string): boolean => brandId === null || id === brandId
    const view = filteredBoard(board, { text, states, isShown })
    return [view.brands.map(({ name }) => name), view.datasets.map(({ key }) => key)]
  }

  test('text finds brands, and datasets only when no brand is called so', () => {
    expect(names('ACM')).toEqual([['Acme'], ['orders', 'stock']])
    expect(names('stock')).toEqual([['Stockholm'], ['orders', 'stock']])
    expect(names('order')).toEqual([['Acme', 'Stockholm', 'Zenith'], ['orders']])
    expect(names('nothing')).toEqual([[], ['orders', 'stock']])
  })

  test('a state leaves brands that have it in a dataset that is shown', () => {
    expect(names('', ['stale'])).toEqual([['Acme'], ['orders', 'stock']])
    expect(names('', ['stale', 'at_risk'])[0]).toEqual(['Acme', 'Zenith'])
    expect(names('order', ['at_risk'])[0]).toEqual([])
    expect(names('', ['last_attempt_failed'], '3')[0]).toEqual([])
  })

  test('what is left always matches, and without filters everything is left', () => {
    fc.assert(
      fc.property(brands, fc.subarray([...cellFilters]), (all, states) => {
        const view = filteredBoard({ brands: all, datasets }, { text: '', states })
        expect(view.brands.length === all.length || states.length > 0).toBe(true)
        for (const { cells } of view.brands) {
          const found = [...cells].map(cellOf).some((cell) => cell !== null && states.some((one) => matches(cell, one)))
          expect(found || states.length === 0).toBe(true)
        }
      }),
    )
  })
})

test('F6: the words hold both facts, and a doubtful success has its own mark only while it is fresh', () => {
  expect(cellInWords({ freshness: 'fresh', lastAttempt: 'failed', suspicious: false })).toBe(
    'fresh, last attempt failed',
  )
  expect(cellInWords({ freshness: 'stale', lastAttempt: 'running', suspicious: true })).toBe(
    'stale, suspicious, running now',
  )
  expect(markOfCell({ freshness: 'fresh', suspicious: true })).toBe('suspicious')
  expect(markOfCell({ freshness: 'stale', suspicious: true })).toBe('stale')
})

describe('an order that is held', () => {
  const idOf = ({ id }: { id: string }): string => id
  const rows = (ids: string): { id: string }[] => [...ids].map((id) => ({ id }))

  test.each([
    { fault: 'one that got better stays where it is', before: 'abc', sorted: 'bca', everything: 'abc', held: 'abc' },
    {
      fault: 'so does one that a filter lets through no more',
      before: 'abc',
      sorted: 'bc',
      everything: 'abc',
      held: 'abc',
    },
    { fault: 'what is gone is gone', before: 'abc', sorted: 'ca', everything: 'ac', held: 'ac' },
    { fault: 'new ones come last, in their own order', before: 'ab', sorted: 'dbac', everything: 'abcd', held: 'abdc' },
  ])('$fault', ({ before, sorted, everything, held }) => {
    const now = rows(everything)
    const sortedNow = [...sorted].flatMap((id) => now.find((row) => row.id === id) ?? [])
    const result = inHeldOrder(rows(before), sortedNow, now, idOf)
    expect(result.map(idOf).join('')).toBe(held)
    expect(result.every((row) => now.includes(row))).toBe(true)
  })

  test('is the sorted one itself when that is how they stand', () => {
    const sorted = rows('abc')
    expect(inHeldOrder(rows('ab'), sorted, sorted, idOf)).toBe(sorted)
  })
})

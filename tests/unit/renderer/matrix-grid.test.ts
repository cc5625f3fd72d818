import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { filteredBoard } from '../../../renderer/board/board.ts'
import { startedInWords } from '../../../renderer/fixes/fix-words.ts'
import { matrixCsv } from '../../../renderer/tabs/freshness-matrix/export-csv.ts'
import { clamped, moved, rectangle } from '../../../renderer/tabs/freshness-matrix/grid-keys.ts'
import { named, placeNow } from '../../../renderer/tabs/freshness-matrix/named-place.ts'
import {
  chosenCells,
  chosenCount,
  chosenThere,
  isOn,
  matchingCount,
  nothingChosen,
  toggledCell,
  withMatching,
  without,
  withRectangle,
} from '../../../renderer/tabs/freshness-matrix/selection.ts'

import { encodeCell, noCell } from '../../../shared/cell-code.ts'

const size = { rows: 5, columns: 4, page: 2 }

describe('keys of the grid', () => {
  test.each([
    ['ArrowDown', { row: 2, column: 1 }, { row: 3, column: 1 }],
    ['j', { row: 4, column: 1 }, { row: 4, column: 1 }],
    ['k', { row: 0, column: 1 }, { row: 0, column: 1 }],
    ['ArrowLeft', { row: 2, column: 0 }, { row: 2, column: 0 }],
    ['ArrowRight', { row: 2, column: 0 }, { row: 2, column: 1 }],
    ['PageDown', { row: 1, column: 1 }, { row: 3, column: 1 }],
    ['Home', { row: 2, column: 3 }, { row: 2, column: 0 }],
    ['End', { row: 2, column: 0 }, { row: 2, column: 3 }],
  ])('%s leads from %o to %o', (key, from, to) => {
    expect(moved(key, from, size, false)).toEqual(to)
  })

  test('with Mod only Home and End move, to the corners', () => {
    expect(moved('Home', { row: 2, column: 2 }, size, true)).toEqual({ row: 0, column: 0 })
    expect(moved('End', { row: 2, column: 2 }, size, true)).toEqual({ row: 4, column: 3 })
    expect(moved('ArrowDown', { row: 2, column: 2 }, size, true)).toBeNull()
    expect(moved('f', { row: 2, column: 2 }, size, false)).toBeNull()
  })

  test('a place is always inside, even of a grid that has shrunk or is empty', () => {
    expect(clamped({ row: 9, column: 9 }, size)).toEqual({ row: 4, column: 3 })
    expect(clamped({ row: 9, column: 9 }, { rows: 0, columns: 0 })).toEqual({ row: 0, column: 0 })
  })
})

const place = fc.record({ row: fc.nat(6), column: fc.nat(6) })

describe('choosing', () => {
  const axis = {
    brandIds: Array.from({ length: 7 }, (_, row) => `b${row}`),
    datasets: Array.from({ length: 7 }, (_, column) => `d${column}`),
    isCell: ({ row, column }: { row: number; column: number }) => (row + column) % 3 !== 0,
  }

  test('a rectangle is the same from any two of its corners, and holds both', () => {
    fc.assert(
      fc.property(place, place, (from, to) => {
        const places = rectangle(from, to)
        expect(places).toEqual(rectangle(to, from))
        expect(places).toHaveLength((Math.abs(from.row - to.row) + 1) * (Math.abs(from.column - to.column) + 1))
        expect(places).toContainEqual(from)
        expect(places).toContainEqual(to)
      }),
    )
  })

  test('a rectangle adds the cells that are there, keeps what was chosen, and changes nothing that it was given', () => {
    fc.assert(
      fc.property(place, place, (from, to) => {
        const before = toggledCell(nothingChosen, 'elsewhere', 'orders')
        const after = withRectangle(before, axis, from, to)
        expect(chosenCount(before)).toBe(1)
        expect(chosenCount(after)).toBe(1 + rectangle(from, to).filter(axis.isCell).length)
      }),
    )
  })

  test('twice is as before, and nothing of a brand is left when its last cell goes', () => {
    const once = toggledCell(nothingChosen, 'b1', 'd1')
    expect(chosenCells(once)).toEqual([{ brandId: 'b1', dataset: 'd1' }])
    expect(toggledCell(once, 'b1', 'd1')).toEqual(nothingChosen)
  })

  test('what lies beyond those that are fixed at a time stays chosen', () => {
    const chosen = new Map([
      ['b1', new Set(['d1', 'd2'])],
      ['b2', new Set(['d1', 'd2'])],
    ])
    const cells = chosenCells(chosen)
    expect(chosenCells(without(chosen, cells.slice(0, 3)))).toEqual([{ brandId: 'b2', dataset: 'd2' }])
    expect(without(chosen, cells)).toEqual(nothingChosen)
  })
})

test('CSV: what is shown, in its order; quotes doubled, formulas harmless, what is not there left out', () => {
  const board = {
    datasets: [
      { key: 'orders', label: 'Orders' },
      { key: 'stock', label: '+Stock' },
    ],
    brands: [
      { id: '1', name: '=1+1', cells: encodeCell('stale', 'failed', false) + noCell },
      { id: '2', name: 'A "B", C', cells: noCell + encodeCell('fresh', 'completed', true) },
    ],
  }
  expect(matrixCsv(filteredBoard(board, { text: '', states: [] })).split('\r\n')).toEqual([
    'brand,brand_id,dataset,dataset_key,freshness,last_attempt,suspicious',
    "'=1+1,1,Orders,orders,stale,failed,false",
    `"A ""B"", C",2,'+Stock,stock,fresh,completed,true`,
    '',
  ])
})

describe('a place that is named', () => {
  const view = (brands: string, datasets: string) => ({
    brands: [...brands].map((id) => ({ id, name: id, cells: '' })),
    datasets: [...datasets].map((key) => ({ key, label: key })),
    positions: [],
  })

  test('moves along with its brand and its dataset, and stays where it was when they have gone', () => {
    const cursor = named(view('abc', 'xyz'), { row: 1, column: 2 })
    expect(placeNow(view('cab', 'xyz'), cursor)).toEqual({ row: 2, column: 2 })
    expect(placeNow(view('bca', 'zx'), cursor)).toEqual({ row: 0, column: 0 })
    expect(placeNow(view('ac', 'x'), cursor)).toEqual({ row: 1, column: 2 })
  })
})

test('what was started is told as it is, though somebody else has started some of it since the preview', () => {
  expect(startedInWords(1, 0, 2)).toBe('1 run is queued.')
  expect(startedInWords(1_200, 3, 1_600)).toBe('1,200 runs are queued. 3 of 1,600 datasets left alone.')
  expect(startedInWords(0, 1, 1)).toBe('Nothing is queued: it is left alone.')
  expect(startedInWords(0, 12, 12)).toBe('Nothing is queued: all 12 are left alone.')
})

describe('what is chosen by its state', () => {
  const code = (freshness: 'stale' | 'never_synced' | 'fresh', lastAttempt: 'failed' | 'completed' = 'completed') =>
    encodeCell(freshness, lastAttempt, false)
  const board = {
    brands: [
      { id: 'a', name: 'Acme', cells: `${code('stale', 'failed')}${code('fresh')}${noCell}` },
      { id: 'b', name: 'Birch', cells: `${code('fresh', 'failed')}${code('never_synced')}${code('stale')}` },
    ],
    datasets: ['orders', 'stock', 'ads'].map((key) => ({ key, label: key })),
  }
  const view = filteredBoard(board, { text: '', states: [] })

  test('without a state it is what cannot be used, beside what was chosen before', () => {
    expect(matchingCount(view, [])).toBe(3)
    const chosen = withMatching(toggledCell(nothingChosen, 'a', 'stock'), view, [])
    expect(chosenCells(chosen).map(({ brandId, dataset }) => `${brandId} ${dataset}`)).toEqual([
      'a stock',
      'a orders',
      'b stock',
      'b ads',
    ])
  })

  test('with states it is each cell once that is in one of them, of the datasets that are shown', () => {
    expect(matchingCount(view, ['last_attempt_failed', 'stale'])).toBe(3)
    const orders = filteredBoard(board, { text: 'orders', states: ['stale'] })
    expect(chosenCells(withMatching(nothingChosen, orders, ['stale']))).toEqual([{ brandId: 'a', dataset: 'orders' }])
    expect(matchingCount(view, ['running'])).toBe(0)
  })

  test('and the page is narrowed to another brand: only what it shows is fixed, and the rest is there afterwards', () => {
    const picked = withMatching(nothingChosen, view, [])
    const narrowed = chosenThere(
      picked,
      isOn(board, (brandId) => brandId === 'b'),
    )
    expect([...narrowed.keys()]).toEqual(['b'])
    expect(
      chosenThere(
        picked,
        isOn(board, () => true),
      ),
    ).toBe(picked)
    expect(
      chosenThere(
        picked,
        isOn({ ...board, brands: board.brands.slice(0, 1) }, () => true),
      ).has('b'),
    ).toBe(false)
  })
})

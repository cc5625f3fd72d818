import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { blockSize, brandWidth, rowHeight, scrolledTo, viewOf } from '../../../renderer/tabs/freshness-matrix/view.ts'

const headerHeight = 132
const columnWidth = 28

const scene = fc.record({
  rows: fc.integer({ min: 1, max: 2_000 }),
  columns: fc.integer({ min: 1, max: 100 }),
  width: fc.integer({ min: 320, max: 2_000 }),
  height: fc.integer({ min: 200, max: 1_500 }),
  top: fc.nat(60_000),
  left: fc.nat(3_000),
})

describe('what of the matrix is drawn', () => {
  test('everything in sight, inside the grid, and not much more however large the grid is', () => {
    fc.assert(
      fc.property(scene, ({ rows, columns, ...given }) => {
        const seen = {
          ...given,
          top: Math.min(given.top, Math.max(0, headerHeight + rows * rowHeight - given.height)),
          left: Math.min(given.left, Math.max(0, brandWidth + columns * columnWidth - given.width)),
        }
        const { firstRow, lastRow, firstBlock, lastBlock } = viewOf(seen, { rows, columns, columnWidth })
        expect(firstRow * rowHeight).toBeLessThanOrEqual(seen.top)
        const bottom = Math.min(seen.top + seen.height - headerHeight, rows * rowHeight)
        expect((lastRow + 1) * rowHeight).toBeGreaterThanOrEqual(bottom)
        expect(lastRow).toBeLessThan(rows)
        expect(lastRow - firstRow).toBeLessThan(seen.height / rowHeight + 24)
        expect(firstBlock * blockSize * columnWidth).toBeLessThanOrEqual(seen.left)
        const right = Math.min(seen.left + seen.width - brandWidth, columns * columnWidth)
        expect((lastBlock + 1) * blockSize * columnWidth).toBeGreaterThanOrEqual(right)
        expect(lastBlock * blockSize).toBeLessThan(columns)
      }),
    )
  })

  test('as many rows wherever it is scrolled to, so that each that goes out of view can be drawn anew as another', () => {
    fc.assert(
      fc.property(scene, ({ rows, columns, ...seen }) => {
        const { firstRow, lastRow, drawnRows } = viewOf(seen, { rows, columns, columnWidth })
        const elsewhere = viewOf({ ...seen, top: seen.top + 1_000 }, { rows, columns, columnWidth })
        expect(elsewhere.drawnRows).toBe(drawnRows)
        expect(lastRow - firstRow + 1).toBe(Math.min(drawnRows, rows - firstRow))
      }),
    )
  })

  test('a grid without rows or columns draws none', () => {
    const seen = { top: 0, left: 0, width: 1_000, height: 700 }
    expect(viewOf(seen, { rows: 0, columns: 0, columnWidth })).toMatchObject({
      firstRow: 0,
      lastRow: -1,
      firstBlock: 0,
      lastBlock: -1,
    })
  })
})

describe('where the cursor leads to', () => {
  const seen = { top: 1_000, left: 280, width: 800, height: 632 }
  const to = (row: number, column: number) => scrolledTo({ row, column }, seen, columnWidth, headerHeight)

  test.each([
    ['stays where it is for a cell in sight', to(40, 12), { top: 1_000, left: 280 }],
    ['goes up to a cell above', to(10, 12), { top: 280, left: 280 }],
    ['goes down until a cell below is whole, under the header', to(60, 12), { top: 61 * 28 - 500, left: 280 }],
    ['goes left until a cell is beside the names of the brands', to(40, 2), { top: 1_000, left: 56 }],
    ['goes right until a cell is whole', to(40, 40), { top: 1_000, left: 41 * 28 - 600 }],
  ])('it %s', (_words, scrolled, expected) => {
    expect(scrolled).toEqual(expected)
  })
})

import { expect, test } from 'vitest'
import { datasetsNamed, mostFound } from '../../../renderer/app/palette/dataset-items.ts'
import { encodeCell } from '../../../shared/cell-code.ts'

const cell = encodeCell('fresh', 'completed', false)
const datasets = [
  { key: 'orders', label: 'Orders' },
  { key: 'stock', label: 'Stock' },
]
const brands = [
  { id: 'a', name: 'Acme', cells: `${cell}${cell}` },
  { id: 'z', name: 'Zenith', cells: `${cell}.` },
]

test('datasets are found by their names, brand by brand with the words typed, where a brand has them', () => {
  const found = (text: string): string[] =>
    datasetsNamed(text, { brands, datasets }).map(({ brandName, label }) => `${label} of ${brandName}`)
  expect(found('ord')).toEqual(['Orders of Acme', 'Orders of Zenith'])
  expect(found('zen orders')).toEqual(['Orders of Zenith'])
  expect(found('stock')).toEqual(['Stock of Acme'])
  expect(found('acme')).toEqual([])
})

test('of a thousand brands that have it not all are ranked', () => {
  const many = Array.from({ length: 1_000 }, (_, index) => ({ id: `${index}`, name: `Brand ${index}`, cells: cell }))
  expect(datasetsNamed('orders', { brands: many, datasets: datasets.slice(0, 1) })).toHaveLength(mostFound)
})

import { encodeCell, noCell } from '../../shared/cell-code.ts'
import { type Board, type BoardBrand, readBoard } from '../freshness/board.ts'
import type { KnownCatalog } from '../freshness/known-catalog.ts'
import { readSurroundings } from '../freshness/surroundings.ts'
import { listBrands } from '../store/brands.ts'
import { requireOrganization } from './access.ts'
import { procedures } from './procedures.ts'

export const board = procedures.freshness.board.handler(async ({ context, input: { organizationId } }) => {
  await requireOrganization(context, organizationId)
  const { database, catalog, settings, clock } = context.services
  const [surroundings, brands] = await Promise.all([
    readSurroundings(database, catalog, settings.leaseSeconds),
    listBrands(database, organizationId),
  ])
  const ids = brands.map(({ id }) => id)
  const state = await readBoard(database, clock, surroundings.catalog, ids)
  const { datasets, places } = columnsOf(state, surroundings.catalog)
  return {
    asOf: state.asOf,
    datasets,
    brands: brands.map(({ id, name }, index) => ({
      id,
      name,
      cells: codesOf(state.brands[index], places, datasets.length),
    })),
  }
})

/** Every dataset that a brand has: in the order of the catalog, then by key those that only other programs know. */
function columnsOf({ columns, brands }: Board, catalog: KnownCatalog) {
  const isPresent = new Uint8Array(columns.length)
  for (const { cells } of brands) for (const { column } of cells) isPresent[column] = 1
  const present = new Set(columns.filter((_, column) => isPresent[column] === 1))
  const known = [...catalog.datasets.keys()].filter((key) => present.has(key))
  const others = [...present].filter((key) => !catalog.datasets.has(key)).toSorted()
  const datasets = [...known, ...others].map((key) => ({ key, label: catalog.datasets.get(key)?.label ?? key }))
  const placeOf = new Map(datasets.map(({ key }, place) => [key, place]))
  return { datasets, places: columns.map((key) => placeOf.get(key) ?? -1) }
}

/** Loops over numbers: this is the innermost part of 50,000 cells. */
function codesOf(brand: BoardBrand | undefined, places: readonly number[], length: number): string {
  const codes = Array<string>(length).fill(noCell)
  if (brand === undefined) return codes.join('')
  const { cells, freshness } = brand
  for (let index = 0; index < cells.length; index += 1) {
    const cell = cells[index]
    const word = freshness[index]
    const place = cell === undefined ? undefined : places[cell.column]
    if (cell === undefined || word === undefined || place === undefined) continue
    codes[place] = encodeCell(word, cell.lastAttempt, cell.suspicious)
  }
  return codes.join('')
}

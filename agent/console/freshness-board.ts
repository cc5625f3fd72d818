import { encodeCell, noCell } from '../../shared/cell-code.ts'
import { type Board, type BoardBrand, boardQuestion, oncePerState, readBoard } from '../freshness/board.ts'
import { readBrandNames } from '../freshness/brand-names.ts'
import type { KnownCatalog } from '../freshness/known-catalog.ts'
import { readSurroundings } from '../freshness/surroundings.ts'
import type { NamedBrand } from '../store/brands.ts'
import { brandsAmong, requireScope } from './brand-scope.ts'
import { procedures } from './procedures.ts'

export const board = procedures.freshness.board.handler(async ({ context, input }) => {
  const { organizationId, group, withBrands } = input
  const { brandIds } = await requireScope(context, { organizationId, brandId: null, group })
  const { database, catalog, settings, clock } = context.services
  const about = Promise.all([
    readSurroundings(database, catalog, settings.leaseSeconds),
    readBrandNames(database, organizationId).then(({ version, brands }) => ({
      version,
      brands: brandIds === null ? brands : brandsAmong(brands, brandIds),
    })),
  ])
  const state = await readBoard(database, clock, about.then(boardQuestion))
  const [surroundings, { version, brands }] = await about
  const columns = columnsOf(state, surroundings.catalog)
  return {
    asOf: state.asOf,
    datasets: columns.datasets,
    brandsVersion: version,
    brands: withBrands || group !== null ? brands.map(groupedBrand) : null,
    cells: state.brands.map((brand) => codesOf(brand, columns)).join('\n'),
  }
})

/** As the contract has it. */
export function groupedBrand({ id, name, groups }: NamedBrand) {
  return { id, name, groups: [...groups] }
}

interface Columns {
  readonly datasets: { key: string; label: string }[]
  /** Where in a brand's codes the dataset of each column of the board stands; -1 = nowhere. */
  readonly places: readonly number[]
}

/** By the columns of a board: while the datasets are the same, so are the places, and the codes of a brand that did not change. */
const lastColumns = new WeakMap<readonly string[], { readonly made: string; readonly columns: Columns }>()

/** Every dataset that a brand has: in the order of the catalog, then by key those that only other programs know. */
function columnsOf({ columns, brands }: Board, catalog: KnownCatalog): Columns {
  const combinations = new Set(brands.map(columnsOfBrand))
  const numbers = new Set([...combinations].flatMap((combination) => combination.split(' ')))
  const present = new Set(columns.filter((_, column) => numbers.has(String(column))))
  const known = [...catalog.datasets.keys()].filter((key) => present.has(key))
  const others = [...present].filter((key) => !catalog.datasets.has(key)).toSorted()
  const datasets = [...known, ...others].map((key) => ({ key, label: catalog.datasets.get(key)?.label ?? key }))
  const made = JSON.stringify([columns.length, datasets])
  const last = lastColumns.get(columns)
  if (last?.made === made) return last.columns
  const placeOf = new Map(datasets.map(({ key }, place) => [key, place]))
  const anew = { datasets, places: columns.map((key) => placeOf.get(key) ?? -1) }
  lastColumns.set(columns, { made, columns: anew })
  return anew
}

/** Brands are many, the combinations of datasets that they have are few. */
const columnsOfBrand = oncePerState(({ cells }) => cells.map(({ column }) => column).join(' '))

const lastCodes = new WeakMap<BoardBrand, { readonly columns: Columns; readonly codes: string }>()

function codesOf(brand: BoardBrand, columns: Columns): string {
  const last = lastCodes.get(brand)
  if (last?.columns === columns) return last.codes
  const codes = encoded(brand, columns)
  lastCodes.set(brand, { columns, codes })
  return codes
}

/** Loops over numbers: this is the innermost part of 50,000 cells. */
function encoded({ cells, freshness }: BoardBrand, { places, datasets }: Columns): string {
  const codes = Array<string>(datasets.length).fill(noCell)
  for (let index = 0; index < cells.length; index += 1) {
    const cell = cells[index]
    const word = freshness[index]
    const place = cell === undefined ? undefined : places[cell.column]
    if (cell === undefined || word === undefined || place === undefined) continue
    codes[place] = encodeCell(word, cell.lastAttempt, cell.suspicious)
  }
  return codes.join('')
}

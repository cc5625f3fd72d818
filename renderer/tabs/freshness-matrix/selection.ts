import { type BoardView, type CellFilter, cellOf, matches } from '../../board/board.ts'
import type { Board } from '../../board/use-board.ts'
import { type Place, rectangle } from './grid-keys.ts'

/** Chosen cells by brand and dataset, so that they stay chosen when the order changes. */
export type Chosen = ReadonlyMap<string, ReadonlySet<string>>

export const nothingChosen: Chosen = new Map()

interface Axis {
  readonly brandIds: readonly string[]
  readonly datasets: readonly string[]
  /** Whether there is anything at a place: a brand need not have every dataset. */
  readonly isCell: (place: Place) => boolean
}

export function isChosen(chosen: Chosen, brandId: string, dataset: string): boolean {
  return chosen.get(brandId)?.has(dataset) ?? false
}

export function toggledCell(chosen: Chosen, brandId: string, dataset: string): Chosen {
  const next = new Map(chosen)
  const datasets = new Set(next.get(brandId))
  if (!datasets.delete(dataset)) datasets.add(dataset)
  if (datasets.size === 0) next.delete(brandId)
  else next.set(brandId, datasets)
  return next
}

/** The chosen ones, and every cell of the rectangle. */
export function withRectangle(chosen: Chosen, axis: Axis, from: Place, to: Place): Chosen {
  const next = new Map([...chosen].map(([brandId, datasets]) => [brandId, new Set(datasets)]))
  for (const place of rectangle(from, to)) {
    const brandId = axis.brandIds[place.row]
    const dataset = axis.datasets[place.column]
    if (brandId === undefined || dataset === undefined || !axis.isCell(place)) continue
    const datasets = next.get(brandId) ?? new Set<string>()
    datasets.add(dataset)
    next.set(brandId, datasets)
  }
  return next
}

export function chosenCount(chosen: Chosen): number {
  let count = 0
  for (const datasets of chosen.values()) count += datasets.size
  return count
}

export function chosenCells(chosen: Chosen): { brandId: string; dataset: string }[] {
  return [...chosen].flatMap(([brandId, datasets]) => [...datasets].map((dataset) => ({ brandId, dataset })))
}

/** The chosen ones that the board has; the same map when it has all of them. `isThere` by brand and dataset. */
export function chosenThere(chosen: Chosen, isThere: (brandId: string, dataset: string) => boolean): Chosen {
  const cells = chosenCells(chosen)
  const there = cells.filter(({ brandId, dataset }) => isThere(brandId, dataset))
  return there.length === cells.length ? chosen : chosenOf(there)
}

/** What is left of the chosen ones without these. */
export function without(
  chosen: Chosen,
  cells: readonly { readonly brandId: string; readonly dataset: string }[],
): Chosen {
  const gone = chosenOf(cells)
  return chosenThere(chosen, (brandId, dataset) => gone.get(brandId)?.has(dataset) !== true)
}

function chosenOf(cells: readonly { readonly brandId: string; readonly dataset: string }[]): Chosen {
  const byBrand = Map.groupBy(cells, ({ brandId }) => brandId)
  return new Map([...byBrand].map(([brandId, own]) => [brandId, new Set(own.map(({ dataset }) => dataset))]))
}

/** Whether a brand has a dataset, and is one of those that the page is narrowed to: what is done is done to what it says. */
export function isOn(
  { brands, datasets }: Pick<Board, 'brands' | 'datasets'>,
  isShown: (brandId: string) => boolean,
): (brandId: string, dataset: string) => boolean {
  const cellsOf = new Map(brands.filter(({ id }) => isShown(id)).map(({ id, cells }) => [id, cells]))
  const positions = new Map(datasets.map(({ key }, position) => [key, position]))
  return (brandId, dataset) => cellOf(cellsOf.get(brandId)?.charAt(positions.get(dataset) ?? -1) ?? '') !== null
}

/** What cannot be used. */
const problems: readonly CellFilter[] = ['stale', 'never_synced']

type View = Pick<BoardView, 'brands' | 'datasets' | 'positions'>

function eachMatching(
  view: View,
  states: readonly CellFilter[],
  visit: (brandId: string, dataset: string) => void,
): void {
  const { brands, datasets, positions } = view
  const wanted = states.length === 0 ? problems : states
  for (const { id, cells } of brands) {
    for (const [column, { key }] of datasets.entries()) {
      const cell = cellOf(cells.charAt(positions[column] ?? -1))
      if (cell !== null && wanted.some((state) => matches(cell, state))) visit(id, key)
    }
  }
}

/** How many cells of a view are in one of the states; of none, how many cannot be used. */
export function matchingCount(view: View, states: readonly CellFilter[]): number {
  let count = 0
  eachMatching(view, states, () => {
    count += 1
  })
  return count
}

/** The chosen ones, and all of these. */
export function withMatching(chosen: Chosen, view: View, states: readonly CellFilter[]): Chosen {
  const next = new Map([...chosen].map(([brandId, datasets]) => [brandId, new Set(datasets)]))
  eachMatching(view, states, (brandId, dataset) => {
    const datasets = next.get(brandId)
    if (datasets === undefined) next.set(brandId, new Set([dataset]))
    else datasets.add(dataset)
  })
  return next
}

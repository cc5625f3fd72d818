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

/** What is left of the chosen ones after the first so many of `chosenCells`. */
export function chosenFrom(chosen: Chosen, start: number): Chosen {
  return chosenOf(chosenCells(chosen).slice(start))
}

function chosenOf(cells: readonly { readonly brandId: string; readonly dataset: string }[]): Chosen {
  const byBrand = Map.groupBy(cells, ({ brandId }) => brandId)
  return new Map([...byBrand].map(([brandId, own]) => [brandId, new Set(own.map(({ dataset }) => dataset))]))
}

/**
 * The freshness of everything, as the board call gives it: one string per brand, one character per dataset. Nothing here makes an object
 * for each of 50,000 cells: characters are looked up in a table of forty.
 */
import { type Cell, decodeCell, noCell } from '../../shared/cell-code.ts'
import type { FreshnessState } from '../../shared/domain.ts'
import { freshnessStates } from '../../shared/domain.ts'

export interface BoardBrand {
  readonly id: string
  readonly name: string
  /** One character per dataset, in the order of the datasets. */
  readonly cells: string
}

export interface BoardDataset {
  readonly key: string
  readonly label: string
}

/** What cells are filtered by: a freshness, or one of the two facts beside it. */
export const cellFilters = [...freshnessStates, 'last_attempt_failed', 'running', 'suspicious'] as const
export type CellFilter = (typeof cellFilters)[number]

const decoded = new Map<string, Cell | null>()

/** The two facts of a cell; null where the brand does not have the dataset. */
export function cellOf(code: string): Cell | null {
  if (code === noCell || code === '') return null
  let cell = decoded.get(code)
  if (cell === undefined) decoded.set(code, (cell = decodeCell(code)))
  return cell
}

export function matches(cell: Cell, filter: CellFilter): boolean {
  if (filter === 'last_attempt_failed') return cell.lastAttempt === 'failed'
  if (filter === 'running') return cell.lastAttempt === 'running'
  if (filter === 'suspicious') return cell.suspicious
  return cell.freshness === filter
}

/** What is wrong first. The numbers only order. */
const severities: Readonly<Record<FreshnessState, number>> = {
  stale: 10_000,
  never_synced: 1_000,
  at_risk: 100,
  no_policy: 0,
  fresh: 0,
}

const severityOf = new Map<string, number>()

function cellSeverity(code: string): number {
  let severity = severityOf.get(code)
  if (severity === undefined) {
    const cell = cellOf(code)
    severity =
      cell === null
        ? 0
        : severities[cell.freshness] + (cell.lastAttempt === 'failed' ? 10 : 0) + (cell.suspicious ? 1 : 0)
    severityOf.set(code, severity)
  }
  return severity
}

/** How bad it is with a brand; 0 = everything is fresh. */
export function severity(cells: string): number {
  let sum = 0
  for (const code of cells) sum += cellSeverity(code)
  return sum
}

/** Brands with the most that is stale first, then never synced, at risk, failed; equals by name. */
export function worstFirst(brands: readonly BoardBrand[]): BoardBrand[] {
  const rated = brands.map((brand) => ({ brand, severity: severity(brand.cells) }))
  return rated
    .toSorted(
      (a, b) =>
        b.severity - a.severity || a.brand.name.localeCompare(b.brand.name) || a.brand.id.localeCompare(b.brand.id),
    )
    .map(({ brand }) => brand)
}

export type CellCounts = Readonly<Record<CellFilter, number>> & { readonly all: number }

/** How many cells of some brands match each filter; of all datasets, or of those at the given positions. */
export function countCells(brands: readonly BoardBrand[], positions: readonly number[] | null = null): CellCounts {
  const byCode = new Map<string, number>()
  for (const { cells } of brands) {
    if (positions === null) for (const code of cells) byCode.set(code, (byCode.get(code) ?? 0) + 1)
    else {
      for (const position of positions) {
        const code = cells.charAt(position)
        byCode.set(code, (byCode.get(code) ?? 0) + 1)
      }
    }
  }
  const counts = { ...Object.fromEntries(cellFilters.map((filter) => [filter, 0])), all: 0 } as Record<
    CellFilter | 'all',
    number
  >
  for (const [code, count] of byCode) {
    const cell = cellOf(code)
    if (cell === null) continue
    counts.all += count
    for (const filter of cellFilters) if (matches(cell, filter)) counts[filter] += count
  }
  return counts
}

/** Stale or never synced: what cannot be used. */
export function problemsOf(cells: string): number {
  let count = 0
  for (const code of cells) {
    const freshness = cellOf(code)?.freshness
    if (freshness === 'stale' || freshness === 'never_synced') count += 1
  }
  return count
}

/** The same for each dataset, over some brands. */
export function problemsByDataset(brands: readonly BoardBrand[], datasets: number): number[] {
  const sums = Array.from({ length: datasets }, () => 0)
  for (const { cells } of brands) {
    for (let position = 0; position < datasets; position += 1) {
      const freshness = cellOf(cells.charAt(position))?.freshness
      if (freshness === 'stale' || freshness === 'never_synced') sums[position] = (sums[position] ?? 0) + 1
    }
  }
  return sums
}

export interface BoardView {
  readonly brands: readonly BoardBrand[]
  readonly datasets: readonly BoardDataset[]
  /** Where each shown dataset stands in the strings of cells. */
  readonly positions: readonly number[]
}

/**
 * What is left of a board after filtering: brands whose name contains the text, or, when none does, datasets whose name contains it; brands
 * with at least one cell in one of the states.
 */
export function filteredBoard(
  board: { readonly brands: readonly BoardBrand[]; readonly datasets: readonly BoardDataset[] },
  {
    text,
    states,
    isShown = () => true,
  }: { text: string; states: readonly CellFilter[]; isShown?: (brandId: string) => boolean },
): BoardView {
  const wanted = text.trim().toLocaleLowerCase()
  const contains = (name: string): boolean => name.toLocaleLowerCase().includes(wanted)
  const datasetPositions = board.datasets.flatMap(({ key, label }, position) =>
    contains(key) || contains(label) ? [position] : [],
  )
  const everything = board.datasets.map((_, position) => position)
  const inScope = board.brands.filter(({ id }) => isShown(id))
  const named = wanted === '' ? inScope : inScope.filter(({ name }) => contains(name))
  const isByDataset = wanted !== '' && datasetPositions.length > 0
  const brands = isByDataset && named.length === 0 ? inScope : named
  const positions = isByDataset && named.length === 0 ? datasetPositions : everything
  const isWanted = ({ cells }: BoardBrand): boolean =>
    states.length === 0 ||
    positions.some((position) => {
      const cell = cellOf(cells.charAt(position))
      return cell !== null && states.some((state) => matches(cell, state))
    })
  return {
    brands: brands.filter(isWanted),
    positions,
    datasets: positions.flatMap((position) => board.datasets[position] ?? []),
  }
}

import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../../shared/clock.ts'
import type { FreshnessState } from '../../shared/domain.ts'
import { freshnessAt, freshnessHoldsUntil, graceMinutes, staleMsOf } from '../../shared/freshness.ts'
import type { DatabasePool } from '../store/database.ts'
import type { JobFact } from '../store/dataset-changes.ts'
import { listRunDurations } from '../store/scheduled-job-runs.ts'
import { type BoardCell, BoardCopy, type BrandFacts } from './board-copy.ts'
import type { KnownCatalog } from './known-catalog.ts'

/*
 * The state of every dataset of every brand of an organization: 50,000 of them. Asked of the database whole, the fastest form (one packed
 * row per dataset) took 32 ms at the median and 43 ms at p95 before anything was computed. So this process keeps a small copy of
 * three tables, brought up to date by every question (mirror.ts: 10 ms, and nothing is older than the question), and the rules
 * F5 to F9 are applied here, by the same function as everywhere else. Time passes by the database's clock at every question, so that
 * a dataset goes stale with nothing happening. What was worked out for a brand is kept until one of its rows changes or the clock
 * turns one of its words: board, summary and readiness of one moment share it.
 */

export interface Board {
  /** By the database clock. */
  readonly asOf: Date
  /** Datasets by the number of their column; not every one is there for these brands. */
  readonly columns: readonly string[]
  /** In the order asked for. */
  readonly brands: readonly BoardBrand[]
}

export interface BoardBrand {
  readonly id: string
  readonly cells: readonly BoardCell[]
  /** All of the brand that are active or paused, whatever they refresh. */
  readonly jobs: readonly JobFact[]
  /** One for each cell. */
  readonly freshness: readonly FreshnessState[]
}

/** One copy for each database that this process talks to, for as long as it does. */
const copies = new WeakMap<DatabasePool, BoardCopy>()

function copyOf(database: DatabasePool, clock: Pick<Clock, 'monotonic'>): BoardCopy {
  const copy = copies.get(database) ?? new BoardCopy(database, clock)
  copies.set(database, copy)
  return copy
}

/** Brands in one go, some ms; then others get their turn. */
const brandsInOneGo = 250

export interface BoardQuestion {
  /** What exists. */
  readonly catalog: KnownCatalog
  readonly brandIds: readonly string[]
}

/** All datasets of these brands, as far as anybody has said what exists. */
export function boardQuestion([{ catalog }, { brands }]: readonly [
  { readonly catalog: KnownCatalog },
  { readonly brands: readonly { readonly id: string }[] },
]): BoardQuestion {
  return { catalog, brandIds: brands.map(({ id }) => id) }
}

/** What is asked for may still be on its way: the copy is brought up to date meanwhile. */
export async function readBoard(
  database: DatabasePool,
  clock: Pick<Clock, 'monotonic'>,
  question: BoardQuestion | Promise<BoardQuestion>,
): Promise<Board> {
  const coming = Promise.resolve(question)
  const { asOf, columns, factsOf } = await copyOf(database, clock).current(coming.then(({ catalog }) => catalog))
  const { brandIds } = await coming
  const nowMs = asOf.getTime()
  const brands: BoardBrand[] = []
  const open: OpenCell[] = []
  for (const id of brandIds) {
    brands.push(brandAt(id, factsOf(id), nowMs, open))
    if (brands.length % brandsInOneGo === 0) await setImmediate()
  }
  await settleGraces(database, open, nowMs)
  return { asOf, columns, brands }
}

interface Kept {
  readonly brand: BoardBrand
  /** By the database clock, ms since 1970, both included. */
  readonly from: number
  readonly until: number
}

/** By the cells of a brand, which are made anew when one of its rows changes. */
const kept = new WeakMap<readonly BoardCell[], Kept>()

/** Adds to `open` what only the durations of runs can decide; such a brand is not kept. */
function brandAt(id: string, { cells, jobs }: BrandFacts, nowMs: number, open: OpenCell[]): BoardBrand {
  const before = kept.get(cells)
  if (before !== undefined && before.from <= nowMs && nowMs <= before.until) return before.brand
  const freshness = cells.map((cell) => freshnessAt(cell, nowMs, 0))
  const brand = { id, cells, jobs, freshness }
  let until = Number.POSITIVE_INFINITY
  let isOpen = false
  for (const [place, cell] of cells.entries()) {
    until = Math.min(until, freshnessHoldsUntil(cell, nowMs), graceBegins(cell, nowMs))
    if (freshness[place] !== 'fresh' || !mayBeInGrace(cell, nowMs)) continue
    open.push({ brandId: id, cell, freshness, place })
    isOpen = true
  }
  if (!isOpen) kept.set(cells, { brand, from: nowMs, until })
  return brand
}

/** Works it out once for each state of a brand: a state never changes, and is forgotten with the brand's next one. */
export function oncePerState<Result>(work: (brand: BoardBrand) => Result): (brand: BoardBrand) => Result {
  const known = new WeakMap<BoardBrand, { readonly result: Result }>()
  return (brand) => {
    const before = known.get(brand)
    if (before !== undefined) return before.result
    const result = work(brand)
    known.set(brand, { result })
    return result
  }
}

interface OpenCell {
  readonly brandId: string
  readonly cell: BoardCell
  readonly freshness: FreshnessState[]
  readonly place: number
}

const longestGraceMs = 30 * 60_000

/**
 * F7: the grace decides only where no run is planned (otherwise it cancels out) and the data is in its last half hour: for those
 * few the durations of runs are asked for.
 */
async function settleGraces(database: DatabasePool, open: readonly OpenCell[], nowMs: number): Promise<void> {
  const pairs = open.flatMap(({ brandId, cell }) => cell.jobs.map(({ jobType }) => ({ brandId, jobType })))
  const wanted = new Map(pairs.map((pair) => [`${pair.brandId} ${pair.jobType}`, pair]))
  const durations = await listRunDurations(database, [...wanted.values()])
  const graces = new Map(durations.map((one) => [`${one.brandId} ${one.jobType}`, graceMinutes(one.durationsMs)]))
  for (const { brandId, cell, freshness, place } of open) {
    const grace = Math.max(0, ...cell.jobs.map(({ jobType }) => graces.get(`${brandId} ${jobType}`) ?? 0))
    freshness[place] = freshnessAt(cell, nowMs, grace)
  }
}

/** When the last half hour of data begins for which no run is planned; infinite once it has, and where no grace counts. */
function graceBegins({ jobs, nextRunMs, lastSuccessMs, maxAgeHours, due }: BoardCell, nowMs: number): number {
  if (jobs.length === 0 || nextRunMs !== null || lastSuccessMs === null || maxAgeHours === null) {
    return Number.POSITIVE_INFINITY
  }
  const begins = staleMsOf(lastSuccessMs, maxAgeHours, due) - longestGraceMs
  return nowMs <= begins ? begins : Number.POSITIVE_INFINITY
}

function mayBeInGrace({ jobs, nextRunMs, lastSuccessMs, maxAgeHours, due }: BoardCell, nowMs: number): boolean {
  if (jobs.length === 0 || nextRunMs !== null || lastSuccessMs === null || maxAgeHours === null) return false
  return staleMsOf(lastSuccessMs, maxAgeHours, due) - nowMs < longestGraceMs
}

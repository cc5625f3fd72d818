import type { Clock } from '../../shared/clock.ts'
import { checkDue, type Due, nextDueMs, weekdays } from '../../shared/due.ts'
import { workdays } from '../../shared/due-words.ts'
import { addFigures, type Figures, figuresOf, type Gap, readyAt, type Spell, staleSpells } from '../../shared/report.ts'
import type { DatabasePool } from '../store/database.ts'
import { type DatasetPast, type PastQuestion, readDatasetPasts } from '../store/dataset-report.ts'
import { type Board, readBoard } from './board.ts'
import type { KnownCatalog, KnownPage } from './known-catalog.ts'

const dayMs = 86_400_000

export interface ReportQuestion {
  readonly catalog: KnownCatalog
  readonly brands: readonly { readonly id: string; readonly name: string }[]
  readonly days: number
  /** `HH:MM` */
  readonly at: string
  readonly zone: string
  readonly on: 'weekdays' | 'daily'
}

export interface Compared extends Figures {
  /** The window before, of the same length; null where nothing of it is judged. */
  readonly before: Figures | null
  /** The first success that is known; null = none, or longer ago than both windows. */
  readonly since: Date | null
}

export interface DatasetReport extends Compared {
  readonly dataset: string
  readonly label: string
  readonly maxAgeHours: number | null
  readonly due: Due | null
}

export interface BrandReport extends Compared {
  readonly id: string
  readonly name: string
  /** Stale the longest first. */
  readonly datasets: readonly DatasetReport[]
  /** In the order of the catalog's pages. */
  readonly readyAt: readonly { readonly ready: number; readonly of: number }[]
}

export interface Report {
  readonly asOf: Date
  readonly from: Date
  readonly pages: readonly KnownPage[]
  /** In the order asked for. */
  readonly brands: readonly BrandReport[]
}

/**
 * How fresh the datasets of these brands were: one statement for all of them, which reads every attempt in two windows, so few at a time.
 * @throws Problem `invalid_input` for no time of day or no zone.
 */
export async function readReport(
  database: DatabasePool,
  clock: Pick<Clock, 'monotonic'>,
  question: ReportQuestion,
): Promise<Report> {
  const { catalog, brands, days } = question
  const moment = checkDue(
    { days: question.on === 'daily' ? weekdays : workdays, at: question.at, zone: question.zone },
    'at',
  )
  const board = await readBoard(database, clock, { catalog, brandIds: brands.map(({ id }) => id) })
  const { asOf } = board
  const from = new Date(asOf.getTime() - days * dayMs)
  const before = new Date(from.getTime() - days * dayMs)
  const wanted = wantedOf(board, catalog)
  const pasts = await readDatasetPasts(database, wanted, { before, from, until: asOf })
  const pastOf = new Map(wanted.map(({ brandId, dataset }, place) => [`${brandId} ${dataset}`, pasts[place]]))
  const times = { before, from, asOf, moments: momentsOf(moment, from, asOf) }
  const pages = [...catalog.pages.values()]
  return {
    asOf,
    from,
    pages,
    brands: brands.map((brand, place) => {
      const cells = board.brands[place]?.cells ?? []
      const past = (dataset: string): DatasetPast | undefined => pastOf.get(`${brand.id} ${dataset}`)
      const datasets = cells.map(({ dataset, maxAgeHours, due = null }) => {
        const about = { dataset, label: catalog.datasets.get(dataset)?.label ?? dataset, maxAgeHours, due }
        return { ...about, ...comparedOf(past(dataset), about, times) }
      })
      const dueOf = new Map(cells.map(({ dataset, due }) => [dataset, due]))
      const spellsOf = (dataset: string, maxAgeHours: number): readonly Spell[] =>
        spells(past(dataset), { maxAgeHours, due: dueOf.get(dataset) ?? null }, asOf)
      return {
        ...brand,
        ...together(datasets),
        datasets: datasets.toSorted(longestFirst),
        readyAt: pages.map(({ requires }) =>
          readyAt(
            requires.map(({ dataset, max_age_hours: hours }) => ({
              firstMs: past(dataset)?.firstMs ?? null,
              spells: spellsOf(dataset, hours),
            })),
            times.moments,
          ),
        ),
      }
    }),
  }
}

interface Times {
  readonly before: Date
  readonly from: Date
  readonly asOf: Date
  readonly moments: readonly number[]
}

/** With the shortest of the ages that anybody asks of each. */
function wantedOf(board: Board, catalog: KnownCatalog): PastQuestion[] {
  const byPages = new Map<string, number>()
  for (const { dataset, max_age_hours: hours } of [...catalog.pages.values()].flatMap(({ requires }) => requires)) {
    byPages.set(dataset, Math.min(hours, byPages.get(dataset) ?? hours))
  }
  return board.brands.flatMap(({ id: brandId, cells }) =>
    cells.map(({ dataset, maxAgeHours }) => {
      const ages = [maxAgeHours, byPages.get(dataset)].filter((hours) => hours !== null && hours !== undefined)
      return { brandId, dataset, gapHours: ages.length === 0 ? null : Math.min(...ages) }
    }),
  )
}

function momentsOf(moment: Due, from: Date, until: Date): number[] {
  const found: number[] = []
  for (let at = nextDueMs(moment, from.getTime()); at <= until.getTime(); ) {
    found.push(at)
    const next = nextDueMs(moment, at)
    // Where no calendar has another one.
    if (next <= at) break
    at = next
  }
  return found
}

function spells(
  past: DatasetPast | undefined,
  { maxAgeHours, due }: { readonly maxAgeHours: number; readonly due: Due | null },
  asOf: Date,
): Spell[] {
  if (past === undefined) return []
  const gaps = past.madeMs.map(
    (madeMs, place): Gap => ({ madeMs, asOfMs: past.asOfMs[place] ?? madeMs, nextMs: past.nextsMs[place] ?? null }),
  )
  return staleSpells(gaps, { maxAgeHours, due, nowMs: asOf.getTime() })
}

function comparedOf(
  past: DatasetPast | undefined,
  { maxAgeHours, due }: { readonly maxAgeHours: number | null; readonly due: Due | null },
  { before, from, asOf }: Times,
): Compared {
  const firstMs = past?.firstMs ?? null
  const history = { firstMs, spells: maxAgeHours === null ? null : spells(past, { maxAgeHours, due }, asOf) }
  const tries = { attempts: past?.attempts ?? 0, successes: past?.successes ?? 0 }
  const triesBefore = { attempts: past?.attemptsBefore ?? 0, successes: past?.successesBefore ?? 0 }
  const earlier = figuresOf({ ...history, tries: triesBefore }, { fromMs: before.getTime(), untilMs: from.getTime() })
  return {
    ...figuresOf({ ...history, tries }, { fromMs: from.getTime(), untilMs: asOf.getTime() }),
    before: earlier.judgedMs > 0 ? earlier : null,
    since: firstMs === null || firstMs < before.getTime() ? null : new Date(firstMs),
  }
}

/** Of all datasets of a brand. */
function together(datasets: readonly Compared[]): Compared {
  const before = datasets.flatMap((one) => one.before ?? [])
  const firsts = datasets.map(({ since }) => since).filter((at) => at !== null)
  const isOlder = datasets.some(({ since, judgedMs }) => since === null && judgedMs > 0)
  return {
    ...addFigures(datasets),
    before: before.length === 0 ? null : addFigures(before),
    since: isOlder || firsts.length === 0 ? null : new Date(Math.min(...firsts.map((at) => at.getTime()))),
  }
}

function longestFirst(left: DatasetReport, right: DatasetReport): number {
  return right.staleMs - left.staleMs || (left.dataset < right.dataset ? -1 : 1)
}

import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../../shared/clock.ts'
import { type DatasetStatusFacts, neverAttempted } from '../../shared/dataset-status.ts'
import type { ReadinessVerdict } from '../../shared/domain.ts'
import type { Due } from '../../shared/due.ts'
import { lateBy, type OutlookItem, outlook } from '../../shared/outlook.ts'
import { type Unknown, whyUnknown } from '../../shared/outlook-words.ts'
import { readiness as judge, type Requirement } from '../../shared/readiness.ts'
import type { DatabasePool } from '../store/database.ts'
import type { JobFact } from '../store/dataset-changes.ts'
import { readBoard } from './board.ts'
import type { BoardCell } from './board-copy.ts'
import {
  type BrandRefreshes,
  readBrandRefreshes,
  type Wanted,
  type WantedPage,
  wantedPages,
} from './brand-refreshes.ts'
import type { KnownCatalog, KnownPage } from './known-catalog.ts'
import type { Surroundings } from './surroundings.ts'

/** A run of a brand that will bring something its page needs: under way, or due. */
export interface PageWork {
  readonly state: 'running' | 'queued'
  readonly jobId: string
  readonly jobType: string
  /** Null while it is queued, and for a run of another program. */
  readonly runId: string | null
  /** Since when it runs, or is due. */
  readonly since: Date
}

/** One page of one brand; instants as `readiness.page` has them. */
export interface PageState {
  readonly page: string
  readonly verdict: ReadinessVerdict
  /** The first reason why it is not plainly ready; null when it is. */
  readonly reason: string | null
  readonly expectedAt: Date | null
  readonly readyUntil: Date | null
  readonly isRefreshedInTime: boolean | null
  /**
   * What makes it not ready again before anything begins to refresh it: of a page that can be used the first (F7), of one that is expected
   * what keeps it from being ready at the instant asked about. Null = nothing does.
   */
  readonly goesStale: { readonly label: string; readonly at: Date } | null
  /** Why nobody can say when it will be ready; null when somebody can, and when it is. */
  readonly unknown: Unknown | null
  readonly work: PageWork | null
  /** Null where nobody asked about an instant. */
  readonly isReadyBy: boolean | null
}

export interface AllReadiness {
  readonly asOf: Date
  readonly pages: readonly KnownPage[]
  readonly brands: readonly {
    readonly id: string
    readonly name: string
    /** In the order of `pages`. */
    readonly states: readonly PageState[]
  }[]
}

export interface AllReadinessQuestion {
  readonly organizationId: string
  readonly surroundings: Promise<Surroundings>
  readonly brands: Promise<readonly { readonly id: string; readonly name: string }[]>
  /** When pages have to be ready; null = nobody asks. */
  readonly by: Date | null
}

/** Some ms of work; then others get their turn. */
const brandsInOneGo = 100

/** F9 for every page of these brands, and when it will be so. */
export async function readAllReadiness(
  database: DatabasePool,
  clock: Pick<Clock, 'monotonic'>,
  question: AllReadinessQuestion,
): Promise<AllReadiness> {
  const about = Promise.all([question.surroundings, question.brands])
  const board = await readBoard(
    database,
    clock,
    about.then(([{ catalog }, brands]) => ({ catalog, brandIds: brands.map(({ id }) => id) })),
  )
  const [surroundings, brands] = await about
  const { catalog } = surroundings
  const { asOf } = board
  const wantedOf = wantedPages(catalog)
  const states = board.brands.map((brand) => wantedOf(brand))
  const refreshes = await readBrandRefreshes(database, {
    organizationId: question.organizationId,
    board,
    surroundings,
    timed: timedOf(states, asOf.getTime()),
  })
  const answers: AllReadiness['brands'][number][] = []
  for (const [index, { id, name }] of brands.entries()) {
    const facts = { catalog, refreshes, asOf, by: question.by, brandId: id }
    answers.push({
      id,
      name,
      states: (states[index] ?? []).map((one) => plainState(one, facts) ?? pageState(one, facts)),
    })
    if (answers.length % brandsInOneGo === 0) await setImmediate()
  }
  return { asOf, pages: [...catalog.pages.values()], brands: answers }
}

/** What is not fresh, with all that its page waits for, and what several jobs bring: how long they take decides which is first. */
function timedOf(states: readonly (readonly WantedPage[])[], nowMs: number): ReadonlySet<Wanted> {
  const found = new Set<Wanted>()
  for (const pages of states) {
    for (const { wanted } of pages) {
      const isMissing = wanted.some((one) => !isFresh(one, nowMs))
      for (const one of wanted) if (isMissing || one.jobs.length > 1) found.add(one)
    }
  }
  return found
}

/** By the page's own maximum, as `readiness` has it. */
function isFresh({ staleMs }: Wanted, nowMs: number): boolean {
  return staleMs !== null && nowMs <= staleMs
}

interface Facts {
  readonly catalog: KnownCatalog
  readonly refreshes: BrandRefreshes
  readonly asOf: Date
  readonly by: Date | null
  readonly brandId: string
}

/** Most pages are plainly ready and refreshed by one job each: what `pageState` would say of them, in numbers. Null = it has more to say. */
function plainState({ page, wanted }: WantedPage, { refreshes, asOf, by }: Facts): PageState | null {
  const nowMs = asOf.getTime()
  if (wanted.length === 0 || !isPlainlyReady(wanted, nowMs)) return null
  let firstStaleMs = Number.POSITIVE_INFINITY
  for (const one of wanted) {
    const startMs = refreshes.plainStartMs(one)
    const { staleMs } = one
    if (startMs === null || staleMs === null || startMs <= nowMs || startMs > staleMs) return null
    if (staleMs < firstStaleMs) firstStaleMs = staleMs
  }
  return {
    page: page.key,
    verdict: 'ready',
    reason: null,
    expectedAt: null,
    readyUntil: new Date(firstStaleMs),
    isRefreshedInTime: true,
    goesStale: null,
    unknown: null,
    work: null,
    isReadyBy: by === null ? null : true,
  }
}

function pageState(asked: WantedPage, facts: Facts): PageState {
  const { catalog, asOf, by } = facts
  const items = itemsOf(asked, facts)
  const { verdict, reason } = verdictOf(asked, catalog, asOf)
  const { expectedAt, readyUntil, waitsFor, unrefreshed } = outlook(items, asOf)
  const isWaiting = waitsFor.length > 0
  const late = by === null ? null : lateBy(items, by, asOf)
  const stops = isWaiting ? late : unrefreshed
  return {
    page: asked.page.key,
    verdict,
    reason,
    expectedAt,
    readyUntil,
    isRefreshedInTime: isWaiting ? null : unrefreshed === null,
    goesStale: stops?.state === 'fresh' && stops.staleAt !== null ? { label: stops.label, at: stops.staleAt } : null,
    unknown: isWaiting && expectedAt === null ? whyUnknown(items, asOf) : null,
    work: workOn(asked, facts),
    isReadyBy: by === null ? null : late === null,
  }
}

function itemsOf({ wanted }: WantedPage, { catalog, refreshes, asOf, brandId }: Facts): OutlookItem[] {
  return wanted.map((one) => {
    const { cell, dataset, maxAgeHours, staleMs } = one
    return {
      label: catalog.datasets.get(dataset)?.label ?? dataset,
      state: staleMs === null ? 'never_synced' : isFresh(one, asOf.getTime()) ? 'fresh' : 'stale',
      maxAgeHours,
      due: cell?.due ?? null,
      lastSuccessAt: dateOf(cell?.lastSuccessMs ?? null),
      staleAt: dateOf(staleMs),
      refresh: refreshes.refreshOf(brandId, one),
    }
  })
}

function verdictOf(
  { page, wanted }: WantedPage,
  catalog: KnownCatalog,
  asOf: Date,
): { readonly verdict: ReadinessVerdict; readonly reason: string | null } {
  // Most are ready, and have nothing to say.
  if (isPlainlyReady(wanted, asOf.getTime())) return { verdict: 'ready', reason: null }
  const cells = new Map(wanted.map(({ dataset, cell }) => [dataset, cell]))
  const facts = new Map(
    [...cells].flatMap(([dataset, cell]) => (cell === undefined ? [] : [[dataset, statusOf(cell)] as const])),
  )
  const dueOf = (dataset: string): Due | null => cells.get(dataset)?.due ?? null
  const { verdict, reasons } = judge(requirementsOf(page, catalog, facts, dueOf), asOf)
  return { verdict, reason: reasons[0] ?? null }
}

/** Every dataset is fresh by the page's own maximum, and nothing is doubtful: what `readiness` calls ready, without its words. */
function isPlainlyReady(wanted: readonly Wanted[], nowMs: number): boolean {
  return wanted.every(
    (one) => one.cell !== undefined && !one.cell.suspicious && one.cell.lastAttempt !== 'failed' && isFresh(one, nowMs),
  )
}

/** What a page asks of a brand, as `readiness` takes it. */
export function requirementsOf(
  { requires }: KnownPage,
  { datasets }: KnownCatalog,
  facts: ReadonlyMap<string, DatasetStatusFacts>,
  dueOf: (dataset: string) => Due | null,
): Requirement[] {
  return requires.map(({ dataset, max_age_hours: maxAgeHours, fix }) => ({
    dataset,
    label: datasets.get(dataset)?.label ?? dataset,
    maxAgeHours,
    due: dueOf(dataset),
    fix: { jobType: fix.job_type, parameters: fix.parameters },
    status: facts.get(dataset) ?? null,
  }))
}

/** The board does not carry errors; the page itself says them. */
function statusOf(cell: BoardCell): DatasetStatusFacts {
  return {
    ...neverAttempted,
    lastStatus: cell.lastAttempt,
    lastSuccessAt: dateOf(cell.lastSuccessMs),
    lastAttemptAt: dateOf(cell.lastAttemptMs),
    suspicious: cell.suspicious,
  }
}

/** What runs comes before what is due; what is held does neither. */
function workOn({ wanted }: WantedPage, { asOf, refreshes }: Facts): PageWork | null {
  let queued: PageWork | null = null
  for (const job of wanted.flatMap(({ jobs }) => jobs)) {
    if (job.runningSinceMs !== null) return workOf(job, 'running', job.runningSinceMs)
    const { paused, nextRunMs } = job
    const isDue = !paused && nextRunMs !== null && nextRunMs <= asOf.getTime()
    if (isDue && !refreshes.isHeld(job)) queued ??= workOf(job, 'queued', nextRunMs)
  }
  return queued
}

function workOf({ key, jobType, runningId }: JobFact, state: PageWork['state'], sinceMs: number): PageWork {
  return { state, jobId: key, jobType, runId: runningId, since: new Date(sinceMs) }
}

function dateOf(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms)
}

import { holdOf } from '../../shared/holds.ts'
import { type Bringer, bringsNothing, nextRefresh, type Refresh } from '../../shared/outlook.ts'
import type { DatabasePool } from '../store/database.ts'
import type { JobFact } from '../store/dataset-changes.ts'
import { type Hold, listHoldsInForce } from '../store/holds.ts'
import { type Board, type BoardBrand, oncePerState } from './board.ts'
import type { BoardCell } from './board-copy.ts'
import type { KnownCatalog, KnownPage } from './known-catalog.ts'
import { type DurationOf, readDurations } from './known-durations.ts'
import { brings } from './next-refreshes.ts'
import { noOthers, readOtherBringers } from './other-bringers.ts'
import { findRunnable, type Surroundings } from './surroundings.ts'

/*
 * What next-refreshes.ts says of the pages of one brand, for all brands of an organization from the copy that the board keeps: a fixed number of
 * questions, and how long jobs take is asked of those alone for which it decides something (known-durations.ts). Of runs of other programs the
 * copy knows that they are under way, and nothing of how they ended.
 */

/** A dataset of a page for a brand. */
export interface Wanted {
  readonly dataset: string
  /** The job type of the page's fix. */
  readonly fixType: string
  readonly cell: BoardCell | undefined
  /** Jobs of the brand that bring it. */
  readonly jobs: readonly JobFact[]
}

export interface WantedPage {
  readonly page: KnownPage
  readonly wanted: readonly Wanted[]
}

const noJobs: readonly JobFact[] = []

/** For each state of a brand once: the catalog is part of it (board-copy.ts). */
const pagesOfState = new WeakMap<KnownCatalog, (brand: BoardBrand) => readonly WantedPage[]>()

/** What the pages of the catalog want of a brand. */
export function wantedPages(catalog: KnownCatalog): (brand: BoardBrand) => readonly WantedPage[] {
  const known = pagesOfState.get(catalog)
  if (known !== undefined) return known
  const pages = [...catalog.pages.values()]
  const named = new Set(
    [...catalog.jobTypes.values()].flatMap(({ key, steps }) => steps.map(({ dataset }) => `${key} ${dataset}`)),
  )
  const made = oncePerState((brand): readonly WantedPage[] => {
    const cells = new Map(brand.cells.map((cell) => [cell.dataset, cell]))
    return pages.map((page) => ({
      page,
      wanted: page.requires.map(({ dataset, fix }) => {
        const cell = cells.get(dataset)
        const fixType = fix.job_type
        const found = cell?.jobs ?? noJobs
        // A fix of which the catalog does not say what it refreshes (`brings`).
        const others = named.has(`${fixType} ${dataset}`)
          ? noJobs
          : brand.jobs.filter((job) => job.jobType === fixType && !found.includes(job))
        return { dataset, fixType, cell, jobs: inOrder(others.length === 0 ? found : [...found, ...others]) }
      }),
    }))
  })
  pagesOfState.set(catalog, made)
  return made
}

/** As the list of the jobs of one brand has them: of equals, the first is named. */
function inOrder(jobs: readonly JobFact[]): readonly JobFact[] {
  if (jobs.length < 2) return jobs
  const order = (job: JobFact): string => `${job.jobType} ${job.key}`
  return jobs.toSorted((left, right) => (order(left) < order(right) ? -1 : 1))
}

export type RefreshOfBrand = (brandId: string, wanted: Wanted) => Refresh

export interface RefreshesQuestion {
  readonly organizationId: string
  readonly board: Board
  readonly surroundings: Surroundings
  /** Those whose durations are of interest: of what is not fresh, and of what several jobs bring. */
  readonly isDurationWanted: (wanted: Wanted) => boolean
}

export async function readBrandRefreshes(
  database: DatabasePool,
  { organizationId, board, surroundings, isDurationWanted }: RefreshesQuestion,
): Promise<RefreshOfBrand> {
  const { catalog } = surroundings
  const now = board.asOf
  const wantedOf = wantedPages(catalog)
  const wantedBy = board.brands.map((brand) => ({
    brandId: brand.id,
    wanted: wantedOf(brand).flatMap(({ wanted }) => wanted),
  }))
  const jobs = new Set(wantedBy.flatMap(({ wanted }) => wanted.flatMap((one) => one.jobs)))
  const asked = wantedBy.flatMap(({ wanted }) => wanted.flatMap((one) => (isDurationWanted(one) ? one.jobs : [])))
  const [runnable, durationOf, holds] = await Promise.all([
    findRunnable(
      database,
      surroundings,
      [...jobs].map(({ jobType }) => jobType),
    ),
    readDurations(database, asked, now.getTime()),
    listHoldsInForce(database, organizationId),
  ])
  const facts = { runnable, durationOf, holds, organizationId }
  const bringersOf = ({ cell, jobs: bringing }: Wanted): Bringer[] =>
    bringing.map((job) => bringerOf(job, cell?.failedRunId ?? null, facts))
  const open = wantedBy.filter(({ wanted }) => wanted.some((one) => bringersOf(one).every(bringsNothing)))
  const others =
    open.length === 0
      ? noOthers
      : await readOtherBringers(
          database,
          organizationId,
          open.map(({ brandId }) => brandId),
        )
  return (brandId, wanted) => {
    const archived = others.archivedOf(brandId).find((job) => brings(job, wanted, catalog))
    const outside = others.outsideOf(brandId, wanted.dataset)
    return nextRefresh({ bringers: bringersOf(wanted), outside, archivedType: archived?.jobType ?? null }, now)
  }
}

interface Facts {
  readonly runnable: ReadonlySet<string>
  readonly durationOf: DurationOf
  readonly holds: readonly Hold[]
  readonly organizationId: string
}

function bringerOf(
  job: JobFact,
  failedRunId: string | null,
  { runnable, durationOf, holds, organizationId }: Facts,
): Bringer {
  const { brandId, jobType, runningSinceMs, runningId, nextRunMs } = job
  return {
    jobId: job.key,
    jobType,
    isPaused: job.paused,
    runningSince: dateOf(runningSinceMs),
    hasFailedInRun: failedRunId !== null && failedRunId === runningId,
    nextRunAt: dateOf(nextRunMs),
    hasFailedLast: job.lastRunStatus === 'failed',
    isRunnable: runnable.has(jobType),
    durationMs: durationOf(job),
    hold: holds.length === 0 ? null : holdOf(holds, { organizationId, brandId, jobType }),
  }
}

function dateOf(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms)
}

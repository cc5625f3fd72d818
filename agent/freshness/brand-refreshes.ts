import { staleMsOf } from '../../shared/freshness.ts'
import { isAbout, waitFor } from '../../shared/holds.ts'
import { type Bringer, bringsNothing, nextRefresh, type Refresh } from '../../shared/outlook.ts'
import type { DatabasePool } from '../store/database.ts'
import type { JobFact } from '../store/dataset-changes.ts'
import { listHoldsNotOver, type WaitOf } from '../store/holds.ts'
import { listSkippingJobs, type SkippingJob } from '../store/refreshing-jobs.ts'
import { type Board, type BoardBrand, oncePerState } from './board.ts'
import type { BoardCell } from './board-copy.ts'
import { heldStart } from './held-start.ts'
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
  /** By the page's own maximum, hours. */
  readonly maxAgeHours: number
  /** Until when it is fresh by that, ms since 1970, included; null = it has never succeeded. */
  readonly staleMs: number | null
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
      wanted: page.requires.map(({ dataset, fix, max_age_hours: maxAgeHours }) => {
        const cell = cells.get(dataset)
        const fixType = fix.job_type
        const found = cell?.jobs ?? noJobs
        // A fix of which the catalog does not say what it refreshes (`brings`).
        const others = named.has(`${fixType} ${dataset}`)
          ? noJobs
          : brand.jobs.filter((job) => job.jobType === fixType && !found.includes(job))
        const jobs = inOrder(others.length === 0 ? found : [...found, ...others])
        const lastSuccessMs = cell?.lastSuccessMs ?? null
        const staleMs = lastSuccessMs === null ? null : staleMsOf(lastSuccessMs, maxAgeHours, cell?.due ?? null)
        return { dataset, fixType, cell, jobs, maxAgeHours, staleMs }
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

export interface BrandRefreshes {
  readonly refreshOf: (brandId: string, wanted: Wanted) => Refresh
  /**
   * Start of the one job that brings it, when that is all there is to say: planned, by somebody who lives, and held by nobody; ms since 1970.
   * Null = ask `refreshOf`. Most datasets are such, and 25,000 of them are not worth as many objects.
   */
  readonly plainStartMs: (wanted: Wanted) => number | null
  /** What is due of it waits for a hold now. */
  readonly isHeld: (job: JobFact) => boolean
}

export interface RefreshesQuestion {
  readonly organizationId: string
  readonly board: Board
  readonly surroundings: Surroundings
  /** Those of which it matters how long their jobs take: of what is not fresh, and of what several jobs bring. */
  readonly timed: ReadonlySet<Wanted>
}

export async function readBrandRefreshes(
  database: DatabasePool,
  { organizationId, board, surroundings, timed }: RefreshesQuestion,
): Promise<BrandRefreshes> {
  const { catalog } = surroundings
  const now = board.asOf
  const jobTypes = new Set<string>()
  for (const { jobs } of board.brands) for (const { jobType } of jobs) jobTypes.add(jobType)
  const asked = new Set<JobFact>()
  for (const { jobs } of timed) for (const job of jobs) asked.add(job)
  const [runnable, durationOf, holds] = await Promise.all([
    findRunnable(database, surroundings, jobTypes),
    readDurations(database, asked, now.getTime()),
    listHoldsNotOver(database, organizationId),
  ])
  const skipping = holds.length === 0 ? none : await listSkippingJobs(database, organizationId)
  const waitOf: WaitOf = (job, at, from) =>
    waitFor(
      holds.filter((hold) => isAbout(hold, { ...job, organizationId })),
      at,
      from,
    )
  const facts = { runnable, durationOf, skipping, waitOf, now }
  const bringersOf = ({ cell, jobs: bringing }: Wanted): Bringer[] =>
    bringing.map((job) => bringerOf(job, cell?.failedRunId ?? null, facts))
  const isPlain = ({ runningSinceMs, paused, nextRunMs, jobType }: JobFact): boolean =>
    holds.length === 0 && runningSinceMs === null && !paused && nextRunMs !== null && runnable.has(jobType)
  const isOpen = (wanted: Wanted): boolean => !wanted.jobs.some(isPlain) && bringersOf(wanted).every(bringsNothing)
  const wantedOf = wantedPages(catalog)
  const open = board.brands.filter((brand) => wantedOf(brand).some(({ wanted }) => wanted.some(isOpen)))
  const others =
    open.length === 0
      ? noOthers
      : await readOtherBringers(
          database,
          organizationId,
          open.map(({ id }) => id),
        )
  return {
    refreshOf(brandId, wanted) {
      const archived = others.archivedOf(brandId).find((job) => brings(job, wanted, catalog))
      const outside = others.outsideOf(brandId, wanted.dataset)
      return nextRefresh({ bringers: bringersOf(wanted), outside, archivedType: archived?.jobType ?? null }, now)
    },
    plainStartMs({ jobs: [job, ...more] }) {
      return job !== undefined && more.length === 0 && isPlain(job) ? job.nextRunMs : null
    },
    isHeld: (job) => holds.length > 0 && waitOf(job, now, now).hold !== null,
  }
}

interface Facts {
  readonly runnable: ReadonlySet<string>
  readonly durationOf: DurationOf
  readonly skipping: ReadonlyMap<string, SkippingJob>
  readonly waitOf: WaitOf
  readonly now: Date
}

const none: ReadonlyMap<string, SkippingJob> = new Map()

function bringerOf(
  job: JobFact,
  failedRunId: string | null,
  { runnable, durationOf, skipping, waitOf, now }: Facts,
): Bringer {
  const { key, brandId, jobType, runningSinceMs, runningId } = job
  const cadence = skipping.get(key)
  const planned = {
    brandId,
    jobType,
    nextRunAt: dateOf(job.nextRunMs),
    skipsLate: cadence !== undefined,
    cronExpression: cadence?.cronExpression ?? null,
    timeZone: cadence?.timeZone ?? null,
  }
  const start = heldStart(planned, waitOf, now)
  return {
    jobId: key,
    jobType,
    isPaused: job.paused,
    runningSince: dateOf(runningSinceMs),
    hasFailedInRun: failedRunId !== null && failedRunId === runningId,
    nextRunAt: start?.startsAt ?? null,
    isHeld: start !== null && start.startsAt === null,
    hasFailedLast: job.lastRunStatus === 'failed',
    isRunnable: runnable.has(jobType),
    durationMs: durationOf(job),
  }
}

function dateOf(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms)
}

import { type Bringer, bringsNothing, expectedAt, nextRefresh, type Refresh } from '../../shared/outlook.ts'
import type { ReadinessItem } from '../../shared/readiness.ts'
import type { Database } from '../store/database.ts'
import { readHolds, type WaitOf } from '../store/holds.ts'
import { listExpectedDurations, listExpectedDurationsOfTypes } from '../store/job-timeline.ts'
import type { ArchivedJob, RefreshingJob } from '../store/refreshing-jobs.ts'
import { heldStart } from './held-start.ts'
import { type KnownCatalog, refreshedDatasets } from './known-catalog.ts'
import { noOthers, readOtherBringers } from './other-bringers.ts'

export interface RefreshQuestion {
  readonly brand: { readonly id: string; readonly organizationId: string }
  readonly asOf: Date
  readonly catalog: KnownCatalog
  /** The active and paused jobs of the brand. */
  readonly jobs: readonly RefreshingJob[]
  /** Job types that a living agent, or lately another program, can run; asked of those of `jobs`. */
  readonly runnable: ReadonlySet<string>
  /** By dataset: how its last attempt went, and of which run. */
  readonly statuses: ReadonlyMap<string, { readonly lastStatus: string; readonly lastRunId: string | null }>
  /** The datasets, each with the job type of the fix where a page names one. */
  readonly wanted: readonly { readonly dataset: string; readonly fixType: string | null }[]
}

/** What brings a dataset that was asked for, with the same `fixType`. */
export type RefreshOf = (dataset: string, fixType: string | null) => Refresh

/** The datasets of a page, each with what brings it next. */
export function withRefresh(items: readonly ReadinessItem[], refreshOf: RefreshOf, asOf: Date): AwaitedItem[] {
  return items.map((item) => {
    const refresh = refreshOf(item.dataset, item.fix?.jobType ?? null)
    return { ...item, refresh, expectedAt: item.state === 'fresh' ? null : expectedAt(refresh, asOf) }
  })
}

export interface AwaitedItem extends ReadinessItem {
  readonly refresh: Refresh
  /** Null for one that is fresh, and where nobody can say. */
  readonly expectedAt: Date | null
}

/**
 * What brings each of these datasets next, and when (shared/outlook.ts). One question for the durations of all jobs, a second for those
 * that have none of their own; who else refreshes it is asked only where no job does by itself.
 */
export async function readNextRefreshes(database: Database, question: RefreshQuestion): Promise<RefreshOf> {
  const found = question.wanted.map((one) => ({
    ...one,
    jobs: question.jobs.filter((job) => brings(job, one, question.catalog)),
  }))
  const [durations, { waitOf }] = await Promise.all([
    readDurations(
      database,
      question.brand.id,
      found.flatMap(({ jobs }) => jobs),
    ),
    readHolds(database, [question.brand.id]),
  ])
  const known = { ...question, durations, waitOf }
  const isOpen = found.some(({ dataset, jobs }) => jobs.every((job) => bringsNothing(bringerOf(job, dataset, known))))
  const { brand } = question
  const others = isOpen ? await readOtherBringers(database, brand.organizationId, [brand.id]) : noOthers
  const refreshes = new Map(
    found.map(({ dataset, fixType, jobs }) => {
      const bringers = jobs.map((job) => bringerOf(job, dataset, known))
      const archived = others.archivedOf(brand.id).find((job) => brings(job, { dataset, fixType }, question.catalog))
      const facts = { bringers, outside: others.outsideOf(brand.id, dataset), archivedType: archived?.jobType ?? null }
      return [keyOf(dataset, fixType), nextRefresh(facts, question.asOf)]
    }),
  )
  return (dataset, fixType) => refreshes.get(keyOf(dataset, fixType)) ?? nextRefresh(nothing, question.asOf)
}

const nothing = { bringers: [], outside: null, archivedType: null }

function keyOf(dataset: string, fixType: string | null): string {
  return JSON.stringify([dataset, fixType])
}

/** A fix of which the catalog does not say that it refreshes the dataset does so all the same: the page says it. */
export function brings(
  { jobType, parameters }: ArchivedJob,
  { dataset, fixType }: { readonly dataset: string; readonly fixType: string | null },
  { jobTypes }: KnownCatalog,
): boolean {
  const known = jobTypes.get(jobType)
  const isNamed = known?.steps.some((step) => step.dataset === dataset) ?? false
  return known !== undefined && isNamed ? refreshedDatasets(known, parameters).includes(dataset) : jobType === fixType
}

function bringerOf(
  job: RefreshingJob,
  dataset: string,
  {
    statuses,
    runnable,
    durations,
    waitOf,
    asOf,
  }: RefreshQuestion & { readonly durations: ReadonlyMap<string, number>; readonly waitOf: WaitOf },
): Bringer {
  const start = heldStart(job, waitOf, asOf)
  const last = statuses.get(dataset)
  return {
    jobId: job.id,
    jobType: job.jobType,
    isPaused: job.status === 'paused',
    runningSince: job.runningSince,
    hasFailedInRun: last?.lastStatus === 'failed' && last.lastRunId !== null && last.lastRunId === job.runningId,
    nextRunAt: start?.startsAt ?? null,
    isHeld: start !== null && start.startsAt === null,
    hasFailedLast: job.lastRunStatus === 'failed',
    isRunnable: runnable.has(job.jobType),
    durationMs: durations.get(job.id) ?? null,
  }
}

/** By job: the p90 of its own runs, else of its type's for the brand: a fix that was queued once has none of its own. */
async function readDurations(
  database: Database,
  brandId: string,
  jobs: readonly RefreshingJob[],
): Promise<ReadonlyMap<string, number>> {
  const ids = [...new Set(jobs.map(({ id }) => id))]
  const durations = new Map((await listExpectedDurations(database, ids)).map((one) => [one.jobId, one.expectedMs]))
  const without = jobs.filter(({ id }) => !durations.has(id))
  const jobTypes = [...new Set(without.map(({ jobType }) => jobType))]
  const ofTypes = await listExpectedDurationsOfTypes(
    database,
    jobTypes.map((jobType) => ({ brandId, jobType })),
  )
  const byType = new Map(ofTypes.map((one) => [one.jobType, one.expectedMs]))
  for (const { id, jobType } of without) {
    const ms = byType.get(jobType)
    if (ms !== undefined) durations.set(id, ms)
  }
  return durations
}

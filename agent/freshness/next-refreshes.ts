import { Problem } from '../../shared/errors.ts'
import {
  type Bringer,
  bringsNothing,
  expectedAt,
  nextRefresh,
  type OutsideBringer,
  type Refresh,
} from '../../shared/outlook.ts'
import { dueAfter, type PingSchedule } from '../../shared/pings/plan.ts'
import type { ReadinessItem } from '../../shared/readiness.ts'
import type { Database } from '../store/database.ts'
import { readHolds, type WaitOf } from '../store/holds.ts'
import { listExpectedDurations, listExpectedDurationsOfTypes } from '../store/job-timeline.ts'
import { listOutsideRefreshers } from '../store/outside-refreshers.ts'
import { listPingChecks, type StoredCheck } from '../store/ping-checks.ts'
import { type ArchivedJob, listArchivedJobs, type RefreshingJob } from '../store/refreshing-jobs.ts'
import { heldStart } from './held-start.ts'
import { type KnownCatalog, refreshedDatasets } from './known-catalog.ts'

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
  const others = isOpen ? await readOthers(database, question.brand) : noOthers
  const refreshes = new Map(
    found.map(({ dataset, fixType, jobs }) => {
      const bringers = jobs.map((job) => bringerOf(job, dataset, known))
      const archived = others.archived.find((job) => brings(job, { dataset, fixType }, question.catalog))
      const facts = { bringers, outside: others.outsideOf(dataset), archivedType: archived?.jobType ?? null }
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
function brings(
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
  const ofTypes = await listExpectedDurationsOfTypes(database, brandId, jobTypes)
  const byType = new Map(ofTypes.map((one) => [one.jobType, one.expectedMs]))
  for (const { id, jobType } of without) {
    const ms = byType.get(jobType)
    if (ms !== undefined) durations.set(id, ms)
  }
  return durations
}

interface Others {
  readonly archived: readonly ArchivedJob[]
  readonly outsideOf: (dataset: string) => OutsideBringer | null
}

const noOthers: Others = { archived: [], outsideOf: () => null }

async function readOthers(database: Database, brand: RefreshQuestion['brand']): Promise<Others> {
  const [archived, outside, checks] = await Promise.all([
    listArchivedJobs(database, brand.id),
    listOutsideRefreshers(database, [brand.id]),
    listPingChecks(database, { organizationId: brand.organizationId, brandId: brand.id }),
  ])
  const checkOf = new Map(checks.map((check) => [check.datasetKey, check]))
  const names = new Map(outside.map(({ datasetKey, name }) => [datasetKey, name]))
  return {
    archived,
    outsideOf(dataset) {
      const check = checkOf.get(dataset)
      if (check !== undefined) return ofCheck(check)
      const name = names.get(dataset)
      return name === undefined ? null : { name, dueAt: null, isPaused: false }
    },
  }
}

/** Nothing is expected of a check before its first ping. */
function ofCheck({ name, schedule, status, lastPingAt }: StoredCheck): OutsideBringer {
  const dueAt = lastPingAt === null ? null : dueOrNull(schedule, lastPingAt)
  return { name: name.slice(0, 200), dueAt, isPaused: status === 'paused' }
}

/** A stored zone that this machine does not have must not keep anybody from asking. */
function dueOrNull(schedule: PingSchedule, lastPingAt: Date): Date | null {
  try {
    return dueAfter(schedule, lastPingAt)
  } catch (error) {
    if (error instanceof Problem) return null
    throw error
  }
}

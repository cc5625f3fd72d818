import { setImmediate } from 'node:timers/promises'
import { firstLine } from '../../shared/error-line.ts'
import { graceMinutes } from '../../shared/freshness.ts'
import type { Database } from '../store/database.ts'
import { databaseNow } from '../store/database-clock.ts'
import { listDatasetPoliciesOfBrands } from '../store/dataset-policies.ts'
import {
  type DatasetStatusRow,
  listDatasetFailuresOfBrands,
  listDatasetStatusOfBrands,
} from '../store/dataset-status.ts'
import { readHolds } from '../store/holds.ts'
import { listOutsideRefreshers } from '../store/outside-refreshers.ts'
import { listRefreshingJobsOfBrands, type RefreshingJob } from '../store/refreshing-jobs.ts'
import { listRunDurations } from '../store/scheduled-job-runs.ts'
import { type DatasetSituation, datasetsOfBrand, type Facts, indexed, pairOf, unplannedPairs } from './dataset-view.ts'
import { findRunnable, maximumsOf, type Surroundings } from './surroundings.ts'

export interface BrandDatasets {
  /** By the database clock. */
  readonly asOf: Date
  /** Worst first, by brand. */
  readonly datasets: ReadonlyMap<string, readonly DatasetSituation[]>
  readonly facts: Facts
}

/** Some ms of work; then others get their turn. */
const brandsInOneGo = 10

/** Enough for the first line of an error; the whole text is on the run. */
const errorLimit = 400

/** Both axes and what stands behind them, for some brands: what is on screen. A fixed number of queries. */
export async function readBrandDatasets(
  database: Database,
  surroundings: Surroundings,
  brandIds: readonly string[],
): Promise<BrandDatasets> {
  const [asOf, statuses, failures, policies, jobs, outside, holds] = await Promise.all([
    databaseNow(database),
    listDatasetStatusOfBrands(database, brandIds, errorLimit),
    listDatasetFailuresOfBrands(database, brandIds),
    listDatasetPoliciesOfBrands(database, brandIds),
    listRefreshingJobsOfBrands(database, brandIds, errorLimit),
    listOutsideRefreshers(database, brandIds),
    readHolds(database, brandIds),
  ])
  const [durations, runnable] = await Promise.all([
    listRunDurations(database, unplannedPairs(jobs, { asOf, ...holds })),
    findRunnable(
      database,
      surroundings,
      jobs.map(({ jobType }) => jobType),
    ),
  ])
  const facts: Facts = {
    asOf,
    catalog: surroundings.catalog,
    statuses: indexed(statuses.map(inOneLine), pairOf),
    failures: indexed(failures, pairOf),
    policies: indexed(policies, pairOf),
    jobs: Map.groupBy(jobs.map(jobInOneLine), (job) => job.brandId),
    outside: indexed(outside, pairOf),
    graces: new Map(durations.map((one) => [`${one.brandId} ${one.jobType}`, graceMinutes(one.durationsMs)])),
    runnable,
    anyAgentAlive: surroundings.anyAgentAlive,
    ...holds,
    maximumOf: maximumsOf(surroundings.catalog),
  }
  const rowsOf = Map.groupBy([...statuses, ...policies], (row) => row.brandId)
  const datasets = new Map<string, DatasetSituation[]>()
  for (const id of brandIds) {
    datasets.set(id, datasetsOfBrand(id, rowsOf.get(id) ?? [], facts))
    if (datasets.size % brandsInOneGo === 0) await setImmediate()
  }
  return { asOf, datasets, facts }
}

function inOneLine(row: DatasetStatusRow): DatasetStatusRow {
  return { ...row, errorMessage: row.errorMessage === null ? null : firstLine(row.errorMessage) }
}

function jobInOneLine(job: RefreshingJob): RefreshingJob {
  const { lastError, failedStepError } = job
  return {
    ...job,
    lastError: lastError === null ? null : firstLine(lastError),
    failedStepError: failedStepError === null ? null : firstLine(failedStepError),
  }
}

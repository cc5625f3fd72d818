import { graceMinutes } from '../../shared/freshness.ts'
import type { Catalog } from '../jobs/catalog/catalog.ts'
import { type KnownAgent, listAgents } from '../store/agent-list.ts'
import { listBrands } from '../store/brands.ts'
import type { Database } from '../store/database.ts'
import { databaseNow } from '../store/database-clock.ts'
import { listDatasetPolicies } from '../store/dataset-policies.ts'
import { listDatasetFailures, listDatasetStatus } from '../store/dataset-status.ts'
import { readHolds } from '../store/holds.ts'
import { listOutsideRefreshers } from '../store/outside-refreshers.ts'
import { listRefreshingJobs } from '../store/refreshing-jobs.ts'
import { listForeignJobTypes, listRunDurations } from '../store/scheduled-job-runs.ts'
import { type BrandView, brandView, type Facts, indexed, pairOf, unplannedPairs } from './dataset-view.ts'
import { type KnownCatalog, mergeKnownCatalog } from './known-catalog.ts'
import { maximumsOf } from './surroundings.ts'

export { type BrandView, type DatasetView, severityOf } from './dataset-view.ts'

export interface Overview {
  /** By the database clock; every age is counted by it. */
  readonly asOf: Date
  readonly brands: readonly BrandView[]
  readonly agents: readonly KnownAgent[]
  readonly catalog: KnownCatalog
}

export interface OverviewRequest {
  /** Null = all brands. */
  readonly brandId: string | null
  /** Only of these; null or absent = of all. */
  readonly brandIds?: readonly string[] | null
  readonly organizationId: string | null
  /** Of this process; what agents published is added. */
  readonly catalog: Catalog
  /** After how long without a heartbeat an agent counts as gone, s. */
  readonly aliveSeconds: number
}

/** Per brand × dataset: how fresh, how the last attempt went, and why (F5 to F9). A fixed number of queries. */
export async function readOverview(database: Database, request: OverviewRequest): Promise<Overview> {
  const { brandId, brandIds = null, organizationId } = request
  const asOf = await databaseNow(database)
  const [brands, agents, statuses, failures, policies, jobs, outside, foreign, holds] = await Promise.all([
    listBrands(database, organizationId),
    listAgents(database, request.aliveSeconds),
    listDatasetStatus(database, { brandId }),
    listDatasetFailures(database, { brandId }),
    listDatasetPolicies(database, brandId),
    listRefreshingJobs(database, brandId),
    listOutsideRefreshers(database, brandId === null ? null : [brandId]),
    listForeignJobTypes(database),
    readHolds(database, brandId === null ? null : [brandId]),
  ])
  const catalog = knownCatalog(request.catalog, agents)
  const durations = await listRunDurations(database, unplannedPairs(jobs, { asOf, ...holds }))
  const alive = agents.filter((agent) => agent.alive)
  const facts: Facts = {
    asOf,
    catalog,
    statuses: indexed(statuses, pairOf),
    failures: indexed(failures, pairOf),
    policies: indexed(policies, pairOf),
    jobs: Map.groupBy(jobs, (job) => job.brandId),
    outside: indexed(outside, pairOf),
    graces: new Map(durations.map((one) => [`${one.brandId} ${one.jobType}`, graceMinutes(one.durationsMs)])),
    runnable: new Set([
      ...alive.flatMap(({ jobTypes }) => jobTypes),
      // Another program runs these in its own way.
      ...foreign.map(({ jobType }) => jobType),
    ]),
    anyAgentAlive: alive.length > 0,
    ...holds,
    maximumOf: maximumsOf(catalog),
  }
  const shown = brands.filter(
    ({ id }) => (brandId === null || id === brandId) && (brandIds === null || brandIds.includes(id)),
  )
  const datasetsOf = Map.groupBy([...statuses, ...policies], (row) => row.brandId)
  return {
    asOf,
    agents,
    catalog,
    brands: shown.map((brand) => brandView(brand, datasetsOf.get(brand.id) ?? [], facts)),
  }
}

/** The catalog of this process with those that agents published and that count (`publishes`). */
export function knownCatalog(own: Catalog, agents: readonly KnownAgent[]): KnownCatalog {
  const published = agents.filter(({ publishes }) => publishes)
  return mergeKnownCatalog(
    own,
    published.map(({ name, host, alive, jobTypes, catalog }) => ({
      source: `agent ${name} (${host})`,
      isGone: !alive,
      jobTypes,
      catalog,
    })),
  )
}

import type { AttemptStatus, FreshnessState } from '../../shared/domain.ts'
import { formatInstant } from '../../shared/duration.ts'
import {
  effectiveMaximum,
  type Freshness,
  freshnessState,
  graceMinutes,
  type MaximumSource,
} from '../../shared/freshness.ts'
import type { Catalog } from '../jobs/catalog/catalog.ts'
import { type KnownAgent, listAgents } from '../store/agent-list.ts'
import { type Brand, listBrands } from '../store/brands.ts'
import type { Database } from '../store/database.ts'
import { databaseNow } from '../store/database-clock.ts'
import { type DatasetPolicy, listDatasetPolicies } from '../store/dataset-policies.ts'
import {
  type DatasetFailure,
  type DatasetStatusRow,
  listDatasetFailures,
  listDatasetStatus,
} from '../store/dataset-status.ts'
import { listRefreshingJobs, type RefreshingJob } from '../store/refreshing-jobs.ts'
import { listForeignJobTypes, listRunDurations } from '../store/scheduled-job-runs.ts'
import { type KnownCatalog, mergeKnownCatalog, pageMaximums, refreshedDatasets } from './known-catalog.ts'
import { refreshReason } from './refresh-reason.ts'

/** One dataset of one brand, on both axes (F6). */
export interface DatasetView {
  readonly dataset: string
  readonly label: string
  readonly freshness: FreshnessState
  readonly lastAttempt: AttemptStatus
  /** Whole seconds since the last success; null without one. */
  readonly ageSeconds: number | null
  readonly maxAgeHours: number | null
  readonly maxAgeSource: MaximumSource
  readonly lastSuccessAt: Date | null
  readonly lastAttemptAt: Date | null
  /** Of the last success; null = not counted. */
  readonly records: number | null
  /** Of the last attempt, when it failed or nobody knows. */
  readonly error: string | null
  /** Why it is not plainly fresh, as sentences; null when it is. */
  readonly reason: string | null
  /** Start of the run in progress, else of the next one planned. */
  readonly nextRunAt: Date | null
  readonly staleAt: Date | null
  /** F8. */
  readonly suspicious: boolean
}

export interface BrandView extends Brand {
  /** Worst first. */
  readonly datasets: readonly DatasetView[]
}

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
  readonly organizationId: string | null
  /** Of this process; what agents published is added. */
  readonly catalog: Catalog
  /** After how long without a heartbeat an agent counts as gone, s. */
  readonly aliveSeconds: number
}

/** Per brand × dataset: how fresh, how the last attempt went, and why (F5 to F9). A fixed number of queries. */
export async function readOverview(database: Database, request: OverviewRequest): Promise<Overview> {
  const { brandId, organizationId } = request
  const asOf = await databaseNow(database)
  const [brands, agents, statuses, failures, policies, jobs, foreign] = await Promise.all([
    listBrands(database, organizationId),
    listAgents(database, request.aliveSeconds),
    listDatasetStatus(database, { brandId }),
    listDatasetFailures(database, { brandId }),
    listDatasetPolicies(database, brandId),
    listRefreshingJobs(database, brandId),
    listForeignJobTypes(database),
  ])
  const catalog = knownCatalog(request.catalog, agents)
  const durations = await listRunDurations(database, unplannedPairs(jobs))
  const alive = agents.filter((agent) => agent.alive)
  const facts: Facts = {
    asOf,
    catalog,
    statuses: indexed(statuses, pairOf),
    failures: indexed(failures, pairOf),
    policies: indexed(policies, pairOf),
    jobs: Map.groupBy(jobs, (job) => job.brandId),
    graces: new Map(durations.map((one) => [`${one.brandId} ${one.jobType}`, graceMinutes(one.durationsMs)])),
    runnable: new Set([
      ...alive.flatMap(({ jobTypes }) => jobTypes),
      // Another program runs these in its own way.
      ...foreign.map(({ jobType }) => jobType),
    ]),
    anyAgentAlive: alive.length > 0,
  }
  const shown = brands.filter((brand) => brandId === null || brand.id === brandId)
  const datasetsOf = Map.groupBy([...statuses, ...policies], (row) => row.brandId)
  return {
    asOf,
    agents,
    catalog,
    brands: shown.map((brand) => brandView(brand, datasetsOf.get(brand.id) ?? [], facts)),
  }
}

/**
 * Brand and job type of jobs without a planned run: only for them does the grace decide (with a planned run, the time that it
 * is expected to take and the grace are the same p90, and cancel out).
 */
function unplannedPairs(jobs: readonly RefreshingJob[]): { brandId: string; jobType: string }[] {
  const pairs = jobs.filter((job) => job.runningSince === null && (job.nextRunAt === null || job.status === 'paused'))
  return [...new Map(pairs.map((job) => [`${job.brandId} ${job.jobType}`, job])).values()]
}

/** The catalog of this process with those that living agents published, else the latest ones. */
export function knownCatalog(own: Catalog, agents: readonly KnownAgent[]): KnownCatalog {
  const alive = agents.filter((agent) => agent.alive)
  const published = (alive.length > 0 ? alive : agents.slice(0, 1)).map(({ name, host, jobTypes, catalog }) => ({
    source: `agent ${name} (${host})`,
    jobTypes,
    catalog,
  }))
  return mergeKnownCatalog(own, published)
}

interface Facts {
  readonly asOf: Date
  readonly catalog: KnownCatalog
  readonly statuses: ReadonlyMap<string, DatasetStatusRow>
  readonly failures: ReadonlyMap<string, DatasetFailure>
  readonly policies: ReadonlyMap<string, DatasetPolicy>
  readonly jobs: ReadonlyMap<string, readonly RefreshingJob[]>
  /** Minutes, by brand and job type. */
  readonly graces: ReadonlyMap<string, number>
  readonly runnable: ReadonlySet<string>
  readonly anyAgentAlive: boolean
}

function pairOf({ brandId, datasetKey }: { brandId: string; datasetKey: string }): string {
  return `${brandId} ${datasetKey}`
}

function indexed<Row>(rows: readonly Row[], key: (row: Row) => string): Map<string, Row> {
  return new Map(rows.map((row) => [key(row), row]))
}

/** The datasets of a brand are those that have a row, a policy, or a job that refreshes them. */
function brandView(brand: Brand, rows: readonly { datasetKey: string }[], facts: Facts): BrandView {
  const refreshers = new Map<string, RefreshingJob[]>()
  for (const job of facts.jobs.get(brand.id) ?? []) {
    const jobType = facts.catalog.jobTypes.get(job.jobType)
    for (const dataset of jobType === undefined ? [] : refreshedDatasets(jobType, job.parameters)) {
      refreshers.set(dataset, [...(refreshers.get(dataset) ?? []), job])
    }
  }
  const keys = new Set([...rows.map(({ datasetKey }) => datasetKey), ...refreshers.keys()])
  const datasets = [...keys].map((key) => datasetView(brand.id, key, refreshers.get(key) ?? [], facts))
  return { ...brand, datasets: datasets.toSorted(worstFirst) }
}

function datasetView(brandId: string, key: string, jobs: readonly RefreshingJob[], facts: Facts): DatasetView {
  const { asOf, catalog } = facts
  const status = facts.statuses.get(`${brandId} ${key}`)
  const dataset = catalog.datasets.get(key)
  const maximum = effectiveMaximum({
    brandOverride: facts.policies.get(`${brandId} ${key}`)?.maxAgeHours ?? null,
    dataset: dataset?.max_age_hours ?? null,
    pages: pageMaximums(catalog, key),
  })
  const next = nextRun(jobs)
  const graces = jobs.map(({ jobType }) => facts.graces.get(`${brandId} ${jobType}`) ?? 0)
  const lastSuccessAt = status?.lastSuccessAt ?? null
  const state = freshnessState({
    lastSuccessAt,
    maxAgeHours: maximum.hours,
    now: asOf,
    nextRunAt: next,
    graceMinutes: Math.max(0, ...graces),
  })
  const error = status?.lastStatus === 'failed' || status?.lastStatus === 'unknown' ? status.errorMessage : null
  const failedStep = facts.failures.get(`${brandId} ${key}`)?.stepKey ?? null
  const failedError = status?.lastStatus === 'failed' ? error : null
  const why = refreshReason({ ...facts, jobs, failedStep, error: failedError, now: asOf })
  return {
    dataset: key,
    label: dataset?.label ?? key,
    freshness: state.state,
    lastAttempt: status?.lastStatus ?? 'unknown',
    ageSeconds: state.ageHours === null ? null : Math.floor(state.ageHours * 3_600),
    maxAgeHours: maximum.hours,
    maxAgeSource: maximum.source,
    lastSuccessAt,
    lastAttemptAt: status?.lastAttemptAt ?? null,
    records: status?.recordsAffected ?? null,
    error,
    reason: reasonOf(state, status, why),
    nextRunAt: next,
    staleAt: state.staleAt,
    suspicious: status?.suspicious ?? false,
  }
}

/** Start of the run in progress, else of the earliest planned one; paused jobs plan nothing. */
function nextRun(jobs: readonly RefreshingJob[]): Date | null {
  const running = jobs.flatMap((job) => job.runningSince ?? [])
  const planned = jobs.flatMap((job) => (job.status === 'active' ? (job.nextRunAt ?? []) : []))
  return earliest(running) ?? earliest(planned)
}

function earliest(times: readonly Date[]): Date | null {
  return times.toSorted((left, right) => left.getTime() - right.getTime())[0] ?? null
}

function reasonOf(state: Freshness, status: DatasetStatusRow | undefined, why: string): string | null {
  const parts: string[] = []
  if (state.reason !== null) parts.push(state.reason)
  if (state.state === 'stale' || state.state === 'never_synced' || state.state === 'at_risk') parts.push(why)
  else if (status?.lastStatus === 'failed') {
    const at = status.lastAttemptAt === null ? '' : ` at ${formatInstant(status.lastAttemptAt)}`
    parts.push(`The last attempt${at} failed: ${status.errorMessage ?? 'no reason was given'}`)
  }
  if (status?.suspicious === true) parts.push('The last success brought 0 records, which is unusual.')
  const text = parts.filter((part) => part !== '').join(' ')
  return text === '' ? null : text
}

const severity = {
  stale: 0,
  never_synced: 1,
  at_risk: 2,
  no_policy: 3,
  fresh: 4,
} as const satisfies Record<FreshnessState, number>

/** How much a dataset needs a person; smaller is worse. A failed attempt on fresh data comes before plain fresh (F6). */
export function severityOf(view: DatasetView): number {
  const doubtful = view.lastAttempt === 'failed' || view.suspicious
  return severity[view.freshness] + (doubtful ? 0 : 0.5)
}

function worstFirst(left: DatasetView, right: DatasetView): number {
  return severityOf(left) - severityOf(right) || (left.dataset < right.dataset ? -1 : 1)
}

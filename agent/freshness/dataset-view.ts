import { suspicionWords } from '../../shared/dataset-status.ts'
import { type AttemptStatus, type FreshnessState, zoneOfJob } from '../../shared/domain.ts'
import type { Due } from '../../shared/due.ts'
import { formatInstant } from '../../shared/duration.ts'
import { type Freshness, freshnessState, type MaximumSource } from '../../shared/freshness.ts'
import type { HoldSpan, Wait } from '../../shared/holds.ts'
import type { Brand } from '../store/brands.ts'
import type { DatasetPolicy } from '../store/dataset-policies.ts'
import type { DatasetFailure, DatasetStatusRow } from '../store/dataset-status.ts'
import type { HoldsOfBrands } from '../store/holds.ts'
import type { OutsideRefresher } from '../store/outside-refreshers.ts'
import type { RefreshingJob } from '../store/refreshing-jobs.ts'
import { type KnownCatalog, refreshedDatasets } from './known-catalog.ts'
import { refreshReason } from './refresh-reason.ts'
import type { MaximumOf } from './surroundings.ts'

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
  /** When the maximum counts (F9); null = always, and where there is no maximum. */
  readonly due: Due | null
  /** F7: from this age on it is at risk; null = no age says so. */
  readonly warnAgeHours: number | null
  readonly lastSuccessAt: Date | null
  readonly lastAttemptAt: Date | null
  /** Of the last success; null = not counted. */
  readonly records: number | null
  /** Of the last attempt, when it failed or nobody knows. */
  readonly error: string | null
  /** Why it is not plainly fresh, as sentences; null when it is. */
  readonly reason: string | null
  /** Start of the run in progress, else of the next one planned, after the holds that it waits for; null = none is planned, or nobody can say. */
  readonly nextRunAt: Date | null
  /** What the next run waits for, and until when (null = until somebody ends it); null = it waits for no hold. */
  readonly hold: { readonly endsAt: Date | null } | null
  /** The zone in which the job of that run has its times; null = it names none. */
  readonly nextRunZone: string | null
  /** Start of the run in progress; null = nothing runs. */
  readonly runningSince: Date | null
  readonly staleAt: Date | null
  /** F8. */
  readonly suspicious: boolean
}

/** A dataset with what stands behind it. */
export interface DatasetSituation {
  readonly view: DatasetView
  /** The jobs of the brand that refresh it. */
  readonly jobs: readonly RefreshingJob[]
  /** Another program that refreshes it; null = none is known. */
  readonly outside: OutsideRefresher | null
  /** Of the last attempt; null where a program without runs wrote it. */
  readonly lastRunId: string | null
  /** The step at which the last attempt failed. */
  readonly failedStep: string | null
}

export interface BrandView extends Brand {
  /** Worst first. */
  readonly datasets: readonly DatasetView[]
}

/**
 * Brand and job type of jobs without a planned run: only for them does the grace decide (with a planned run, the time that it
 * is expected to take and the grace are the same p90, and cancel out).
 */
export function unplannedPairs(
  jobs: readonly RefreshingJob[],
  holds: { readonly asOf: Date; readonly waitOf: HoldsOfBrands['waitOf'] },
): { brandId: string; jobType: string }[] {
  const pairs = jobs.filter((job) => job.runningSince === null && (plannedStart(job, holds)?.startsAt ?? null) === null)
  return [...new Map(pairs.map((job) => [`${job.brandId} ${job.jobType}`, job])).values()]
}

/** What is known of the brands whose datasets are shown. */
export interface Facts extends HoldsOfBrands {
  readonly asOf: Date
  readonly catalog: KnownCatalog
  readonly statuses: ReadonlyMap<string, DatasetStatusRow>
  readonly failures: ReadonlyMap<string, DatasetFailure>
  readonly policies: ReadonlyMap<string, DatasetPolicy>
  readonly jobs: ReadonlyMap<string, readonly RefreshingJob[]>
  readonly outside: ReadonlyMap<string, OutsideRefresher>
  /** Minutes, by brand and job type. */
  readonly graces: ReadonlyMap<string, number>
  readonly runnable: ReadonlySet<string>
  readonly anyAgentAlive: boolean
  /** F9. */
  readonly maximumOf: MaximumOf
}

export function pairOf({ brandId, datasetKey }: { brandId: string; datasetKey: string }): string {
  return `${brandId} ${datasetKey}`
}

export function indexed<Row>(rows: readonly Row[], key: (row: Row) => string): Map<string, Row> {
  return new Map(rows.map((row) => [key(row), row]))
}

/** The datasets of a brand are those that have a row, a policy, or a job that refreshes them; worst first. */
export function datasetsOfBrand(
  brandId: string,
  rows: readonly { readonly datasetKey: string }[],
  facts: Facts,
): DatasetSituation[] {
  const refreshers = new Map<string, RefreshingJob[]>()
  for (const job of facts.jobs.get(brandId) ?? []) {
    const jobType = facts.catalog.jobTypes.get(job.jobType)
    for (const dataset of jobType === undefined ? [] : new Set(refreshedDatasets(jobType, job.parameters))) {
      refreshers.set(dataset, [...(refreshers.get(dataset) ?? []), job])
    }
  }
  const keys = new Set([...rows.map(({ datasetKey }) => datasetKey), ...refreshers.keys()])
  return [...keys]
    .map((key) => datasetSituation(brandId, key, refreshers.get(key) ?? [], facts))
    .toSorted((left, right) => worstFirst(left.view, right.view))
}

export function brandView(brand: Brand, rows: readonly { readonly datasetKey: string }[], facts: Facts): BrandView {
  return { ...brand, datasets: datasetsOfBrand(brand.id, rows, facts).map(({ view }) => view) }
}

/** `jobs`: those of the brand that refresh it. */
export function datasetSituation(
  brandId: string,
  key: string,
  jobs: readonly RefreshingJob[],
  facts: Facts,
): DatasetSituation {
  const { asOf, catalog } = facts
  const status = facts.statuses.get(`${brandId} ${key}`)
  const dataset = catalog.datasets.get(key)
  const policy = facts.policies.get(`${brandId} ${key}`)
  const maximum = facts.maximumOf(key, policy)
  const next = nextRun(jobs, facts)
  const graces = jobs.map(({ jobType }) => facts.graces.get(`${brandId} ${jobType}`) ?? 0)
  const lastSuccessAt = status?.lastSuccessAt ?? null
  const state = freshnessState({
    lastSuccessAt,
    maxAgeHours: maximum.hours,
    due: maximum.due,
    warnAgeHours: policy?.warnAgeHours,
    now: asOf,
    nextRunAt: next?.at ?? null,
    isHeld: next !== null && next.at === null,
    graceMinutes: Math.max(0, ...graces),
  })
  const error = status?.lastStatus === 'failed' || status?.lastStatus === 'unknown' ? status.errorMessage : null
  const failedStep = facts.failures.get(`${brandId} ${key}`)?.stepKey ?? null
  const failedError = status?.lastStatus === 'failed' ? error : null
  // Asked for only where it is said: sentences with instants are slow to make.
  const outside = facts.outside.get(`${brandId} ${key}`) ?? null
  const why = (): string =>
    refreshReason({ ...facts, jobs, outside, failedStep, error: failedError, lastSuccessAt, now: asOf })
  const view: DatasetView = {
    dataset: key,
    label: dataset?.label ?? key,
    freshness: state.state,
    lastAttempt: status?.lastStatus ?? 'unknown',
    ageSeconds: state.ageHours === null ? null : Math.floor(state.ageHours * 3_600),
    maxAgeHours: maximum.hours,
    maxAgeSource: maximum.source,
    due: maximum.due,
    warnAgeHours: policy?.warnAgeHours ?? null,
    lastSuccessAt,
    lastAttemptAt: status?.lastAttemptAt ?? null,
    records: status?.recordsAffected ?? null,
    error,
    reason: reasonOf(state, status, why),
    nextRunAt: next?.at ?? null,
    hold: next?.hold ?? null,
    nextRunZone: next === null ? null : zoneOfJob(next.job),
    runningSince: next?.job.runningSince ?? null,
    staleAt: state.staleAt,
    suspicious: status?.suspicious ?? false,
  }
  return { view, jobs, outside, lastRunId: status?.lastRunId ?? null, failedStep }
}

/** When a job is planned to start, after the holds that it waits for; null = it plans nothing, as paused jobs do. */
export function plannedStart(
  job: RefreshingJob,
  { asOf, waitOf }: { readonly asOf: Date; readonly waitOf: HoldsOfBrands['waitOf'] },
): Wait<HoldSpan> | null {
  return job.status === 'active' && job.nextRunAt !== null ? waitOf(job, job.nextRunAt, asOf) : null
}

/** The run in progress, else the one that is planned to start first; null = none is. */
function nextRun(jobs: readonly RefreshingJob[], facts: Facts): NextRun | null {
  const runs = jobs.flatMap(({ runningSince, ...job }) =>
    runningSince === null ? [] : [{ job: { ...job, runningSince }, at: runningSince, hold: null }],
  )
  const [running] = runs.toSorted(earliestFirst)
  if (running !== undefined) return running
  const planned = jobs.flatMap((job): NextRun[] => {
    const start = plannedStart(job, facts)
    if (start === null) return []
    return [{ job, at: start.startsAt, hold: start.hold === null ? null : { endsAt: start.hold.endsAt } }]
  })
  return planned.toSorted(earliestFirst)[0] ?? null
}

interface NextRun {
  readonly job: RefreshingJob
  /** Null = it waits for a hold without an end. */
  readonly at: Date | null
  readonly hold: DatasetView['hold']
}

function earliestFirst(left: NextRun, right: NextRun): number {
  const ms = ({ at }: NextRun): number => at?.getTime() ?? Number.MAX_VALUE
  return ms(left) - ms(right)
}

function reasonOf(state: Freshness, status: DatasetStatusRow | undefined, why: () => string): string | null {
  const parts: string[] = []
  if (state.reason !== null) parts.push(state.reason)
  if (state.state === 'stale' || state.state === 'never_synced' || state.state === 'at_risk') parts.push(why())
  else if (status?.lastStatus === 'failed') {
    const at = status.lastAttemptAt === null ? '' : ` at ${formatInstant(status.lastAttemptAt)}`
    parts.push(`The last attempt${at} failed: ${status.errorMessage ?? 'no reason was given'}`)
  }
  if (status?.suspicious === true) parts.push(suspicionWords(status))
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

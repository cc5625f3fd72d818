import type { JsonObject } from '../../shared/domain.ts'
import type { Fix } from '../../shared/readiness.ts'
import type { RefreshingJob } from '../store/refreshing-jobs.ts'
import { type KnownCatalog, type KnownJobType, refreshedDatasets } from './known-catalog.ts'

/**
 * What a person would run to refresh a dataset of a brand: the fix of the strictest page that requires it, else the first job type of
 * the catalog that refreshes it, with the parameters of the brand's own job of that type. Types that somebody can run come
 * first, then those that the brand has a job of. Null = nothing in the catalog refreshes it.
 */
export function fixOf(
  dataset: string,
  catalog: KnownCatalog,
  jobs: readonly RefreshingJob[],
  runnable: ReadonlySet<string>,
): Fix | null {
  const [strictest] = [...catalog.pages.values()]
    .flatMap(({ requires }) => requires.filter((requirement) => requirement.dataset === dataset))
    .toSorted((left, right) => left.max_age_hours - right.max_age_hours)
  if (strictest !== undefined) {
    return { jobType: strictest.fix.job_type, parameters: strictest.fix.parameters }
  }
  const candidates = [...catalog.jobTypes.values()].flatMap((jobType) => candidateOf(dataset, jobType, jobs))
  const [best] = candidates.toSorted((left, right) => rank(left, runnable) - rank(right, runnable))
  return best === undefined ? null : { jobType: best.jobType, parameters: best.parameters }
}

interface Candidate extends Fix {
  readonly hasJob: boolean
}

function candidateOf(dataset: string, jobType: KnownJobType, jobs: readonly RefreshingJob[]): Candidate[] {
  const refreshes = (parameters: JsonObject): boolean => refreshedDatasets(jobType, parameters).includes(dataset)
  const [own] = jobs
    .filter((job) => job.jobType === jobType.key && refreshes(job.parameters))
    .toSorted((left, right) => jobRank(left) - jobRank(right))
  if (own !== undefined) return [{ jobType: jobType.key, parameters: own.parameters, hasJob: true }]
  return refreshes({}) ? [{ jobType: jobType.key, parameters: {}, hasJob: false }] : []
}

/** The standing order before what somebody queued once. */
function jobRank({ scheduleType, status }: RefreshingJob): number {
  return (scheduleType === 'recurring' ? 0 : 2) + (status === 'active' ? 0 : 1)
}

function rank({ jobType, hasJob }: Candidate, runnable: ReadonlySet<string>): number {
  return (runnable.has(jobType) ? 0 : 2) + (hasJob ? 0 : 1)
}

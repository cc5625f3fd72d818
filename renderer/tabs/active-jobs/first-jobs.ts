import type { Asking } from '../../client/asking.ts'
import { jobPages } from '../../jobs/job-pages.ts'
import { jobNarrowing } from '../../jobs/use-job-counts.ts'

/** What the page shows first when nothing is filtered; how many jobs there are, every page asks. */
export function askJobs({ queries, cache, place }: Asking): Promise<unknown>[] {
  return [cache.infiniteQuery(jobPages(queries, { ...jobNarrowing(place), states: [] }))]
}

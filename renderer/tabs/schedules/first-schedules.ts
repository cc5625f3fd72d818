import { keepPreviousData } from '@tanstack/react-query'
import type { Asking, Place } from '../../client/asking.ts'
import type { Queries } from '../../client/queries.ts'
import { jobPages } from '../../jobs/job-pages.ts'
import { jobCounts, jobNarrowing } from '../../jobs/use-job-counts.ts'

/** All schedules of the brand, whatever is filtered. */
export function everySchedule(place: Place) {
  return jobNarrowing(place, { type: [], scheduleType: 'recurring', text: '' })
}

/** The one that runs next. */
export function nextOf(queries: Queries, narrowing: ReturnType<typeof everySchedule>) {
  return queries.jobs.list.queryOptions({
    input: { ...narrowing, states: ['active', 'retrying'], order: 'next_run', limit: 1 },
    placeholderData: keepPreviousData,
  })
}

/** What the page shows first when nothing is filtered. */
export function askSchedules({ queries, cache, place }: Asking): Promise<unknown>[] {
  const narrowing = everySchedule(place)
  return [
    cache.query(jobCounts(queries, narrowing)),
    cache.query(nextOf(queries, narrowing)),
    cache.infiniteQuery(jobPages(queries, { ...narrowing, states: [], order: 'next_run' })),
  ]
}

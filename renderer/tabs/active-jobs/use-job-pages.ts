import { useInfiniteQuery } from '@tanstack/react-query'
import type { JobStateWord, LastResult, ScheduleType } from '../../../shared/domain.ts'
import { usePlace } from '../../app/places.ts'
import { useQueries } from '../../client/context.tsx'
import { useFollowClock } from '../../client/now.tsx'
import { jobPages, useJobsOf } from '../../jobs/job-pages.ts'
import { jobNarrowing, totalOf, useJobCounts } from '../../jobs/use-job-counts.ts'

export interface JobFilters {
  readonly state: readonly JobStateWord[]
  readonly last: readonly LastResult[]
  readonly type: readonly string[]
  readonly kind: 'all' | ScheduleType
  readonly text: string
}

/** The jobs that match, page by page, and how many they are. */
export function useJobPages(filters: JobFilters) {
  const scheduleType = filters.kind === 'all' ? null : filters.kind
  const narrowing = jobNarrowing(usePlace(), { ...filters, scheduleType })
  const counts = useJobCounts(narrowing)
  const input = { ...narrowing, states: [...filters.state] }
  const pages = useInfiniteQuery(jobPages(useQueries(), input))
  const first = pages.data?.pages[0]
  useFollowClock(first?.asOf)
  return {
    ...pages,
    input,
    jobs: useJobsOf(pages.data),
    total: totalOf(counts, filters.state),
    byState: counts,
  }
}

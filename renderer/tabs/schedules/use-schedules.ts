import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import type { JobStateWord, LastResult } from '../../../shared/domain.ts'
import { usePlace } from '../../app/places.ts'
import { useQueries } from '../../client/context.tsx'
import { useFollowClock } from '../../client/now.tsx'
import { jobPages, useJobsOf } from '../../jobs/job-pages.ts'
import { jobNarrowing, totalOf, useJobCounts } from '../../jobs/use-job-counts.ts'
import { everySchedule, nextOf } from './first-schedules.ts'
import type { ScheduleOrder } from './schedule-filters.ts'

export interface ScheduleFilters {
  readonly state: readonly JobStateWord[]
  readonly last: readonly LastResult[]
  readonly type: readonly string[]
  readonly text: string
}

/** The schedules that match, page by page. */
export function useSchedules(filters: ScheduleFilters, order: ScheduleOrder) {
  const narrowing = jobNarrowing(usePlace(), { ...filters, scheduleType: 'recurring' })
  const counts = useJobCounts(narrowing)
  const input = { ...narrowing, states: [...filters.state], order }
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

/** All schedules of the brand or group, whatever is filtered: how many in which state, and the one that runs next. */
export function useAllSchedules() {
  const narrowing = everySchedule(usePlace())
  const byState = useJobCounts(narrowing)
  const { data } = useQuery(nextOf(useQueries(), narrowing))
  return { byState, next: data?.jobs[0] ?? null }
}

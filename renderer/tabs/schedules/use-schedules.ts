import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import type { JobRow } from '../../../shared/contract/jobs.ts'
import type { JobStateWord } from '../../../shared/domain.ts'
import { useBrandId, useOrganizationId } from '../../app/places.ts'
import { useQueries } from '../../client/context.tsx'
import { useFollowClock } from '../../client/now.tsx'
import { jobNarrowing, totalOf, useJobCounts } from '../../jobs/use-job-counts.ts'
import type { ScheduleOrder } from './schedule-filters.ts'

const pageSize = 100

export interface ScheduleFilters {
  readonly state: readonly JobStateWord[]
  readonly type: readonly string[]
  readonly text: string
}

const noJobs: readonly JobRow[] = []

/** The schedules that match, page by page. */
export function useSchedules(filters: ScheduleFilters, order: ScheduleOrder) {
  const organizationId = useOrganizationId()
  const [brandId] = useBrandId()
  const narrowing = jobNarrowing({ organizationId, brandId }, { ...filters, scheduleType: 'recurring' })
  const counts = useJobCounts(narrowing)
  const pages = useInfiniteQuery(
    useQueries().jobs.list.infiniteOptions({
      input: (cursor: string | null) => ({
        ...narrowing,
        states: [...filters.state],
        order,
        cursor,
        limit: pageSize,
      }),
      initialPageParam: null,
      getNextPageParam: (page) => page.nextCursor,
      placeholderData: keepPreviousData,
    }),
  )
  const first = pages.data?.pages[0]
  useFollowClock(first?.asOf)
  return {
    ...pages,
    jobs: pages.data?.pages.flatMap((page) => page.jobs) ?? noJobs,
    total: totalOf(counts, filters.state),
    byState: counts,
  }
}

/** All schedules of the brand, whatever is filtered: how many in which state, and the one that runs next. */
export function useAllSchedules() {
  const organizationId = useOrganizationId()
  const [brandId] = useBrandId()
  const narrowing = jobNarrowing({ organizationId, brandId }, { type: [], scheduleType: 'recurring', text: '' })
  const byState = useJobCounts(narrowing)
  const { data } = useQuery(
    useQueries().jobs.list.queryOptions({
      input: {
        ...narrowing,
        states: ['active', 'retrying'],
        order: 'next_run',
        limit: 1,
      },
      placeholderData: keepPreviousData,
    }),
  )
  return { byState, next: data?.jobs[0] ?? null }
}

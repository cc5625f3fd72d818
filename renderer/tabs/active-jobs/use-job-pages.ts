import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import type { JobRow } from '../../../shared/contract/jobs.ts'
import type { JobStateWord } from '../../../shared/contract/words.ts'
import type { ScheduleType } from '../../../shared/domain.ts'
import { useBrandId, useOrganizationId } from '../../app/places.ts'
import { useQueries } from '../../client/context.tsx'
import { useFollowClock } from '../../client/now.tsx'

const pageSize = 100

export interface JobFilters {
  readonly state: readonly JobStateWord[]
  readonly type: readonly string[]
  readonly kind: 'all' | ScheduleType
  readonly text: string
}

const noJobs: readonly JobRow[] = []

/** The jobs that match, page by page, with the true counts of the first page's answer. */
export function useJobPages(filters: JobFilters) {
  const organizationId = useOrganizationId()
  const [brandId] = useBrandId()
  const pages = useInfiniteQuery(
    useQueries().jobs.list.infiniteOptions({
      input: (cursor: string | null) => ({
        organizationId,
        brandId,
        states: [...filters.state],
        jobTypes: filters.type.filter((type) => type.length <= 200).slice(0, 100),
        scheduleType: filters.kind === 'all' ? null : filters.kind,
        text: filters.text.slice(0, 200),
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
    total: first?.total ?? null,
    byState: first?.byState ?? null,
  }
}

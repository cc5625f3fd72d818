import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import type { JobRow } from '../../../shared/contract/jobs.ts'
import type { JobStateWord } from '../../../shared/domain.ts'
import { usePlace } from '../../app/places.ts'
import { useQueries } from '../../client/context.tsx'
import { useFollowClock } from '../../client/now.tsx'
import { totalOf } from '../../jobs/use-job-counts.ts'
import { adCreation, isProductId } from './ad-job-filters.ts'

const pageSize = 100
const noJobs: readonly JobRow[] = []

interface AdJobFilters {
  readonly kind: 'all' | 'recurring' | 'one_time'
  readonly state: readonly JobStateWord[]
  readonly product: string
  readonly text: string
}

function useScope() {
  return { ...usePlace(), jobTypes: [adCreation] }
}

/** What the server would refuse is left out: a link from elsewhere must not break a page. */
function useNarrowing({ kind, product, text }: Omit<AdJobFilters, 'state'>) {
  return {
    ...useScope(),
    scheduleType: kind === 'all' ? null : kind,
    productId: isProductId(product) ? product : null,
    text: text.slice(0, 200),
  }
}

/** Jobs of ad_creation that match, page by page, and how many are in each state. */
export function useAdJobs(filters: AdJobFilters) {
  const queries = useQueries()
  const narrowing = useNarrowing(filters)
  const counts = useQuery(queries.jobs.counts.queryOptions({ input: narrowing, placeholderData: keepPreviousData }))
  const pages = useInfiniteQuery(
    queries.jobs.list.infiniteOptions({
      input: (cursor: string | null) => ({ ...narrowing, states: [...filters.state], cursor, limit: pageSize }),
      initialPageParam: null,
      getNextPageParam: (page) => page.nextCursor,
      placeholderData: keepPreviousData,
    }),
  )
  useFollowClock(pages.data?.pages[0]?.asOf)
  const byState = counts.data?.byState ?? null
  return {
    ...pages,
    jobs: pages.data?.pages.flatMap((page) => page.jobs) ?? noJobs,
    byState,
    total: totalOf(byState, filters.state),
  }
}

/** Products that jobs of ad_creation are for. */
export function useAdProducts() {
  const { data } = useQuery(
    useQueries().jobs.products.queryOptions({ input: useScope(), placeholderData: keepPreviousData }),
  )
  return data?.products ?? []
}

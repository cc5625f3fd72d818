import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import type { AdRow } from '../../../shared/contract/ads.ts'
import { useQueries } from '../../client/context.tsx'
import { useFollowClock } from '../../client/now.tsx'
import type { AdQuestion, AdSort } from './ad-filters.ts'

const pageSize = 100

export function useAdSummary(question: AdQuestion) {
  const summary = useQuery(
    useQueries().ads.summary.queryOptions({ input: question, placeholderData: keepPreviousData }),
  )
  useFollowClock(summary.data?.asOf)
  return summary
}

const noAds: readonly AdRow[] = []

/** Ads in an order, page by page. */
export function useAdPages(question: AdQuestion, sort: AdSort) {
  const pages = useInfiniteQuery(
    useQueries().ads.performance.infiniteOptions({
      input: (cursor: string | null) => ({ ...question, ...sort, cursor, limit: pageSize }),
      initialPageParam: null,
      getNextPageParam: (page) => page.nextCursor,
      placeholderData: keepPreviousData,
    }),
  )
  return { ...pages, ads: pages.data?.pages.flatMap((page) => page.ads) ?? noAds }
}

import type { InferContractRouterOutputs } from '@orpc/contract'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useEffect, useMemo } from 'react'
import type { Contract } from '../../../shared/contract/index.ts'
import type { Place } from '../../client/asking.ts'
import { useQueries } from '../../client/context.tsx'
import { useFollowClock } from '../../client/now.tsx'

type Answer = InferContractRouterOutputs<Contract>['report']['brands']

export interface ReportScope extends Place {
  readonly days: 7 | 30 | 90
  readonly at: string
  readonly on: 'weekdays' | 'daily'
  readonly zone: string
}

/** What has been read so far. */
export type ReportSoFar = Pick<Answer, 'asOf' | 'from' | 'pages' | 'total' | 'brands'> & {
  /** There is no more of it. Brands that come and go meanwhile make `total` another number than there are in the end. */
  readonly isWhole: boolean
}

/** The past hardly changes: it is not asked again for so long, ms. */
const staysMs = 300_000

/** Brand by brand, a few in a call, until all are there. */
export function useReport({ brandId, ...scope }: ReportScope): {
  readonly report: ReportSoFar | null
  /** Also beside what has been read before. */
  readonly error: Error | null
  readonly retry: () => void
} {
  const { data, error, hasNextPage, isFetching, isFetchNextPageError, fetchNextPage, refetch } = useInfiniteQuery(
    useQueries().report.brands.infiniteOptions({
      input: (cursor: string | null) => ({ ...scope, brandId, withDatasets: brandId !== null, cursor }),
      initialPageParam: null,
      getNextPageParam: (page) => page.nextCursor,
      staleTime: staysMs,
    }),
  )
  useEffect(() => {
    if (hasNextPage && !isFetching && error === null) void fetchNextPage()
  }, [hasNextPage, isFetching, error, fetchNextPage])
  const first = data?.pages[0]
  useFollowClock(first?.asOf)
  const report = useMemo(
    () =>
      first === undefined
        ? null
        : { ...first, brands: data?.pages.flatMap(({ brands }) => brands) ?? [], isWhole: !hasNextPage },
    [first, data, hasNextPage],
  )
  // What is there stays, and goes on where it stopped.
  return { report, error, retry: () => void (isFetchNextPageError ? fetchNextPage() : refetch()) }
}

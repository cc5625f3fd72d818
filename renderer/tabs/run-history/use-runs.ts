import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import type { RunFilterInput, RunRow } from '../../../shared/contract/runs.ts'
import { usePlace } from '../../app/places.ts'
import { useQueries } from '../../client/context.tsx'
import { useDatabaseClock, useFollowClock, useNow } from '../../client/now.tsx'
import { isInProgress } from '../../details/run/run-words.ts'
import { type MostFailed, mostFailedOf } from './answer.ts'
import { type RunFilters, runFilterOf } from './run-filters.ts'

/** Runs asked for at once. */
const pageSize = 100
/** Up to so many failures are looked at one by one, to say where most of them are. */
const mostLookedAt = 200
/** How often a range that ends now moves on for the totals, ms. */
export const slideMs = 60_000

/**
 * The same filters, asked two ways: totals and charts move on with the clock; the list keeps the start of its range while its filters stay,
 * because a list that is asked anew would lose the reader's place. It grows at its head all the same.
 */
export function useRunFilterInputs(filters: RunFilters): { list: RunFilterInput; totals: RunFilterInput } {
  const place = usePlace()
  const clock = useDatabaseClock()
  const minute = Math.floor(useNow().getTime() / slideMs)
  const list = useMemo(() => runFilterOf(place, filters, clock.now()), [place, filters, clock])
  const totals = useMemo(() => runFilterOf(place, filters, new Date(minute * slideMs)), [place, filters, minute])
  return { list, totals }
}

/** Until it is answered, what was asked before stands in for it: `range` is what that was about, and `isOfOthers` whether it was another question. */
export function useRunSummary(input: RunFilterInput, range: string, withDurations: boolean) {
  const summary = useQuery(
    useQueries().runs.summary.queryOptions({
      input: { ...input, buckets: 48, withDurations },
      placeholderData: keepPreviousData,
    }),
  )
  useFollowClock(summary.data?.asOf)
  const answered = useAnswered(summary.isPlaceholderData, input, range)
  return { ...summary, range: answered.range, isOfOthers: answered.isOfOthers }
}

/** Of which range the answer is that is there. With a range that ends now the minute makes no other question. */
export function useAnswered(
  isStandIn: boolean,
  { from: _from, to: _to, ...input }: RunFilterInput,
  range: string,
): { readonly range: string; readonly isOfOthers: boolean } {
  const question = JSON.stringify([input, range])
  const [answered, setAnswered] = useState({ question, range })
  if (!isStandIn && answered.question !== question) setAnswered({ question, range })
  return { range: answered.range, isOfOthers: isStandIn && answered.question !== question }
}

/** Where most failures are, when there are few enough of them to be looked at. */
export function useMostFailed(input: RunFilterInput, range: string, failed: number | null): MostFailed | null {
  const isAsked = failed !== null && failed >= 2 && failed <= mostLookedAt
  const { data, isPlaceholderData } = useQuery(
    useQueries().runs.list.queryOptions({
      input: { ...input, results: ['failed'], limit: mostLookedAt },
      enabled: isAsked,
      placeholderData: keepPreviousData,
    }),
  )
  const { isOfOthers } = useAnswered(isPlaceholderData, input, range)
  const isKnown = isAsked && !isOfOthers
  return useMemo(() => (isKnown && data !== undefined ? mostFailedOf(data.runs) : null), [isKnown, data])
}

export function useRunPages(input: RunFilterInput) {
  const queries = useQueries()
  const pages = useInfiniteQuery(
    queries.runs.list.infiniteOptions({
      input: (cursor: string | null) => ({ ...input, cursor, limit: pageSize }),
      initialPageParam: null,
      getNextPageParam: (page) => page.nextCursor,
      placeholderData: keepPreviousData,
      // A run in progress shows a clock of its own; without its growing duration its row changes only when something happens.
      select: ({ pages }) => ({
        runs: pages.flatMap(({ runs }) => runs.map(withoutGrowingDuration)),
        searchedBackTo: pages.at(-1)?.searchedBackTo ?? null,
      }),
    }),
  )
  return { ...pages, runs: pages.data?.runs ?? noRuns, searchedBackTo: pages.data?.searchedBackTo ?? null }
}

const noRuns: readonly RunRow[] = []

function withoutGrowingDuration(run: RunRow): RunRow {
  return isInProgress(run.status) ? { ...run, durationMs: null } : run
}

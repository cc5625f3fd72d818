import type { InferContractRouterOutputs } from '@orpc/contract'
import {
  keepPreviousData,
  type UseQueryResult,
  useInfiniteQuery,
  useQueries as useManyQueries,
} from '@tanstack/react-query'
import { useCallback, useMemo } from 'react'
import type { IncidentView } from '../../../shared/contract/incidents.ts'
import type { Contract } from '../../../shared/contract/index.ts'
import type { IncidentKind, IncidentState } from '../../../shared/incidents.ts'
import { personOf } from '../../../shared/on-it.ts'
import { useOrganizationId, usePlace } from '../../app/places.ts'
import { useQueries, useSession } from '../../client/context.tsx'
import { useFollowClock } from '../../client/now.tsx'

type Page = InferContractRouterOutputs<Contract>['incidents']['list']

const pageSize = 100
/** Effects that a row shows below it; its drawer pages through all of them. */
const shownEffects = 100

export interface IncidentFilters {
  readonly state: readonly IncidentState[]
  readonly kind: readonly IncidentKind[]
  /** Empty = any. */
  readonly dataset: string
  readonly text: string
  /** A name, `me` or `nobody`; empty = whoever. */
  readonly onIt: string
}

/** What both the list and the groups are asked. */
export function askedOf({ state, kind, dataset, text, onIt }: IncidentFilters, operator: string) {
  return {
    ...(state.length === 0 ? {} : { states: [...state] }),
    kinds: [...kind],
    ...(dataset === '' ? {} : { dataset: dataset.slice(0, 200) }),
    ...(onIt === '' ? {} : { onIt: personOf(onIt, operator).slice(0, 100) }),
    text: text.slice(0, 200),
  }
}

const noIncidents: readonly IncidentView[] = []

/** What has no cause among what matches, page by page, the newest first. */
export function useIncidentPages(filters: IncidentFilters) {
  const { operator } = useSession()
  const place = usePlace()
  const pages = useInfiniteQuery(
    useQueries().incidents.list.infiniteOptions({
      input: (cursor: string | null) => ({
        ...place,
        ...askedOf(filters, operator),
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
  const roots = useMemo(() => pages.data?.pages.flatMap((page) => page.incidents) ?? noIncidents, [pages.data])
  return {
    ...pages,
    roots,
    counts: first?.counts ?? null,
  }
}

/** The first effects of each of these incidents (keep the array stable); of one whose answer is not there yet, none. */
export function useEffectsOf(
  causeIds: readonly string[],
  states: readonly IncidentState[],
): ReadonlyMap<string, readonly IncidentView[]> {
  const organizationId = useOrganizationId()
  const queries = useQueries()
  const combine = useCallback(
    (answers: UseQueryResult<Page>[]) =>
      new Map(causeIds.map((causeId, index) => [causeId, answers[index]?.data?.incidents ?? noIncidents])),
    [causeIds],
  )
  return useManyQueries({
    queries: causeIds.map((causeId) =>
      queries.incidents.list.queryOptions({
        input: {
          organizationId,
          causeId,
          ...(states.length === 0 ? {} : { states: [...states] }),
          limit: shownEffects,
        },
      }),
    ),
    combine,
  })
}

import type { InferContractRouterOutputs } from '@orpc/contract'
import { type InfiniteData, type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query'
import type { IncidentView } from '../../shared/contract/incidents.ts'
import type { Contract } from '../../shared/contract/index.ts'
import { useQueries } from '../client/context.tsx'
import type { Queries } from '../client/queries.ts'

type Page = InferContractRouterOutputs<Contract>['incidents']['list']

/** An incident that was shown before, else as the agent knows it; null while nobody knows it. Works without the database. */
export function useKnownIncident(incidentId: string | null): IncidentView | null {
  const queries = useQueries()
  const cache = useQueryClient()
  const seen = incidentId === null ? null : seenIncident(cache, queries, incidentId)
  const { data } = useQuery({
    ...queries.incidents.get.queryOptions({ input: { incidentId: incidentId ?? '' } }),
    enabled: incidentId !== null && seen === null,
  })
  return seen ?? data ?? null
}

/** In any list that is or was on screen. */
function seenIncident(cache: QueryClient, queries: Queries, incidentId: string): IncidentView | null {
  const answers = cache.getQueriesData<Page | InfiniteData<Page>>({ queryKey: queries.incidents.list.key() })
  const pages = answers.flatMap(([, data]) => (data === undefined ? [] : 'pages' in data ? data.pages : [data]))
  return pages.flatMap(({ incidents }) => incidents).find(({ id }) => id === incidentId) ?? null
}

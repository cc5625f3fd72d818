import type { InferContractRouterOutputs } from '@orpc/contract'
import { useQuery } from '@tanstack/react-query'
import type { Contract } from '../../shared/contract/index.ts'
import { useOrganization } from '../app/organization.ts'
import { useQueries } from '../client/context.tsx'
import type { Queries } from '../client/queries.ts'

export type CentreEvent = InferContractRouterOutputs<Contract>['incidents']['centre']['events'][number]

/** Of the latest events; what is older is on the page of incidents. */
const mostEvents = 50

const noEvents: readonly CentreEvent[] = []

export function centreOf(queries: Queries, organizationId: string) {
  return queries.incidents.centre.queryOptions({ input: { organizationId, limit: mostEvents } })
}

/** What was opened and resolved lately, and how much nobody attends to. One question for the header and the navigation. */
export function useCentre(): {
  readonly events: readonly CentreEvent[]
  /** There were more than are here: counts of them are a beginning. */
  readonly isCut: boolean
  readonly unattended: number
} & Pick<ReturnType<typeof useQuery>, 'error' | 'isPending'> {
  const { id: organizationId, hasSection } = useOrganization()
  const { data, error, isPending } = useQuery({ ...centreOf(useQueries(), organizationId), enabled: hasSection })
  const events = data?.events ?? noEvents
  return { events, isCut: events.length >= mostEvents, unattended: data?.unattended ?? 0, error, isPending }
}

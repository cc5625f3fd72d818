import type { InferContractRouterOutputs } from '@orpc/contract'
import { useQuery } from '@tanstack/react-query'
import type { Contract } from '../../shared/contract/index.ts'
import { useOrganization } from '../app/organization.ts'
import { useQueries } from '../client/context.tsx'

export type CentreEvent = InferContractRouterOutputs<Contract>['incidents']['centre']['events'][number]

const noEvents: readonly CentreEvent[] = []

/** What was opened and resolved lately, and how much nobody attends to. One question for the header and the navigation. */
export function useCentre(): { readonly events: readonly CentreEvent[]; readonly unattended: number } & Pick<
  ReturnType<typeof useQuery>,
  'error' | 'isPending'
> {
  const { id: organizationId, hasSection } = useOrganization()
  const { data, error, isPending } = useQuery(
    useQueries().incidents.centre.queryOptions({ input: { organizationId }, enabled: hasSection }),
  )
  return { events: data?.events ?? noEvents, unattended: data?.unattended ?? 0, error, isPending }
}

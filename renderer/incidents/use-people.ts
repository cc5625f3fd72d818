import { useQuery } from '@tanstack/react-query'
import { useOrganizationId } from '../app/places.ts'
import { useQueries } from '../client/context.tsx'

const nobodyYet: string[] = []

/** Who may be on an incident: whoever did something here within the last 30 days; none while that is not known. */
export function usePeople(): string[] {
  const organizationId = useOrganizationId()
  const { data } = useQuery(useQueries().incidents.people.queryOptions({ input: { organizationId } }))
  return data?.people ?? nobodyYet
}

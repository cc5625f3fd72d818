import { useQuery } from '@tanstack/react-query'
import { useIsShown } from '../../../app/organization.ts'
import { useBrandId, useOrganizationId } from '../../../app/places.ts'
import { useQueries } from '../../../client/context.tsx'

/** Of the brands that the page is narrowed to. */
export function useChecks() {
  const organizationId = useOrganizationId()
  const [brandId] = useBrandId()
  const isShown = useIsShown()
  return useQuery(
    useQueries().pings.list.queryOptions({
      input: { organizationId, brandId },
      select: (data) => ({ ...data, checks: data.checks.filter(({ brand }) => isShown(brand.id)) }),
    }),
  )
}

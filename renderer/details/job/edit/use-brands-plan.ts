import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { type BrandName, useBrands } from '../../../app/organization.ts'
import { useOrganizationId } from '../../../app/places.ts'
import { useQueries } from '../../../client/context.tsx'
import type { ScheduleValues } from './schedule-values.ts'

export interface BrandsPlan {
  /** False until it is known which brands have one. */
  readonly isKnown: boolean
  /** Chosen, without a recurring job of the type. */
  readonly without: readonly BrandName[]
  /** Chosen, with one; named after it. */
  readonly having: readonly (BrandName & { readonly jobName: string })[]
  /** All of the organization's that have none, chosen or not. */
  readonly allWithout: readonly BrandName[]
}

/** For which of the chosen brands a schedule of the type would be the first. */
export function useBrandsPlan({ jobType, brandIds }: Pick<ScheduleValues, 'jobType' | 'brandIds'>): BrandsPlan {
  const organizationId = useOrganizationId()
  const brands = useBrands()
  const options = useQueries().schedules.coverage.queryOptions({ input: { organizationId, jobType } })
  const { data } = useQuery({ ...options, enabled: jobType !== '' })
  return useMemo(() => {
    const scheduled = new Map((data?.scheduled ?? []).map((one) => [one.brandId, one.jobName]))
    const chosen = new Set(brandIds ?? [])
    const named = brands.filter(({ id }) => chosen.has(id))
    return {
      isKnown: data !== undefined,
      without: named.filter(({ id }) => !scheduled.has(id)),
      having: named.flatMap((brand) => {
        const jobName = scheduled.get(brand.id)
        return jobName === undefined ? [] : [{ ...brand, jobName }]
      }),
      allWithout: brands.filter(({ id }) => !scheduled.has(id)),
    }
  }, [brands, brandIds, data])
}

import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { type CountedGroup, groupsOf, isInGroup } from '../../shared/brand-groups.ts'
import { useQueries, useSession } from '../client/context.tsx'
import { pastedId } from './palette/ranking.ts'
import { useBrandId, useOrganizationId, usePlace } from './places.ts'

/** The organization in the address, and whether it has the section. The routes see to it that there is one. */
export function useOrganization(): { readonly id: string; readonly name: string; readonly hasSection: boolean } {
  const id = useOrganizationId()
  const organization = useSession().organizations.find((one) => one.id === id)
  return {
    id,
    name: organization?.name ?? '',
    hasSection: organization?.features.includes('PIPELINE_MANAGER') ?? false,
  }
}

export interface BrandName {
  readonly id: string
  readonly name: string
  readonly groups: readonly string[]
}

const noBrands: readonly BrandName[] = []

/** The organization's brands by name; empty until they are known, and while the section is off. */
export function useBrands(): readonly BrandName[] {
  return useBrandsAnswer().data?.brands ?? noBrands
}

/** False while the first answer is on its way: a form that starts from the brands waits for it. */
export function useBrandsSettled(): boolean {
  return !useBrandsAnswer().isLoading
}

function useBrandsAnswer() {
  const { id, hasSection } = useOrganization()
  return useQuery(useQueries().session.brands.queryOptions({ input: { organizationId: id }, enabled: hasSection }))
}

/** Name of the brand that the page is narrowed to; null when it is not, or when there is no such brand. */
export function useBrandName(): string | null {
  const [brandId] = useBrandId()
  return useBrands().find(({ id }) => id === brandId)?.name ?? null
}

/** The groups that the brands carry, by name; empty until they are known. */
export function useGroups(): readonly CountedGroup[] {
  const brands = useBrands()
  return useMemo(() => groupsOf(brands), [brands])
}

/** Whether a brand is among those that the page is narrowed to. */
export function useIsShown(): (brandId: string) => boolean {
  const { brandId, group } = usePlace()
  const brands = useBrands()
  return useMemo(() => {
    if (group === null) return (id) => brandId === null || id === brandId
    const ids = new Set(brands.filter((brand) => isInGroup(brand, group)).map(({ id }) => id))
    return (id) => ids.has(id)
  }, [brandId, group, brands])
}

/** What the page is narrowed to and is not there: none of the organization's brands, or a group that none of them carries. Null until they are known, but for what is no id at all. */
export function useUnknownNarrowing(): 'brand' | 'group' | null {
  const { brandId, group } = usePlace()
  const { data } = useBrandsAnswer()
  if (brandId !== null && pastedId(brandId) === null) return 'brand'
  if (data === undefined) return null
  if (brandId !== null) return data.brands.some(({ id }) => id === brandId) ? null : 'brand'
  return group === null || data.brands.some((brand) => isInGroup(brand, group)) ? null : 'group'
}

import { useQuery } from '@tanstack/react-query'
import { useQueries, useSession } from '../client/context.tsx'
import { pastedId } from './palette/ranking.ts'
import { useBrandId, useOrganizationId } from './places.ts'

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

/** Whether the page is narrowed to what is none of the organization's brands; false until they are known, but for what is no id at all. */
export function useIsBrandUnknown(): boolean {
  const [brandId] = useBrandId()
  const { data } = useBrandsAnswer()
  if (brandId === null) return false
  return pastedId(brandId) === null || (data !== undefined && !data.brands.some(({ id }) => id === brandId))
}

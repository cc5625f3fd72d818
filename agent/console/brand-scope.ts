/** Of which brands a call is: one, those of a group, or all of an organization. Every call that takes a group asks here. */
import { Problem } from '../../shared/errors.ts'
import { nobodyInUse, requireGroup } from '../brands/require-group.ts'
import { readBrandNames } from '../freshness/brand-names.ts'
import type { DatabasePool } from '../store/database.ts'
import { requireBrandOf, requireOrganization } from './access.ts'
import type { ConsoleContext } from './context.ts'

/** As the contract has it (`groupScope`). */
export interface AskedScope {
  readonly organizationId: string
  readonly brandId: string | null
  readonly group: string | null
}

export interface BrandScope {
  readonly organizationId: string
  /** Null = all, or those of the group. */
  readonly brandId: string | null
  /** Of the group, those that were put away too; null = no group was asked for. */
  readonly brandIds: readonly string[] | null
  /** The same as one list: of the brand, or of the group; null = all, and what belongs to no brand. */
  readonly only: readonly string[] | null
  /** As it was asked for. */
  readonly group: string | null
  /** Of the brand, where it is one. */
  readonly brand: { readonly id: string; readonly name: string } | null
}

/** @throws Problem for what the caller may not see, `invalid_input` for a brand and a group together, `not_found` for a group that nobody carries. */
export async function requireScope(
  context: ConsoleContext,
  { organizationId, brandId, group }: AskedScope,
): Promise<BrandScope> {
  if (brandId !== null) {
    const { id, name } = await requireBrandOf(context, organizationId, brandId)
    if (group !== null) throw bothAsked(group)
    return { organizationId, brandId, brandIds: null, only: [brandId], group, brand: { id, name } }
  }
  await requireOrganization(context, organizationId)
  const brandIds = group === null ? null : await requireGroup(context.services.database, organizationId, group)
  return { organizationId, brandId, brandIds, only: brandIds, group, brand: null }
}

function bothAsked(group: string): Problem {
  return new Problem('invalid_input', 'A brand and a group are asked for at once.', {
    field: 'group',
    value: group,
    fix: 'Leave one of them out.',
  })
}

/** The brands of a scope that are in use, by name; one that is asked for alone also when it was put away. @throws Problem `not_found` where none of a group is. */
export async function readBrandsIn(
  database: DatabasePool,
  { organizationId, brand, brandIds, group }: BrandScope,
): Promise<readonly { readonly id: string; readonly name: string }[]> {
  if (brand !== null) return [brand]
  const { brands } = await readBrandNames(database, organizationId)
  if (brandIds === null) return brands
  const found = brandsAmong(brands, brandIds)
  if (found.length === 0) throw nobodyInUse(group ?? '')
  return found
}

export function brandsAmong<Brand extends { readonly id: string }>(
  brands: readonly Brand[],
  ids: readonly string[],
): readonly Brand[] {
  const wanted = new Set(ids)
  return brands.filter(({ id }) => wanted.has(id))
}

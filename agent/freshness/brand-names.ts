import { brandNamesVersion, listBrandNames, type NamedBrands } from '../store/brands.ts'
import type { DatabasePool } from '../store/database.ts'

/** By organization, as they were read last; one copy for each database that this process talks to. */
const copies = new WeakMap<DatabasePool, Map<string, NamedBrands>>()

/** The brands of an organization as they are now: every board asks for them, and they seldom change. */
export async function readBrandNames(database: DatabasePool, organizationId: string): Promise<NamedBrands> {
  const copy = copies.get(database) ?? new Map<string, NamedBrands>()
  copies.set(database, copy)
  const known = copy.get(organizationId)
  if (known !== undefined && known.version === (await brandNamesVersion(database, organizationId))) return known
  const named = await listBrandNames(database, organizationId)
  copy.set(organizationId, named)
  return named
}

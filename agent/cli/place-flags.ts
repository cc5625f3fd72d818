import type { Database } from '../store/database.ts'
import type { GlobalFlags } from './context.ts'
import { brandNamed, organizationNamed } from './lookup.ts'

/** What a list is narrowed to. */
export interface PlaceFlags extends GlobalFlags {
  readonly org?: string
  readonly brand?: string
}

/** Null = whichever. Throws Problem `not_found` or `ambiguous`. */
export async function placeOf(
  database: Database,
  { org, brand }: PlaceFlags,
): Promise<{ readonly organizationId: string | null; readonly brandId: string | null }> {
  const organizationId = org === undefined ? null : (await organizationNamed(database, org)).id
  return {
    organizationId,
    brandId: brand === undefined ? null : (await brandNamed(database, brand, organizationId)).id,
  }
}

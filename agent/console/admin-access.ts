import { type Brand, getBrand } from '../store/brands.ts'
import { organizationAccess } from '../store/organization-features.ts'
import { notFound } from './access.ts'
import type { ConsoleContext } from './context.ts'

/*
 * Admin is never gated: it is where a section is switched on. An administrator of one organization sees and changes that one alone.
 */

/** @throws Problem `not_found` for an organization that does not exist or is not the caller's. */
export async function requireAdministered(
  { identity, services }: ConsoleContext,
  organizationId: string,
): Promise<void> {
  const isForeign = identity.organizationId !== null && identity.organizationId !== organizationId
  if (!isForeign && (await organizationAccess(services.database, organizationId)) !== 'missing') return
  throw notFound(`There is no organization ${organizationId}.`, { field: 'organizationId', value: organizationId })
}

/** The brand, put away or not. @throws Problem `not_found`. */
export async function requireAdministeredBrand(context: ConsoleContext, brandId: string): Promise<Brand> {
  const { identity, services } = context
  const brand = await getBrand(services.database, brandId)
  const isOwn = identity.organizationId === null || identity.organizationId === brand?.organizationId
  if (brand !== null && isOwn) return brand
  throw notFound(`There is no brand ${brandId}.`, { field: 'brandId', value: brandId })
}

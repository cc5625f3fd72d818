import { Problem } from '../../shared/errors.ts'
import { holdBrandState } from '../store/brand-administration.ts'
import type { Database } from '../store/database.ts'
import type { Actor } from '../store/operator-actions.ts'

/**
 * Nothing is started or planned for a brand that was put away. Until the end of the transaction it stays as it is. Null: for no brand.
 * @throws Problem `conflict`
 */
export async function requireBrandInUse(transaction: Database, actor: Actor, brandId: string | null): Promise<void> {
  if (brandId === null) return
  const brand = await holdBrandState(transaction, brandId)
  if (brand?.isArchived === true) throw archivedBrand(actor, brand)
}

export function archivedBrand(
  { door }: Pick<Actor, 'door'>,
  brand: { readonly id: string; readonly name: string },
): Problem {
  return new Problem('conflict', `The brand "${brand.name}" is archived.`, {
    field: door === 'cli' ? '--brand' : 'brandId',
    value: brand.id,
    fix:
      door === 'cli' ? `Bring it back: pm brands restore ${brand.id}` : 'Bring it back first: the Admin page, Brands.',
  })
}

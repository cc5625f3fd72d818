import { Problem } from '../../shared/errors.ts'
import { nobodyInUse, requireGroup } from '../brands/require-group.ts'
import { listBrands } from '../store/brands.ts'
import type { Database } from '../store/database.ts'

/**
 * Ids of the brands that `--group` means, put away or not; null = it was not given. Without an organization a group is of all of them.
 * @throws Problem `not_found` for a group that nobody carries, `invalid_input` beside `--brand`.
 */
export async function groupAsked(
  database: Database,
  { group, brand }: { readonly group?: string; readonly brand?: string },
  organizationId: string | null = null,
): Promise<string[] | null> {
  if (group === undefined) return null
  if (brand !== undefined) {
    throw new Problem('invalid_input', '--group and --brand exclude each other.', {
      field: '--group',
      value: group,
      fix: 'Leave one of them out.',
    })
  }
  return requireGroup(database, organizationId, group, '--group')
}

/** The same for what is said of brands in use alone: a gate must not pass because it looked at none. */
export async function groupInUseAsked(
  database: Database,
  flags: { readonly group?: string; readonly brand?: string },
  organizationId: string | null = null,
): Promise<string[] | null> {
  const asked = await groupAsked(database, flags, organizationId)
  if (asked === null) return null
  const inUse = new Set((await listBrands(database, organizationId)).map(({ id }) => id))
  const found = asked.filter((id) => inUse.has(id))
  if (found.length === 0) throw nobodyInUse(flags.group ?? '', '--group')
  return found
}

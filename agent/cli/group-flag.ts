import { Problem } from '../../shared/errors.ts'
import { requireGroup } from '../brands/require-group.ts'
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

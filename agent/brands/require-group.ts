import { groupKey } from '../../shared/brand-groups.ts'
import { Problem } from '../../shared/errors.ts'
import { didYouMean } from '../settings/suggestion.ts'
import { listBrandsOfGroup, listGroups } from '../store/brand-groups.ts'
import type { Database } from '../store/database.ts'

/** Ids of the brands that carry a group, whatever the case; of one organization, or of all. @throws Problem `not_found`, naming the nearest. */
export async function requireGroup(
  database: Database,
  organizationId: string | null,
  group: string,
  field = 'group',
): Promise<string[]> {
  const found = await listBrandsOfGroup(database, organizationId, groupKey(group))
  if (found.length > 0) return found
  const known = await listGroups(database, organizationId)
  throw new Problem('not_found', `No brand is in a group "${group.slice(0, 60)}".`, {
    field,
    value: group,
    fix: didYouMean(
      group,
      known.map(({ name }) => name),
    ),
  })
}

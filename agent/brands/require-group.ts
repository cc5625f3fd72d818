import { groupKey } from '../../shared/brand-groups.ts'
import { cleanText, Problem } from '../../shared/errors.ts'
import { didYouMean } from '../settings/suggestion.ts'
import { listBrandsOfGroup, listGroups, type NamedGroup } from '../store/brand-groups.ts'
import type { Database } from '../store/database.ts'

/** `not_found`: everybody who carries the group was put away, so that an answer would say nothing of anybody. */
export function nobodyInUse(group: string, field = 'group'): Problem {
  return new Problem('not_found', `Every brand in the group "${group.slice(0, 60)}" was put away.`, {
    field,
    value: group,
    fix: 'Bring one of them back, or add another brand to the group.',
  })
}

/** Ids of the brands that carry a group, whatever the case; of one organization, or of all. @throws Problem `not_found`, naming the nearest. */
export async function requireGroup(
  database: Database,
  organizationId: string | null,
  group: string,
  field = 'group',
): Promise<string[]> {
  const found = await listBrandsOfGroup(database, organizationId, groupKey(cleanText(group, 200)))
  if (found.length > 0) return found
  throw noSuchGroup(group, await listGroups(database, organizationId), field)
}

/** Each of these is carried by a brand of the organization, one that was put away at least. @throws Problem `not_found`, naming the nearest. */
export async function requireGroups(
  database: Database,
  organizationId: string,
  groups: readonly string[],
): Promise<void> {
  if (groups.length === 0) return
  const known = await listGroups(database, organizationId)
  const missing = groups.find((group) => known.every(({ key }) => key !== groupKey(group)))
  if (missing !== undefined) throw noSuchGroup(missing, known, 'groups')
}

function noSuchGroup(group: string, known: readonly NamedGroup[], field: string): Problem {
  const names = known.map(({ name }) => name)
  const fix = didYouMean(group, names)
  return new Problem('not_found', `No brand is in a group "${group.slice(0, 60)}".`, { field, value: group, fix })
}

import { groupKey } from '../../shared/brand-groups.ts'
import { Problem } from '../../shared/errors.ts'
import { renameGroupInRoutes } from '../incidents/change-route.ts'
import { lockBrandsOf } from '../store/brand-administration.ts'
import { listGroupsOfBrands, respellBrandGroup } from '../store/brand-groups.ts'
import type { Database, DatabasePool } from '../store/database.ts'
import { listNotificationRoutes } from '../store/notification-routes.ts'
import { type Actor, insertOperatorActions } from '../store/operator-actions.ts'
import { changeGroupsWithin, checkGroup, knownSpellings } from './groups.ts'
import { requireGroup } from './require-group.ts'

export interface GroupRename {
  readonly organizationId: string
  /** As it is now, in whatever case. */
  readonly group: string
  readonly name: string
  /** Whether both may become one when there is a group of the new name already. */
  readonly joins: boolean
}

export interface RenamedGroup {
  /** Of which something changed. */
  readonly brands: number
  /** Routes that followed the old name. */
  readonly routes: number
}

/**
 * Gives a group another name, for all of its brands and in the routes that follow it, all of it or nothing. What names it elsewhere (addresses,
 * saved views, files) does not follow.
 * @throws Problem `invalid_input` for a name; `not_found` for the group; `conflict` when there is one of the new name and `joins` is not given.
 */
export async function renameGroup(database: DatabasePool, actor: Actor, rename: GroupRename): Promise<RenamedGroup> {
  const { organizationId, group } = rename
  const asked = checkGroup(rename.name, 'name')
  return database.transaction(async (transaction) => {
    await lockBrandsOf(transaction, organizationId)
    const brandIds = await requireGroup(transaction, organizationId, group)
    if (groupKey(group) === groupKey(asked)) {
      const changed = await respell(transaction, actor, { organizationId, brandIds, name: asked })
      const routes = await renameGroupInRoutes(transaction, actor, { organizationId, group, name: asked })
      return { brands: changed.length, routes }
    }
    const known = await nameInUse(transaction, organizationId, asked)
    if (known !== undefined && !rename.joins) throw isThere(known)
    const name = known ?? asked
    const change = { organizationId, brandIds, add: [name], remove: [group] }
    const changed = await changeGroupsWithin(transaction, actor, change)
    const routes = await renameGroupInRoutes(transaction, actor, { organizationId, group, name })
    return { brands: changed.length, routes }
  })
}

/** As it is written where it is used, by brands or by routes that follow it; undefined: nowhere. */
async function nameInUse(database: Database, organizationId: string, asked: string): Promise<string | undefined> {
  const key = groupKey(asked)
  const carried = (await knownSpellings(database, organizationId)).get(key)
  if (carried !== undefined) return carried
  const followed = (await listNotificationRoutes(database, organizationId)).flatMap(({ groups }) => groups ?? [])
  return followed.find((name) => groupKey(name) === key)
}

function isThere(value: string): Problem {
  return new Problem('conflict', `There is a group "${value}" already.`, {
    field: 'name',
    value,
    fix: 'Choose another name, or say that both become one.',
  })
}

/** The same group in another case. */
async function respell(
  database: Database,
  actor: Actor,
  { organizationId, brandIds, name }: { organizationId: string; brandIds: readonly string[]; name: string },
): Promise<string[]> {
  const before = Map.groupBy(await listGroupsOfBrands(database, brandIds), ({ brandId }) => brandId)
  const changed = await respellBrandGroup(database, brandIds, { key: groupKey(name), name })
  const actions = changed.map((brandId) => {
    const groups = before.get(brandId) ?? []
    const after = groups.map((one) => (one.key === groupKey(name) ? name : one.name))
    return {
      organizationId,
      action: 'brand.set_groups' as const,
      subjectType: 'brand' as const,
      subjectId: brandId,
      before: { groups: groups.map((one) => one.name) },
      after: { groups: after },
    }
  })
  await insertOperatorActions(database, actor, actions)
  return changed
}

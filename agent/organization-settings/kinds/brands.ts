import { groupKey, groupsInOrder } from '../../../shared/brand-groups.ts'
import { addBrand, bringBrandBack, putBrandAway } from '../../brands/change-brand.ts'
import { changeGroups, checkGroup, knownSpellings, spelled } from '../../brands/groups.ts'
import { checkName } from '../../jobs/names.ts'
import { listGroupsOfBrands } from '../../store/brand-groups.ts'
import { plainName } from '../world.ts'
import type { SettingKind } from './kind.ts'

/** Brands in use with their groups, and those put away. */
export const brands: SettingKind<'brands'> = {
  read: async (world) => {
    const all = world.brands.all()
    const ids = all.map(({ id }) => id)
    const carried = Map.groupBy(await listGroupsOfBrands(world.database, ids), ({ brandId }) => brandId)
    return all.map(({ id, name, isArchived }) => {
      const groups = (carried.get(id) ?? []).map((group) => group.name)
      const entry = { name: plainName(name), archived: isArchived, groups }
      return { entry, id, seen: JSON.stringify([isArchived, groups]) }
    })
  },
  canonical: (entry) => ({ ...entry, name: plainName(entry.name), groups: groupsInOrder(entry.groups.map(plainName)) }),
  check: async (world, entry) => {
    const known = await knownSpellings(world.database, world.organizationId)
    const groups = spelled(groupsInOrder(entry.groups.map((name) => checkGroup(name, 'groups'))), known)
    return { ...entry, name: checkName(entry.name), groups }
  },
  add: async (world, { name, archived, groups }) => {
    const { database, actor, organizationId } = world
    const id = await addBrand(database, actor, { organizationId, name })
    if (archived) await putBrandAway(database, actor, id)
    await changeGroups(database, actor, { organizationId, brandIds: [id], add: groups, remove: [] })
    world.brands.add({ id, name, isArchived: archived })
  },
  change: async (world, { id, entry: before }, { name, archived, groups }) => {
    const { database, actor, organizationId } = world
    if (archived !== before.archived)
      await (archived ? putBrandAway(database, actor, id) : bringBrandBack(database, actor, id))
    const add = without(groups, before.groups)
    const remove = without(before.groups, groups)
    if (add.length + remove.length > 0)
      await changeGroups(database, actor, { organizationId, brandIds: [id], add, remove })
    world.brands.add({ id, name, isArchived: archived })
  },
  remove: null,
}

function without(names: readonly string[], others: readonly string[]): string[] {
  const keys = new Set(others.map(groupKey))
  return names.filter((name) => !keys.has(groupKey(name)))
}

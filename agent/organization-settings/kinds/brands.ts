import { addBrand, bringBrandBack, putBrandAway } from '../../brands/change-brand.ts'
import { checkName } from '../../jobs/names.ts'
import { plainName } from '../world.ts'
import type { SettingKind } from './kind.ts'

/** Brands in use, and those put away, of which a document has nothing but the names. */
export const brands: SettingKind<'brands'> = {
  read: async (world) =>
    world.brands.all().map(({ id, name, isArchived }) => {
      return { entry: { name: plainName(name), archived: isArchived }, id, seen: String(isArchived) }
    }),
  canonical: (entry) => ({ ...entry, name: plainName(entry.name) }),
  check: (_world, entry) => ({ ...entry, name: checkName(entry.name) }),
  add: async (world, { name, archived }) => {
    const { database, actor, organizationId } = world
    const id = await addBrand(database, actor, { organizationId, name })
    if (archived) await putBrandAway(database, actor, id)
    world.brands.add({ id, name, isArchived: archived })
  },
  change: async (world, { id }, { name, archived }) => {
    const { database, actor } = world
    await (archived ? putBrandAway(database, actor, id) : bringBrandBack(database, actor, id))
    world.brands.add({ id, name, isArchived: archived })
  },
  remove: null,
}

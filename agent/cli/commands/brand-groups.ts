import { Problem } from '../../../shared/errors.ts'
import { type ChangedGroups, changeGroups, checkGroup } from '../../brands/groups.ts'
import { requireGroup } from '../../brands/require-group.ts'
import type { Brand } from '../../store/brands.ts'
import { listArchivedBrands, listBrands } from '../../store/brands.ts'
import { cliActor } from '../actor.ts'
import type { CliContext, GlobalFlags } from '../context.ts'
import { anyBrandNamed } from '../lookup.ts'
import { shortId } from '../output/printer.ts'
import { withSession } from '../session.ts'

export interface GroupFlags extends GlobalFlags {
  /** Brands by name or id. */
  readonly add?: readonly string[]
  readonly remove?: readonly string[]
}

/** `pm brands group <name>`: its brands; with `--add` and `--remove`, which are brands, changes them. Repeating it changes nothing and says so. */
export async function groupBrands(context: CliContext, text: string, flags: GroupFlags): Promise<void> {
  const { add = [], remove = [] } = flags
  if (add.length === 0 && remove.length === 0) return showGroup(context, text, flags)
  const group = checkGroup(text)
  await withSession(context, flags, 'write', async ({ database, print }) => {
    const [adding, removing] = [new Map<string, Brand>(), new Map<string, Brand>()]
    for (const name of add) setBrand(adding, await anyBrandNamed(database, name))
    for (const name of remove) setBrand(removing, await anyBrandNamed(database, name))
    const twice = [...adding.values()].find(({ id }) => removing.has(id))
    if (twice !== undefined) {
      throw new Problem('invalid_input', `${twice.name} is to be added and taken away.`, {
        field: '--remove',
        value: twice.name,
        fix: 'Name it once.',
      })
    }
    const changed: ChangedGroups[] = []
    const change = async (brands: Map<string, Brand>, what: { readonly add: string[]; readonly remove: string[] }) => {
      for (const [organizationId, own] of Map.groupBy(brands.values(), (brand) => brand.organizationId)) {
        const brandIds = own.map(({ id }) => id)
        changed.push(...(await changeGroups(database, cliActor(context), { organizationId, brandIds, ...what })))
      }
    }
    await change(adding, { add: [group], remove: [] })
    await change(removing, { add: [], remove: [group] })
    print.answer({ group, changed }, () => {
      if (changed.length === 0) return print.line('It is so already.')
      for (const { name, added, removed } of changed) {
        for (const one of added) print.line(`${name} is in ${one} now.`)
        for (const one of removed) print.line(`${name} is in ${one} no more.`)
      }
    })
  })
}

function setBrand(brands: Map<string, Brand>, brand: Brand): void {
  brands.set(brand.id, brand)
}

async function showGroup(context: CliContext, group: string, flags: GlobalFlags): Promise<void> {
  await withSession(context, flags, 'read', async ({ database, print }) => {
    const ids = new Set(await requireGroup(database, null, group))
    const inUse = (await listBrands(database)).filter(({ id }) => ids.has(id))
    const archived = (await listArchivedBrands(database)).filter(({ id }) => ids.has(id))
    print.answer({ group, brands: inUse, archived }, () =>
      print.table(
        [{ title: 'brand', shrinksTo: 20 }, { title: 'organization', shrinksTo: 14 }, { title: 'id' }],
        [
          ...inUse.map(({ name, organizationName, id }) => [name, organizationName, shortId(id)]),
          ...archived.map(({ name, organizationName, id }) => [`${name} (archived)`, organizationName, shortId(id)]),
        ],
      ),
    )
  })
}

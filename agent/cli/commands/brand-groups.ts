import { counted } from '../../../shared/counted.ts'
import { Problem } from '../../../shared/errors.ts'
import { type ChangedGroups, changeGroups, checkGroup } from '../../brands/groups.ts'
import { renameGroup } from '../../brands/rename-group.ts'
import { requireGroup } from '../../brands/require-group.ts'
import type { Brand } from '../../store/brands.ts'
import { listArchivedBrands, listBrands } from '../../store/brands.ts'
import { cliActor } from '../actor.ts'
import type { CliContext, GlobalFlags } from '../context.ts'
import { anyBrandNamed, organizationNamed } from '../lookup.ts'
import { shortId } from '../output/printer.ts'
import { withSession } from '../session.ts'

export interface GroupFlags extends GlobalFlags {
  /** Brands by name or id. */
  readonly add?: readonly string[]
  readonly remove?: readonly string[]
  /** Another name for it. */
  readonly rename?: string
  readonly join?: boolean
  /** Of which organization the group is that is given another name. */
  readonly org?: string
}

/** `pm brands group <name>`: its brands; with `--add` and `--remove`, which are brands, changes them. Repeating it changes nothing and says so. */
export async function groupBrands(context: CliContext, text: string, flags: GroupFlags): Promise<void> {
  const { add = [], remove = [] } = flags
  const isChanged = add.length + remove.length > 0
  if (flags.rename !== undefined) {
    if (isChanged) throw renamesAlone()
    return giveName(context, text, { ...flags, rename: flags.rename })
  }
  if (flags.join === true) throw joinsNothing()
  if (!isChanged) return showGroup(context, text, flags)
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

function renamesAlone(): Problem {
  return new Problem('invalid_input', 'A group is given another name, or other brands; not both at once.', {
    field: '--rename',
    value: null,
    fix: 'Run the command twice.',
  })
}

function joinsNothing(): Problem {
  return new Problem('invalid_input', '--join says what becomes of a group of the new name.', {
    field: '--join',
    value: null,
    fix: 'Give --rename <name> as well.',
  })
}

/** In the one organization that has the group, or that is named: what is done in one of several could not be told from what is not. */
async function giveName(
  context: CliContext,
  text: string,
  { rename, join = false, ...flags }: GroupFlags & { readonly rename: string },
): Promise<void> {
  const [group, name] = [checkGroup(text), checkGroup(rename, '--rename')]
  await withSession(context, flags, 'write', async ({ database, print }) => {
    const organization = flags.org === undefined ? null : (await organizationNamed(database, flags.org)).id
    const ids = new Set(await requireGroup(database, organization, group))
    const carrying = [...(await listBrands(database)), ...(await listArchivedBrands(database))].filter(({ id }) =>
      ids.has(id),
    )
    const having = [...new Set(carrying.map((brand) => brand.organizationName))]
    if (organization === null && having.length > 1) throw ofSeveral(group, having)
    const organizationId = organization ?? carrying[0]?.organizationId
    if (organizationId === undefined) throw new Error('A group that is carried by no brand was found.')
    const renamed = await renameGroup(database, cliActor(context), { organizationId, group, name, joins: join })
    print.answer({ group, name, ...renamed }, () => {
      if (renamed.brands + renamed.routes === 0) return print.line('It is so already.')
      const routes =
        renamed.routes === 0
          ? ''
          : `, and ${counted(renamed.routes, 'route')} that ${renamed.routes === 1 ? 'follows' : 'follow'} it`
      return print.line(`${counted(renamed.brands, 'brand')} in ${name} now${routes}.`)
    })
  })
}

function ofSeveral(group: string, organizations: readonly string[]): Problem {
  const names = organizations.slice(0, 5).join(', ')
  return new Problem(
    'ambiguous',
    `${counted(organizations.length, 'organization')} have a group "${group}": ${names}.`,
    {
      field: '--org',
      value: null,
      fix: 'Say which: --org <name>.',
    },
  )
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

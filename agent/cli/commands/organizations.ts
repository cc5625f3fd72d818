import { counted } from '../../../shared/counted.ts'
import { formatAge } from '../../../shared/duration.ts'
import { addBrand, addOrganization, bringBrandBack, putBrandAway } from '../../brands/change-brand.ts'
import { switchFeature } from '../../console/feature-switch.ts'
import { checkName } from '../../jobs/names.ts'
import { listGroupsOfBrands } from '../../store/brand-groups.ts'
import { listBrands } from '../../store/brands.ts'
import { databaseNow } from '../../store/database-clock.ts'
import { listOrganizationFeatures, type OrganizationFeature } from '../../store/organization-features.ts'
import { listOrganizations } from '../../store/organizations.ts'
import { cliActor } from '../actor.ts'
import type { CliContext, GlobalFlags } from '../context.ts'
import { groupAsked } from '../group-flag.ts'
import { anyBrandNamed, organizationNamed } from '../lookup.ts'
import { switchMarks } from '../output/marks.ts'
import { shortId } from '../output/printer.ts'
import { shellWord } from '../output/safe-text.ts'
import { withSession } from '../session.ts'

/** `pm organizations`. */
export async function showOrganizations(context: CliContext, flags: GlobalFlags): Promise<void> {
  await withSession(context, flags, 'read', async ({ database, print }) => {
    const organizations = await listOrganizations(database)
    print.answer({ organizations }, () => {
      if (organizations.length === 0) {
        return print.line('There are no organizations. Create one: pm organizations create <name>')
      }
      print.table(
        [{ title: 'organization', shrinksTo: 20 }, { title: 'brands', align: 'right' }, { title: 'id' }],
        organizations.map(({ name, brands, id }) => [name, brands, shortId(id)]),
      )
    })
  })
}

/** `pm organizations create <name>`: with the section PIPELINE_MANAGER on, because it was created here. */
export async function createOrganization(context: CliContext, text: string, flags: GlobalFlags): Promise<void> {
  const name = checkName(text)
  await withSession(context, flags, 'write', async ({ database, print }) => {
    const id = await addOrganization(database, cliActor(context), name)
    print.answer({ organization: { id, name } }, () => {
      print.line(`The organization ${name} is created (${shortId(id)}).`)
      print.line(`Next: pm brands create <name> --organization ${shellWord(name)}`)
    })
  })
}

/** `pm brands`. */
export async function showBrands(
  context: CliContext,
  flags: GlobalFlags & { org?: string; group?: string },
): Promise<void> {
  await withSession(context, flags, 'read', async ({ database, print }) => {
    const wanted = flags.org
    const organization = wanted === undefined ? null : await organizationNamed(database, wanted)
    const only = await groupAsked(database, flags, organization?.id)
    const all = await listBrands(database, organization?.id ?? null)
    const listed = only === null ? all : all.filter(({ id }) => only.includes(id))
    const carried = Map.groupBy(
      await listGroupsOfBrands(
        database,
        listed.map(({ id }) => id),
      ),
      ({ brandId }) => brandId,
    )
    const brands = listed.map((brand) => ({ ...brand, groups: (carried.get(brand.id) ?? []).map(({ name }) => name) }))
    print.answer({ brands }, () => {
      if (brands.length === 0) {
        return print.line('There are no brands. Create one: pm brands create <name> --organization <name>')
      }
      print.table(
        [
          { title: 'brand', shrinksTo: 20 },
          { title: 'organization', shrinksTo: 14 },
          { title: 'groups', shrinksTo: 14, mayGo: true },
          { title: 'id' },
        ],
        brands.map(({ name, organizationName, groups, id }) => [
          name,
          organizationName,
          groups.join('; '),
          shortId(id),
        ]),
      )
    })
  })
}

/** `pm brands create <name> --organization <name>`. */
export async function createBrand(
  context: CliContext,
  text: string,
  flags: GlobalFlags & { organization: string },
): Promise<void> {
  const name = checkName(text)
  await withSession(context, flags, 'write', async ({ database, print }) => {
    const organization = await organizationNamed(database, flags.organization)
    const id = await addBrand(database, cliActor(context), { organizationId: organization.id, name })
    print.answer({ brand: { id, name, organizationId: organization.id, organizationName: organization.name } }, () => {
      print.line(`The brand ${name} of ${organization.name} is created (${shortId(id)}).`)
      print.line(`Next: pm schedule <job type> --brand ${shellWord(name)} --cron "0 6 * * *" --zone <zone>`)
    })
  })
}

const moves = { archive: putBrandAway, restore: bringBrandBack } as const

/** `pm brands archive|restore <brand>`. Repeating one changes nothing, says so and ends with 0. */
export async function moveBrand(
  context: CliContext,
  verb: keyof typeof moves,
  text: string,
  flags: GlobalFlags,
): Promise<void> {
  await withSession(context, flags, 'write', async ({ database, print }) => {
    const { id, name } = await anyBrandNamed(database, text)
    const { changed, jobs } = await moves[verb](database, cliActor(context), id)
    const done = counted(jobs, 'job')
    const message =
      verb === 'archive'
        ? `The brand ${name} is ${changed ? 'now' : 'already'} archived; ${done} paused. Bring it back: pm brands restore ${shellWord(name)}`
        : `The brand ${name} is ${changed ? 'in use again' : 'in use already'}; ${done} resumed.`
    print.answer({ changed, message, brandId: id, jobs }, () => print.line(message))
  })
}

/** `pm features`. */
export async function showFeatures(context: CliContext, flags: GlobalFlags): Promise<void> {
  await withSession(context, flags, 'read', async ({ database, print }) => {
    const features = await listOrganizationFeatures(database)
    const now = await databaseNow(database)
    print.answer({ features }, () => {
      if (features.length === 0)
        return print.line('There are no organizations. Create one: pm organizations create <name>')
      print.table(
        [{ title: 'organization', shrinksTo: 20 }, { title: 'feature' }, { title: 'state' }, { title: 'changed' }],
        features.map((feature) => [
          feature.organizationName,
          feature.feature,
          feature.enabled ? switchMarks.on : switchMarks.off,
          changedWords(feature, now),
        ]),
      )
    })
  })
}

function changedWords({ changedAt, changedBy }: OrganizationFeature, now: Date): string {
  if (changedAt === null) return 'never decided'
  return `${formatAge(changedAt, now)} by ${changedBy ?? 'somebody'}`
}

/** `pm features enable|disable <feature> --organization <name>`. */
export async function changeFeature(
  context: CliContext,
  feature: string,
  enabled: boolean,
  flags: GlobalFlags & { organization: string },
): Promise<void> {
  await withSession(context, flags, 'write', async ({ database, print }) => {
    const { id: organizationId, name } = await organizationNamed(database, flags.organization)
    const changed = await switchFeature(database, cliActor(context), { organizationId, feature, enabled })
    const message = `${feature} is ${changed ? 'now' : 'already'} ${enabled ? 'on' : 'off'} for ${name}.`
    print.answer({ changed, message, organizationId, feature, enabled }, () => print.line(message))
  })
}

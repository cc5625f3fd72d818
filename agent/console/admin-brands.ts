import { dueFrom } from '../../shared/due.ts'
import { Problem } from '../../shared/errors.ts'
import { linkAccount, unlinkAccount } from '../brands/ad-accounts.ts'
import { addBrand, addOrganization, bringBrandBack, changeBrandName, putBrandAway } from '../brands/change-brand.ts'
import { changeGroups } from '../brands/groups.ts'
import { applyImport, planImport } from '../brands/import-brands.ts'
import { addSearch, type LibrarySearch, removeSearch } from '../brands/library-searches.ts'
import { renameGroup } from '../brands/rename-group.ts'
import { readSurroundings } from '../freshness/surroundings.ts'
import { listBrandAdAccounts } from '../store/brand-ad-accounts.ts'
import { listAdministeredBrands } from '../store/brand-administration.ts'
import { seesPlatform } from './access.ts'
import { requireAdministered, requireAdministeredBrand } from './admin-access.ts'
import type { ConsoleContext } from './context.ts'
import { procedures } from './procedures.ts'

/** More are not listed; the answer says so. */
const mostBrands = 2_000

const createOrganization = procedures.admin.createOrganization.handler(async ({ context, input }) => {
  requireAllOrganizations(context)
  const { services, identity } = context
  return { organizationId: await addOrganization(services.database, identity, input.name) }
})

function requireAllOrganizations(context: ConsoleContext): void {
  if (seesPlatform(context)) return
  throw new Problem('not_allowed', 'Organizations are made by administrators of all of them.', {
    field: 'scope',
    fix: 'Use a token that is not bound to an organization: pm token create --name <name> --scope admin',
  })
}

const brands = procedures.admin.brands.handler(async ({ context, input: { organizationId } }) => {
  await requireAdministered(context, organizationId)
  const found = await listAdministeredBrands(context.services.database, organizationId, mostBrands + 1)
  return {
    brands: found.slice(0, mostBrands).map((brand) => ({
      ...brand,
      groups: [...brand.groups],
      accounts: [...brand.accounts],
      policies: brand.policies.map(({ dueDays, dueAt, dueZone, ...policy }) => ({
        ...policy,
        due: dueFrom({ dueDays, dueAt, dueZone }),
        changedAt: new Date(policy.changedAt),
      })),
      searches: brand.searches.map(mutable),
    })),
    isCut: found.length > mostBrands,
  }
})

function mutable({ pageIds, countries, ...search }: LibrarySearch & { readonly id: string }) {
  return { ...search, pageIds: [...pageIds], countries: [...countries] }
}

const createBrand = procedures.admin.createBrand.handler(async ({ context, input }) => {
  await requireAdministered(context, input.organizationId)
  const { services, identity } = context
  return { brandId: await addBrand(services.database, identity, input) }
})

const renameBrand = procedures.admin.renameBrand.handler(async ({ context, input: { brandId, name } }) => {
  await requireAdministeredBrand(context, brandId)
  const { services, identity } = context
  return { changed: await changeBrandName(services.database, identity, brandId, name) }
})

const archiveBrand = procedures.admin.archiveBrand.handler(async ({ context, input: { brandId } }) => {
  await requireAdministeredBrand(context, brandId)
  return putBrandAway(context.services.database, context.identity, brandId)
})

const restoreBrand = procedures.admin.restoreBrand.handler(async ({ context, input: { brandId } }) => {
  await requireAdministeredBrand(context, brandId)
  return bringBrandBack(context.services.database, context.identity, brandId)
})

const groups = procedures.admin.changeGroups.handler(async ({ context, input }) => {
  await requireAdministered(context, input.organizationId)
  const { services, identity } = context
  const changed = await changeGroups(services.database, identity, input)
  return { changed: changed.map((one) => ({ ...one, added: [...one.added], removed: [...one.removed] })) }
})

const rename = procedures.admin.renameGroup.handler(async ({ context, input }) => {
  await requireAdministered(context, input.organizationId)
  return renameGroup(context.services.database, context.identity, input)
})

const link = procedures.admin.linkAccount.handler(async ({ context, input }) => {
  const brand = await requireAdministeredBrand(context, input.brandId)
  const { database } = context.services
  const { accountId: account, name = null, isPrimary } = input
  const accountId = await linkAccount(database, context.identity, brand, { account, name, isPrimary })
  const linked = (await listBrandAdAccounts(database, brand.id)).find((one) => one.accountId === accountId)
  return { accountId, isTaken: linked?.isTaken ?? false }
})

const unlink = procedures.admin.unlinkAccount.handler(async ({ context, input }) => {
  const brand = await requireAdministeredBrand(context, input.brandId)
  const before = await unlinkAccount(context.services.database, context.identity, brand, input.accountId)
  return { changed: before !== null, before }
})

const addLibrarySearch = procedures.admin.addLibrarySearch.handler(async ({ context, input }) => {
  const brand = await requireAdministeredBrand(context, input.brandId)
  const searchId = await addSearch(context.services.database, context.identity, brand, input)
  return { searchId, changed: searchId !== null }
})

const removeLibrarySearch = procedures.admin.removeLibrarySearch.handler(async ({ context, input }) => {
  const brand = await requireAdministeredBrand(context, input.brandId)
  return { changed: (await removeSearch(context.services.database, context.identity, brand, input.searchId)) !== null }
})

const importBrands = procedures.admin.importBrands.handler(async ({ context, input }) => {
  const { organizationId, csv, apply } = input
  await requireAdministered(context, organizationId)
  const { database, catalog, settings } = context.services
  const surroundings = await readSurroundings(database, catalog, settings.leaseSeconds)
  const request = { organizationId, csv, datasets: [...surroundings.catalog.datasets.keys()] }
  const { applied, lines } = apply
    ? await applyImport(database, context.identity, request)
    : { applied: false, lines: await planImport(database, request) }
  return { applied, lines: lines.map((line) => ({ ...line, words: [...line.words] })) }
})

export const brandCalls = {
  createOrganization,
  brands,
  createBrand,
  renameBrand,
  archiveBrand,
  restoreBrand,
  changeGroups: groups,
  renameGroup: rename,
  linkAccount: link,
  unlinkAccount: unlink,
  addLibrarySearch,
  removeLibrarySearch,
  importBrands,
}

import { identityOf, textOf } from '../../shared/settings-document/compare.ts'
import type { Finding } from '../settings/finding.ts'
import { didYouMean } from '../settings/suggestion.ts'
import { brandOf, type DocumentEntry, type ReadDocument } from './read-document.ts'
import type { SettingsWorld } from './world.ts'

export interface BrandWish {
  /** Whether brands that are not there are made; otherwise they are a fault. */
  readonly createBrands: boolean
}

/** Brands that are not there, unless they are to be made; and settings of archived ones that the document does not take back. */
export function findBrandFaults(world: SettingsWorld, document: ReadDocument, { createBrands }: BrandWish): Finding[] {
  const listed = new Set(document.entries.flatMap((one) => (one.section === 'brands' ? [brandOf(one)] : [])))
  const told = new Set<string>()
  return document.entries.flatMap((one): Finding[] => {
    const name = brandOf(one)
    if (name === null || told.has(name)) return []
    const known = world.brands.named(name)
    if (known === null && !createBrands) {
      // Once for each brand, not for each of its settings.
      told.add(name)
      return [unknownBrand(world, one, name)]
    }
    if (known?.isArchived !== true || listed.has(name)) return []
    told.add(name)
    return [archivedBrand(one, name)]
  })
}

function fieldPath({ section, path }: DocumentEntry): Finding['path'] {
  return [...path, section === 'brands' ? 'name' : 'brand']
}

function unknownBrand({ brands }: SettingsWorld, one: DocumentEntry, name: string): Finding {
  const names = brands.all().map((brand) => brand.name)
  const near = names.length === 0 ? '' : `${didYouMean(name, names)} `
  const fix = `${near}To make brands that are not there: --create-brands.`
  return { path: fieldPath(one), message: `names the brand "${name}", which is not there`, value: name, fix }
}

function archivedBrand(one: DocumentEntry, name: string): Finding {
  const fix = `Take it back first: list it under brands, without "archived".`
  return { path: fieldPath(one), message: `is about "${name}", which is archived`, value: name, fix }
}

/** Brands that settings name, that nobody lists and that are not there: to be made. */
export function newBrandsOf(
  world: SettingsWorld,
  document: ReadDocument,
  { createBrands }: BrandWish,
): DocumentEntry[] {
  if (!createBrands) return []
  const known = new Set(document.entries.flatMap((one) => (one.section === 'brands' ? [brandOf(one)] : [])))
  return document.entries.flatMap((one) =>
    namesIn(one).flatMap((name): DocumentEntry[] => {
      if (known.has(name) || world.brands.named(name) !== null) return []
      known.add(name)
      const entry = { name, archived: false, groups: [] }
      return [{ section: 'brands', entry, identity: identityOf('brands', entry), path: one.path }]
    }),
  )
}

function namesIn(one: DocumentEntry): string[] {
  const several = one.section === 'routes' ? one.entry['brands'] : null
  if (Array.isArray(several)) return several.map(textOf)
  const name = brandOf(one)
  return name === null ? [] : [name]
}

import { Problem } from '../../shared/errors.ts'
import type { Entry } from '../../shared/settings-document/document.ts'
import type { SettingsSection } from '../../shared/settings-document/sections.ts'
import type { Workforce } from '../console/jobs-workforce.ts'
import { listArchivedBrands, listBrands } from '../store/brands.ts'
import type { DatabasePool } from '../store/database.ts'
import type { Actor } from '../store/operator-actions.ts'

/** Whose settings are read or changed, and by whom. */
export interface SettingsPlace {
  readonly database: DatabasePool
  readonly actor: Actor
  readonly organizationId: string
  readonly workforce: Workforce
  /** Without a sign of life for so many seconds an agent is gone. */
  readonly aliveSeconds: number
  /** Told about what nobody expected, for the log. */
  readonly onTrouble: (message: string) => void
}

/** A setting as the database has it. */
export interface StoredSetting<Section extends SettingsSection> {
  readonly entry: Entry<Section>
  /** Of its row; where it has none of its own, what its row belongs to. */
  readonly id: string
  /** Which version of it this is; as its change takes it. */
  readonly seen: string
}

export interface KnownBrand {
  readonly id: string
  readonly name: string
  readonly isArchived: boolean
}

/** What reading and changing settings share: a place, its brands by their names, and what is to be told beside. */
export interface SettingsWorld extends SettingsPlace {
  readonly brands: BrandBook
  /** Ids of archived brands that are taken for brands in use. */
  readonly asInUse: readonly string[]
  /** What a document does not say, as whole sentences. */
  readonly notes: string[]
  /** Why a setting that is there is not read, by what it is (`identityOf`). */
  readonly leftOut: Map<string, string>
}

/** A name as it is compared: as `checkName` stores it. */
export function plainName(text: string): string {
  return text.toWellFormed().normalize('NFC').trim()
}

/** Brands of one organization by name; one in use wins over one that is archived. */
export class BrandBook {
  readonly #byName = new Map<string, KnownBrand>()
  readonly #byId = new Map<string, KnownBrand>()

  add(brand: KnownBrand): void {
    const name = plainName(brand.name)
    this.#byId.set(brand.id, brand)
    const known = this.#byName.get(name)
    if (known === undefined || known.isArchived || known.id === brand.id) this.#byName.set(name, brand)
  }

  named(name: string): KnownBrand | null {
    return this.#byName.get(plainName(name)) ?? null
  }

  nameOf(id: string): string | null {
    const brand = this.#byId.get(id)
    return brand === undefined ? null : plainName(brand.name)
  }

  /** Whether it is put away, whichever brand has its name now; false for one that is not known. */
  isArchived(id: string): boolean {
    return this.#byId.get(id)?.isArchived === true
  }

  /** By their names. */
  all(): KnownBrand[] {
    return [...this.#byName.values()]
  }

  /** @throws Problem `not_found` */
  idOf(name: string): string {
    const brand = this.named(name)
    if (brand !== null) return brand.id
    throw new Problem('not_found', `There is no brand "${name}".`, {
      field: 'brand',
      value: name,
      fix: 'It may have been renamed meanwhile; look at the list of brands.',
    })
  }
}

/**
 * `asInUse`: ids of archived brands to read as they would be if they were brought back.
 * @throws Problem `ambiguous` when two brands in use have one name: a document could not say which is meant.
 */
export async function openWorld(place: SettingsPlace, asInUse: readonly string[] = []): Promise<SettingsWorld> {
  const { database, organizationId } = place
  const brands = new BrandBook()
  const archived = (await listArchivedBrands(database)).filter((brand) => brand.organizationId === organizationId)
  for (const { id, name } of archived) brands.add({ id, name, isArchived: !asInUse.includes(id) })
  for (const { id, name } of await listBrands(database, organizationId)) {
    const known = brands.named(name)
    if (known !== null && !known.isArchived) throw sameName(name, [known.id, id])
    brands.add({ id, name, isArchived: false })
  }
  return { ...place, brands, asInUse, notes: [], leftOut: new Map() }
}

function sameName(name: string, ids: readonly string[]): Problem {
  return new Problem('ambiguous', `Two brands in use are called "${name}" (${ids.join(', ')}).`, {
    field: 'brands',
    value: name,
    fix: 'Give one of them another name: settings name brands by their names.',
  })
}

import { Problem } from '../../shared/errors.ts'
import { identityOf, titleOf } from '../../shared/settings-document/compare.ts'
import { type SettingsSection, sectionRules } from '../../shared/settings-document/sections.ts'
import { type AnyStored, anyKind } from './any-kind.ts'
import { brandOf } from './read-document.ts'
import type { SettingsWorld } from './world.ts'

/** The settings of a section by what they are, in their one form; of several of one name the first, with a note. */
export async function readStored(
  world: SettingsWorld,
  section: SettingsSection,
  onlyBrands: ReadonlySet<string> | null,
): Promise<Map<string, AnyStored>> {
  const kind = anyKind(section)
  const found = new Map<string, AnyStored>()
  for (const stored of await kind.read(world)) {
    const entry = canonicalOrStored(kind.canonical, stored.entry)
    if (onlyBrands !== null && !onlyBrands.has(brandOf({ section, entry }) ?? '')) continue
    const identity = identityOf(section, entry)
    if (found.has(identity)) {
      const { word } = sectionRules[section]
      world.notes.push(`There is more than one ${word} "${titleOf(section, entry)}": only one of them is looked at.`)
    } else found.set(identity, { ...stored, entry })
  }
  return found
}

/** What other programs stored may be none that we would take. */
function canonicalOrStored(
  canonical: (entry: AnyStored['entry']) => AnyStored['entry'],
  entry: AnyStored['entry'],
): AnyStored['entry'] {
  try {
    return canonical(entry)
  } catch (error) {
    if (error instanceof Problem) return entry
    throw error
  }
}

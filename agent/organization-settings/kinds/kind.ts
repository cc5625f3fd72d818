import type { Entry } from '../../../shared/settings-document/document.ts'
import type { SettingsSection } from '../../../shared/settings-document/sections.ts'
import type { SettingsWorld, StoredSetting } from '../world.ts'

/** What else a document says: an entry may name what another one makes. */
export interface DocumentFacts {
  /** Brands that it makes or takes back. */
  readonly newBrands: ReadonlySet<string>
  /** Brands that it puts away. */
  readonly archives: ReadonlySet<string>
  /** Groups that its brands carry, as `groupKey` has them. */
  readonly groups: ReadonlySet<string>
  /** Identities of its schedules (`identityOf`). */
  readonly schedules: ReadonlySet<string>
  /** Identities of schedules that go because it does not name them. */
  readonly pruned: ReadonlySet<string>
}

/**
 * One section of a document: how its settings are read, and changed by the functions that the console uses. Everything that throws throws
 * Problem; a change of what is not as it was seen throws `conflict`.
 */
export interface SettingKind<Section extends SettingsSection> {
  /** Of each thing the form that is stored, in any order. What a document cannot say is left out, with a note. */
  readonly read: (world: SettingsWorld) => Promise<StoredSetting<Section>[]>
  /** The one form of what can be written in several ways; asks nobody. */
  readonly canonical: (entry: Entry<Section>) => Entry<Section>
  /** Refuses what could not be stored; `before` null = it is new. Returns what is stored, with the defaults of parameters. */
  readonly check: (
    world: SettingsWorld,
    entry: Entry<Section>,
    before: Entry<Section> | null,
    facts: DocumentFacts,
  ) => Promise<Entry<Section>> | Entry<Section>
  /** Refuses what the rest of the document would cut off, also where the entry itself changes nothing. */
  readonly checkBeside?: (entry: Entry<Section>, facts: DocumentFacts) => void
  readonly add: (world: SettingsWorld, entry: Entry<Section>) => Promise<void>
  readonly change: (world: SettingsWorld, stored: StoredSetting<Section>, entry: Entry<Section>) => Promise<void>
  /** Null where nothing is ever removed. */
  readonly remove: ((world: SettingsWorld, stored: StoredSetting<Section>) => Promise<void>) | null
}

/** A kind whose canonical form is what was written. */
export function asWritten<One>(entry: One): One {
  return entry
}

/** For sections of which each thing is always there. */
export async function alwaysThere(): Promise<never> {
  throw new Error('A setting that every organization has was to be added.')
}

import type { JsonObject } from '../../shared/domain.ts'
import type { SettingsSection } from '../../shared/settings-document/sections.ts'
import { settingKinds } from './kinds/index.ts'
import type { DocumentFacts } from './kinds/kind.ts'
import type { SettingsWorld } from './world.ts'

/** A setting of any section as the database has it. */
export interface AnyStored {
  readonly entry: JsonObject
  readonly id: string
  readonly seen: string
}

interface AnyKind {
  readonly read: (world: SettingsWorld) => Promise<AnyStored[]>
  readonly canonical: (entry: JsonObject) => JsonObject
  readonly check: (
    world: SettingsWorld,
    entry: JsonObject,
    before: JsonObject | null,
    facts: DocumentFacts,
  ) => Promise<JsonObject> | JsonObject
  readonly checkBeside?: (entry: JsonObject, facts: DocumentFacts) => void
  readonly add: (world: SettingsWorld, entry: JsonObject) => Promise<void>
  readonly change: (world: SettingsWorld, stored: AnyStored, entry: JsonObject) => Promise<void>
  readonly remove: ((world: SettingsWorld, stored: AnyStored) => Promise<void>) | null
}

/** A kind for whoever works through all sections: entries are handed to the kind of the section that they were read for. */
export function anyKind(section: SettingsSection): AnyKind {
  // The schema of the section has checked what is handed in, which the compiler cannot follow through a loop over sections.
  return settingKinds[section] as unknown as AnyKind
}

import { Document, isScalar, isSeq, Scalar, visit } from 'yaml'
import type { JsonObject, JsonValue } from '../../shared/domain.ts'
import { Problem } from '../../shared/errors.ts'
import { inOrder, textOf } from '../../shared/settings-document/compare.ts'
import { compactEntry, settingsFormat } from '../../shared/settings-document/document.ts'
import {
  brandSections,
  type SettingsSection,
  settingsSections,
  usualSections,
} from '../../shared/settings-document/sections.ts'
import { didYouMean } from '../settings/suggestion.ts'
import { readStored } from './stored-settings.ts'
import { openWorld, plainName, type SettingsPlace, type SettingsWorld } from './world.ts'

export interface ExportRequest {
  /** Names of brands; none = all. */
  readonly brands: readonly string[]
  /** None = the usual ones. */
  readonly sections: readonly SettingsSection[]
}

export interface ExportedSettings {
  readonly document: JsonObject
  /** How many settings it has. */
  readonly settings: number
  /** What it does not say, as whole sentences. */
  readonly notes: readonly string[]
}

/**
 * The settings of an organization as a document: the same settings are the same document, in whichever database they are.
 * @throws Problem `not_found` for a brand that is not there; `invalid_input` for sections that are not about single brands.
 */
export async function exportSettings(place: SettingsPlace, request: ExportRequest): Promise<ExportedSettings> {
  const world = await openWorld(place)
  const onlyBrands = request.brands.length === 0 ? null : brandsNamed(world, request.brands)
  const sections = sectionsOf(request, onlyBrands !== null)
  const document: JsonObject = { format: settingsFormat }
  if (onlyBrands !== null) document['only_brands'] = [...onlyBrands].toSorted()
  let settings = 0
  for (const section of sections) {
    const stored = [...(await readStored(world, section, onlyBrands)).values()]
    const entries = inOrder(
      section,
      stored.map(({ entry }) => entry),
    ).map((entry) => compactEntry(section, entry))
    settings += entries.length
    document[section] = writtenAs(section, entries)
  }
  return { document, settings, notes: world.notes }
}

function writtenAs(section: SettingsSection, entries: JsonObject[]): JsonValue {
  if (section === 'notifications') return entries[0] ?? {}
  if (section !== 'features') return entries
  return Object.fromEntries(entries.map(({ feature, enabled }) => [textOf(feature ?? null), enabled ?? false]))
}

function brandsNamed({ brands }: SettingsWorld, names: readonly string[]): Set<string> {
  return new Set(
    names.map((name) => {
      const known = brands.named(name)
      if (known !== null) return plainName(known.name)
      throw new Problem('not_found', `There is no brand "${name}" in this organization.`, {
        field: 'brands',
        value: name,
        fix: didYouMean(
          name,
          brands.all().map((brand) => brand.name),
        ),
      })
    }),
  )
}

function sectionsOf({ sections }: ExportRequest, isOfBrands: boolean): SettingsSection[] {
  if (sections.length === 0) return isOfBrands ? [...brandSections] : [...usualSections]
  const wide = isOfBrands ? sections.find((section) => !brandSections.includes(section)) : undefined
  if (wide === undefined) return settingsSections.filter((section) => sections.includes(section))
  throw new Problem('invalid_input', `The section ${wide} is about all brands.`, {
    field: 'only',
    value: wide,
    fix: `Leave it out, or the brands. Of single brands: ${brandSections.join(', ')}.`,
  })
}

/** How it was made, and what to do with it; nothing that differs between two exports of the same settings. */
const head = ` Settings of an organization of Pipeline Manager, written by "pm export".
 Compare them with an organization: pm apply <this file> --organization <name> --dry-run
 Things are named by their names. What is left out of an entry has its usual value (docs/settings-as-code.md);
 a section that is left out is not looked at.`

/** As YAML: lists of words on one line, sections apart, no line folded. */
export function settingsYaml(document: JsonObject): string {
  const yaml = new Document(document, { aliasDuplicateObjects: false })
  visit(yaml, {
    Scalar: (_key, scalar) => {
      // To YAML 1.1, which other programs still read, 22:00 is a number.
      if (typeof scalar.value === 'string' && /^[\d:]+$/.test(scalar.value)) scalar.type = Scalar.QUOTE_DOUBLE
    },
    Seq: (_key, list) => {
      if (isSeq(list) && list.items.every((item) => isScalar(item))) list.flow = true
    },
    Pair: (_key, pair, path) => {
      // The document itself and its mapping are above a section.
      if (path.length === 2 && isScalar(pair.key) && pair.key.value !== 'format') pair.key.spaceBefore = true
    },
  })
  yaml.commentBefore = head
  return yaml.toString({ lineWidth: 0 })
}

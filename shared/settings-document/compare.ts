import { groupKey } from '../brand-groups.ts'
import type { JsonObject, JsonValue } from '../domain.ts'
import { canonicalJson, isJsonObject } from '../json.ts'
import { type SettingsSection, sectionRules } from './sections.ts'

/** One field that differs, as JSON; null = it is not there. Parts of a mapping are named by their path: `parameters.days`. */
export interface FieldChange {
  readonly field: string
  readonly from: JsonValue
  readonly to: JsonValue
}

export type SettingAction = 'add' | 'change' | 'remove'

/** What makes an entry the same thing as another one: texts that are equal exactly when it is. */
export function identityOf(section: SettingsSection, entry: JsonObject): string {
  return canonicalJson([
    section,
    ...sectionRules[section].identity.map((field) => plainly(field, entry[field] ?? null)),
  ])
}

/** In whatever case a group is written, it is the same. */
function plainly(field: string, value: JsonValue): JsonValue {
  return field === 'groups' && Array.isArray(value) ? value.map((group) => groupKey(textOf(group))) : value
}

/** How a person calls it: `Acme · meta_sync · Nightly`. */
export function titleOf(section: SettingsSection, entry: JsonObject): string {
  const { identity, word } = sectionRules[section]
  const parts = identity.flatMap((field) => partOf(field, entry[field] ?? null))
  return parts.length === 0 ? word : parts.join(' · ')
}

function partOf(field: string, value: JsonValue): string[] {
  if (value === null) return []
  if (Array.isArray(value)) {
    if (value.length > 3) return [`${value.length} ${field}`]
    const names = value.map(textOf).join(', ')
    return [field === 'groups' ? `in ${names}` : names]
  }
  if (field === 'after_minutes') return [`after ${textOf(value)} min`]
  if (field === 'person') return [`given to ${textOf(value)}`]
  return [textOf(value)]
}

/** A value in a line: text as it is, everything else as JSON. */
export function textOf(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** Every field that differs, in the order of the entry; those of mappings one by one. */
export function changedFields(before: JsonObject, after: JsonObject, path = ''): FieldChange[] {
  const fields = [...new Set([...Object.keys(after), ...Object.keys(before)])]
  return fields.flatMap((field) => {
    const from = Object.hasOwn(before, field) ? (before[field] ?? null) : null
    const to = Object.hasOwn(after, field) ? (after[field] ?? null) : null
    if (canonicalJson(from) === canonicalJson(to)) return []
    const name = `${path}${field}`
    if (isJsonObject(from) && isJsonObject(to)) return changedFields(from, to, `${name}.`)
    return [{ field: name, from, to }]
  })
}

/** The order in which entries of a section are written: by what they are called, the same wherever it is sorted. */
export function inOrder<Thing extends JsonObject>(section: SettingsSection, entries: readonly Thing[]): Thing[] {
  const keyed = entries.map((entry) => ({ entry, key: sortKey(section, entry), whole: canonicalJson(entry) }))
  return keyed
    .toSorted((one, other) => byText(one.key, other.key) || byText(one.whole, other.whole))
    .map(({ entry }) => entry)
}

/** Names in small letters first, so that "acme" and "Acme" stand together; then as they are. No collation: that differs by machine. */
function sortKey(section: SettingsSection, entry: JsonObject): string {
  const parts = sectionRules[section].identity.map((field) => canonicalJson(entry[field] ?? null))
  return [...parts.map((part) => part.toLowerCase()), ...parts].join('\u0000')
}

function byText(one: string, other: string): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}

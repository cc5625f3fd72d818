import { createHash } from 'node:crypto'
import { groupKey } from '../../shared/brand-groups.ts'
import type { JsonObject } from '../../shared/domain.ts'
import { canonicalJson } from '../../shared/json.ts'
import {
  changedFields,
  type FieldChange,
  identityOf,
  type SettingAction,
  textOf,
  titleOf,
} from '../../shared/settings-document/compare.ts'
import { compactEntry } from '../../shared/settings-document/document.ts'
import { type SettingsSection, sectionRules, settingsSections } from '../../shared/settings-document/sections.ts'
import type { Finding } from '../settings/finding.ts'
import { type AnyStored, anyKind } from './any-kind.ts'
import { type BrandWish, findBrandFaults, newBrandsOf } from './document-brands.ts'
import type { DocumentFacts } from './kinds/kind.ts'
import { type DocumentEntry, documentProblem, findingOf, type ReadDocument } from './read-document.ts'
import { findReturning } from './returning-settings.ts'
import { readStored } from './stored-settings.ts'
import { openWorld, type SettingsPlace, type SettingsWorld } from './world.ts'

/** One thing that would be different. */
export interface PlannedChange {
  /** Which thing it is: the same whenever it is asked about. */
  readonly id: string
  /** What was seen of it and what becomes of it; another one when either is different. */
  readonly seen: string
  readonly section: SettingsSection
  readonly title: string
  readonly action: SettingAction
  /** From what to what; of a new thing only what it says, of one that goes what it said. */
  readonly fields: readonly FieldChange[]
  /** Null = it is new. */
  readonly stored: AnyStored | null
  /** Null = it goes. */
  readonly entry: JsonObject | null
}

export interface SettingsPlan {
  readonly world: SettingsWorld
  readonly changes: readonly PlannedChange[]
  /** How many are as the document says. */
  readonly same: number
  /** How many are there that the document does not name, and stay. */
  readonly unnamed: number
}

export interface PlanOptions extends BrandWish {
  /** Whether what the document does not name is taken away, in the sections that it has; never a brand. */
  readonly prune: boolean
}

/**
 * What it takes to make the settings as the document says; nothing is changed.
 * @throws Problem `invalid_input` that lists everything that could not be done, with its place in the document.
 */
export async function planSettings(
  place: SettingsPlace,
  document: ReadDocument,
  options: PlanOptions,
): Promise<SettingsPlan> {
  const world = await openWorld(place)
  const returning = await findReturning(place, world, document, options)
  const findings: Finding[] = [...findBrandFaults(world, document, options), ...returning]
  const entries = [...newBrandsOf(world, document, options), ...document.entries]
  const pruned = new Set<string>()
  const facts: DocumentFacts = {
    pruned,
    newBrands: brandsOf(entries, false),
    archives: brandsOf(entries, true),
    groups: groupsOf(entries),
    schedules: new Set(entries.flatMap(({ section, identity }) => (section === 'schedules' ? [identity] : []))),
  }
  const changes: PlannedChange[] = []
  let same = 0
  let unnamed = 0
  for (const section of sectionsOf(document, entries)) {
    const stored = await readStored(world, section, document.onlyBrands)
    if (section === 'schedules' && options.prune) {
      for (const identity of stored.keys()) if (!facts.schedules.has(identity)) pruned.add(identity)
    }
    for (const written of entries.filter((one) => one.section === section)) {
      const before = stored.get(written.identity) ?? null
      stored.delete(written.identity)
      const change = await compared(world, written, before, facts, findings)
      if (change === null) same += 1
      else changes.push(change)
    }
    if (options.prune && sectionRules[section].isPruned) {
      changes.push(...[...stored.values()].map((one) => planned(section, 'remove', one, null)))
    } else if (sectionRules[section].isPruned) unnamed += stored.size
  }
  if (findings.length > 0) throw documentProblem(findings, document.source)
  return { world, changes, same, unnamed }
}

function brandsOf(entries: readonly DocumentEntry[], isArchived: boolean): Set<string> {
  const listed = entries.filter(
    ({ section, entry }) => section === 'brands' && (entry['archived'] === true) === isArchived,
  )
  return new Set(listed.map(({ entry }) => textOf(entry['name'] ?? null)))
}

function groupsOf(entries: readonly DocumentEntry[]): Set<string> {
  const carried = entries.flatMap(({ section, entry }) => (section === 'brands' ? (entry['groups'] ?? []) : []))
  return new Set(carried.map((group) => groupKey(textOf(group))))
}

/** Those of the document, in their order; brands also where only others name new ones. */
function sectionsOf({ sections }: ReadDocument, entries: readonly DocumentEntry[]): SettingsSection[] {
  const found = new Set<SettingsSection>([...entries.map(({ section }) => section), ...sections])
  return settingsSections.filter((section) => found.has(section))
}

/** Null = it is so already. What could not be done is added to the findings. */
async function compared(
  world: SettingsWorld,
  { section, entry, path }: DocumentEntry,
  before: AnyStored | null,
  facts: DocumentFacts,
  findings: Finding[],
): Promise<PlannedChange | null> {
  try {
    anyKind(section).checkBeside?.(entry, facts)
    // What is there already is not refused, whoever has written it.
    if (before !== null && isSame(before.entry, entry)) return null
    const checked = await anyKind(section).check(world, entry, before?.entry ?? null, facts)
    if (before === null) return planned(section, 'add', null, checked)
    return isSame(before.entry, checked) ? null : planned(section, 'change', before, checked)
  } catch (error) {
    findings.push(findingOf(error, path))
    return null
  }
}

function isSame(one: JsonObject, other: JsonObject): boolean {
  return canonicalJson(one) === canonicalJson(other)
}

function planned(
  section: SettingsSection,
  action: SettingAction,
  stored: AnyStored | null,
  entry: JsonObject | null,
): PlannedChange {
  const thing = entry ?? stored?.entry ?? {}
  const fields = fieldsOf(section, stored?.entry ?? null, entry)
  const identity = identityOf(section, thing)
  return {
    id: hashOf(identity),
    seen: hashOf(canonicalJson([action, stored?.seen ?? null, fields])),
    section,
    title: titleOf(section, thing),
    action,
    fields,
    stored,
    entry,
  }
}

function fieldsOf(section: SettingsSection, before: JsonObject | null, after: JsonObject | null): FieldChange[] {
  const all =
    before !== null && after !== null
      ? changedFields(before, after)
      : changedFields(
          before === null ? {} : compactEntry(section, before),
          after === null ? {} : compactEntry(section, after),
        )
  const identity: readonly string[] = sectionRules[section].identity
  return all.filter(({ field }) => !identity.includes(field))
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}

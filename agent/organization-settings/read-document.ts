import type { JsonObject } from '../../shared/domain.ts'
import { Problem } from '../../shared/errors.ts'
import { identityOf } from '../../shared/settings-document/compare.ts'
import { entriesOf, settingsDocument } from '../../shared/settings-document/document.ts'
import { brandSections, type SettingsSection, settingsSections } from '../../shared/settings-document/sections.ts'
import type { Finding, Path } from '../settings/finding.ts'
import { check } from '../settings/schema-issue.ts'
import { readYaml, type YamlRules, type YamlSource, yamlProblem } from '../settings/yaml-source.ts'
import { anyKind } from './any-kind.ts'
import { plainName } from './world.ts'

/** An entry as it is compared, and where it was written. */
export interface DocumentEntry {
  readonly section: SettingsSection
  readonly entry: JsonObject
  readonly identity: string
  readonly path: Path
}

/** A checked document; whether what it names exists is known only once it is compared. */
export interface ReadDocument {
  readonly source: Pick<YamlSource, 'fileName' | 'locate'>
  /** Those that it has: the others are not looked at. */
  readonly sections: readonly SettingsSection[]
  /** Null = all brands. */
  readonly onlyBrands: ReadonlySet<string> | null
  readonly entries: readonly DocumentEntry[]
}

/** About four thousand brands. Through REST a body of 1 MB is the limit. */
export const mostDocumentBytes = 4 * 1024 * 1024

const rules: YamlRules = {
  code: 'invalid_input',
  bytes: mostDocumentBytes,
  values: 400_000,
  whenTooLong:
    'Split it: pm export --brand or --only writes a part of the settings, and each part can be applied by itself.',
}

/**
 * Reads the text of a document, YAML or JSON.
 * @param fileName shown in messages only.
 * @throws Problem `invalid_input` that lists all faults, each as `file:line:column`, path, value and fix.
 */
export function readSettingsDocument(text: string, fileName: string): ReadDocument {
  const source = readYaml(text, fileName, rules)
  const result = check(settingsDocument, source.value)
  if (!result.ok) throw documentProblem(result.findings, source)
  const document = result.value
  const names = document.only_brands
  const onlyBrands = names === undefined ? null : new Set(names.map(plainName))
  const findings: Finding[] = []
  const sections = settingsSections.filter((section) => entriesOf(document, section) !== null)
  const entries = sections.flatMap((section) =>
    [...(entriesOf(document, section) ?? []).entries()].flatMap(([index, entry]) =>
      canonicalEntry({ section, entry, path: pathOf(section, index) }, findings),
    ),
  )
  findings.push(...twice(entries), ...outside(sections, entries, onlyBrands), ...ofArchived(entries))
  if (findings.length > 0) throw documentProblem(findings, source)
  return { source, sections, onlyBrands, entries }
}

/** The findings as one Problem, each with the place where it was written. */
export function documentProblem(findings: readonly Finding[], source: ReadDocument['source']): Problem {
  return yamlProblem(findings, source, rules.code)
}

function pathOf(section: SettingsSection, index: number): Path {
  if (section === 'features') return [section, 'PIPELINE_MANAGER']
  return section === 'notifications' ? [section] : [section, index]
}

function canonicalEntry(
  written: { readonly section: SettingsSection; readonly entry: JsonObject; readonly path: Path },
  findings: Finding[],
): DocumentEntry[] {
  const { section, path } = written
  try {
    const entry = anyKind(section).canonical(written.entry)
    return [{ section, path, entry, identity: identityOf(section, entry) }]
  } catch (error) {
    findings.push(findingOf(error, path))
    return []
  }
}

/** What the rules call the fields of a document. */
const fieldNames: ReadonlyMap<string, Path> = new Map([
  ['cron_expression', ['cron']],
  ['timeZone', ['time_zone']],
  ['maxAgeHours', ['max_age_hours']],
  ['warnAgeHours', ['warn_age_hours']],
  ['quietHours.timeZone', ['quiet_hours', 'zone']],
  ['jobType', ['job_type']],
])

/** What a rule refused, at the field of the entry. Anything else is thrown on. */
export function findingOf(error: unknown, path: Path): Finding {
  if (!(error instanceof Problem)) throw error
  const { field, value, fix } = error
  const inside = field === undefined ? [] : (fieldNames.get(field) ?? field.split('.'))
  const said = error.message.replace(/\.$/, '')
  return {
    path: [...path, ...inside],
    message: /^[A-Z"]/.test(said) ? `is refused: ${said}` : said,
    value,
    ...(fix === undefined ? {} : { fix }),
  }
}

function twice(entries: readonly DocumentEntry[]): Finding[] {
  const seen = new Map<string, Path>()
  return entries.flatMap(({ identity, path }) => {
    const first = seen.get(identity)
    seen.set(identity, first ?? path)
    if (first === undefined) return []
    return [
      {
        path,
        message: `is there twice: it names the same as entry ${String(first.at(-1))}`,
        fix: 'Keep one of the two.',
      },
    ]
  })
}

/** What a document about some brands may not have. */
function outside(
  sections: readonly SettingsSection[],
  entries: readonly DocumentEntry[],
  onlyBrands: ReadonlySet<string> | null,
): Finding[] {
  if (onlyBrands === null) return []
  const fix = 'Take it out, or remove only_brands.'
  const wide = sections.filter((section) => !brandSections.includes(section))
  const others = entries.filter((one) => brandSections.includes(one.section) && !onlyBrands.has(brandOf(one) ?? ''))
  return [
    ...wide.map((section) => ({ path: [section], message: 'is about all brands, and only_brands is not', fix })),
    ...others.map(({ path }) => ({ path, message: 'is about none of only_brands', fix })),
  ]
}

/** Of a brand that is put away there is nothing but its name. */
function ofArchived(entries: readonly DocumentEntry[]): Finding[] {
  const archived = new Set(entries.flatMap((one) => (one.entry['archived'] === true ? [brandOf(one)] : [])))
  return entries.flatMap((one) => {
    const brand = one.section === 'brands' ? null : brandOf(one)
    if (brand === null || !archived.has(brand)) return []
    const fix = 'Take it out; settings of an archived brand are kept as they are.'
    return [{ path: one.path, message: `is about ${brand}, which the document archives`, fix }]
  })
}

/** The brand that an entry is about; null = none. */
export function brandOf({ section, entry }: Pick<DocumentEntry, 'section' | 'entry'>): string | null {
  const value = section === 'brands' ? entry['name'] : entry['brand']
  return typeof value === 'string' ? value : null
}

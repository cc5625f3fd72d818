import { type SettingsSection, sectionRules } from '../../shared/settings-document/sections.ts'
import type { Finding } from '../settings/finding.ts'
import { brandOf, type ReadDocument } from './read-document.ts'
import { readStored } from './stored-settings.ts'
import { openWorld, type SettingsPlace, type SettingsWorld } from './world.ts'

/**
 * What the brands that a document takes back had before they were archived comes back with them, and its jobs are resumed: a document that
 * also says how those settings are to be would add them once more. Each of them is a fault; so is what `prune` would have to take away.
 */
export async function findReturning(
  place: SettingsPlace,
  { brands }: SettingsWorld,
  document: ReadDocument,
  { prune }: { readonly prune: boolean },
): Promise<Finding[]> {
  const listed = document.entries.filter(({ section, entry }) => section === 'brands' && entry['archived'] !== true)
  const back = listed.flatMap((one) => brands.named(brandOf(one) ?? '') ?? []).filter(({ isArchived }) => isArchived)
  if (back.length === 0) return []
  const [now, then] = [
    await openWorld(place),
    await openWorld(
      place,
      back.map(({ id }) => id),
    ),
  ]
  const findings: Finding[] = []
  for (const section of document.sections.filter((one) => sectionRules[one].isPruned)) {
    const present = await readStored(now, section, document.onlyBrands)
    const returning = await readStored(then, section, document.onlyBrands)
    for (const identity of present.keys()) returning.delete(identity)
    for (const { path, identity, ...one } of document.entries.filter((entry) => entry.section === section)) {
      if (!returning.delete(identity)) continue
      findings.push({
        path,
        message: `comes back with ${brandOf(one) ?? 'its brand'}, which had it before it was archived`,
        fix,
      })
    }
    if (prune && returning.size > 0) findings.push(notNamed(section, returning.size))
  }
  return findings
}

const fix = 'First apply a file with nothing but the brand, which brings it back with all that it had; then this one.'

function notNamed(section: SettingsSection, count: number): Finding {
  const message = `does not name ${count} that come back with a brand and would stay`
  return { path: [section], message, fix }
}

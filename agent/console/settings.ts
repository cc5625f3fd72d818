import type { SettingsSection } from '../../shared/settings-document/sections.ts'
import { applySettings } from '../organization-settings/apply-settings.ts'
import { exportSettings, settingsYaml } from '../organization-settings/export-settings.ts'
import { planSettings } from '../organization-settings/plan-settings.ts'
import { readSettingsDocument } from '../organization-settings/read-document.ts'
import type { SettingsPlace } from '../organization-settings/world.ts'
import { requireOrganization, requirePlatform } from './access.ts'
import { requireAdministered } from './admin-access.ts'
import type { ConsoleContext } from './context.ts'
import { readWorkforce } from './jobs-workforce.ts'
import { procedures } from './procedures.ts'

async function placeOf({ services, identity }: ConsoleContext, organizationId: string): Promise<SettingsPlace> {
  return {
    database: services.database,
    actor: identity,
    organizationId,
    workforce: await readWorkforce(services),
    aliveSeconds: services.settings.leaseSeconds,
    onTrouble: services.onTrouble,
  }
}

/** Jobs of the platform are no organization's (J12). */
function requireSections(context: ConsoleContext, sections: readonly SettingsSection[]): void {
  if (sections.includes('platform_schedules')) requirePlatform(context)
}

const exported = procedures.settings.export.handler(async ({ context, input: { organizationId, brands, only } }) => {
  await requireOrganization(context, organizationId)
  requireSections(context, only)
  const place = await placeOf(context, organizationId)
  const { document, settings: count, notes } = await exportSettings(place, { brands, sections: only })
  return { document, yaml: settingsYaml(document), settings: count, notes: [...notes] }
})

const plan = procedures.settings.plan.handler(async ({ context, input }) => {
  const { organizationId, text, fileName, ...options } = input
  await requireAdministered(context, organizationId)
  const document = readSettingsDocument(text, fileName)
  requireSections(context, document.sections)
  const { changes, same, unnamed, world } = await planSettings(
    await placeOf(context, organizationId),
    document,
    options,
  )
  const told = changes.map(({ stored: _stored, entry: _entry, fields, ...change }) => ({
    ...change,
    fields: [...fields],
  }))
  return { changes: told, same, unnamed, notes: [...world.notes] }
})

const apply = procedures.settings.apply.handler(async ({ context, input }) => {
  const { organizationId, text, fileName, changes, ...options } = input
  await requireAdministered(context, organizationId)
  const document = readSettingsDocument(text, fileName)
  requireSections(context, document.sections)
  const place = await placeOf(context, organizationId)
  const { results, notShown } = await applySettings(place, document, options, changes)
  const count = (outcome: string): number => results.filter((one) => one.outcome === outcome).length
  return { results: [...results], applied: count('applied'), refused: count('refused'), notShown }
})

export const settings = { export: exported, plan, apply }

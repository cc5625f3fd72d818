import { switchFeature } from '../../console/feature-switch.ts'
import { organizationAccess, pipelineManagerFeature } from '../../store/organization-features.ts'
import { alwaysThere, asWritten, type SettingKind } from './kind.ts'

/** Sections of the program that are on or off. */
export const features: SettingKind<'features'> = {
  read: async ({ database, organizationId }) => {
    const enabled = (await organizationAccess(database, organizationId)) === 'on'
    const entry = { feature: pipelineManagerFeature, enabled } as const
    return [{ entry, id: pipelineManagerFeature, seen: String(enabled) }]
  },
  canonical: asWritten,
  check: (_world, entry) => entry,
  add: alwaysThere,
  change: async ({ database, actor, organizationId }, _stored, { feature, enabled }) => {
    await switchFeature(database, actor, { organizationId, feature, enabled })
  },
  remove: null,
}

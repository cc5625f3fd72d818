import { readBrandNames } from '../freshness/brand-names.ts'
import { databaseNow } from '../store/database-clock.ts'
import { listOrganizationFeatures } from '../store/organization-features.ts'
import { listOrganizations } from '../store/organizations.ts'
import { sampleState } from '../store/sample.ts'
import { requireOrganization } from './access.ts'
import { groupedBrand } from './freshness-board.ts'
import { procedures } from './procedures.ts'

const get = procedures.session.get.handler(async ({ context: { identity, services } }) => {
  const { database, settings, connection, programVersion } = services
  const [organizations, features, asOf, sample] = await Promise.all([
    listOrganizations(database),
    listOrganizationFeatures(database),
    databaseNow(database),
    sampleState(database),
  ])
  const own = identity.organizationId
  const featuresOf = Map.groupBy(
    features.filter(({ enabled }) => enabled),
    ({ organizationId }) => organizationId,
  )
  return {
    operator: identity.operator,
    scope: identity.scope,
    organizations: organizations
      .filter(({ id }) => own === null || id === own)
      .map((organization) => ({
        ...organization,
        features: (featuresOf.get(organization.id) ?? []).map(({ feature }) => feature),
      })),
    agentName: settings.agentName,
    programVersion,
    database: connection,
    defaultTimeZone: settings.defaultTimeZone,
    isSample: sample === 'loaded',
    asOf,
  }
})

const brands = procedures.session.brands.handler(async ({ context, input: { organizationId } }) => {
  await requireOrganization(context, organizationId)
  const { version, brands: named } = await readBrandNames(context.services.database, organizationId)
  return { version, brands: named.map(groupedBrand) }
})

export const session = { get, brands }

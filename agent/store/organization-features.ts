import type { Database, Statement } from './database.ts'

export interface OrganizationFeature {
  readonly organizationId: string
  readonly organizationName: string
  readonly feature: string
  readonly enabled: boolean
  /** Null: nobody has decided yet, which counts as off. */
  readonly changedAt: Date | null
  readonly changedBy: string | null
}

/** The section this program adds; on for organizations it creates. */
export const pipelineManagerFeature = 'PIPELINE_MANAGER'

const listStatement: Statement = {
  name: 'list_organization_features',
  text: `
select organization.id as "organizationId", organization.name as "organizationName",
  coalesce(feature.feature, $1::text) as feature, coalesce(feature.enabled, false) as enabled,
  feature.changed_at as "changedAt", feature.changed_by as "changedBy"
from organizations organization
left join organization_features feature on feature.organization_id = organization.id
order by lower(organization.name), organization.id, feature`,
}

/** Every feature of every organization; one that has none is listed with ours, off. */
export async function listOrganizationFeatures(database: Database): Promise<OrganizationFeature[]> {
  return database.query<OrganizationFeature>(listStatement, [pipelineManagerFeature])
}

const setStatement: Statement = {
  name: 'set_organization_feature',
  text: `
insert into organization_features as known (organization_id, feature, enabled, changed_by)
values ($1::uuid, $2::text, $3::boolean, $4::text)
on conflict (organization_id, feature) do update
set enabled = excluded.enabled, changed_at = now(), changed_by = excluded.changed_by
where known.enabled <> excluded.enabled
returning feature`,
}

/** False when it was so already. */
export async function setOrganizationFeature(
  database: Database,
  change: { organizationId: string; feature: string; enabled: boolean; changedBy: string },
): Promise<boolean> {
  const { organizationId, feature, enabled, changedBy } = change
  return (await database.query(setStatement, [organizationId, feature, enabled, changedBy])).length > 0
}

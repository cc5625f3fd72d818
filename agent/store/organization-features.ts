import type { Database, Statement } from './database.ts'

export interface OrganizationFeature {
  readonly organizationId: string
  readonly organizationName: string
  readonly brands: number
  readonly feature: string
  readonly enabled: boolean
  /** Null: nobody has decided yet, which counts as off. */
  readonly changedAt: Date | null
  readonly changedBy: string | null
}

/** The section this program adds; on for organizations it creates. */
export const pipelineManagerFeature = 'PIPELINE_MANAGER'
/** Switches the section on, in full. */
export const enableCommand = `pm features enable ${pipelineManagerFeature} --organization <name>`
/** For whoever meets an organization without it. */
export const howToEnable = `An administrator can switch it on: the Admin page, or "${enableCommand}".`

const listStatement: Statement = {
  name: 'list_organization_features',
  text: `
select organization.id as "organizationId", organization.name as "organizationName",
  (select count(*) from brands brand where brand.organization_id = organization.id) as brands,
  coalesce(feature.feature, $1::text) as feature, coalesce(feature.enabled, false) as enabled,
  feature.changed_at as "changedAt", feature.changed_by as "changedBy"
from organizations organization
left join organization_features feature on feature.organization_id = organization.id
where ($2::uuid is null or organization.id = $2::uuid)
order by lower(organization.name), organization.id, feature`,
}

/** Every feature of one organization, or of all; one that has none is listed with ours, off. */
export async function listOrganizationFeatures(
  database: Database,
  organizationId: string | null = null,
): Promise<OrganizationFeature[]> {
  return database.query<OrganizationFeature>(listStatement, [pipelineManagerFeature, organizationId])
}

const accessStatement: Statement = {
  name: 'organization_access',
  text: `
select coalesce((
  select feature.enabled from organization_features feature
  where feature.organization_id = organization.id and feature.feature = $2::text
), false) as enabled
from organizations organization
where organization.id = $1::uuid`,
}

/** Whether the organization exists and has our section switched on. */
export async function organizationAccess(
  database: Database,
  organizationId: string,
): Promise<'on' | 'off' | 'missing'> {
  const [row] = await database.query<{ enabled: boolean }>(accessStatement, [organizationId, pipelineManagerFeature])
  if (row === undefined) return 'missing'
  return row.enabled ? 'on' : 'off'
}

const stateStatement: Statement = {
  name: 'organization_feature_state',
  text: `
select enabled from organization_features where organization_id = $1::uuid and feature = $2::text for update`,
}

/** Whether it is on, locked for the rest of the transaction; null = nobody has decided yet. */
export async function featureState(
  database: Database,
  organizationId: string,
  feature: string,
): Promise<boolean | null> {
  const [row] = await database.query<{ enabled: boolean }>(stateStatement, [organizationId, feature])
  return row?.enabled ?? null
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

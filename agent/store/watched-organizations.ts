/**
 * The organizations that have our section switched on, each with a column for every kind asked about that says whether it is watched:
 * what the organization decided, else the default. `defaults`: a place for them, kind → true or false. What another program wrote as
 * kinds counts only where it is `true`.
 */
export function watchedOrganizations(defaults: string, kinds: Readonly<Record<string, string>>): string {
  const columns = Object.entries(kinds).map(
    ([column, kind]) => `(${defaults}::jsonb || decided.kinds) -> '${kind}' = 'true' as ${column}`,
  )
  return `
watched as materialized (
  select feature.organization_id as id, ${columns.join(', ')}
  from organization_features feature
  left join notification_settings settings on settings.organization_id = feature.organization_id
  cross join lateral (
    select case when jsonb_typeof(settings.kinds) = 'object' then settings.kinds else '{}' end as kinds
  ) decided
  where feature.feature = 'PIPELINE_MANAGER' and feature.enabled
)`
}

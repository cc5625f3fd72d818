import type { Database, Statement } from './database.ts'

/** Every table that our migrations make; the older ones among them may be another program's as well. */
export const knownTables = [
  'agents',
  'api_tokens',
  'brand_ad_accounts',
  'brand_library_searches',
  'brands',
  'dataset_policies',
  'dataset_probes',
  'dataset_status',
  'dataset_status_history',
  'dataset_triggers',
  'external_runs',
  'hook_deliveries',
  'hooks',
  'housekeeping_sweeps',
  'incident_events',
  'incidents',
  'landing_pages',
  'leadership',
  'library_ads',
  'lineage_datasets',
  'lineage_jobs',
  'lineage_mappings',
  'meta_ad_assets',
  'meta_ads',
  'meta_ads_performance',
  'meta_insights_fetches',
  'meta_insights_staging',
  'mute_rules',
  'notification_events',
  'notification_routes',
  'notification_settings',
  'notifications',
  'operator_actions',
  'organization_features',
  'organizations',
  'ping_checks',
  'ping_keys',
  'pipeline_migrations',
  'run_artifacts',
  'run_logs',
  'run_steps',
  'scheduled_job_runs',
  'scheduled_jobs',
] as const

export interface OpenTable {
  readonly table: string
  /** `anon`, `authenticated`, or both. */
  readonly roles: readonly string[]
}

const openStatement: Statement = {
  name: 'list_open_tables',
  text: `
select relation.relname as table, array_agg(role.rolname::text order by role.rolname) as roles
from unnest($1::text[]) known
join pg_class relation on relation.oid = to_regclass(known) and not relation.relrowsecurity
join pg_roles role on role.rolname in ('anon', 'authenticated')
where has_schema_privilege(role.oid, relation.relnamespace, 'usage') and (
  has_any_column_privilege(role.oid, relation.oid, 'select, insert, update, references')
  or has_table_privilege(role.oid, relation.oid, 'delete, truncate, trigger'))
group by relation.relname
order by relation.relname`,
}

/**
 * Tables that a server shows to whoever has its public key: its public roles have a privilege on them, and no row level security limits it.
 * Empty where there are no such roles.
 */
export async function listOpenTables(database: Database): Promise<OpenTable[]> {
  return database.query<OpenTable>(openStatement, [knownTables])
}

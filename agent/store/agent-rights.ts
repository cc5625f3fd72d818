import type { Database, Statement } from './database.ts'

/**
 * What an agent does with each table, its console, command line and intakes included; only migrations and the sample take its owner.
 * A row that is locked, with whatever strength, takes `update`.
 */
const needed = {
  agents: 'select,insert,update',
  api_tokens: 'select,insert,update',
  backfills: 'select,insert,update,delete',
  brand_ad_accounts: 'select,insert,update,delete',
  brand_groups: 'select,insert,update,delete',
  brand_library_searches: 'select,insert,delete',
  brands: 'select,insert,update',
  dataset_policies: 'select,insert,update,delete',
  dataset_probes: 'select,insert,update',
  dataset_status: 'select,insert,update',
  dataset_status_history: 'select,insert,delete',
  dataset_triggers: 'select,insert,update,delete',
  external_runs: 'select,insert,update,delete',
  holds: 'select,insert,update',
  hook_deliveries: 'select,insert,delete',
  hooks: 'select,insert,update',
  housekeeping_sweeps: 'select,insert,update,delete',
  incident_events: 'select,insert,update,delete',
  incidents: 'select,insert,update,delete',
  landing_pages: 'select,insert,update,delete',
  leadership: 'select,insert,update',
  library_ads: 'select,insert,update',
  lineage_datasets: 'select,insert,update,delete',
  lineage_jobs: 'select,insert,update,delete',
  lineage_mappings: 'select,insert,update,delete',
  meta_ad_assets: 'select,insert,update',
  meta_ads: 'select,insert,update',
  meta_ads_performance: 'select,insert,update,delete',
  meta_insights_fetches: 'select,insert,delete',
  meta_insights_staging: 'select,insert,update,delete',
  mute_rules: 'select,insert,delete',
  notification_events: 'select,insert',
  notification_routes: 'select,insert,update,delete',
  notification_settings: 'select,insert,update',
  notifications: 'select,insert,update,delete',
  operator_actions: 'select,insert,delete',
  organization_features: 'select,insert,update',
  organizations: 'select,insert,update',
  ping_checks: 'select,insert,update,delete',
  ping_keys: 'select,insert,update',
  pipeline_migrations: 'select',
  run_artifacts: 'select,insert,update,delete',
  run_logs: 'select,insert,delete',
  run_steps: 'select,insert,update,delete',
  scheduled_job_runs: 'select,insert,update,delete',
  scheduled_jobs: 'select,insert,update,delete',
} as const

/** Every table that our migrations make; the older ones among them may be another program's as well. */
export const knownTables: readonly string[] = Object.keys(needed)

export interface MissingPrivilege {
  readonly table: string
  /** `insert`, `update`, …; `table` when there is no such table. */
  readonly privilege: string
}

const privilegesStatement: Statement = {
  name: 'missing_privileges',
  text: `
select need.key as table, case when to_regclass(need.key) is null then 'table' else privilege end as privilege
from jsonb_each_text($1::jsonb) need
cross join lateral string_to_table(need.value, ',') privilege
where to_regclass(need.key) is null or not has_table_privilege(to_regclass(need.key), privilege)
group by 1, 2
order by 1, 2`,
}

/** What the role of this connection may not do, though an agent has to. */
export async function listMissingPrivileges(database: Database): Promise<MissingPrivilege[]> {
  return database.query<MissingPrivilege>(privilegesStatement, [JSON.stringify(needed)])
}

export interface RestrictedTable {
  readonly table: string
  /** Some policy lets roles see rows of it; without one it is empty for this role, and takes nothing. */
  readonly hasPolicy: boolean
}

const restrictedStatement: Statement = {
  name: 'restricted_tables',
  text: `
select known.name as table, exists (select from pg_policy where polrelid = to_regclass(known.name)) as "hasPolicy"
from unnest($1::text[]) known (name)
where row_security_active(to_regclass(known.name))
order by 1`,
}

/** Tables of which row level security shows this role only some rows, or none: grants say nothing about it. */
export async function listRestrictedTables(database: Database): Promise<RestrictedTable[]> {
  return database.query<RestrictedTable>(restrictedStatement, [knownTables])
}

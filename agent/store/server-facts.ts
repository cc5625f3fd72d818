import type { Database, Statement } from './database.ts'

export interface ServerFacts {
  /** `18.4` */
  readonly version: string
  /** 180004 */
  readonly versionNumber: number
  readonly user: string
  readonly database: string
  readonly encrypted: boolean
  /** A standby, or a role or database whose transactions are read-only. */
  readonly readOnly: boolean
  readonly maxConnections: number
  readonly usedConnections: number
  readonly databaseBytes: number
}

const factsStatement: Statement = {
  name: 'server_facts',
  text: `
select current_setting('server_version') as version, current_setting('server_version_num')::integer as "versionNumber",
  current_user as user, current_database() as database,
  coalesce((select ssl from pg_stat_ssl where pid = pg_backend_pid()), false) as encrypted,
  pg_is_in_recovery() or current_setting('transaction_read_only') = 'on' as "readOnly",
  current_setting('max_connections')::integer as "maxConnections",
  (select count(*) from pg_stat_activity where backend_type = 'client backend') as "usedConnections",
  pg_database_size(current_database()) as "databaseBytes"`,
}

/** What the server says about itself; needs no table of ours. */
export async function readServerFacts(database: Database): Promise<ServerFacts> {
  const [row] = await database.query<ServerFacts>(factsStatement, [])
  if (row === undefined) throw new Error('server_facts returned no row')
  return row
}

/** What an agent does with each table. */
const needed = {
  organizations: 'select',
  brands: 'select',
  scheduled_jobs: 'select,insert,update,delete',
  scheduled_job_runs: 'select,insert,update,delete',
  dataset_status: 'select,insert,update',
  run_steps: 'select,insert,update,delete',
  run_logs: 'select,insert,delete',
  dataset_status_history: 'select,insert,delete',
  agents: 'select,insert,update',
  dataset_policies: 'select,insert,update,delete',
  organization_features: 'select,insert,update',
  operator_actions: 'select,insert',
  incidents: 'select,insert,update,delete',
  incident_events: 'select,insert,update,delete',
  mute_rules: 'select,insert,delete',
  notification_settings: 'select,insert,update',
  notifications: 'select,insert,update,delete',
  leadership: 'select,insert,update',
  housekeeping_sweeps: 'select,insert,update,delete',
} as const

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

const notifyStatement: Statement = { name: 'notify_jobs', text: `select pg_notify('pipeline_manager', 'jobs')` }

/** Wakes every agent, as a changed job does: harmless at any time. */
export async function notifyJobs(database: Database): Promise<void> {
  await database.query(notifyStatement, [])
}

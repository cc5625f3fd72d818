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

const notifyStatement: Statement = { name: 'notify_jobs', text: `select pg_notify('pipeline_manager', 'jobs')` }

/** Wakes every agent, as a changed job does: harmless at any time. */
export async function notifyJobs(database: Database): Promise<void> {
  await database.query(notifyStatement, [])
}

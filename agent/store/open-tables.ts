import { knownTables } from './agent-rights.ts'
import type { Database, Statement } from './database.ts'

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

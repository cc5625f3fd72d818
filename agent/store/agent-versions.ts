import type { Database, Statement } from './database.ts'

const versionsStatement: Statement = {
  name: 'agent_versions',
  text: `
select coalesce(string_agg(
  concat_ws(' ', id, started_at, state <> 'stopped' and heartbeat_at > now() - $1::double precision * interval '1 second',
    job_types::text, pg_column_size(catalog)),
  ',' order by id), '') as version
from agents
where heartbeat_at > now() - interval '30 days'`,
}

/** Changes whenever `listAgents` would answer something new about who lives and what they can run. */
export async function agentsVersion(database: Database, aliveSeconds: number): Promise<string> {
  const [row] = await database.query<{ version: string }>(versionsStatement, [aliveSeconds])
  return row?.version ?? ''
}

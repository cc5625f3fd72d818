import type { KnownAgent } from './agent-list.ts'
import type { Database, Statement } from './database.ts'
import { publishes } from './publishing-agents.ts'

/** An agent without its catalog, which is large and seldom changes; `fingerprint` tells whether it has. */
export interface ListedAgent extends Omit<KnownAgent, 'catalog'> {
  /** Null where the catalog does not count. */
  readonly fingerprint: string | null
}

const listStatement: Statement = {
  name: 'list_agents_with_fingerprint',
  text: `
with listed as (
  select agent.*, agent.state <> 'stopped' and agent.heartbeat_at > now() - $1::double precision * interval '1 second' as alive
  from agents agent
  where agent.heartbeat_at > now() - interval '30 days'
), ordered as (
  select listed.*, row_number() over (order by alive desc, heartbeat_at desc, id) as place, ${publishes} as "isCounted" from listed
)
select id, name, host, program_version as "programVersion", state, job_types as "jobTypes", concurrency,
  started_at as "startedAt", heartbeat_at as "heartbeatAt", alive,
  "isCounted" or place = 1 as publishes, case when "isCounted" or place = 1 then md5(catalog::text) end as fingerprint
from ordered
order by place
limit 200`,
}

/** Like listAgents: agents of the last 30 days, the living first. Alive = heard of within `aliveSeconds` and not stopped. */
export async function listAgentsWithFingerprint(database: Database, aliveSeconds: number): Promise<ListedAgent[]> {
  return database.query<ListedAgent>(listStatement, [aliveSeconds])
}

const catalogsStatement: Statement = {
  name: 'list_agent_catalogs',
  text: `
select distinct on (md5(catalog::text)) md5(catalog::text) as fingerprint, catalog
from agents
where id = any($1::uuid[])
order by md5(catalog::text)`,
}

/** The catalogs that these agents published, by fingerprint. Written by other programs: checked before use. */
export async function listAgentCatalogs(
  database: Database,
  agentIds: readonly string[],
): Promise<ReadonlyMap<string, unknown>> {
  const rows = await database.query<{ fingerprint: string; catalog: unknown }>(catalogsStatement, [agentIds])
  return new Map(rows.map(({ fingerprint, catalog }) => [fingerprint, catalog]))
}

const activeStatement: Statement = {
  name: 'count_active_runs',
  text: `
select run.agent_id as "agentId", count(*) as runs
from scheduled_jobs job
cross join lateral (
  select started.agent_id from scheduled_job_runs started
  where started.id = job.current_run_id and started.completed_at is null
  limit 1
) run
where job.current_run_id is not null and run.agent_id is not null
group by run.agent_id`,
}

/** How many runs each agent holds now; one that holds none is left out. */
export async function countActiveRuns(database: Database): Promise<ReadonlyMap<string, number>> {
  const rows = await database.query<{ agentId: string; runs: number }>(activeStatement, [])
  return new Map(rows.map(({ agentId, runs }) => [agentId, runs]))
}

const foreignStatement: Statement = {
  name: 'find_foreign_job_types',
  text: `
select wanted.job_type as "jobType"
from unnest($1::text[]) as wanted (job_type)
where exists (
  select from scheduled_job_runs run
  where run.job_type = wanted.job_type and run.agent_id is null and run.started_at > now() - interval '7 days'
)`,
}

/** Which of these job types other programs ran in the last seven days. */
export async function findForeignJobTypes(database: Database, jobTypes: readonly string[]): Promise<string[]> {
  if (jobTypes.length === 0) return []
  return (await database.query<{ jobType: string }>(foreignStatement, [jobTypes])).map(({ jobType }) => jobType)
}

import type { JsonObject } from '../../shared/domain.ts'
import type { Database, Statement } from './database.ts'

export interface AgentRegistration {
  readonly id: string
  readonly name: string
  readonly host: string
  readonly processId: number
  readonly programVersion: string
  readonly jobTypes: readonly string[]
  readonly concurrency: number
  /** The declarative part of the catalog: labels, parameters, steps, datasets, pages; never commands. */
  readonly catalog: JsonObject
}

const registerStatement: Statement = {
  name: 'register_agent',
  text: `
with before as (select heartbeat_at from agents where id = $1::uuid)
insert into agents (
  id, name, host, process_id, program_version, state, job_types, concurrency, catalog, started_at, heartbeat_at
)
values ($1::uuid, $2::text, $3::text, $4::integer, $5::text, 'running', $6::text[], $7::integer, $8::jsonb, now(), now())
on conflict (id) do update set
  name = excluded.name, host = excluded.host, process_id = excluded.process_id,
  program_version = excluded.program_version, state = 'running', job_types = excluded.job_types,
  concurrency = excluded.concurrency, catalog = excluded.catalog, started_at = now(), heartbeat_at = now(),
  stopped_at = null
returning heartbeat_at as at, (select heartbeat_at from before) as before`,
}

/** A sign of life of an agent, as the database has it now. */
export interface Heartbeat {
  readonly at: Date
  /** The one before; null when the database did not know this agent. */
  readonly before: Date | null
}

/** Makes an agent and what it can run known to every console. */
export async function registerAgent(database: Database, agent: AgentRegistration): Promise<Heartbeat> {
  const [heartbeat] = await database.query<Heartbeat>(registerStatement, [
    agent.id,
    agent.name,
    agent.host,
    agent.processId,
    agent.programVersion,
    agent.jobTypes,
    agent.concurrency,
    JSON.stringify(agent.catalog),
  ])
  if (heartbeat === undefined) throw new Error('register_agent returned no row')
  return heartbeat
}

const heartbeatStatement: Statement = {
  name: 'agent_heartbeat',
  text: `
update agents agent
set heartbeat_at = now()
from agents before
where agent.id = $1::uuid and before.id = $1::uuid
returning agent.heartbeat_at as at, before.heartbeat_at as before`,
}

/** Null when the database does not know this agent. */
export async function recordAgentHeartbeat(database: Database, agentId: string): Promise<Heartbeat | null> {
  const [heartbeat] = await database.query<Heartbeat>(heartbeatStatement, [agentId])
  return heartbeat ?? null
}

const wakeStatement: Statement = { name: 'wake_agents', text: `select pg_notify('pipeline_manager', 'jobs')` }

/** Tells every agent to look for due work: for what an agent's own connections, which stay silent, have made due. */
export async function wakeAgents(database: Database): Promise<void> {
  await database.query(wakeStatement, [])
}

const stateStatement: Statement = {
  name: 'agent_state',
  text: `
update agents
set state = $2::text, heartbeat_at = now(), stopped_at = case when $2::text = 'stopped' then now() end
where id = $1::uuid`,
}

/** `draining` = claims nothing more; `stopped` = gone in good order. */
export async function recordAgentState(
  database: Database,
  agentId: string,
  state: 'draining' | 'stopped',
): Promise<void> {
  await database.query(stateStatement, [agentId, state])
}

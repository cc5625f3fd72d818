import type { Database, Statement } from './database.ts'
import { publishes } from './publishing-agents.ts'

/** An agent as other processes see it. */
export interface KnownAgent {
  readonly id: string
  readonly name: string
  readonly host: string
  readonly programVersion: string
  readonly state: 'running' | 'draining' | 'stopped'
  /** Running, and heard of lately. */
  readonly alive: boolean
  /** Its catalog counts: it lives, or nobody took its place yet, or it is the latest there is. */
  readonly publishes: boolean
  readonly jobTypes: readonly string[]
  readonly concurrency: number
  /** What it published of its catalog; written by another program, so it is checked before use. */
  readonly catalog: unknown
  readonly startedAt: Date
  readonly heartbeatAt: Date
}

const listStatement: Statement = {
  name: 'list_agents',
  text: `
with listed as (
  select agent.*, agent.state <> 'stopped' and agent.heartbeat_at > now() - $1::double precision * interval '1 second' as alive
  from agents agent
  where agent.heartbeat_at > now() - interval '30 days'
)
select id, name, host, program_version as "programVersion", state, job_types as "jobTypes", concurrency, catalog,
  started_at as "startedAt", heartbeat_at as "heartbeatAt", alive,
  ${publishes} or row_number() over (order by alive desc, heartbeat_at desc, id) = 1 as publishes
from listed
order by alive desc, heartbeat_at desc, id
limit 200`,
}

/** Agents of the last 30 days, the living first. Alive = heard of within `aliveSeconds` and not stopped. */
export async function listAgents(database: Database, aliveSeconds: number): Promise<KnownAgent[]> {
  return database.query<KnownAgent>(listStatement, [aliveSeconds])
}

import type { Database, Statement } from './database.ts'
import { isFree } from './hold-conditions.ts'
import { finite } from './job-columns.ts'
import { publishes } from './publishing-agents.ts'
import { watchedOrganizations } from './watched-organizations.ts'

/** An agent that has not said goodbye, or whose loss is an open incident. */
export interface EvaluatedAgent {
  readonly id: string
  readonly name: string
  readonly host: string
  readonly state: 'running' | 'draining' | 'stopped'
  readonly jobTypes: readonly string[]
  readonly heartbeatAt: Date
  /** Heard of lately, and not stopped. */
  readonly isAlive: boolean
  /** Of its loss. */
  readonly incidentId: string | null
}

const agentsStatement: Statement = {
  name: 'evaluate_agents',
  text: `
select agent.id, agent.name, agent.host, agent.state, agent.job_types as "jobTypes", agent.heartbeat_at as "heartbeatAt",
  agent.state <> 'stopped'
    and agent.heartbeat_at > coalesce($1::timestamptz, now()) - $2::double precision * interval '1 second' as "isAlive",
  known.id as "incidentId"
from agents agent
left join incidents known on known.agent_id = agent.id and known.kind = 'agent_lost' and known.resolved_at is null
where ${finite('agent.heartbeat_at')} is not null and (
  known.id is not null
  or agent.state <> 'stopped' and agent.heartbeat_at > coalesce($1::timestamptz, now()) - interval '30 days'
)
order by agent.heartbeat_at desc, agent.id
limit 1000`,
}

export async function evaluateAgents(
  database: Database,
  now: Date | null,
  aliveSeconds: number,
): Promise<EvaluatedAgent[]> {
  return database.query<EvaluatedAgent>(agentsStatement, [now, aliveSeconds])
}

/** Whose catalog counts, with its fingerprint. */
export interface CatalogPublisher {
  readonly id: string
  readonly name: string
  readonly host: string
  readonly alive: boolean
  readonly jobTypes: readonly string[]
  readonly fingerprint: string
}

const publishersStatement: Statement = {
  name: 'list_catalog_publishers',
  text: `
with listed as (
  select agent.*, agent.state <> 'stopped' and agent.heartbeat_at > now() - $1::double precision * interval '1 second' as alive
  from agents agent
  where ${finite('agent.heartbeat_at')} is not null and agent.heartbeat_at > now() - interval '30 days'
)
select id, name, host, alive, job_types as "jobTypes", md5(catalog::text) as fingerprint
from listed
where ${publishes}
order by alive desc, heartbeat_at desc, id
limit 200`,
}

/** By the rule of `publishes`; the living first, of the others the latest. */
export async function listCatalogPublishers(database: Database, aliveSeconds: number): Promise<CatalogPublisher[]> {
  return database.query<CatalogPublisher>(publishersStatement, [aliveSeconds])
}

/** Jobs of one organization and type that nobody can run. */
export interface IdleType {
  /** Null for platform-level jobs. */
  readonly organizationId: string | null
  readonly jobType: string
  /** Due now. */
  readonly due: number
  readonly dueSince: Date | null
  /** When the next one falls due. */
  readonly nextAt: Date | null
}

const idleStatement: Statement = {
  name: 'evaluate_idle_types',
  text: `
with moment as materialized (select coalesce($1::timestamptz, now()) as now),
${watchedOrganizations('$2', { watches_idle: 'no_agent' })}
select brand.organization_id as "organizationId", job.job_type as "jobType",
  count(*) filter (where job.next_run_at < moment.now) as due,
  min(${finite('job.next_run_at')}) filter (where job.next_run_at < moment.now) as "dueSince",
  min(${finite('job.next_run_at')}) filter (where job.next_run_at >= moment.now) as "nextAt"
from scheduled_jobs job
cross join moment
left join brands brand on brand.id = job.brand_id
left join watched on watched.id = brand.organization_id
where job.status = 'active' and job.next_run_at is not null and job.current_run_id is null
  and job.job_type <> all ($3::text[])
  -- What is held would not start with an agent either.
  and ${isFree('job', 'coalesce($1::timestamptz, now())')}
  and coalesce(watched.watches_idle, brand.id is null and $2::jsonb -> 'no_agent' = 'true')
group by brand.organization_id, job.job_type`,
}

/** Planned jobs of types that are not among `runnable`, by organization and type. */
export async function evaluateIdleTypes(
  database: Database,
  now: Date | null,
  defaults: Readonly<Record<string, boolean>>,
  runnable: readonly string[],
): Promise<IdleType[]> {
  return database.query<IdleType>(idleStatement, [now, JSON.stringify(defaults), runnable])
}

export interface KnownIdleType {
  readonly incidentId: string
  readonly organizationId: string | null
  readonly jobType: string
}

const knownStatement: Statement = {
  name: 'list_open_idle_types',
  text: `
select id as "incidentId", organization_id as "organizationId", job_type as "jobType"
from incidents where resolved_at is null and kind = 'no_agent' and job_type is not null`,
}

export async function listOpenIdleTypes(database: Database): Promise<KnownIdleType[]> {
  return database.query<KnownIdleType>(knownStatement, [])
}

const watchesStatement: Statement = {
  name: 'is_any_agent_watched',
  text: `
with ${watchedOrganizations('$1', { watches_lost: 'agent_lost' })}
select coalesce(bool_or(watches_lost), $1::jsonb -> 'agent_lost' = 'true') as watched from watched`,
}

/** Whether any organization wants to know of lost agents: they concern all of them. */
export async function isAgentLossWatched(
  database: Database,
  defaults: Readonly<Record<string, boolean>>,
): Promise<boolean> {
  const [row] = await database.query<{ watched: boolean }>(watchesStatement, [JSON.stringify(defaults)])
  return row?.watched ?? false
}

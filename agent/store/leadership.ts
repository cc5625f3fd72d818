import type { Database, Statement } from './database.ts'

/** Any two numbers that no other program takes for a lock of its own; the first is the letters "pm-l" as bytes. */
const lockKey = '1886203244, 1'

/** Heard by everybody who waits to lead, when whoever leads gives it up. */
export const leadershipChannel = 'pipeline_manager_leader'

const lockIsHeld = `exists (
    select from pg_locks
    where locktype = 'advisory' and granted and (classid, objid, objsubid) = (${lockKey}, 2)
      and database = (select oid from pg_database where datname = current_database())
  )`

const sessionFactsStatement: Statement = {
  name: 'leader_session_facts',
  text: `
select pg_backend_pid() as "processId",
  (select setting::integer from pg_settings where name = 'idle_session_timeout') as "silenceMs"`,
}

export interface SessionFacts {
  /** Of the server's process that answered. */
  readonly processId: number
  /** After so much silence the server ends the session; 0 = never. */
  readonly silenceMs: number
}

export async function readSessionFacts(database: Database): Promise<SessionFacts> {
  const [facts] = await database.query<SessionFacts>(sessionFactsStatement, [])
  if (facts === undefined) throw new Error('leader_session_facts returned no row')
  return facts
}

const tryLockStatement: Statement = {
  name: 'try_leader_lock',
  text: `
select case
    when exists (select from leadership where expires_at > now()) then false
    else pg_try_advisory_lock(${lockKey})
  end as taken`,
}

/** Takes the lock of the leader for this session, unless somebody has it or leads by the row. */
export async function tryLeaderLock(session: Database): Promise<boolean> {
  const [row] = await session.query<{ taken: boolean }>(tryLockStatement, [])
  return row?.taken === true
}

const recordStatement: Statement = {
  name: 'record_leader',
  text: `
insert into leadership (agent_id, token) values ($1::uuid, gen_random_uuid())
on conflict (id) do update
  set agent_id = excluded.agent_id, token = excluded.token, taken_at = excluded.taken_at, expires_at = null
  where leadership.expires_at is null or leadership.expires_at <= now()
returning token`,
}

/** Writes down who holds the lock. False: in the meantime somebody has begun to lead by the row, and is not to be disturbed. */
export async function recordLeader(session: Database, agentId: string): Promise<boolean> {
  return (await session.query(recordStatement, [agentId])).length > 0
}

const releaseLockStatement: Statement = {
  name: 'release_leader_lock',
  text: `select pg_advisory_unlock(${lockKey}), pg_notify('${leadershipChannel}', '')`,
}

export async function releaseLeaderLock(session: Database): Promise<void> {
  await session.query(releaseLockStatement, [])
}

const claimRowStatement: Statement = {
  name: 'claim_leader_row',
  text: `
insert into leadership (agent_id, token, expires_at)
select $1::uuid, $2::uuid, now() + $3::double precision * interval '1 second'
-- Asked before anything is written: most questions end here.
where not exists (select from leadership where expires_at > now()) and not ${lockIsHeld}
on conflict (id) do update
  set agent_id = excluded.agent_id, token = excluded.token, taken_at = excluded.taken_at, expires_at = excluded.expires_at
  where leadership.expires_at is null or leadership.expires_at <= now()
returning token`,
}

/** Begins to lead by the row for `seconds`, unless somebody leads. */
export async function claimLeaderRow(
  database: Database,
  claim: { readonly agentId: string; readonly token: string; readonly seconds: number },
): Promise<boolean> {
  return (await database.query(claimRowStatement, [claim.agentId, claim.token, claim.seconds])).length > 0
}

const lockHeldStatement: Statement = { name: 'leader_lock_held', text: `select ${lockIsHeld} as held` }

/** Whether some session holds the lock of the leader at this moment. */
export async function isLeaderLockHeld(database: Database): Promise<boolean> {
  const [row] = await database.query<{ held: boolean }>(lockHeldStatement, [])
  return row?.held === true
}

const renewRowStatement: Statement = {
  name: 'renew_leader_row',
  text: `
update leadership set expires_at = now() + $2::double precision * interval '1 second'
where token = $1::uuid
returning token`,
}

/** False: somebody else leads. */
export async function renewLeaderRow(database: Database, token: string, seconds: number): Promise<boolean> {
  return (await database.query(renewRowStatement, [token, seconds])).length > 0
}

const releaseRowStatement: Statement = {
  name: 'release_leader_row',
  text: `
with released as (update leadership set expires_at = now() where token = $1::uuid returning token)
select pg_notify('${leadershipChannel}', '') from released`,
}

export async function releaseLeaderRow(database: Database, token: string): Promise<void> {
  await database.query(releaseRowStatement, [token])
}

export interface Leader {
  readonly agentId: string
  /** Null when the agent is on record no more. */
  readonly agentName: string | null
  readonly since: Date
}

const leaderStatement: Statement = {
  name: 'read_leader',
  text: `
select leadership.agent_id as "agentId", agent.name as "agentName", leadership.taken_at as since
from leadership
left join agents agent on agent.id = leadership.agent_id
where leadership.expires_at > now() or (leadership.expires_at is null and ${lockIsHeld})`,
}

/** Null: nobody leads at this moment. */
export async function readLeader(database: Database): Promise<Leader | null> {
  const [leader] = await database.query<Leader>(leaderStatement, [])
  return leader ?? null
}

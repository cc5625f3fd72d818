/** The way of one message through its channel: pending → sending → delivered, failed, or pending again. */
import type { Database, Statement } from './database.ts'

export interface ClaimedDelivery {
  readonly id: string
  readonly channel: string
  /** 1 for the first; the later ones carry the same id. */
  readonly attempt: number
  readonly isTest: boolean
  /** As stored: checked before use. */
  readonly message: unknown
  /** When this attempt began, by the database's clock. */
  readonly sendingAt: Date
}

const claimStatement: Statement = {
  name: 'claim_deliveries',
  text: `
with due as (
  select one.id
  from unnest($1::text[]) as wanted (channel)
  cross join lateral (
    select id from notifications
    where channel = wanted.channel and state = 'pending' and next_try_at <= now()
      and (for_agent is null or for_agent = $3::text)
    order by is_test desc, next_try_at, sequence
    limit 1
    for update skip locked
  ) one
)
update notifications
set state = 'sending', agent_id = $2::uuid, sending_at = now(), attempts = attempts + 1, next_try_at = null
from due
where notifications.id = due.id
returning notifications.id, channel, attempts as attempt, is_test as "isTest", message, sending_at as "sendingAt"`,
}

/** The next message of each of these channels, marked as being sent; nobody else gets it. */
export async function claimDeliveries(
  database: Database,
  channels: readonly string[],
  agent: { readonly id: string; readonly name: string },
): Promise<ClaimedDelivery[]> {
  return database.query<ClaimedDelivery>(claimStatement, [channels, agent.id, agent.name])
}

/** What became of an attempt. `pending` = it is tried again after `waitMs`. */
export interface DeliveryEnd {
  readonly state: 'delivered' | 'failed' | 'pending'
  readonly waitMs: number
  readonly answer: string | null
  readonly failure: string | null
}

const settleStatement: Statement = {
  name: 'settle_delivery',
  text: `
update notifications
set state = $4::text, answer = $6::text, failure = $7::text,
  ended_at = case when $4::text <> 'pending' then now() end,
  next_try_at = case when $4::text = 'pending' then now() + $5::double precision * interval '1 millisecond' end
where id = $1::uuid and state = 'sending' and agent_id = $2::uuid and attempts = $3::int
returning id`,
}

/** False when the attempt is not the agent's any more: it was taken for lost meanwhile. */
export async function settleDelivery(
  database: Database,
  attempt: { readonly id: string; readonly agentId: string; readonly attempt: number },
  { state, waitMs, answer, failure }: DeliveryEnd,
): Promise<boolean> {
  const values = [attempt.id, attempt.agentId, attempt.attempt, state, waitMs, answer, failure]
  return (await database.query(settleStatement, values)).length > 0
}

const recoverStatement: Statement = {
  name: 'recover_deliveries',
  // An agent that registered again after it began is another life of it. No attempt takes as long as the last condition.
  text: `
update notifications lost
set state = case when lost.was_lost then 'failed' else 'pending' end, was_lost = true,
  next_try_at = case when lost.was_lost then null else now() end,
  ended_at = case when lost.was_lost then now() end,
  failure = $3::text
where lost.state = 'sending' and lost.channel = any($1::text[]) and not lost.id = any($4::uuid[]) and (
  lost.sending_at < now() - interval '15 minutes'
  or not exists (
    select from agents agent
    where agent.id = lost.agent_id and agent.state <> 'stopped' and agent.started_at <= lost.sending_at
      and agent.heartbeat_at > now() - $2::double precision * interval '1 second'
  )
)
returning lost.id, lost.state`,
}

/**
 * Messages whose agent was lost while it told them: told once more, with the same id; the second time, given up. Those `underWay` are
 * the caller's own, who knows that it lives.
 */
export async function recoverDeliveries(
  database: Database,
  channels: readonly string[],
  about: { readonly aliveSeconds: number; readonly failure: string; readonly underWay: readonly string[] },
): Promise<readonly { readonly id: string; readonly state: 'pending' | 'failed' }[]> {
  const { aliveSeconds, failure, underWay } = about
  return database.query(recoverStatement, [channels, aliveSeconds, failure, underWay])
}

export interface DeliveryOutlook {
  /** Until the next message is due; below zero when one is already; null when none waits. */
  readonly dueInMs: number | null
  /** Somebody else is telling something; should they be lost, it is ours to tell. */
  readonly othersSend: boolean
}

const outlookStatement: Statement = {
  name: 'delivery_outlook',
  text: `
select
  (select extract(epoch from min(next_try_at) - now())::double precision * 1000 from notifications
   where state = 'pending' and channel = any($1::text[]) and (for_agent is null or for_agent = $3::text)) as "dueInMs",
  exists (
    select from notifications where state = 'sending' and channel = any($1::text[]) and agent_id is distinct from $2::uuid
  ) as "othersSend"`,
}

export async function deliveryOutlook(
  database: Database,
  channels: readonly string[],
  agent: { readonly id: string; readonly name: string },
): Promise<DeliveryOutlook> {
  const [row] = await database.query<DeliveryOutlook>(outlookStatement, [channels, agent.id, agent.name])
  return row ?? { dueInMs: null, othersSend: false }
}

const broadcastStatement: Statement = {
  name: 'list_broadcasts',
  text: `
select id, sequence::text as sequence, message from notifications
where channel = $1::text and sequence > $2::bigint and state = 'delivered' and not is_test
order by sequence
limit $3::int`,
}

/** A message for whoever reads on. */
export interface Broadcast {
  readonly id: string
  readonly sequence: string
  /** As stored: checked before use. */
  readonly message: unknown
}

/** Messages of a channel that every device reads for itself, after the given place, the oldest first. */
export async function listBroadcasts(
  database: Database,
  channel: string,
  after: string,
  limit: number,
): Promise<Broadcast[]> {
  return database.query<Broadcast>(broadcastStatement, [channel, after, limit])
}

const latestStatement: Statement = {
  name: 'latest_broadcast',
  text: `select coalesce(max(sequence), 0)::text as sequence from notifications where channel = $1::text`,
}

/** The place of the newest; `0` without any. */
export async function latestBroadcast(database: Database, channel: string): Promise<string> {
  const [row] = await database.query<{ sequence: string }>(latestStatement, [channel])
  return row?.sequence ?? '0'
}

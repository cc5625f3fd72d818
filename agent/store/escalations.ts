/** Routes that wait, and what they wait for; in the transaction of a round of the dispatch. */
import { mostOpenings } from '../../shared/notifications/dispatch-plan.ts'
import { mostRepetitions, type WaitingEscalation } from '../../shared/notifications/escalation.ts'
import type { Database, Statement } from './database.ts'
import { isMuted } from './incident-columns.ts'
import { pipelineManagerFeature } from './organization-features.ts'
import { type TellableEvent, tellable, tellableJoins, thing } from './undispatched-events.ts'

/** With what the history of the incident says of it. */
export interface StoredEscalation extends WaitingEscalation {
  readonly afterMinutes: number
  /** Null: it is told once. */
  readonly repeatMinutes: number | null
  /** How often it was told on this route and channel before. */
  readonly repetition: number
}

const waitingRoutes = `
  select route.* from notification_routes route
  join organization_features feature on feature.organization_id = route.organization_id
    and feature.feature = $1::text and feature.enabled
  where route.enabled and route.after_minutes is not null`

const organizationsStatement: Statement = {
  name: 'list_waiting_organizations',
  text: `select distinct route.organization_id::text as "organizationId" from (${waitingRoutes}) route`,
}

/** Organizations with a route that waits; usually none. */
export async function listWaitingOrganizations(database: Database): Promise<string[]> {
  const rows = await database.query<{ organizationId: string }>(organizationsStatement, [pipelineManagerFeature])
  return rows.map(({ organizationId }) => organizationId)
}

const waitingStatement: Statement = {
  name: 'list_waiting_escalations',
  text: `
with route as materialized (${waitingRoutes}
    and route.organization_id <> all ($2::uuid[]) and route.channel <> all ($3::text[])
), recent as materialized (
  select ${thing('incident')} as thing from incidents incident
  where incident.opened_at > now() - interval '1 hour' and exists (select from route)
  group by 1
  having count(*) > ${mostOpenings}
)
select incident.id as "incidentId", route.id as "routeId", route.channel, route.organization_id as "organizationId",
  route.after_minutes as "afterMinutes", route.repeat_minutes as "repeatMinutes",
  told.times as repetition,
  greatest(
    coalesce(last.at, incident.opened_at) + route.after_minutes * interval '1 minute',
    route.changed_at + case when told.times = 0 then route.after_minutes else route.repeat_minutes end * interval '1 minute',
    told.at + route.repeat_minutes * interval '1 minute'
  ) as "dueAt"
from route
join incidents incident on incident.resolved_at is null and (
  incident.organization_id = route.organization_id
  -- J12: what is wrong with a platform-level job is told on desktops alone.
  or (incident.organization_id is null and (incident.kind = 'agent_lost' or route.channel = 'desktop'))
)
cross join lateral (
  select max(event.happened_at) as at from incident_events event
  where event.incident_id = incident.id and event.type in ('opened', 'woken', 'unacknowledged')
) last
cross join lateral (
  select count(*)::int as times, max(told.happened_at) as at from incident_events told
  where told.incident_id = incident.id and told.route_id = route.id and told.type = 'escalated'
    and coalesce(told.channel, route.channel) = route.channel
) told
where incident.cause_id is null and incident.released_at is null and incident.quiet_until is null
  and incident.acknowledged_at is null and incident.snoozed_until is null
  and (route.kinds is null or incident.kind = any (route.kinds))
  and (
    (route.brand_ids is null and route.brand_group_keys is null)
    or incident.brand_id = any (route.brand_ids)
    or exists (
      select from brand_groups carried
      where carried.brand_id = incident.brand_id and carried.group_key = any (route.brand_group_keys)
    )
  )
  and not ${isMuted('incident', 'route.organization_id')}
  -- Its opening comes first, when no rule keeps it quiet any more.
  and route.organization_id <> all (coalesce(incident.muted_for, '{}'))
  and (told.times = 0 or (route.repeat_minutes is not null and told.times <= ${mostRepetitions}))
  -- What concerns every organization is told once on a channel, however many of them lead it there.
  and (incident.organization_id is not null or not exists (
    select from incident_events earlier join notification_events told on told.event_id = earlier.id
    where earlier.incident_id = incident.id and earlier.type = 'escalated' and told.channel = route.channel
      and earlier.route_id <> route.id
  ))
  and not exists (select from recent where recent.thing = ${thing('incident')})
order by "dueAt", incident.id, route.id
limit $4::int`,
}

export interface EscalationQuestion {
  /** Whose quiet hours it is: nothing of theirs comes due now, however much of it waits. */
  readonly quietOrganizations: readonly string[]
  /** Channels on which nobody would be told. */
  readonly unheardChannels: readonly string[]
  readonly limit: number
}

/** What is or will be told on routes that wait, if nobody takes it before; the next first. What opens again and again waits for an hour. */
export async function listWaitingEscalations(
  database: Database,
  { quietOrganizations, unheardChannels, limit }: EscalationQuestion,
): Promise<StoredEscalation[]> {
  const values = [pipelineManagerFeature, quietOrganizations, unheardChannels, limit]
  return database.query<StoredEscalation>(waitingStatement, values)
}

export interface Escalated {
  readonly event: TellableEvent
  readonly channel: string
}

const escalateStatement: Statement = {
  name: 'escalate_incidents',
  text: `
with given as (
  select * from jsonb_to_recordset($1::jsonb) as given (
    "incidentId" uuid, "routeId" uuid, channel text, "afterMinutes" int, repetition int
  )
), event as (
  insert into incident_events (incident_id, organization_id, type, note, route_id, channel, repetition, dispatched_at)
  select incident.id, incident.organization_id, 'escalated',
    case given.repetition
      when 0 then format('On %s, after %s min in which nobody was on it.', given.channel, given."afterMinutes")
      else format('On %s, for the %s. time: nobody was on it still.', given.channel, given.repetition + 1)
    end,
    given."routeId", given.channel, given.repetition, now()
  from given join incidents incident on incident.id = given."incidentId"
  order by incident.opened_at, incident.id
  on conflict do nothing
  returning *
)
select ${tellable}, given.channel
from event
join given on given."incidentId" = event.incident_id and given."routeId" = event.route_id and given.channel = event.channel
${tellableJoins}
order by event.id`,
}

/** Notes that routes are told, once for each incident, route, channel and repetition. Returns what was not noted before. */
export async function escalateIncidents(database: Database, due: readonly StoredEscalation[]): Promise<Escalated[]> {
  if (due.length === 0) return []
  const rows = await database.query<TellableEvent & { channel: string }>(escalateStatement, [JSON.stringify(due)])
  return rows.map(({ channel, ...event }) => ({ event, channel }))
}

/** Transitions that nobody has told yet, with all that decides who is told and what is said. */
import type { Transition } from '../../shared/notifications/dispatch-plan.ts'
import type { Database, Statement } from './database.ts'
import { fitsThing } from './incident-columns.ts'

/** An incident as it stands, for the words of a message. Instants are the database's. */
export interface IncidentFacts {
  readonly summary: string
  readonly nextStep: string | null
  /** As the catalog named them; of a row, so they may be anything. */
  readonly owner: string | null
  readonly runbook: string | null
  readonly organizationName: string | null
  readonly brand: string | null
  readonly dataset: string | null
  readonly job: string | null
  readonly jobType: string | null
  readonly agent: string | null
  readonly runId: string | null
  readonly openedAt: Date
  readonly resolvedAt: Date | null
  readonly resolution: string | null
  /** Open ones; 0 where it concerns every organization, whose effects are not for the others. */
  readonly effects: number
}

/** What a message says of one transition. */
export interface TellableEvent
  extends Pick<Transition, 'eventId' | 'transition' | 'incidentId' | 'kind' | 'organizationId'>,
    IncidentFacts {
  readonly happenedAt: Date
  /** Of `assigned`: who is on it, and who said so; null otherwise. */
  readonly assignee: string | null
  readonly operator: string | null
}

export interface UndispatchedEvent extends TellableEvent, Transition {
  /** Since it happened, by the database's clock. */
  readonly ageMs: number
}

/** The columns of `TellableEvent`, of `event` with `tellableJoins`. */
export const tellable = `
  event.id::text as "eventId", 
  case event.type when 'acknowledged' then 'assigned' else event.type end as transition, event.assignee, event.operator, event.happened_at as "happenedAt", incident.id as "incidentId", incident.kind,
  incident.organization_id as "organizationId", incident.summary, incident.next_step as "nextStep",
  incident.details ->> 'owner' as owner, incident.details ->> 'runbook' as runbook,
  organization.name as "organizationName", brand.name as brand, incident.dataset_key as dataset, job.name as job,
  coalesce(incident.job_type, job.job_type) as "jobType", agent.name as agent, incident.run_id as "runId",
  incident.opened_at as "openedAt", incident.resolved_at as "resolvedAt", incident.resolution,
  -- Of what concerns every organization, each may know its own effects alone; the message is the same for all of them.
  (
    select count(*) from incidents effect
    where effect.cause_id = incident.id and effect.resolved_at is null and incident.organization_id is not null
  ) as effects`

/** What is told of `event` as a transition; what an operator took is not. */
const isTransition = `(type in ('opened', 'reminded', 'resolved') or (type = 'acknowledged' and assignee is not null))`

export const tellableJoins = `
join incidents incident on incident.id = event.incident_id
left join organizations organization on organization.id = incident.organization_id
left join brands brand on brand.id = incident.brand_id
left join scheduled_jobs job on job.id = incident.scheduled_job_id
left join agents agent on agent.id = incident.agent_id`

/** What an incident is about, as one value: two with the same are the same thing going wrong again. */
export const thing = (row: string): string => `
  (${row}.kind, ${row}.organization_id, ${row}.brand_id, ${row}.dataset_key, ${row}.scheduled_job_id, ${row}.agent_id,
    case when ${row}.scheduled_job_id is null then ${row}.job_type end)::text`

/** Who was on an incident after what `which` says of its event `change`, in lower case; null: nobody. */
const onItAfter = (which: string): string => `(
    select case change.type when 'acknowledged' then lower(coalesce(change.assignee, change.operator)) end
    from incident_events change
    where change.incident_id = event.incident_id and change.type in ('acknowledged', 'unacknowledged') and ${which}
    order by change.id desc
    limit 1
  )`

/** What is given back this soon to whoever had it, is theirs all along: Undo is offered for a part of that. */
const givenBackWithin = `interval '1 minute'`

const undispatchedStatement: Statement = {
  name: 'list_undispatched_events',
  // Counted once for all: looked up for each event, a thousand at a time took 0.2 s.
  text: `
with recent as (
  select ${thing('incident')} as thing, count(*) as openings
  from incidents incident
  where incident.opened_at > now() - interval '1 hour'
  group by 1
), event as (
  select * from incident_events
  where dispatched_at is null and ${isTransition}
  order by id
  limit $1::int
)
select ${tellable}, incident.brand_id as "brandId",
  array(select carried.group_key from brand_groups carried where carried.brand_id = incident.brand_id) as "brandGroups",
  extract(epoch from now() - event.happened_at)::double precision * 1000 as "ageMs",
  coalesce(incident.snoozed_until > now(), false) as "isSnoozed",
  incident.acknowledged_at is not null as "isAcknowledged",
  case
    when event.type <> 'acknowledged' then incident.acknowledged_by
    when not exists (
      select from incident_events later
      where later.incident_id = event.incident_id and later.id > event.id and later.type in ('acknowledged', 'unacknowledged')
    ) and lower(event.assignee) is distinct from ${onItAfter(
      // What nobody has dispatched yet has told nobody.
      `change.dispatched_at is not null and change.happened_at < event.happened_at - ${givenBackWithin}`,
    )} then event.assignee
  end as "onIt",
  exists (select from incidents cause where cause.id = incident.cause_id and cause.resolved_at is null) as "isEffect",
  coalesce(recent.openings, 1) as openings,
  array(
    select distinct rule.organization_id::text from mute_rules rule
    where (incident.organization_id is null or rule.organization_id = incident.organization_id)
      and ${fitsThing('incident', 'rule', 'coalesce(incident.job_type, job.job_type)')} and coalesce(rule.until > now(), true)
  ) as "mutedBy",
  array(
    select distinct told.channel from incident_events earlier
    join notification_events told on told.event_id = earlier.id
    where earlier.incident_id = incident.id and earlier.id <> event.id
  ) as "toldOn",
  array(
    select earlier.route_id::text from incident_events earlier
    where earlier.incident_id = incident.id and earlier.type = 'escalated' and earlier.route_id is not null
  ) as "escalatedTo",
  array(select told.channel from notification_events told where told.event_id = event.id) as "doneOn"
from event
${tellableJoins}
left join recent on recent.thing = ${thing('incident')}
order by event.id`,
}

/** The oldest first. */
export async function listUndispatchedEvents(database: Database, limit: number): Promise<UndispatchedEvent[]> {
  return database.query<UndispatchedEvent>(undispatchedStatement, [limit])
}

/** An event of a message that was held. */
export interface HeldEvent extends TellableEvent {
  /** Of `assigned`: since then it was taken back, or is somebody else's, or a later event here says the same. */
  readonly isOvertaken: boolean
}

const ofNotificationStatement: Statement = {
  name: 'list_events_of_notification',
  text: `
select ${tellable},
  event.type = 'acknowledged' and (
    lower(event.assignee) is distinct from ${onItAfter('true')}
    or exists (
      select from notification_events also
      join incident_events later on later.id = also.event_id
      where also.notification_id = told.notification_id and later.incident_id = event.incident_id
        and later.type = 'acknowledged' and later.id > event.id
    )
  ) as "isOvertaken"
from notification_events told
join incident_events event on event.id = told.event_id
${tellableJoins}
where told.notification_id = $1::uuid
order by event.id`,
}

/** What a message tells of, the oldest first. */
export async function listEventsOfNotification(database: Database, notificationId: string): Promise<HeldEvent[]> {
  return database.query<HeldEvent>(ofNotificationStatement, [notificationId])
}

const dispatchedStatement: Statement = {
  name: 'mark_events_dispatched',
  // Nobody tells of the other types; should one lack its mark, it is set here.
  text: `
update incident_events set dispatched_at = now(), told = told and id <> all($2::bigint[])
where dispatched_at is null
  and (id = any($1::bigint[]) or not ${isTransition})`,
}

/** `untold`: those of them that were to be told, and were not. */
export async function markEventsDispatched(
  database: Database,
  eventIds: readonly string[],
  untold: readonly string[],
): Promise<void> {
  await database.query(dispatchedStatement, [eventIds, untold])
}

const keepBackStatement: Statement = {
  name: 'keep_back_incidents',
  text: `
update incidents set muted_for = given."organizationIds"
from jsonb_to_recordset($1::jsonb) as given ("incidentId" uuid, "organizationIds" uuid[])
where incidents.id = given."incidentId"`,
}

/** Notes for which organizations a rule kept openings quiet, until the evaluation finds that none does any more (N3). */
export async function keepBack(
  database: Database,
  kept: readonly { readonly incidentId: string; readonly organizationIds: readonly string[] }[],
): Promise<void> {
  if (kept.length > 0) await database.query(keepBackStatement, [JSON.stringify(kept)])
}

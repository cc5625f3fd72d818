/** What a round of evaluation writes, many incidents with each statement. Call them under the lock of incident-round.ts. */
import type { JsonObject } from '../../shared/domain.ts'
import type { IncidentThing } from '../../shared/incidents.ts'
import type { Database, Statement } from './database.ts'

export interface NewIncident extends IncidentThing {
  readonly id: string
  readonly runId: string | null
  readonly causeId: string | null
  readonly summary: string
  readonly nextStep: string | null
  readonly details: JsonObject
  /** Until when nobody is told of it, ISO 8601 or `infinity`; null = it is told as ever. */
  readonly quietUntil: string | null
}

const insertStatement: Statement = {
  name: 'open_incidents',
  text: `
with given as materialized (
  select * from rows from (jsonb_to_recordset($2::jsonb) as (
    id uuid, kind text, "organizationId" uuid, "brandId" uuid, "datasetKey" text, "jobId" uuid, "jobType" text, "agentId" uuid,
    "runId" uuid, "causeId" uuid, summary text, "nextStep" text, details jsonb, "quietUntil" timestamptz
  )) with ordinality as given (
    id, kind, "organizationId", "brandId", "datasetKey", "jobId", "jobType", "agentId", "runId", "causeId", summary, "nextStep",
    details, "quietUntil", place
  )
), opened as (
  insert into incidents (
    id, kind, organization_id, brand_id, dataset_key, scheduled_job_id, job_type, agent_id, run_id, cause_id, summary, next_step,
    details, quiet_until, opened_at
  )
  select id, kind, "organizationId", "brandId", "datasetKey", "jobId", "jobType", "agentId", "runId", "causeId", summary, "nextStep",
    details, "quietUntil", coalesce($1::timestamptz, now())
  from given
  on conflict do nothing
  returning id, organization_id, cause_id, opened_at, cause_id is null and quiet_until is null as is_told
)
insert into incident_events (incident_id, organization_id, type, happened_at, told, dispatched_at)
select opened.id, opened.organization_id, 'opened', opened.opened_at, opened.is_told,
  case when not opened.is_told then opened.opened_at end
from opened
join given on given.id = opened.id
order by given.place`,
}

/** In the order given: causes before their effects. Roots are told, effects and what is expected are not. */
export async function openIncidents(
  database: Database,
  now: Date | null,
  incidents: readonly NewIncident[],
): Promise<void> {
  if (incidents.length > 0) await database.query(insertStatement, [now, JSON.stringify(incidents)])
}

const endStatement: Statement = {
  name: 'end_incidents',
  text: `
with given as materialized (
  select * from jsonb_to_recordset($2::jsonb) as given (
    "incidentId" uuid, resolution text, "isTold" boolean, "isForAssignee" boolean
  )
), ended as (
  update incidents incident
  set resolved_at = coalesce($1::timestamptz, now()), resolution = given.resolution
  from given
  where incident.id = given."incidentId" and incident.resolved_at is null
  returning incident.id, incident.organization_id, incident.resolved_at, given.resolution, given."isTold", given."isForAssignee"
)
insert into incident_events (incident_id, organization_id, type, happened_at, note, told, dispatched_at)
select id, organization_id, 'resolved', resolved_at, resolution, "isTold", case when not ("isTold" or "isForAssignee") then resolved_at end
from ended
order by id`,
}

/** What nobody was told of is not told: the dispatch looks at its end only for who was given it. */
export async function endIncidents(
  database: Database,
  now: Date | null,
  incidents: readonly {
    readonly incidentId: string
    readonly resolution: string
    readonly isTold: boolean
    readonly isForAssignee: boolean
  }[],
): Promise<void> {
  if (incidents.length > 0) await database.query(endStatement, [now, JSON.stringify(incidents)])
}

const attachStatement: Statement = {
  name: 'attach_incidents',
  text: `
update incidents incident
set cause_id = given."causeId", released_at = case when given."isReleased" then coalesce($1::timestamptz, now()) end
from jsonb_to_recordset($2::jsonb) as given (id uuid, "causeId" uuid, "isReleased" boolean)
where incident.id = given.id`,
}

/** Gives incidents another cause, or none. */
export async function attachIncidents(
  database: Database,
  now: Date | null,
  incidents: readonly { readonly id: string; readonly causeId: string | null; readonly isReleased: boolean }[],
): Promise<void> {
  if (incidents.length > 0) await database.query(attachStatement, [now, JSON.stringify(incidents)])
}

const updateStatement: Statement = {
  name: 'update_incidents',
  text: `
update incidents incident
set run_id = given."runId", summary = given.summary, next_step = given."nextStep", details = given.details
from jsonb_to_recordset($1::jsonb) as given (
  "incidentId" uuid, "runId" uuid, summary text, "nextStep" text, details jsonb
)
where incident.id = given."incidentId"`,
}

/** What an incident is about now. */
export async function updateIncidents(
  database: Database,
  incidents: readonly {
    readonly incidentId: string
    readonly runId: string | null
    readonly summary: string
    readonly nextStep: string | null
    readonly details: JsonObject
  }[],
): Promise<void> {
  if (incidents.length > 0) await database.query(updateStatement, [JSON.stringify(incidents)])
}

const eventStatements = {
  /** Its snooze has run out; nobody is told of that as such. */
  woken: eventStatement('woken', 'snoozed_until = null, snoozed_by = null', false),
  reminded: eventStatement('reminded', 'reminded_at = coalesce($1::timestamptz, now())', true),
  /** An effect that has outlived its cause, or what no rule keeps quiet any more: it is told now, as it would have been then. */
  opened: eventStatement(
    'opened',
    'released_at = null, quiet_until = null, muted_for = null, reminded_at = coalesce($1::timestamptz, now())',
    true,
  ),
} as const

function eventStatement(type: 'woken' | 'reminded' | 'opened', assignments: string, told: boolean): Statement {
  return {
    name: `incidents_${type}_by_clock`,
    text: `
with touched as (
  update incidents set ${assignments} where id = any ($2::uuid[]) returning id, organization_id
)
insert into incident_events (incident_id, organization_id, type, happened_at, note, told, dispatched_at)
select id, organization_id, '${type}', coalesce($1::timestamptz, now()), $3::text, ${told},
  ${told ? 'null' : 'coalesce($1::timestamptz, now())'}
from touched
order by id`,
  }
}

/** Something that happens to incidents without anybody doing it. */
export async function noteEvents(
  database: Database,
  now: Date | null,
  {
    type,
    ids,
    note,
  }: { readonly type: keyof typeof eventStatements; readonly ids: readonly string[]; readonly note: string | null },
): Promise<void> {
  if (ids.length > 0) await database.query(eventStatements[type], [now, ids, note])
}

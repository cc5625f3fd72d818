/** One round of evaluation writes through here: what is open, read under the lock, and what becomes of it. */
import type { JsonObject } from '../../shared/domain.ts'
import type { IncidentKind } from '../../shared/incidents.ts'
import type { Database, Statement } from './database.ts'

export interface RoundStart {
  /** Of the database, when the transaction began. */
  readonly startedAt: Date
  /** What counts as now: the same, or a stand-in of a test. */
  readonly moment: Date
  /** Since the server was started. */
  readonly uptimeSeconds: number
}

const beginStatement: Statement = {
  name: 'begin_evaluation',
  text: `
select now() as "startedAt", coalesce($1::timestamptz, now()) as moment,
  extract(epoch from clock_timestamp() - pg_postmaster_start_time())::double precision as "uptimeSeconds",
  -- For this transaction: compiling takes longer than evaluating, and 50,000 narrow rows are to stay in memory.
  set_config('jit', 'off', true),
  set_config('work_mem', greatest(pg_size_bytes(current_setting('work_mem')) / 1024, 16384) || 'kB', true)`,
}

/** The first statement of a round's transaction. */
export async function beginRound(database: Database, now: Date | null): Promise<RoundStart> {
  const [row] = await database.query<RoundStart>(beginStatement, [now])
  if (row === undefined) throw new Error('begin_evaluation returned no row')
  return row
}

/**
 * Two leaders that overlap for a moment write one after the other. And ids of events follow the clock, in microseconds: whoever remembers
 * how far it has read is never given the same ids again, also when an older backup of the database was restored (fault 30).
 */
const lockStatement: Statement = {
  name: 'lock_incidents',
  text: `
select pg_advisory_xact_lock(hashtextextended('pipeline_manager incidents', 0)), case
  when has_sequence_privilege(ids.name, 'select, update') and coalesce(pg_sequence_last_value(ids.name::regclass), 0) < clock.at
    then setval(ids.name::regclass, clock.at) end
from (select pg_get_serial_sequence('incident_events', 'id') as name) ids,
  (select (extract(epoch from clock_timestamp()) * 1000000)::bigint as at) clock`,
}

/** Until the end of the transaction nobody else evaluates. */
export async function lockIncidents(database: Database): Promise<void> {
  await database.query(lockStatement, [])
}

export interface OpenIncidentRow {
  readonly id: string
  readonly kind: IncidentKind
  readonly organizationId: string | null
  readonly brandId: string | null
  readonly datasetKey: string | null
  readonly jobId: string | null
  readonly jobType: string | null
  readonly agentId: string | null
  readonly causeId: string | null
  readonly lostAgentId: string | null
  /** Somebody was told that it was opened. */
  readonly isTold: boolean
}

const openStatement: Statement = {
  name: 'list_open_incidents',
  text: `
select incident.id, incident.kind, incident.organization_id as "organizationId", incident.brand_id as "brandId",
  incident.dataset_key as "datasetKey", incident.scheduled_job_id as "jobId", incident.job_type as "jobType",
  incident.agent_id as "agentId", incident.cause_id as "causeId", incident.details ->> 'lostAgentId' as "lostAgentId",
  exists (
    select from incident_events event where event.incident_id = incident.id and event.type = 'opened' and event.told
  ) as "isTold"
from incidents incident
where incident.resolved_at is null and incident.kind = any ($1::text[])
order by incident.opened_at, incident.id`,
}

/** Everything that is open, of these kinds. */
export async function listOpenIncidents(
  database: Database,
  kinds: readonly IncidentKind[],
): Promise<OpenIncidentRow[]> {
  return database.query<OpenIncidentRow>(openStatement, [kinds])
}

export interface OverdueIncident {
  readonly incidentId: string
  readonly reason: 'woken' | 'reminded' | 'outlived'
}

/** How long an effect may need to recover after its cause: the longest grace that a run gets (F7). */
const recovery = `interval '30 minutes'`

/** A lost agent concerns every organization: the one that wants to be reminded most often decides. */
const overdueStatement: Statement = {
  name: 'list_overdue_incidents',
  text: `
with moment as materialized (select coalesce($1::timestamptz, now()) as now), often as materialized (
  select organization_id, remind_every_minutes * interval '1 minute' as every from notification_settings
  where remind_every_minutes is not null
  union all
  select null, min(remind_every_minutes) * interval '1 minute' from notification_settings
), due as materialized (
  select id, 'woken' as reason, snoozed_until as at from incidents
  where resolved_at is null and snoozed_until is not null and isfinite(snoozed_until) and kind = any ($2::text[])
  union all
  select id, 'outlived', released_at + ${recovery} from incidents
  where resolved_at is null and released_at is not null and kind = any ($2::text[])
  union all
  select incident.id, 'reminded', greatest(incident.opened_at, incident.reminded_at) + often.every
  from often
  join incidents incident on incident.organization_id is not distinct from often.organization_id
  where incident.resolved_at is null and incident.cause_id is null and incident.acknowledged_at is null
    and incident.snoozed_until is null and incident.released_at is null and often.every is not null
    and incident.kind = any ($2::text[])
)
select id as "incidentId", reason, at from due, moment where at <= moment.now
union all
select null, null, min(at) from due, moment where at > moment.now`,
}

/** Snoozes that have run out, effects that outlive their cause, and what is to be told again; when the next one is. */
export async function listOverdueIncidents(
  database: Database,
  now: Date | null,
  kinds: readonly IncidentKind[],
): Promise<{ readonly overdue: readonly OverdueIncident[]; readonly nextTurnAt: Date | null }> {
  const rows = await database.query<{
    incidentId: string | null
    reason: OverdueIncident['reason'] | null
    at: Date | null
  }>(overdueStatement, [now, kinds])
  const overdue = rows.flatMap(({ incidentId, reason }) =>
    incidentId === null || reason === null ? [] : [{ incidentId, reason }],
  )
  return { overdue, nextTurnAt: rows.find(({ incidentId }) => incidentId === null)?.at ?? null }
}

export interface NewIncident {
  readonly id: string
  readonly kind: IncidentKind
  readonly organizationId: string | null
  readonly brandId: string | null
  readonly datasetKey: string | null
  readonly jobId: string | null
  readonly jobType: string | null
  readonly agentId: string | null
  readonly runId: string | null
  readonly causeId: string | null
  readonly summary: string
  readonly nextStep: string | null
  readonly details: JsonObject
}

const insertStatement: Statement = {
  name: 'open_incidents',
  text: `
with given as materialized (
  select * from rows from (jsonb_to_recordset($2::jsonb) as (
    id uuid, kind text, "organizationId" uuid, "brandId" uuid, "datasetKey" text, "jobId" uuid, "jobType" text, "agentId" uuid,
    "runId" uuid, "causeId" uuid, summary text, "nextStep" text, details jsonb
  )) with ordinality as given (
    id, kind, "organizationId", "brandId", "datasetKey", "jobId", "jobType", "agentId", "runId", "causeId", summary, "nextStep",
    details, place
  )
), opened as (
  insert into incidents (
    id, kind, organization_id, brand_id, dataset_key, scheduled_job_id, job_type, agent_id, run_id, cause_id, summary, next_step,
    details, opened_at
  )
  select id, kind, "organizationId", "brandId", "datasetKey", "jobId", "jobType", "agentId", "runId", "causeId", summary, "nextStep",
    details, coalesce($1::timestamptz, now())
  from given
  on conflict do nothing
  returning id, organization_id, cause_id, opened_at
)
insert into incident_events (incident_id, organization_id, type, happened_at, told, dispatched_at)
select opened.id, opened.organization_id, 'opened', opened.opened_at, opened.cause_id is null,
  case when opened.cause_id is not null then opened.opened_at end
from opened
join given on given.id = opened.id
order by given.place`,
}

/** In the order given: causes before their effects. Roots are told, effects are not. */
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
  select * from jsonb_to_recordset($2::jsonb) as given ("incidentId" uuid, resolution text, "isTold" boolean)
), ended as (
  update incidents incident
  set resolved_at = coalesce($1::timestamptz, now()), resolution = given.resolution
  from given
  where incident.id = given."incidentId" and incident.resolved_at is null
  returning incident.id, incident.organization_id, incident.resolved_at, given.resolution, given."isTold"
)
insert into incident_events (incident_id, organization_id, type, happened_at, note, told, dispatched_at)
select id, organization_id, 'resolved', resolved_at, resolution, "isTold", case when not "isTold" then resolved_at end
from ended
order by id`,
}

export async function endIncidents(
  database: Database,
  now: Date | null,
  incidents: readonly { readonly incidentId: string; readonly resolution: string; readonly isTold: boolean }[],
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
  /** An effect that has outlived its cause: it is told now, as it would have been then. */
  opened: eventStatement('opened', 'released_at = null', true),
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

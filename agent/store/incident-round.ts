/** What a round of evaluation begins with, and what is open, read under the lock. What becomes of it: incident-writes.ts. */
import type { IncidentKind, IncidentThing } from '../../shared/incidents.ts'
import type { Database, Statement } from './database.ts'
import { fitsThing } from './incident-columns.ts'
import { finite } from './job-columns.ts'

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

/**
 * Until the end of the transaction nobody else evaluates, nor does an operator change incidents: each locks many, in an order of its own.
 */
export async function lockIncidents(database: Database): Promise<void> {
  await database.query(lockStatement, [])
}

export interface OpenIncident extends IncidentThing {
  readonly id: string
  readonly causeId: string | null
  /** The agent that was lost with the run it is about. */
  readonly lostAgentId: string | null
  /** Somebody was told that it was opened: then its end is told too. */
  readonly isTold: boolean
  /** Somebody has it who was given it by somebody else: they hear of its end, whoever else was told. */
  readonly isGiven: boolean
}

const openStatement: Statement = {
  name: 'list_open_incidents',
  text: `
select incident.id, incident.kind, incident.organization_id as "organizationId", incident.brand_id as "brandId",
  incident.dataset_key as "datasetKey", incident.scheduled_job_id as "jobId", incident.job_type as "jobType",
  incident.agent_id as "agentId", incident.cause_id as "causeId", incident.details ->> 'lostAgentId' as "lostAgentId",
  exists (
    select from incident_events event where event.incident_id = incident.id and event.type = 'opened' and event.told
  ) as "isTold",
  incident.acknowledged_at is not null and exists (
    select from incident_events event
    where event.incident_id = incident.id and event.type = 'acknowledged' and event.assignee is not null
  ) as "isGiven"
from incidents incident
where incident.resolved_at is null and incident.kind = any ($1::text[])
order by incident.opened_at, incident.id`,
}

/** Everything that is open, of these kinds. */
export async function listOpenIncidents(database: Database, kinds: readonly IncidentKind[]): Promise<OpenIncident[]> {
  return database.query<OpenIncident>(openStatement, [kinds])
}

export interface OverdueIncident {
  readonly incidentId: string
  readonly reason: 'woken' | 'reminded' | 'outlived' | 'unmuted'
}

/** How long an effect may need to recover after its cause, and held data after the hold: the longest grace that a run gets (F7). */
const recovery = `interval '30 minutes'`

/**
 * When no rule keeps an incident quiet any more that kept its opening back: of those organizations the first. Null: some rule has no end. What
 * somebody is on or has sent to sleep needs telling only when they no longer are.
 */
const unmuted = `
  select incident.id, 'unmuted', (
    select min(free.at) from (
      select case when bool_or(rule.id is not null and rule.until is null) then null
        else coalesce(max(${finite('rule.until')}), incident.opened_at) end as at
      from unnest(incident.muted_for) as kept (organization_id)
      left join mute_rules rule on rule.organization_id = kept.organization_id
        and ${fitsThing('incident', 'rule', 'coalesce(incident.job_type, job.job_type)')}
      group by kept.organization_id
    ) free
  )
  from incidents incident
  left join scheduled_jobs job on job.id = incident.scheduled_job_id
  where incident.muted_for is not null and incident.resolved_at is null and incident.cause_id is null
    and incident.acknowledged_at is null and incident.snoozed_until is null and incident.kind = any ($2::text[])`

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
  where resolved_at is null and ${finite('snoozed_until')} is not null and kind = any ($2::text[])
  union all
  select id, 'outlived', ${finite('greatest(released_at, quiet_until)')} + ${recovery} from incidents
  where resolved_at is null and (released_at is not null or quiet_until is not null) and kind = any ($2::text[])
  union all
  ${unmuted}
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

/** Snoozes and mute rules that have run out, effects that outlive their cause, and what is to be told again; when the next one is. */
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

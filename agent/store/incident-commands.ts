/** The writing side of what operators do to incidents. Call each with the incidents held. */
import type { IncidentEventType } from '../../shared/incidents.ts'
import type { Database, Statement } from './database.ts'

export interface HeldIncident {
  readonly id: string
  readonly kind: string
  readonly organizationId: string | null
  readonly resolvedAt: Date | null
  readonly acknowledgedAt: Date | null
  readonly acknowledgedBy: string | null
  readonly isSnoozed: boolean
  /** Null also for "until it recovers". */
  readonly snoozedUntil: Date | null
  readonly snoozedBy: string | null
  readonly note: string | null
  /** By the database clock. */
  readonly asOf: Date
}

const holdStatement: Statement = {
  name: 'hold_incidents',
  text: `
select id, kind, organization_id as "organizationId", resolved_at as "resolvedAt",
  acknowledged_at as "acknowledgedAt", acknowledged_by as "acknowledgedBy",
  coalesce(snoozed_until > now(), false) as "isSnoozed",
  case when isfinite(snoozed_until) then snoozed_until end as "snoozedUntil", snoozed_by as "snoozedBy", note,
  now() as "asOf"
from incidents
where id = any ($1::uuid[])
order by id
for update`,
}

/** The incidents that exist, held against changes until the end of the transaction. */
export async function holdIncidents(database: Database, ids: readonly string[]): Promise<HeldIncident[]> {
  return database.query<HeldIncident>(holdStatement, [ids])
}

const sinceStatement: Statement = {
  name: 'list_events_since',
  text: `
select distinct event.incident_id as "incidentId", event.type
from unnest($1::uuid[], $2::bigint[]) as seen (incident_id, event_id)
join incident_events event on event.incident_id = seen.incident_id and event.id > seen.event_id
  and lower(event.operator) is distinct from lower($3::text)`,
}

/** What has happened to incidents since an operator looked, by incident; those with nothing new are left out, as is what `operator` did. */
export async function listEventsSince(
  database: Database,
  seen: readonly { readonly id: string; readonly eventId: string }[],
  operator: string,
): Promise<ReadonlyMap<string, ReadonlySet<IncidentEventType>>> {
  const values = [seen.map(({ id }) => id), seen.map(({ eventId }) => eventId), operator]
  const rows = await database.query<{ incidentId: string; type: IncidentEventType }>(sinceStatement, values)
  const byIncident = Map.groupBy(rows, ({ incidentId }) => incidentId)
  return new Map([...byIncident].map(([id, events]) => [id, new Set(events.map(({ type }) => type))]))
}

export interface IncidentChange {
  readonly type: Extract<IncidentEventType, 'acknowledged' | 'unacknowledged' | 'snoozed' | 'woken' | 'noted'>
  readonly operator: string
  readonly note: string | null
  /** ISO 8601, of `snoozed`; null: until it recovers. */
  readonly until: string | null
  /** Who is on it, of `acknowledged`; null: the operator. */
  readonly assignee: string | null
}

/** Whose it is from now on; whoever asks is written as they are called. */
const newName = `case when lower($5::text) is distinct from lower($2::text) then coalesce($5::text, $2::text) else $2::text end`

const assignments = {
  // Handed over, it has been somebody's all the time.
  acknowledged: `acknowledged_at = coalesce(acknowledged_at, now()),
    acknowledged_by = case when lower(acknowledged_by) = lower(${newName}) then acknowledged_by else ${newName} end,
    note = coalesce($3::text, note)`,
  unacknowledged: `acknowledged_at = null, acknowledged_by = null`,
  snoozed: `snoozed_until = coalesce($4::timestamptz, 'infinity'), snoozed_by = $2::text, note = coalesce($3::text, note)`,
  woken: `snoozed_until = null, snoozed_by = null`,
  noted: `note = $3::text`,
} as const satisfies Record<IncidentChange['type'], string>

/** One statement: the incidents and what is kept of it. Of what operators do, channels tell only whoever is given something. */
function changeStatement(type: IncidentChange['type']): Statement {
  return {
    name: `incidents_${type}`,
    text: `
with given as (select $1::uuid[] as ids, $2::text as operator, $3::text as note, $4::timestamptz as until, $5::text as assignee),
changed as (
  update incidents set ${assignments[type]} where id = any ($1::uuid[]) returning id, organization_id
)
insert into incident_events (incident_id, organization_id, type, operator, note, until, assignee, dispatched_at)
select changed.id, changed.organization_id, '${type}', given.operator, given.note,
  ${type === 'snoozed' ? `coalesce(given.until, 'infinity')` : 'null'},
  case when lower(given.assignee) <> lower(given.operator) then given.assignee end,
  case when given.assignee is null or lower(given.assignee) = lower(given.operator) then now() end
from changed, given`,
  }
}

export async function changeIncidents(
  database: Database,
  ids: readonly string[],
  { type, operator, note, until, assignee }: IncidentChange,
): Promise<void> {
  if (ids.length === 0) return
  await database.query(changeStatement(type), [ids, operator, note, until, type === 'acknowledged' ? assignee : null])
}

import { type IncidentEventType, type IncidentKind, type IncidentState, incidentKinds } from '../../shared/incidents.ts'
import { nobody } from '../../shared/on-it.ts'
import type { Database, Statement } from './database.ts'
import {
  type Incident,
  type IncidentPosition,
  incidentColumns,
  incidentJoins,
  incidentState,
  isMuted,
  isShared,
  type Viewpoint,
  whoIsOn,
} from './incident-columns.ts'
import { Parameters } from './job-conditions.ts'

export type { Incident, IncidentPosition, Viewpoint } from './incident-columns.ts'

/** Null in all of these = any. */
export interface IncidentThingFilter {
  readonly dataset: string | null
  readonly jobId: string | null
  readonly agentId: string | null
}

/** What is asked of incidents, whether they are listed or counted. */
export interface IncidentFilter {
  readonly view: Viewpoint & { readonly organizationId: string }
  /** Null = all of the organization. */
  readonly brandId: string | null
  /** Only of these, the brands of a group; null or absent = no group was asked for. */
  readonly brandIds?: readonly string[] | null
  readonly states: readonly IncidentState[]
  /** Empty = all that this program knows. */
  readonly kinds: readonly IncidentKind[]
  /** In the summary, the dataset or the job type, in any case; empty = all. */
  readonly text: string
  /** Who is on it; `nobody`: nobody is; null = whoever. */
  readonly onIt: string | null
}

export interface IncidentPage extends IncidentFilter, IncidentThingFilter {
  /** Effects of this incident; null = everything but effects of what is listed itself. */
  readonly causeId: string | null
  readonly after: IncidentPosition | null
  readonly limit: number
}

/** What the filter asks of an incident. A condition stands in the text only where it narrows. */
function asked(
  incident: string,
  filter: IncidentFilter & Partial<IncidentThingFilter>,
  parameters: Parameters,
): string {
  const { brandId, brandIds = null, states, kinds, text, onIt, dataset = null, jobId = null, agentId = null } = filter
  const conditions = [
    `${incident}.kind = any (${parameters.place('kinds', kinds.length === 0 ? incidentKinds : kinds, 'text[]')})`,
    `${incidentState(incident)} = any (${parameters.place('states', states, 'text[]')})`,
  ]
  if (!states.includes('resolved')) conditions.push(`${incident}.resolved_at is null`)
  if (brandId !== null) conditions.push(`${incident}.brand_id = ${parameters.place('brand', brandId, 'uuid')}`)
  else if (brandIds !== null) {
    conditions.push(`${incident}.brand_id = any (${parameters.place('group', brandIds, 'uuid[]')})`)
  }
  if (dataset !== null) conditions.push(`${incident}.dataset_key = ${parameters.place('dataset', dataset, 'text')}`)
  if (jobId !== null) conditions.push(`${incident}.scheduled_job_id = ${parameters.place('job', jobId, 'uuid')}`)
  if (agentId !== null) conditions.push(`${incident}.agent_id = ${parameters.place('agent', agentId, 'uuid')}`)
  if (onIt !== null) {
    const name = parameters.place('on_it', onIt.toLowerCase() === nobody ? null : onIt, 'text')
    conditions.push(`lower(${whoIsOn(incident)}) is not distinct from lower(${name})`)
  }
  if (text !== '') {
    const searched = `lower(concat_ws(E'\\n', ${incident}.summary, ${incident}.dataset_key, ${incident}.job_type))`
    conditions.push(`strpos(${searched}, lower(${parameters.place('text', text, 'text')})) > 0`)
  }
  return conditions.join(' and ')
}

/** Of `incident`: it is asked for, and no effect of another one that is. */
export function askedRoots(filter: IncidentFilter & Partial<IncidentThingFilter>, parameters: Parameters): string {
  return `${asked('incident', filter, parameters)} and not exists (
      select from incidents cause where cause.id = incident.cause_id and ${asked('cause', filter, parameters)}
    )`
}

function listed(page: IncidentPage, parameters: Parameters): string {
  const { causeId, after } = page
  const conditions =
    causeId === null
      ? [askedRoots(page, parameters)]
      : [asked('incident', page, parameters), `incident.cause_id = ${parameters.place('of', causeId, 'uuid')}`]
  if (after !== null) {
    const at = parameters.place('after', after.openedAt, 'timestamptz')
    conditions.push(`(incident.opened_at, incident.id) < (${at}, ${parameters.place('id', after.id, 'uuid')})`)
  }
  return conditions.join(' and ')
}

/** The newest first. Two walks along an index, of what is the organization's and of what is everybody's, and their beginning. */
export async function listIncidents(database: Database, page: IncidentPage): Promise<Incident[]> {
  const parameters = new Parameters()
  const organization = parameters.place('organization', page.view.organizationId, 'uuid')
  const withPlatform = parameters.place('platform', page.view.withPlatform, 'boolean')
  const limit = parameters.place('limit', page.limit, 'integer')
  const walk = (scope: string): string => `(
  select incident.id, incident.opened_at from incidents incident
  where ${scope} and ${listed(page, parameters)}
  order by incident.opened_at desc, incident.id desc
  limit ${limit}
)`
  const text = `
with page as materialized (
  ${walk(`incident.organization_id = ${organization}`)}
  union all
  ${walk(isShared('incident', withPlatform))}
  order by opened_at desc, id desc
  limit ${limit}
)
select ${incidentColumns(organization, withPlatform)}
from page
join incidents incident on incident.id = page.id
${incidentJoins}
order by incident.opened_at desc, incident.id desc`
  const openOnly = page.states.includes('resolved') ? '' : '_open'
  return database.query<Incident>({ name: `list_incidents_${parameters.key}${openOnly}`, text }, parameters.values)
}

export interface IncidentCounts {
  readonly open: number
  readonly acknowledged: number
  readonly snoozed: number
  /** Whatever their state. */
  readonly muted: number
  readonly effects: number
  /** Open ones that neither a rule nor a hold keeps quiet. */
  readonly unattended: number
  readonly asOf: Date
}

const countStatement: Statement = {
  name: 'count_open_incidents',
  text: `
with incident as materialized (
  select incident.cause_id is null as root, ${incidentState('incident')} as state,
    ${isMuted('incident', '$1::uuid')} as muted, incident.quiet_until is not null as expected
  from incidents incident
  where incident.resolved_at is null and incident.kind = any ($4::text[])
    and (incident.organization_id = $1::uuid or ${isShared('incident', '$2::boolean')})
    and ($3::uuid[] is null or incident.brand_id = any ($3::uuid[]))
)
select count(*) filter (where root and state = 'open') as open,
  count(*) filter (where root and state = 'acknowledged') as acknowledged,
  count(*) filter (where root and state = 'snoozed') as snoozed,
  count(*) filter (where root and muted) as muted,
  count(*) filter (where not root) as effects,
  count(*) filter (where root and state = 'open' and not muted and not expected) as unattended,
  now() as "asOf"
from incident`,
}

/** Of what is open: the roots by state, and their effects; `brandIds` null = of all brands, and of what has none. */
export async function countOpenIncidents(
  database: Database,
  view: Viewpoint & { readonly organizationId: string },
  brandIds: readonly string[] | null,
): Promise<IncidentCounts> {
  const values = [view.organizationId, view.withPlatform, brandIds, incidentKinds]
  const [counts] = await database.query<IncidentCounts>(countStatement, values)
  if (counts === undefined) throw new Error('count_open_incidents returned no row')
  return counts
}

const getStatement: Statement = {
  name: 'get_incidents',
  text: `
select ${incidentColumns('$2::uuid', '$3::boolean')}
from incidents incident
${incidentJoins}
where incident.id = any ($1::uuid[]) and incident.kind = any ($4::text[])`,
}

/** In no order; those that do not exist, or are of a kind that only a newer program knows, are left out. */
export async function getIncidents(database: Database, ids: readonly string[], view: Viewpoint): Promise<Incident[]> {
  return database.query<Incident>(getStatement, [ids, view.organizationId, view.withPlatform, incidentKinds])
}

export interface IncidentEvent {
  readonly id: string
  readonly incidentId: string
  readonly type: IncidentEventType
  readonly happenedAt: Date
  readonly operator: string | null
  readonly note: string | null
  readonly assignee: string | null
  /** Null also for "until it recovers". */
  readonly until: Date | null
}

const eventColumns = `
  event.id::text as id, event.incident_id as "incidentId", event.type, event.happened_at as "happenedAt",
  event.operator, event.note, event.assignee, case when isfinite(event.until) then event.until end as until`

const eventsStatement: Statement = {
  name: 'list_incident_events',
  text: `
select ${eventColumns}
from incident_events event
where event.incident_id = $1::uuid
order by event.id desc
limit $2::integer`,
}

/** All that happened to an incident, the newest first. */
export async function listIncidentEvents(
  database: Database,
  incidentId: string,
  limit: number,
): Promise<IncidentEvent[]> {
  return database.query<IncidentEvent>(eventsStatement, [incidentId, limit])
}

const toldWalk = (scope: string): string => `(
  select ${eventColumns}, event.id as place
  from incident_events event
  join incidents incident on incident.id = event.incident_id
  where event.told and event.type in ('opened', 'resolved') and ${scope} and incident.kind = any ($4::text[])
  order by event.id desc
  limit $3::integer
)`

const toldStatement: Statement = {
  name: 'list_told_events',
  text: `
${toldWalk('event.organization_id = $1::uuid')}
union all
${toldWalk(`event.organization_id is null and ${isShared('incident', '$2::boolean')}`)}
order by place desc
limit $3::integer`,
}

/** What was opened and resolved lately, of roots alone, the newest first. */
export async function listToldEvents(
  database: Database,
  view: Viewpoint & { readonly organizationId: string },
  limit: number,
): Promise<IncidentEvent[]> {
  return database.query<IncidentEvent>(toldStatement, [view.organizationId, view.withPlatform, limit, incidentKinds])
}

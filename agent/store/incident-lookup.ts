import { incidentKinds } from '../../shared/incidents.ts'
import { nobody } from '../../shared/on-it.ts'
import type { Database, Statement } from './database.ts'
import { type Incident, incidentColumns, incidentJoins, whoIsOn } from './incident-columns.ts'

/*
 * Questions of the command line, which sees everything: of all organizations, with what concerns platform-level jobs.
 */

const columns = incidentColumns('null::uuid', 'true')

const listStatement: Statement = {
  name: 'list_all_incidents',
  text: `
select ${columns}
from incidents incident
${incidentJoins}
where incident.kind = any ($1::text[]) and ($2::boolean or incident.resolved_at is null)
  and ($3::uuid is null or incident.organization_id = $3::uuid or incident.organization_id is null)
  and ($4::uuid is null or incident.brand_id = $4::uuid)
  and ($6::text is null or coalesce(${whoIsOn('incident')}, '${nobody}') = $6::text)
order by incident.resolved_at is not null, incident.opened_at desc, incident.cause_id is not null, incident.id desc
limit $5::integer`,
}

export interface IncidentQuestion {
  /** With those that have ended. */
  readonly withResolved: boolean
  /** Null = all. */
  readonly organizationId: string | null
  readonly brandId: string | null
  /** Who is on it, or `nobody`; null = whoever. */
  readonly onIt: string | null
  /** 1 to 500. */
  readonly limit: number
}

/** Those that are open first, the newest first; effects after their cause where both were opened at once. */
export async function listAllIncidents(database: Database, question: IncidentQuestion): Promise<Incident[]> {
  const { withResolved, organizationId, brandId, limit, onIt } = question
  return database.query<Incident>(listStatement, [incidentKinds, withResolved, organizationId, brandId, limit, onIt])
}

const findStatement: Statement = {
  name: 'find_incidents',
  text: `
select ${columns}
from incidents incident
${incidentJoins}
where incident.kind = any ($1::text[]) and starts_with(incident.id::text, $2::text)
order by incident.resolved_at is not null, incident.opened_at desc
limit 10`,
}

/** Incidents whose id begins with `idPart` (lower case hexadecimal), those that are open first; at most 10. */
export async function findIncidents(database: Database, idPart: string): Promise<Incident[]> {
  return database.query<Incident>(findStatement, [incidentKinds, idPart])
}

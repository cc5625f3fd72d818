import { me, nobody } from '../../shared/on-it.ts'
import type { Database, Statement } from './database.ts'

const peopleStatement: Statement = {
  name: 'list_incident_people',
  // Programs act through tokens of their own (door api); agents are nobody.
  text: `
select name from (
  select operator as name from operator_actions
  where organization_id = $1::uuid and door in ('console', 'cli') and happened_at > now() - interval '30 days'
  union
  select acknowledged_by from incidents
  where organization_id = $1::uuid and acknowledged_by is not null
    and (resolved_at is null or resolved_at > now() - interval '30 days')
) seen
where length(name) between 1 and 100 and lower(name) not in ('${me}', '${nobody}')
order by lower(name), name
limit 200`,
}

/** Operators of an organization within the last 30 days, and whoever was on its incidents; by name. */
export async function listIncidentPeople(database: Database, organizationId: string): Promise<string[]> {
  const rows = await database.query<{ name: string }>(peopleStatement, [organizationId])
  return rows.map(({ name }) => name)
}

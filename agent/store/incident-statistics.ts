import { type IncidentKind, incidentKinds } from '../../shared/incidents.ts'
import type { Database, Statement } from './database.ts'
import { isShared, type Viewpoint } from './incident-columns.ts'

export interface KindStatistics {
  /** Null: of all kinds together. */
  readonly kind: IncidentKind | null
  readonly opened: number
  /** Of those. */
  readonly resolved: number
  /** Open now, of those. */
  readonly open: number
  /** Null without any. */
  readonly medianAcknowledgeSeconds: number | null
  readonly medianResolveSeconds: number | null
  readonly asOf: Date
}

const median = (from: string, to: string): string =>
  `percentile_cont(0.5) within group (order by date_part('epoch', ${to} - ${from})) filter (where ${to} is not null)`

const statement: Statement = {
  name: 'incident_statistics',
  text: `
select incident.kind, count(*) as opened, count(*) filter (where resolved_at is not null) as resolved,
  count(*) filter (where resolved_at is null) as open,
  ${median('incident.opened_at', 'first.acknowledged_at')} as "medianAcknowledgeSeconds",
  ${median('incident.opened_at', 'incident.resolved_at')} as "medianResolveSeconds", now() as "asOf"
from incidents incident
-- The first one: somebody may have taken it back, and somebody else be on it now.
left join lateral (
  select min(event.happened_at) as acknowledged_at from incident_events event
  where event.incident_id = incident.id and event.type = 'acknowledged'
) first on true
where incident.opened_at > now() - $4::integer * interval '1 day' and incident.kind = any ($5::text[])
  and (incident.organization_id = $1::uuid or ${isShared('incident', '$2::boolean')})
  and ($3::uuid[] is null or incident.brand_id = any ($3::uuid[]))
group by grouping sets ((), (incident.kind))
order by incident.kind nulls first`,
}

/** Of incidents opened in the last days (`brandIds` null = of all brands, and of what has none): all together first, then each kind that there was. */
export async function incidentStatistics(
  database: Database,
  view: Viewpoint & { readonly organizationId: string },
  range: { readonly brandIds: readonly string[] | null; readonly days: number },
): Promise<KindStatistics[]> {
  const values = [view.organizationId, view.withPlatform, range.brandIds, range.days, incidentKinds]
  return database.query<KindStatistics>(statement, values)
}

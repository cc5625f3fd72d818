import type { Database } from './database.ts'
import { incidentState, isShared } from './incident-columns.ts'
import { askedRoots, type IncidentFilter, type IncidentThingFilter } from './incident-views.ts'
import { Parameters } from './job-conditions.ts'

/** Many incidents that are about the same. */
export interface IncidentGroup {
  /** Null: of several kinds. */
  readonly kind: string | null
  readonly brandId: string | null
  readonly brandName: string | null
  readonly datasetKey: string | null
  readonly datasetLabel: string | null
  readonly incidents: number
  readonly open: number
  readonly firstOpenedAt: Date
  readonly lastOpenedAt: Date
}

export type IncidentGrouping = 'dataset' | 'brand'

/** What tells the groups apart. What has no dataset, or no brand, is grouped by its kind. */
const groupedBy: Readonly<Record<IncidentGrouping, { kind: string; brand: string; dataset: string }>> = {
  dataset: { kind: 'incident.kind', brand: 'null::uuid', dataset: 'incident.dataset_key' },
  brand: {
    kind: 'case when incident.brand_id is null then incident.kind end',
    brand: 'incident.brand_id',
    dataset: 'null::text',
  },
}

/** Roots as the list has them, counted by what they are about; the largest first. */
export async function groupIncidents(
  database: Database,
  filter: IncidentFilter & Pick<IncidentThingFilter, 'dataset'>,
  by: IncidentGrouping,
  limit: number,
): Promise<IncidentGroup[]> {
  const parameters = new Parameters()
  const organization = parameters.place('organization', filter.view.organizationId, 'uuid')
  const shared = isShared('incident', parameters.place('platform', filter.view.withPlatform, 'boolean'))
  const { kind, brand, dataset } = groupedBy[by]
  const text = `
with grouped as (
  select ${kind} as kind, ${brand} as brand_id, ${dataset} as dataset_key,
    max(incident.details ->> 'datasetLabel') as dataset_label, count(*) as incidents,
    count(*) filter (where ${incidentState('incident')} = 'open') as open,
    min(incident.opened_at) as first_opened_at, max(incident.opened_at) as last_opened_at
  from incidents incident
  where (incident.organization_id = ${organization} or ${shared}) and ${askedRoots(filter, parameters)}
  group by 1, 2, 3
  order by incidents desc, last_opened_at desc
  limit ${parameters.place('limit', limit, 'integer')}
)
select grouped.kind, grouped.brand_id as "brandId", brand.name as "brandName", grouped.dataset_key as "datasetKey",
  grouped.dataset_label as "datasetLabel", grouped.incidents, grouped.open, grouped.first_opened_at as "firstOpenedAt",
  grouped.last_opened_at as "lastOpenedAt"
from grouped
left join brands brand on brand.id = grouped.brand_id
order by grouped.incidents desc, grouped.last_opened_at desc`
  const openOnly = filter.states.includes('resolved') ? '' : '_open'
  return database.query<IncidentGroup>(
    { name: `group_incidents_${by}_${parameters.key}${openOnly}`, text },
    parameters.values,
  )
}

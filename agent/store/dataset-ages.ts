import type { Database, Statement } from './database.ts'

export interface DatasetAges {
  readonly brandId: string
  /** Whole seconds since the last success, by dataset; those that never succeeded are left out. */
  readonly ages: Readonly<Record<string, number>>
  /** `now()` of the database. */
  readonly asOf: Date
}

const listStatement: Statement = {
  name: 'list_dataset_ages',
  text: `
select brand.id as "brandId", now() as "asOf",
  coalesce(
    jsonb_object_agg(
      status.dataset_key, greatest(0, floor(date_part('epoch', now() - status.last_success_at)))
    ) filter (where status.last_success_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00'),
    '{}'
  ) as ages
from brands brand
left join dataset_status status on status.brand_id = brand.id
where brand.organization_id = $1::uuid and brand.id = any($2::uuid[])
group by brand.id`,
}

/** How old the data of these brands is; brands of other organizations are left out. An `infinity` of another program is no age. */
export async function listDatasetAges(
  database: Database,
  organizationId: string,
  brandIds: readonly string[],
): Promise<DatasetAges[]> {
  return database.query<DatasetAges>(listStatement, [organizationId, brandIds])
}

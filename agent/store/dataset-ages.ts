import type { Database, Statement } from './database.ts'

export interface DatasetAges {
  readonly brandId: string
  /** Datasets that have succeeded. */
  readonly datasets: readonly string[]
  /** Of each, whole seconds since its last success. */
  readonly seconds: readonly number[]
  /** `now()` of the database. */
  readonly asOf: Date
}

const hasSucceeded = `status.last_success_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00'`

const listStatement: Statement = {
  name: 'list_dataset_ages',
  text: `
select brand.id as "brandId", now() as "asOf",
  coalesce(json_agg(status.dataset_key) filter (where ${hasSucceeded}), '[]') as datasets,
  coalesce(
    json_agg(greatest(0, floor(date_part('epoch', now() - status.last_success_at)))) filter (where ${hasSucceeded}), '[]'
  ) as seconds
from brands brand
left join dataset_status status on status.brand_id = brand.id
where brand.organization_id = $1::uuid and brand.archived_at is null and brand.id = any($2::uuid[])
group by brand.id`,
}

/** How old the data of these brands is; brands of other organizations and archived ones are left out. An `infinity` of another program is no age. */
export async function listDatasetAges(
  database: Database,
  organizationId: string,
  brandIds: readonly string[],
): Promise<DatasetAges[]> {
  return database.query<DatasetAges>(listStatement, [organizationId, brandIds])
}

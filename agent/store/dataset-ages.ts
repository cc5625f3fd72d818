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

/** Each brand's rows are gathered apart, and the seconds as one text: a fifth less than grouping all, with two arrays of JSON. */
const listStatement: Statement = {
  name: 'list_dataset_ages',
  text: `
select brand.id as "brandId", now() as "asOf", coalesce(succeeded.datasets, '[]') as datasets, succeeded.seconds
from brands brand
left join lateral (
  select json_agg(status.dataset_key) as datasets,
    string_agg(greatest(0, floor(date_part('epoch', now() - status.last_success_at)))::text, ' ') as seconds
  from dataset_status status
  where status.brand_id = brand.id and status.last_success_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00'
) succeeded on true
where brand.organization_id = $1::uuid and brand.id = any($2::uuid[])`,
}

interface Row extends Omit<DatasetAges, 'seconds'> {
  /** Null where none has succeeded. */
  readonly seconds: string | null
}

/** How old the data of these brands is; brands of other organizations are left out. An `infinity` of another program is no age. */
export async function listDatasetAges(
  database: Database,
  organizationId: string,
  brandIds: readonly string[],
): Promise<DatasetAges[]> {
  const rows = await database.query<Row>(listStatement, [organizationId, brandIds])
  return rows.map(({ seconds, ...row }) => ({ ...row, seconds: seconds?.split(' ').map(Number) ?? [] }))
}

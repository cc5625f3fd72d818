import type { Database, Statement } from './database.ts'

/** A brand's own ages for a dataset: one of the two at least. */
export interface DatasetPolicy {
  readonly brandId: string
  readonly datasetKey: string
  /** F9; null = the dataset's and the pages' count. */
  readonly maxAgeHours: number | null
  /** F7: from this age on it is at risk; null = no age says so. */
  readonly warnAgeHours: number | null
  readonly changedAt: Date
  readonly changedBy: string | null
}

const columns = `
  brand_id as "brandId", dataset_key as "datasetKey", max_age_hours::double precision as "maxAgeHours",
  warn_age_hours::double precision as "warnAgeHours",
  changed_at as "changedAt", changed_by as "changedBy"`

const listStatement: Statement = {
  name: 'list_dataset_policies',
  text: `
select ${columns} from dataset_policies
where ($1::uuid is null or brand_id = $1::uuid)
order by brand_id, dataset_key`,
}

/** Those of one brand, or of all. */
export async function listDatasetPolicies(database: Database, brandId: string | null = null): Promise<DatasetPolicy[]> {
  return database.query<DatasetPolicy>(listStatement, [brandId])
}

const ofBrandsStatement: Statement = {
  name: 'list_dataset_policies_of_brands',
  text: `select ${columns} from dataset_policies where brand_id = any($1::uuid[]) order by brand_id, dataset_key`,
}

export async function listDatasetPoliciesOfBrands(
  database: Database,
  brandIds: readonly string[],
): Promise<DatasetPolicy[]> {
  return database.query<DatasetPolicy>(ofBrandsStatement, [brandIds])
}

const lockStatement: Statement = {
  name: 'lock_dataset_policy',
  text: `select ${columns} from dataset_policies where brand_id = $1::uuid and dataset_key = $2::text for update`,
}

/** The policy, held against changes until the end of the transaction; null = none. */
export async function lockDatasetPolicy(
  database: Database,
  brandId: string,
  datasetKey: string,
): Promise<DatasetPolicy | null> {
  const [row] = await database.query<DatasetPolicy>(lockStatement, [brandId, datasetKey])
  return row ?? null
}

const setStatement: Statement = {
  name: 'set_dataset_policy',
  text: `
insert into dataset_policies as known (brand_id, dataset_key, max_age_hours, changed_by, warn_age_hours)
values ($1::uuid, $2::text, $3::numeric, $4::text, $5::numeric)
on conflict (brand_id, dataset_key) do update
set max_age_hours = excluded.max_age_hours, changed_at = now(), changed_by = excluded.changed_by,
  warn_age_hours = case when $6::boolean then excluded.warn_age_hours else known.warn_age_hours end
returning changed_at as "changedAt"`,
}

/** `warnAgeHours` left out: it stays, and the maximum is not null. Returns when it was changed. */
export async function setDatasetPolicy(
  database: Database,
  policy: {
    readonly brandId: string
    readonly datasetKey: string
    readonly maxAgeHours: number | null
    readonly warnAgeHours?: number | null | undefined
    readonly changedBy: string
  },
): Promise<Date | null> {
  const { brandId, datasetKey, maxAgeHours, warnAgeHours, changedBy } = policy
  const warning = [warnAgeHours ?? null, warnAgeHours !== undefined]
  const values = [brandId, datasetKey, maxAgeHours, changedBy, ...warning]
  const [row] = await database.query<{ changedAt: Date }>(setStatement, values)
  return row?.changedAt ?? null
}

const clearStatement: Statement = {
  name: 'clear_dataset_policy',
  text: `delete from dataset_policies where brand_id = $1::uuid and dataset_key = $2::text returning brand_id`,
}

/** False when there was none. */
export async function clearDatasetPolicy(database: Database, brandId: string, datasetKey: string): Promise<boolean> {
  return (await database.query(clearStatement, [brandId, datasetKey])).length > 0
}

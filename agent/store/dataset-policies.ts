import { type Due, dueFrom, type StoredDue, storedDue } from '../../shared/due.ts'
import type { Database, Statement } from './database.ts'

/** A brand's own ages for a dataset, and when it is due: one of the three at least. */
export interface DatasetPolicy {
  readonly brandId: string
  readonly datasetKey: string
  /** F9; null = the dataset's and the pages' count. */
  readonly maxAgeHours: number | null
  /** F7: from this age on it is at risk; null = no age says so. */
  readonly warnAgeHours: number | null
  /** F9: when the maximum counts; null = the dataset's counts. */
  readonly due: Due | null
  readonly changedAt: Date
  readonly changedBy: string | null
}

const columns = `
  brand_id as "brandId", dataset_key as "datasetKey", max_age_hours::double precision as "maxAgeHours",
  warn_age_hours::double precision as "warnAgeHours",
  due_days as "dueDays", to_char(due_at, 'HH24:MI') as "dueAt", due_zone as "dueZone",
  changed_at as "changedAt", changed_by as "changedBy"`

type Row = Omit<DatasetPolicy, 'due'> & StoredDue

function policyOf({ dueDays, dueAt, dueZone, ...policy }: Row): DatasetPolicy {
  return { ...policy, due: dueFrom({ dueDays, dueAt, dueZone }) }
}

const listStatement: Statement = {
  name: 'list_dataset_policies',
  text: `
select ${columns} from dataset_policies
where ($1::uuid is null or brand_id = $1::uuid)
order by brand_id, dataset_key`,
}

/** Those of one brand, or of all. */
export async function listDatasetPolicies(database: Database, brandId: string | null = null): Promise<DatasetPolicy[]> {
  return (await database.query<Row>(listStatement, [brandId])).map(policyOf)
}

const ofBrandsStatement: Statement = {
  name: 'list_dataset_policies_of_brands',
  text: `select ${columns} from dataset_policies where brand_id = any($1::uuid[]) order by brand_id, dataset_key`,
}

export async function listDatasetPoliciesOfBrands(
  database: Database,
  brandIds: readonly string[],
): Promise<DatasetPolicy[]> {
  return (await database.query<Row>(ofBrandsStatement, [brandIds])).map(policyOf)
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
  const [row] = await database.query<Row>(lockStatement, [brandId, datasetKey])
  return row === undefined ? null : policyOf(row)
}

const setStatement: Statement = {
  name: 'set_dataset_policy',
  text: `
insert into dataset_policies as known (
  brand_id, dataset_key, max_age_hours, changed_by, warn_age_hours, due_days, due_at, due_zone
)
values ($1::uuid, $2::text, $3::numeric, $4::text, $5::numeric, $7::smallint, $8::time, $9::text)
on conflict (brand_id, dataset_key) do update
set max_age_hours = excluded.max_age_hours, changed_at = now(), changed_by = excluded.changed_by,
  warn_age_hours = case when $6::boolean then excluded.warn_age_hours else known.warn_age_hours end,
  due_days = case when $10::boolean then excluded.due_days else known.due_days end,
  due_at = case when $10::boolean then excluded.due_at else known.due_at end,
  due_zone = case when $10::boolean then excluded.due_zone else known.due_zone end
returning changed_at as "changedAt"`,
}

/** `warnAgeHours`, `due` left out: they stay; one of the three is not null then. Returns when it was changed. */
export async function setDatasetPolicy(
  database: Database,
  policy: {
    readonly brandId: string
    readonly datasetKey: string
    readonly maxAgeHours: number | null
    readonly warnAgeHours?: number | null | undefined
    readonly due?: Due | null | undefined
    readonly changedBy: string
  },
): Promise<Date | null> {
  const { brandId, datasetKey, maxAgeHours, warnAgeHours, due, changedBy } = policy
  const warning = [warnAgeHours ?? null, warnAgeHours !== undefined]
  const { dueDays, dueAt, dueZone } = storedDue(due ?? null)
  const moments = [dueDays, dueAt, dueZone, due !== undefined]
  const values = [brandId, datasetKey, maxAgeHours, changedBy, ...warning, ...moments]
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

import type { DatasetStatusFacts } from '../../shared/dataset-status.ts'
import type { AttemptStatus } from '../../shared/domain.ts'
import type { Database, Statement } from './database.ts'
import { finite } from './job-columns.ts'

/** The row of one (brand, dataset), as stored. */
export interface DatasetStatusRow extends DatasetStatusFacts {
  readonly brandId: string
  readonly datasetKey: string
  /** `now()` of the database when it was read: the clock every age is counted by. */
  readonly asOf: Date
}

/** `$2`: an error of 20 MB is not carried to where one line of it is shown. */
const columns = `
  brand_id as "brandId", dataset_key as "datasetKey", ${finite('last_success_at')} as "lastSuccessAt",
  ${finite('last_attempt_at')} as "lastAttemptAt", last_status as "lastStatus", last_run_id as "lastRunId",
  records_affected as "recordsAffected", left(error_message, $2::integer) as "errorMessage",
  coalesce(metadata ->> 'suspicious' = 'true', false) as suspicious,
  left(metadata ->> 'suspicious_because', 300) as "suspiciousBecause", now() as "asOf"`

const listStatement: Statement = {
  name: 'list_dataset_status',
  text: `
select ${columns}
from dataset_status
where $1::uuid is null or brand_id = $1::uuid
order by brand_id, dataset_key`,
}

type StoredRow = Omit<DatasetStatusRow, 'lastStatus'> & { readonly lastStatus: string }

/** What our own writers keep of an error at most. */
const wholeError = 8_000

/** Every dataset status of a brand, or of all of them with `brandId` null, by brand and key. */
export async function listDatasetStatus(
  database: Database,
  { brandId }: { readonly brandId: string | null },
): Promise<DatasetStatusRow[]> {
  return (await database.query<StoredRow>(listStatement, [brandId, wholeError])).map(statusRow)
}

const ofBrandsStatement: Statement = {
  name: 'list_dataset_status_of_brands',
  text: `select ${columns} from dataset_status where brand_id = any($1::uuid[]) order by brand_id, dataset_key`,
}

/** Every dataset status of these brands; errors are cut to `errorLimit` characters. */
export async function listDatasetStatusOfBrands(
  database: Database,
  brandIds: readonly string[],
  errorLimit: number,
): Promise<DatasetStatusRow[]> {
  return (await database.query<StoredRow>(ofBrandsStatement, [brandIds, errorLimit])).map(statusRow)
}

const findStatement: Statement = {
  name: 'find_dataset_status',
  text: `select ${columns} from dataset_status where brand_id = $1::uuid and dataset_key = $3::text`,
}

/** Null = nothing was ever attempted. */
export async function findDatasetStatus(
  database: Database,
  brandId: string,
  datasetKey: string,
): Promise<DatasetStatusRow | null> {
  const [row] = await database.query<StoredRow>(findStatement, [brandId, wholeError, datasetKey])
  return row === undefined ? null : statusRow(row)
}

function statusRow(row: StoredRow): DatasetStatusRow {
  return { ...row, lastStatus: attemptStatus(row.lastStatus) }
}

/** The column's check constraint allows no other words; an older table may lack it. */
export function attemptStatus(word: string): AttemptStatus {
  return word === 'completed' || word === 'failed' || word === 'running' ? word : 'unknown'
}

export interface DatasetFailure {
  readonly brandId: string
  readonly datasetKey: string
  /** The step of the last attempt's run that did not refresh it. */
  readonly stepKey: string
}

const failures = (scope: string): string => `
select distinct on (status.brand_id, status.dataset_key)
  status.brand_id as "brandId", status.dataset_key as "datasetKey", step.step_key as "stepKey"
from dataset_status status
join run_steps step on step.run_id = status.last_run_id and step.dataset_key = status.dataset_key
where status.last_status = 'failed' and step.status in ('failed', 'unknown') and ${scope}
order by status.brand_id, status.dataset_key, step.position`

const failuresStatement: Statement = {
  name: 'list_dataset_failures',
  text: failures('($1::uuid is null or status.brand_id = $1::uuid)'),
}

/** At which step the failed last attempts failed; datasets that other programs refresh have no steps and are left out. */
export async function listDatasetFailures(
  database: Database,
  { brandId }: { readonly brandId: string | null },
): Promise<DatasetFailure[]> {
  return database.query<DatasetFailure>(failuresStatement, [brandId])
}

const failuresOfBrandsStatement: Statement = {
  name: 'list_dataset_failures_of_brands',
  text: failures('status.brand_id = any($1::uuid[])'),
}

/** The same for these brands. */
export async function listDatasetFailuresOfBrands(
  database: Database,
  brandIds: readonly string[],
): Promise<DatasetFailure[]> {
  return database.query<DatasetFailure>(failuresOfBrandsStatement, [brandIds])
}

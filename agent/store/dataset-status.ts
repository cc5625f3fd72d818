import type { DatasetStatusFacts } from '../../shared/dataset-status.ts'
import type { AttemptStatus } from '../../shared/domain.ts'
import type { Database, Statement } from './database.ts'

/** The row of one (brand, dataset), as stored. */
export interface DatasetStatusRow extends DatasetStatusFacts {
  readonly brandId: string
  readonly datasetKey: string
  /** `now()` of the database when it was read: the clock every age is counted by. */
  readonly asOf: Date
}

const listStatement: Statement = {
  name: 'list_dataset_status',
  text: `
select brand_id as "brandId", dataset_key as "datasetKey",
       case when isfinite(last_success_at) then last_success_at end as "lastSuccessAt",
       case when isfinite(last_attempt_at) then last_attempt_at end as "lastAttemptAt", last_status as "lastStatus", last_run_id as "lastRunId",
       records_affected as "recordsAffected", error_message as "errorMessage",
       coalesce(metadata ->> 'suspicious' = 'true', false) as suspicious, now() as "asOf"
from dataset_status
where $1::uuid is null or brand_id = $1::uuid
order by brand_id, dataset_key`,
}

/** Every dataset status of a brand, or of all of them with `brandId` null, by brand and key. */
export async function listDatasetStatus(
  database: Database,
  { brandId }: { readonly brandId: string | null },
): Promise<DatasetStatusRow[]> {
  const rows = await database.query<Omit<DatasetStatusRow, 'lastStatus'> & { lastStatus: string }>(listStatement, [
    brandId,
  ])
  return rows.map((row) => ({
    ...row,
    lastStatus: attemptStatus(row.lastStatus),
    lastSuccessAt: readableDate(row.lastSuccessAt),
    lastAttemptAt: readableDate(row.lastAttemptAt),
  }))
}

/** Other programs may write `infinity` or the year 290000: pg reads them as a number and as an invalid date (bad input 26). */
function readableDate(value: unknown): Date | null {
  return value instanceof Date && !Number.isNaN(value.getTime()) ? value : null
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

const failuresStatement: Statement = {
  name: 'list_dataset_failures',
  text: `
select distinct on (status.brand_id, status.dataset_key)
  status.brand_id as "brandId", status.dataset_key as "datasetKey", step.step_key as "stepKey"
from dataset_status status
join run_steps step on step.run_id = status.last_run_id and step.dataset_key = status.dataset_key
where status.last_status = 'failed' and step.status in ('failed', 'unknown')
  and ($1::uuid is null or status.brand_id = $1::uuid)
order by status.brand_id, status.dataset_key, step.position`,
}

/** At which step the failed last attempts failed; datasets that other programs refresh have no steps and are left out. */
export async function listDatasetFailures(
  database: Database,
  { brandId }: { readonly brandId: string | null },
): Promise<DatasetFailure[]> {
  return database.query<DatasetFailure>(failuresStatement, [brandId])
}

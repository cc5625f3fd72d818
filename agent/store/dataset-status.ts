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
select brand_id as "brandId", dataset_key as "datasetKey", last_success_at as "lastSuccessAt",
       last_attempt_at as "lastAttemptAt", last_status as "lastStatus", last_run_id as "lastRunId",
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
  return rows.map((row) => ({ ...row, lastStatus: attemptStatus(row.lastStatus) }))
}

/** The column's check constraint allows no other words; an older table may lack it. */
export function attemptStatus(word: string): AttemptStatus {
  return word === 'completed' || word === 'failed' || word === 'running' ? word : 'unknown'
}

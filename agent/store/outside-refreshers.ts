import type { Database, Statement } from './database.ts'
import { finite } from './job-columns.ts'

/** What refreshes a dataset in another program, as far as it has said. */
export interface OutsideRefresher {
  readonly brandId: string
  readonly datasetKey: string
  /** Of its check, its job there, or the pattern that is mapped. */
  readonly name: string
  /** Null: it never has. */
  readonly lastReportAt: Date | null
}

const ofBrands = (row: string): string => `($1::uuid[] is null or ${row}.brand_id = any ($1::uuid[]))`

const statement: Statement = {
  name: 'list_outside_refreshers',
  text: `
select distinct on (told.brand_id, told.dataset_key) told.brand_id as "brandId", told.dataset_key as "datasetKey",
  left(told.name, 200) as name, ${finite('told.reported_at')} as "lastReportAt"
from (
  select 1 as place, ping.brand_id, ping.dataset_key, ping.name, ping.last_ping_at as reported_at
  from ping_checks ping
  where ping.removed_at is null and ${ofBrands('ping')}
  union all
  -- As intakes write a success (apply-events.ts, import-dbt.ts).
  select 2, status.brand_id, status.dataset_key,
    case when status.metadata ->> 'source' = 'lineage' then status.metadata ->> 'job' else 'dbt' end, status.last_attempt_at
  from dataset_status status
  where (status.metadata ->> 'source' = 'lineage' and status.metadata ->> 'job' is not null or status.metadata ? 'dbt')
    and ${ofBrands('status')}
  union all
  select 3, mapping.brand_id, mapping.dataset_key, mapping.name, status.last_attempt_at
  from lineage_mappings mapping
  left join dataset_status status on status.brand_id = mapping.brand_id and status.dataset_key = mapping.dataset_key
    and status.last_run_id is null
  where ${ofBrands('mapping')}
) told
order by told.brand_id, told.dataset_key, told.place, told.name collate "C"`,
}

/** Of these brands, or of all with null: the check, else who told of the last success, else what is mapped. */
export async function listOutsideRefreshers(
  database: Database,
  brandIds: readonly string[] | null,
): Promise<OutsideRefresher[]> {
  return database.query<OutsideRefresher>(statement, [brandIds])
}

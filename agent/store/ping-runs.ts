import type { ExternalStatus } from '../../shared/external-runs.ts'
import type { Database, Statement } from './database.ts'

export interface PingRun {
  readonly id: string
  readonly rid: string | null
  readonly status: ExternalStatus | null
  readonly firstAt: Date
  readonly startedAt: Date | null
  readonly completedAt: Date | null
  readonly exitStatus: number | null
  readonly error: string | null
  readonly log: string | null
}

const listStatement: Statement = {
  name: 'list_ping_runs',
  text: `
select id, facts -> 'rid' ->> 'value' as rid, status, first_event_at as "firstAt", started_at as "startedAt",
  completed_at as "completedAt", (facts -> 'exit_status' ->> 'value')::integer as "exitStatus",
  error_message as error, log
from external_runs
where brand_id = $1::uuid and dataset_key = $2::text and organization_id = $3::uuid and source = 'ping'
order by first_event_at desc, id desc
limit $4::integer`,
}

/** The last so many that pings told of a dataset. */
export async function listPingRuns(
  database: Database,
  of: {
    readonly organizationId: string
    readonly brandId: string
    readonly datasetKey: string
    readonly limit: number
  },
): Promise<PingRun[]> {
  return database.query<PingRun>(listStatement, [of.brandId, of.datasetKey, of.organizationId, of.limit])
}

import type { JsonObject } from '../../shared/domain.ts'
import type { Database, Statement } from './database.ts'
import { type DatasetStatusRow, findDatasetStatus } from './dataset-status.ts'

/** What a program without runs says about a dataset. */
export interface OutsideEvent {
  readonly brandId: string
  readonly datasetKey: string
  readonly organizationId: string
  readonly status: 'running' | 'completed' | 'failed'
  /** ISO 8601 with offset; null = now. Never later than now is stored. */
  readonly happenedAt: string | null
  /** Tells a repeated event from a second one; null = every one is its own. */
  readonly eventId: string | null
  readonly recordsAffected: number | null
  readonly suspicious: boolean
  readonly errorMessage: string | null
  readonly metadata: JsonObject
}

const lockStatement: Statement = {
  name: 'lock_dataset_status',
  text: `select id from dataset_status where brand_id = $1::uuid and dataset_key = $2::text for no key update`,
}

/** The row, held until the end of the transaction; null = there is none yet. */
export async function lockDatasetStatus(
  database: Database,
  brandId: string,
  datasetKey: string,
): Promise<DatasetStatusRow | null> {
  await database.query(lockStatement, [brandId, datasetKey])
  return findDatasetStatus(database, brandId, datasetKey)
}

/** What `dataset_status as known` has; an 'infinity' of another program would be the newest for ever (bad input 26). */
export const known = (column: string): string => `case when isfinite(known.${column}) then known.${column} end`

const ofNewestSuccess = (column: string): string => `
    case when excluded.last_success_at >= coalesce(${known('last_success_at')}, '-infinity')
      then excluded.${column} else known.${column} end`

const ofNewestAttempt = (column: string): string => `
    case when excluded.last_attempt_at >= coalesce(${known('last_attempt_at')}, '-infinity')
      then excluded.${column} else known.${column} end`

/**
 * F1 to F3 in one upsert, as shared/dataset-status.ts specifies them for an event without a run: the success half moves only by a success
 * and only forwards, the attempt half follows the newest event. The history asks for a run; an event without one gets an id of its
 * own, which names no run.
 */
const recordStatement: Statement = {
  name: 'record_outside_event',
  text: `
with event as (
  select least(coalesce($5::timestamptz, now()), now()) as happened_at
), status as (
  insert into dataset_status as known (
    brand_id, dataset_key, organization_id, last_status, last_attempt_at, last_success_at, last_run_id,
    records_affected, error_message, metadata
  )
  select $1::uuid, $2::text, $3::uuid, $4::text, event.happened_at,
    case when $4::text = 'completed' then event.happened_at end, null,
    $6::bigint, $7::text, $8::jsonb
  from event
  on conflict (brand_id, dataset_key) do update set
    last_success_at = greatest(${known('last_success_at')}, excluded.last_success_at),
    records_affected = ${ofNewestSuccess('records_affected')},
    metadata = ${ofNewestSuccess('metadata')},
    last_attempt_at = ${ofNewestAttempt('last_attempt_at')},
    last_status = ${ofNewestAttempt('last_status')},
    last_run_id = ${ofNewestAttempt('last_run_id')},
    attempt_key = ${ofNewestAttempt('attempt_key')},
    error_message = ${ofNewestAttempt('error_message')},
    organization_id = excluded.organization_id
), history as (
  insert into dataset_status_history (
    run_id, step_position, brand_id, dataset_key, happened_at, status, records_affected, suspicious, error_message
  )
  select coalesce($9::uuid, gen_random_uuid()), 0, $1::uuid, $2::text, event.happened_at, $4::text, $6::bigint,
    $10::boolean, $7::text
  from event
  where $4::text <> 'running'
  on conflict do nothing
  returning run_id
)
select count(*) as added from history`,
}

/** Call it with the row held. True when it is news to the history. */
export async function recordOutsideEvent(database: Database, event: OutsideEvent): Promise<boolean> {
  const [row] = await database.query<{ added: number }>(recordStatement, [
    event.brandId,
    event.datasetKey,
    event.organizationId,
    event.status,
    event.happenedAt,
    event.recordsAffected,
    event.errorMessage,
    JSON.stringify(event.metadata),
    event.eventId,
    event.suspicious,
  ])
  return (row?.added ?? 0) > 0
}

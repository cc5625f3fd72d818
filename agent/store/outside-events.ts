import { hash } from 'node:crypto'
import type { JsonObject } from '../../shared/domain.ts'
import type { Database, Statement } from './database.ts'
import { known } from './dataset-record.ts'

/** What a program without runs here says about a dataset; one of many. */
export interface BatchedOutsideEvent {
  readonly brandId: string
  readonly datasetKey: string
  readonly organizationId: string
  /** `unknown`: an attempt that ended without data and without failing. */
  readonly status: 'running' | 'completed' | 'failed' | 'unknown'
  /** When it was attempted. Never later than now is stored. */
  readonly attemptedAt: Date
  /** As of when the data is, for a success: not after the attempt, and before it for a backfill. Null = when it was attempted. */
  readonly freshAsOf: Date | null
  /** Tells a repeated event from a second one: whatever names it among all events of the dataset. */
  readonly eventKey: string
  /** Of `digestId`: names whose attempt it is; left out, the event is one of its own. */
  readonly attemptKey?: string | null | undefined
  readonly recordsAffected: number | null
  readonly suspicious: boolean
  readonly errorMessage: string | null
  readonly metadata: JsonObject
}

/**
 * The order of attempts. Of two at the same instant an end counts more than a start, else the name decides: not what they say, because what
 * is known of a run may still turn into anything, but only at this instant or a later one.
 */
export const attemptOrder = (at: string, status: string, key: string): string =>
  `coalesce(${at}, '-infinity'), coalesce(${status}, '') <> 'running',
    coalesce(${key}, '00000000-0000-0000-0000-000000000000')`

const attemptOf = (row: string, at: string): string =>
  `(${attemptOrder(at, `${row}.last_status`, `${row}.attempt_key`)})`
const successOf = (row: string, at: string): string => `
  (coalesce(${at}, '-infinity'), coalesce(${row}.records_affected, -1), ${row}.metadata::text collate "C")`

const [told, stored] = [attemptOf('excluded', 'excluded.last_attempt_at'), attemptOf('known', known('last_attempt_at'))]
/** What the same run says of the same instant replaces what it said: more is known of it. */
const isNewerAttempt = `(${told} > ${stored} or ${told} = ${stored}
  and (excluded.last_status, excluded.error_message) is distinct from (known.last_status, known.error_message))`
const isNewerSuccess = `excluded.last_success_at is not null
  and ${successOf('excluded', 'excluded.last_success_at')} > ${successOf('known', known('last_success_at'))}`

const ofNewerAttempt = (column: string): string =>
  `${column} = case when ${isNewerAttempt} then excluded.${column} else known.${column} end`
const ofNewerSuccess = (column: string): string =>
  `${column} = case when ${isNewerSuccess} then excluded.${column} else known.${column} end`

/**
 * F1 to F3 as `record_outside_event` has them, for many events in one statement. Unlike there, the order of arrival decides nothing, as long
 * as a run takes the instant of its attempt never back. A dataset of which nothing is newer is not written.
 */
const recordStatement: Statement = {
  name: 'record_outside_events',
  text: `
with event as (
  select given.*, least(given.attempted_at, now()) as attempt_at,
    case when given.status = 'completed' then least(given.fresh_as_of, given.attempted_at, now()) end as success_at
  from jsonb_to_recordset($1::jsonb) as given (
    brand_id uuid, dataset_key text, organization_id uuid, status text, attempted_at timestamptz,
    fresh_as_of timestamptz, history_id uuid, attempt_key uuid, records_affected bigint, suspicious boolean, error_message text,
    metadata jsonb
  )
), attempt as (
  select distinct on (brand_id, dataset_key) *
  from event
  order by brand_id, dataset_key, (${attemptOrder('attempt_at', 'status', 'attempt_key')}) desc,
    status = 'failed' desc, coalesce(error_message, '') collate "C" desc
), success as (
  select distinct on (brand_id, dataset_key) *
  from event
  where status = 'completed'
  order by brand_id, dataset_key, success_at desc, coalesce(records_affected, -1) desc, metadata::text collate "C" desc
), written as (
  insert into dataset_status as known (
    brand_id, dataset_key, organization_id, last_status, last_attempt_at, last_success_at, last_run_id,
    records_affected, error_message, metadata, attempt_key
  )
  select attempt.brand_id, attempt.dataset_key, attempt.organization_id, attempt.status, attempt.attempt_at,
    success.success_at, null, success.records_affected, attempt.error_message, coalesce(success.metadata, '{}'),
    attempt.attempt_key
  from attempt
  left join success on success.brand_id = attempt.brand_id and success.dataset_key = attempt.dataset_key
  order by attempt.brand_id, attempt.dataset_key
  on conflict (brand_id, dataset_key) do update set
    ${ofNewerSuccess('last_success_at')},
    ${ofNewerSuccess('records_affected')},
    ${ofNewerSuccess('metadata')},
    ${ofNewerAttempt('last_attempt_at')},
    ${ofNewerAttempt('last_status')},
    ${ofNewerAttempt('last_run_id')},
    ${ofNewerAttempt('error_message')},
    ${ofNewerAttempt('attempt_key')},
    organization_id = excluded.organization_id
  where (${isNewerAttempt}) or (${isNewerSuccess})
)
insert into dataset_status_history (
  run_id, step_position, brand_id, dataset_key, happened_at, fresh_at, status, records_affected, suspicious, error_message
)
select history_id, 0, brand_id, dataset_key, attempt_at, case when success_at < attempt_at then success_at end, status,
  records_affected, suspicious, error_message
from event
where status <> 'running'
order by history_id
on conflict do nothing`,
}

/**
 * Writes them in one statement, in the caller's transaction. Any order, any number of times: the rows end the same. The history gets a
 * line for each event but the starts, once.
 */
export async function recordOutsideEvents(database: Database, events: readonly BatchedOutsideEvent[]): Promise<void> {
  if (events.length === 0) return
  await database.query(recordStatement, [JSON.stringify(events.map(rowOf))])
}

function rowOf(event: BatchedOutsideEvent): JsonObject {
  const { brandId, datasetKey, organizationId, status, attemptedAt, freshAsOf, recordsAffected } = event
  return {
    brand_id: brandId,
    dataset_key: datasetKey,
    organization_id: organizationId,
    status,
    attempted_at: attemptedAt.toISOString(),
    fresh_as_of: freshAsOf?.toISOString() ?? null,
    history_id: status === 'running' ? null : digestId(brandId, status, event.eventKey, datasetKey),
    records_affected: recordsAffected,
    suspicious: event.suspicious,
    attempt_key: event.attemptKey ?? digestId(event.eventKey),
    error_message: event.errorMessage,
    metadata: event.metadata,
  }
}

/** The same names have the same id: a UUID, of 128 bits of their digest. */
export function digestId(...names: readonly string[]): string {
  return hash('sha256', names.join('\n')).slice(0, 32)
}

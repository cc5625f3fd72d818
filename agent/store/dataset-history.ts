import type { AttemptStatus } from '../../shared/domain.ts'
import type { Database, Statement } from './database.ts'
import { attemptStatus } from './dataset-status.ts'

export interface PastAttempt {
  /** Null: recorded by another program, without a run. */
  readonly runId: string | null
  readonly happenedAt: Date
  readonly status: AttemptStatus
  readonly records: number | null
  readonly suspicious: boolean
  /** Cut to 2,000 characters. */
  readonly error: string | null
}

const attemptsStatement: Statement = {
  name: 'list_dataset_attempts',
  text: `
select run.id as "runId", history.happened_at as "happenedAt", history.status, history.records_affected as records,
  history.suspicious, left(history.error_message, 2000) as error
from dataset_status_history history
left join scheduled_job_runs run on run.id = history.run_id
where history.brand_id = $1::uuid and history.dataset_key = $2::text
  and history.happened_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00'
order by history.happened_at desc
limit $3::integer`,
}

/** The newest first. */
export async function listDatasetAttempts(
  database: Database,
  brandId: string,
  datasetKey: string,
  limit: number,
): Promise<PastAttempt[]> {
  const rows = await database.query<Omit<PastAttempt, 'status'> & { status: string }>(attemptsStatement, [
    brandId,
    datasetKey,
    limit,
  ])
  return rows.map((row) => ({ ...row, status: attemptStatus(row.status) }))
}

const refreshed = `brand_id = $1::uuid and dataset_key = $2::text and status = 'completed'`

/** A success counts as of when its data is. Each half has an index of its own: two orders in one would have to be sorted. */
const successesStatement: Statement = {
  name: 'list_dataset_successes',
  text: `
select min(at) as first, max(at) as last, min(happened_at) as made
from (
  select happened_at as at, happened_at from dataset_status_history
  where ${refreshed} and fresh_at is null and happened_at between $3::timestamptz and now()
  union all
  select fresh_at, happened_at from dataset_status_history
  where ${refreshed} and fresh_at between $3::timestamptz and now()
) since
group by date_bin('5 minutes', at, $3::timestamptz)
union all
select max(at), max(at), min(happened_at)
from (
  (
    select happened_at as at, happened_at from dataset_status_history
    where ${refreshed} and fresh_at is null and happened_at < $3::timestamptz and happened_at > '0001-01-01 00:00+00'
    order by happened_at desc
    limit 1
  )
  union all
  (
    select fresh_at, happened_at from dataset_status_history
    where ${refreshed} and fresh_at < $3::timestamptz and fresh_at > '0001-01-01 00:00+00'
    order by fresh_at desc
    limit 1
  )
  union all
  -- Of several that brought data of before the instant, the first one made.
  (
    select null, happened_at from dataset_status_history
    where ${refreshed} and happened_at between $3::timestamptz and now()
    order by happened_at
    limit 1
  )
) before
having max(at) is not null
order by 1`,
}

export interface PastSuccesses {
  readonly at: readonly Date[]
  /** When the first of them was made, which is later than `at` where it was for old days; null = there are none. */
  readonly firstMade: Date | null
}

/**
 * As of when its successes have brought data since an instant, and the last time before it; oldest first. Of many successes within five
 * minutes only the first and the last: 30 days of a dataset refreshed every few seconds are not carried over for a picture in hours.
 */
export async function listDatasetSuccesses(
  database: Database,
  brandId: string,
  datasetKey: string,
  since: Date,
): Promise<PastSuccesses> {
  const rows = await database.query<{ first: Date; last: Date; made: Date }>(successesStatement, [
    brandId,
    datasetKey,
    since,
  ])
  return {
    at: rows.flatMap(({ first, last }) => (first.getTime() === last.getTime() ? [first] : [first, last])),
    firstMade: rows.length === 0 ? null : new Date(Math.min(...rows.map(({ made }) => made.getTime()))),
  }
}

const recordsStatement: Statement = {
  name: 'list_recent_records',
  text: `
select wanted.key, array_agg(recent.records_affected::double precision order by recent.happened_at) as records
from unnest($2::text[]) as wanted (key)
cross join lateral (
  select history.records_affected, history.happened_at
  from dataset_status_history history
  where history.brand_id = $1::uuid and history.dataset_key = wanted.key and history.status = 'completed'
    and history.records_affected is not null
  order by history.happened_at desc
  limit 30
) recent
group by wanted.key`,
}

/** Records of the last 30 successes that were counted, oldest first, by dataset. */
export async function listRecentRecords(
  database: Database,
  brandId: string,
  datasetKeys: readonly string[],
): Promise<ReadonlyMap<string, readonly number[]>> {
  const rows = await database.query<{ key: string; records: number[] }>(recordsStatement, [brandId, datasetKeys])
  return new Map(rows.map(({ key, records }) => [key, records]))
}

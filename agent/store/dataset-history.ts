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

/** What was brought for old days is little: each of it is told. */
const successesStatement: Statement = {
  name: 'list_dataset_successes',
  text: `
select min(happened_at) as first, max(happened_at) as last, null::timestamptz as "asOf"
from dataset_status_history
where ${refreshed} and fresh_at is null and happened_at between $3::timestamptz and now()
group by date_bin('5 minutes', happened_at, $3::timestamptz)
union all
select happened_at, happened_at, fresh_at
from dataset_status_history
where ${refreshed} and fresh_at > '0001-01-01 00:00+00' and happened_at between $3::timestamptz and now()
union all
(
  select happened_at, happened_at, null
  from dataset_status_history
  where ${refreshed} and fresh_at is null and happened_at < $3::timestamptz and happened_at > '0001-01-01 00:00+00'
  order by happened_at desc
  limit 1
)
union all
(
  select happened_at, happened_at, fresh_at
  from dataset_status_history
  where ${refreshed} and fresh_at > '0001-01-01 00:00+00' and happened_at < $3::timestamptz
  order by fresh_at desc
  limit 1
)
order by 1`,
}

/** A success, and as of when the data is that it brought: earlier where it was for old days. */
export interface PastSuccess {
  readonly at: Date
  readonly asOf: Date
}

/**
 * The successes of a dataset since an instant, and the last one before it; oldest first. Of many within five minutes only the first and the
 * last: 30 days of a dataset refreshed every few seconds are not carried over for a picture in hours.
 */
export async function listDatasetSuccesses(
  database: Database,
  brandId: string,
  datasetKey: string,
  since: Date,
): Promise<PastSuccess[]> {
  const rows = await database.query<{ first: Date; last: Date; asOf: Date | null }>(successesStatement, [
    brandId,
    datasetKey,
    since,
  ])
  const all = rows.flatMap(({ first, last, asOf }) =>
    first.getTime() === last.getTime()
      ? [{ at: first, asOf: asOf ?? first }]
      : [first, last].map((at) => ({ at, asOf: at })),
  )
  return all.toSorted((left, right) => left.at.getTime() - right.at.getTime())
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

import type { Database, Statement } from './database.ts'
import { finite } from './job-columns.ts'
import { watchedOrganizations } from './watched-organizations.ts'

/** The last success of a dataset with what stands before it, for F8. */
export interface EvaluatedSuccess {
  readonly organizationId: string
  readonly brandId: string
  readonly brandName: string
  readonly dataset: string
  readonly successAt: Date
  /** Whoever wrote it says that it is suspicious. */
  readonly isFlagged: boolean
  /** Why, in words; null = they do not say. */
  readonly flaggedBecause: string | null
  readonly records: number | null
  /** Of up to 20 counted successes before it. */
  readonly previousRecords: readonly number[]
  /** The run of the last attempt, where that is this success. */
  readonly runId: string | null
  /** Of that run and of up to 20 completed runs of its job before it, ms; only where records are not counted. */
  readonly durationMs: number | null
  readonly previousDurationsMs: readonly number[]
  /** Its open incident. */
  readonly incidentId: string | null
  readonly isWatched: boolean
  /** Where the row stands in the order of writing. */
  readonly written: WrittenPosition
}

export interface WrittenPosition {
  /** As the database writes it, or ISO 8601. */
  readonly at: string
  readonly id: string
}

/** Before every row that was written at that time. */
export function writtenFrom(at: Date): WrittenPosition {
  return { at: at.toISOString(), id: '00000000-0000-0000-0000-000000000000' }
}

const duration = (run: string): string => `extract(epoch from ${run}.completed_at - ${run}.started_at) * 1000`

/**
 * Only what was written since the last time is looked at, oldest first; and what the open incidents are about, where that has succeeded
 * since.
 */
const statement: Statement = {
  name: 'evaluate_successes',
  text: `
with ${watchedOrganizations('$1', { watches_suspicious: 'suspicious' })}, known as materialized (
  select id, brand_id, dataset_key, (details ->> 'successAt') as success from incidents
  where resolved_at is null and kind = 'suspicious' and brand_id is not null and dataset_key is not null
), seen as not materialized (
  select status.id, status.brand_id, status.dataset_key::text as dataset_key, status.last_success_at, status.last_status, status.last_run_id,
    status.records_affected, status.metadata, status.updated_at
  from dataset_status status
  where ${finite('status.last_success_at')} is not null
), written as materialized (
  select status.*, null::uuid as incident_id
  from seen status
  where (status.updated_at, status.id) > (coalesce($2::timestamptz, now() - interval '1 hour'), $3::uuid)
    -- Looked up in a hash. As a join it was one of each row with each incident: a round took 1.4 s at 50,000 rows (docs/performance.md).
    and (status.brand_id, status.dataset_key) not in (select known.brand_id, known.dataset_key from known)
  union all
  select status.*, known.id
  from known
  join seen status on status.brand_id = known.brand_id and status.dataset_key = known.dataset_key
  where to_char(status.last_success_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') is distinct from known.success
  order by updated_at, id
  limit $4::integer
)
select brand.organization_id as "organizationId", brand.id as "brandId", brand.name as "brandName",
  written.dataset_key as dataset, written.last_success_at as "successAt",
  coalesce(written.metadata ->> 'suspicious' = 'true', false) as "isFlagged",
  left(written.metadata ->> 'suspicious_because', 300) as "flaggedBecause",
  written.records_affected as records, coalesce(previous.records, '{}') as "previousRecords",
  run.id as "runId", run.duration_ms::double precision as "durationMs", coalesce(run.previous, '{}') as "previousDurationsMs",
  written.incident_id as "incidentId", coalesce(watched.watches_suspicious, false) as "isWatched",
  jsonb_build_object('at', written.updated_at::text, 'id', written.id) as written
from written
join brands brand on brand.id = written.brand_id
left join watched on watched.id = brand.organization_id and brand.archived_at is null
left join lateral (
  select array_agg(one.records_affected::double precision) as records
  from (
    select history.records_affected from dataset_status_history history
    where history.brand_id = written.brand_id and history.dataset_key = written.dataset_key
      and history.status = 'completed' and history.records_affected is not null
      -- Its own row stands within microseconds of it.
      and history.happened_at < written.last_success_at - interval '1 second'
    order by history.happened_at desc
    limit 20
  ) one
) previous on written.records_affected is not null
left join lateral (
  select own.id, case when written.records_affected is null then ${duration('own')} end as duration_ms,
    (
      select array_agg(one.ms) from (
        select (${duration('earlier')})::double precision as ms from scheduled_job_runs earlier
        where written.records_affected is null and earlier.scheduled_job_id = own.scheduled_job_id
          and earlier.started_at < own.started_at and earlier.status = 'completed'
          and isfinite(earlier.completed_at) and isfinite(earlier.started_at)
        order by earlier.started_at desc, earlier.id desc
        limit 20
      ) one
    ) as previous
  from scheduled_job_runs own
  where own.id = written.last_run_id and own.status = 'completed' and isfinite(own.completed_at)
    and isfinite(own.started_at)
) run on written.last_status = 'completed'
order by written.updated_at, written.id`,
}

/** `since`: after the last row looked at; null = an hour ago. At most `limit`. */
export async function evaluateSuccesses(
  database: Database,
  defaults: Readonly<Record<string, boolean>>,
  since: WrittenPosition | null,
  limit: number,
): Promise<EvaluatedSuccess[]> {
  const { at, id } = since ?? { ...writtenFrom(new Date(0)), at: null }
  return database.query<EvaluatedSuccess>(statement, [JSON.stringify(defaults), at, id, limit])
}

const endedStatement: Statement = {
  name: 'list_ended_suspicions',
  text: `
with ${watchedOrganizations('$1', { watches_suspicious: 'suspicious' })}
select known.id as "incidentId", status.id is null as "isGone"
from incidents known
left join dataset_status status on status.brand_id = known.brand_id and status.dataset_key = known.dataset_key
where known.resolved_at is null and known.kind = 'suspicious' and (
  status.id is null
  or not exists (
    select from watched
    join brands brand on brand.organization_id = watched.id and brand.id = known.brand_id and brand.archived_at is null
    where watched.id = known.organization_id and watched.watches_suspicious
  )
)`,
}

/** Open incidents whose dataset is gone, or that nobody watches for any more, as of an archived brand. */
export async function listEndedSuspicions(
  database: Database,
  defaults: Readonly<Record<string, boolean>>,
): Promise<{ readonly incidentId: string; readonly isGone: boolean }[]> {
  return database.query(endedStatement, [JSON.stringify(defaults)])
}

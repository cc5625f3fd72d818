/**
 * Datasets whose last attempt failed in another program, as an intake was told: no job and no run here would open an incident about it. Compared
 * with the incidents that are open, as in evaluated-datasets.ts.
 */
import type { Database, Statement } from './database.ts'
import { finite } from './job-columns.ts'
import { watchedOrganizations } from './watched-organizations.ts'

/**
 * `gone`: neither failed nor succeeded any more, as after a run of ours or when it was forgotten. `put_away`: a person has paused or removed
 * the check whose ping it was.
 */
export type ExternalEnding = 'completed' | 'unwatched' | 'gone' | 'put_away'

export interface ExternalDifference {
  readonly change: 'begun' | 'over'
  /** Of `over`; so is the ending. */
  readonly incidentId: string | null
  readonly ending: ExternalEnding | null
  readonly organizationId: string
  readonly brandId: string
  readonly brandName: string
  readonly dataset: string
  /** The last attempt, or the last success of one that is over. */
  readonly at: Date | null
  /** Its beginning. */
  readonly error: string | null
  /** Of `begun`: the run that told it, and its job there; null where several datasets are of one run, or it is forgotten. */
  readonly externalRunId: string | null
  readonly jobName: string | null
}

const statement: Statement = {
  name: 'evaluate_external_failures',
  text: `
with ${watchedOrganizations('$1', { watches: 'external_failed' })}, place as materialized (
  select brand.id, brand.name, brand.organization_id from brands brand
  join watched on watched.id = brand.organization_id and watched.watches
  where brand.archived_at is null
), known as materialized (
  select id, organization_id, brand_id, dataset_key from incidents where resolved_at is null and kind = 'external_failed'
), failing as materialized (
  -- Intakes name the attempt.
  select status.brand_id, status.dataset_key::text as dataset_key, ${finite('status.last_attempt_at')} as at,
    left(status.error_message, 1000) as error, status.attempt_key
  from dataset_status status
  where status.last_status = 'failed' and status.last_run_id is null and status.attempt_key is not null
), told as materialized (
  select failing.*, run.id as run_id, run.job_name,
    coalesce(run.source = 'ping', false) and not exists (
      select from ping_checks ping
      where ping.brand_id = failing.brand_id and ping.dataset_key = failing.dataset_key and ping.removed_at is null
        and ping.status <> 'paused'
    ) as is_put_away
  from failing
  left join lateral (
    -- A run has one dataset of ours at most, and it has said something at the attempt or later.
    select run.id, run.job_name, run.source from external_runs run
    where run.brand_id = failing.brand_id and run.dataset_key = failing.dataset_key and run.status in ('failed', 'cancelled')
      and run.first_event_at > failing.at - interval '7 days' and run.last_event_at >= failing.at
    order by run.first_event_at desc, run.id desc
    limit 1
  ) run on true
)
select 'begun' as change, null::uuid as "incidentId", null as ending, place.organization_id as "organizationId",
  place.id as "brandId", place.name as "brandName", told.dataset_key as dataset, told.at, told.error,
  told.run_id as "externalRunId", coalesce(told.job_name, named.job_name) as "jobName"
from told
join place on place.id = told.brand_id
left join lateral (
  select named.job_name from lineage_datasets named
  where named.organization_id = place.organization_id and named.attempt_key = told.attempt_key
  limit 1
) named on told.run_id is null
where not told.is_put_away and not exists (
  select from known where known.brand_id = told.brand_id and known.dataset_key = told.dataset_key
)
union all
select 'over', known.id,
  case when place.id is null then 'unwatched' when status.last_status = 'completed' then 'completed'
    when told.is_put_away then 'put_away' else 'gone' end,
  known.organization_id, known.brand_id, coalesce(place.name, ''), known.dataset_key, ${finite('status.last_success_at')}, null, null, null
from known
left join place on place.id = known.brand_id
left join dataset_status status on status.brand_id = known.brand_id and status.dataset_key = known.dataset_key
left join told on told.brand_id = known.brand_id and told.dataset_key = known.dataset_key
where place.id is null or told.is_put_away
  -- The next attempt decides once it has ended.
  or coalesce(
    status.last_status not in ('failed', 'running') or status.last_run_id is not null
      or status.last_status = 'failed' and status.attempt_key is null,
    true
  )`,
}

/** `defaults`: which kinds are watched where nobody has decided. */
export async function evaluateExternal(
  database: Database,
  defaults: Readonly<Record<string, boolean>>,
): Promise<ExternalDifference[]> {
  return database.query<ExternalDifference>(statement, [JSON.stringify(defaults)])
}

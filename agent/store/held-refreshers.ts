import type { Database, Statement } from './database.ts'
import { type EvaluatedCatalog, isSwitchedOn, refresherRows } from './evaluated-datasets.ts'
import { notOver } from './hold-conditions.ts'
import { finite } from './job-columns.ts'
import { isForOldDays } from './old-days.ts'

/** As JSON gives it. */
interface StoredHold {
  readonly startsAt: string
  readonly endsAt: string | null
  readonly reason: string
  readonly createdBy: string
}

interface Row {
  readonly brandId: string
  readonly dataset: string
  readonly nextRunAt: Date | null
  readonly holds: readonly StoredHold[]
}

/** A job that refreshes a dataset of its brand, with the holds about it that are not over. */
export interface StoredRefresher {
  readonly brandId: string
  readonly dataset: string
  /** Null = nothing is planned, or it runs. */
  readonly nextRunAt: Date | null
  readonly holds: readonly {
    readonly startsAt: Date
    readonly endsAt: Date | null
    readonly reason: string
    readonly createdBy: string
  }[]
}

const statement: Statement = {
  name: 'list_held_refreshers',
  // While nothing is held, this is one look into an index.
  text: `
select wanted.brand_id as "brandId", wanted.dataset,
  case when job.current_run_id is null then ${finite('job.next_run_at')} end as "nextRunAt", coalesce((
    select jsonb_agg(jsonb_build_object('startsAt', hold.starts_at, 'endsAt', hold.ends_at, 'reason', hold.reason, 'createdBy', hold.created_by))
    from holds hold
    where ${notOver('hold', 'coalesce($4::timestamptz, now())')} and hold.organization_id = brand.organization_id
      and (hold.brand_id is null or hold.brand_id = brand.id) and (hold.job_type is null or hold.job_type = job.job_type)
  ), '[]') as holds
from unnest($1::uuid[], $2::text[]) as wanted (brand_id, dataset)
join brands brand on brand.id = wanted.brand_id
join ${refresherRows('$3')} on refresher.dataset = wanted.dataset
join scheduled_jobs job on job.brand_id = wanted.brand_id and job.job_type = refresher."jobType"
where job.status = 'active' and ${isSwitchedOn} and not ${isForOldDays('job', 'coalesce($4::timestamptz, now())')}
  and (select exists (select from holds any_hold where ${notOver('any_hold', 'coalesce($4::timestamptz, now())')}))`,
}

/** What refreshes the given datasets, as far as it is active; nothing while there is no hold at all. */
export async function listHeldRefreshers(
  database: Database,
  now: Date | null,
  { refreshers }: EvaluatedCatalog,
  datasets: readonly { readonly brandId: string; readonly dataset: string }[],
): Promise<StoredRefresher[]> {
  if (datasets.length === 0) return []
  const columns = [datasets.map(({ brandId }) => brandId), datasets.map(({ dataset }) => dataset)]
  const rows = await database.query<Row>(statement, [...columns, JSON.stringify(refreshers), now])
  return rows.map((row) => ({
    ...row,
    holds: row.holds.map((hold) => ({
      ...hold,
      startsAt: new Date(hold.startsAt),
      endsAt: hold.endsAt === null ? null : new Date(hold.endsAt),
    })),
  }))
}

export interface QuietIncident {
  readonly incidentId: string
  readonly brandId: string
  readonly dataset: string
  /** ISO 8601, or `infinity`. */
  readonly quietUntil: string
}

const quietStatement: Statement = {
  name: 'list_quiet_incidents',
  text: `
select id as "incidentId", brand_id as "brandId", dataset_key as dataset,
  case when isfinite(quiet_until) then to_char(quiet_until at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') else 'infinity' end as "quietUntil"
from incidents
where resolved_at is null and quiet_until is not null and brand_id is not null and dataset_key is not null`,
}

/** Open incidents that were opened untold, because what refreshes their dataset was held. */
export async function listQuietIncidents(database: Database): Promise<QuietIncident[]> {
  return database.query<QuietIncident>(quietStatement, [])
}

const moveStatement: Statement = {
  name: 'move_quiet_incidents',
  text: `
update incidents incident
set quiet_until = given."quietUntil", details = jsonb_set(incident.details, '{expected}', coalesce(given.expected, incident.details -> 'expected', 'null'))
from jsonb_to_recordset($1::jsonb) as given ("incidentId" uuid, "quietUntil" timestamptz, expected jsonb)
where incident.id = given."incidentId" and incident.resolved_at is null and incident.quiet_until is not null`,
}

/** Holds were changed, ended or have begun since. `expected` null: the words stay. */
export async function moveQuietIncidents(
  database: Database,
  moved: readonly { readonly incidentId: string; readonly quietUntil: string; readonly expected: string | null }[],
): Promise<void> {
  if (moved.length > 0) await database.query(moveStatement, [JSON.stringify(moved)])
}

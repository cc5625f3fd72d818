/**
 * Freshness of everything, by the database's clock, in one statement (N1): what has begun to be wrong, what no longer is, and when the
 * next dataset turns if nothing happens. It compares with the incidents that are open, so that a round in which nothing changed
 * answers two rows for 50,000 datasets, whatever is wrong with them.
 *
 * The rules are those of shared/freshness.ts, by the clock alone: the grace of F7 takes the durations of runs, which are asked for
 * those few that have just turned.
 */
import { type Due, dueFrom, type StoredDue } from '../../shared/due.ts'
import type { Database, Statement } from './database.ts'
import { notOver } from './hold-conditions.ts'
import { finite } from './job-columns.ts'
import { isForOldDays } from './old-days.ts'
import { watchedOrganizations } from './watched-organizations.ts'

/** What of the catalog decides, as the statement takes it. */
export interface EvaluatedCatalog {
  /** F9 without the brands' own: what a dataset may be old at most, hours, and when that counts; one of the two at least. */
  readonly maximums: readonly ({ readonly dataset: string; readonly hours: number | null } & StoredDue)[]
  /** Which job types refresh which datasets; where `switch` names a parameter, only when that is true, and `isOn` is its default. */
  readonly refreshers: readonly {
    readonly jobType: string
    readonly dataset: string
    readonly switch: string | null
    readonly isOn: boolean
  }[]
}

export type DatasetKind = 'dataset_stale' | 'dataset_never_synced' | 'at_risk'

/** Why an incident of a dataset is over. `gone`: there is no such dataset any more, or nothing says how old it may be. */
export type DatasetEnding = 'fresh' | 'stale' | 'lost' | 'unwatched' | 'gone'

export interface DatasetDifference {
  readonly change: 'begun' | 'over'
  readonly kind: DatasetKind
  /** Of `over`. */
  readonly incidentId: string | null
  readonly ending: DatasetEnding | null
  readonly organizationId: string
  readonly brandId: string
  readonly brandName: string
  readonly dataset: string
  readonly lastSuccessAt: Date | null
  /** Null where only a warning age puts it at risk. */
  readonly maxAgeHours: number | null
  readonly due: Due | null
  /** When it turned by the clock alone; for `at_risk`, when it will be stale. Null of `over`, and where nothing makes it stale. */
  readonly since: Date | null
  /** Of `at_risk`: when what is planned starts, after the holds that it waits for. */
  readonly nextRunAt: Date | null
  /** Of `at_risk`: `nextRunAt` is null because what is planned waits for a hold without an end. */
  readonly isHeld: boolean | null
  /** Of `at_risk`: when its age alone put it there; null = it did not. */
  readonly warnedAt: Date | null
}

/** Runs of other programs show on no job. Older than a day, they are forgotten rather than running (J7). */
export const foreignRunningJobs = `
foreign_running as materialized (
  select distinct run.scheduled_job_id as job_id
  from scheduled_job_runs run, moment
  where run.agent_id is null and run.status = 'running' and run.completed_at is null
    and run.started_at between moment.now - interval '1 day' and moment.now + interval '1 day'
)`

/** `job` × `refresher`: whether the job's parameters let the step run. */
export const isSwitchedOn = `
  (refresher.switch is null or case when coalesce(job.parameters, '{}') ? refresher.switch
    then job.parameters -> refresher.switch = 'true' else refresher."isOn" end)`

export const refresherRows = (place: string): string =>
  `jsonb_to_recordset(${place}::jsonb) as refresher ("jobType" text, dataset text, switch text, "isOn" boolean)`

/** F5, F9: the due time of the brand, else of the dataset: all of it is one's or the other's. */
function dueAfter(at: string): string {
  const of = (column: string): string => `coalesce(policy.${column}, maximum.${column})`
  return `next_due(${at}, ${of('due_days')}, ${of('due_at')}, ${of('due_zone')})`
}

/** Every dataset with a row and an age that says something: narrow, so that 50,000 of them stay in memory. */
const facts = `
place as materialized (
  select brand.id, brand.organization_id, brand.name, ${finite('brand.created_at')} as created_at, watched.watches_stale, watched.watches_never,
    watched.watches_risk
  from brands brand
  join watched on watched.id = brand.organization_id
  where brand.archived_at is null
), maximum as materialized (
  select dataset, hours, "dueDays" as due_days, "dueAt" as due_at, "dueZone" as due_zone
  from jsonb_to_recordset($2::jsonb)
    as maximum (dataset text, hours double precision, "dueDays" integer, "dueAt" time, "dueZone" text)
), refresher as materialized (
  select * from ${refresherRows('$3')}
), fact as materialized (
  select status.brand_id, status.dataset_key::text as dataset_key, limits.hours,
    ${finite('status.last_success_at')} as success,
    case when coalesce(policy.due_days, maximum.due_days) is null
      then ${finite('status.last_success_at')} + limits.hours * interval '1 hour'
      else ${dueAfter(`${finite('status.last_success_at')} + limits.hours * interval '1 hour'`)} end as stale_at,
    coalesce(policy.due_days, maximum.due_days) as due_days,
    coalesce(policy.due_at, maximum.due_at) as due_at,
    coalesce(policy.due_zone, maximum.due_zone) as due_zone,
    ${finite('status.last_success_at')} + policy.warn_age_hours::double precision * interval '1 hour' as warn_at,
    case when ${finite('status.last_success_at')} is null then ${finite('status.created_at')} end as created_at
  from dataset_status status
  join place on place.id = status.brand_id
  left join maximum on maximum.dataset = status.dataset_key
  left join dataset_policies policy on policy.brand_id = status.brand_id and policy.dataset_key = status.dataset_key
  cross join lateral (select coalesce(policy.max_age_hours, maximum.hours) as hours) limits
  where limits.hours > 0 or policy.warn_age_hours > 0
)`

/**
 * What has never succeeded: rows without a success, policies without a row, and what jobs should refresh that have not yet had a run to
 * its end. (A run writes a row for each dataset that it tries; only those jobs are looked through.) `missed_at`: it should have
 * succeeded by then, which is when a run has ended for good without it, half an hour after the first planned fire, or when the
 * maximum age has passed since brand and job exist; a run in progress is waited for.
 */
const missing = `
wanted as materialized (
  select brand_id, dataset_key, hours, created_at from fact where success is null and hours > 0
  union all
  select policy.brand_id, policy.dataset_key, coalesce(policy.max_age_hours, maximum.hours), ${finite('policy.changed_at')}
  from dataset_policies policy
  join place on place.id = policy.brand_id
  left join maximum on maximum.dataset = policy.dataset_key
  where coalesce(policy.max_age_hours, maximum.hours) > 0 and not exists (
    select from dataset_status status
    where status.brand_id = policy.brand_id and status.dataset_key = policy.dataset_key
  )
  union all
  select distinct job.brand_id, refresher.dataset, maximum.hours, null::timestamptz
  from scheduled_jobs job
  join place on place.id = job.brand_id
  join refresher on refresher."jobType" = job.job_type
  join maximum on maximum.dataset = refresher.dataset and maximum.hours > 0
  where job.status in ('active', 'paused') and job.last_run_status is distinct from 'completed' and ${isSwitchedOn}
    and not exists (
      select from dataset_status status
      where status.brand_id = job.brand_id and status.dataset_key = refresher.dataset
    ) and not exists (
      select from dataset_policies policy
      where policy.brand_id = job.brand_id and policy.dataset_key = refresher.dataset
    )
), missing as materialized (
  select wanted.brand_id, wanted.dataset_key, wanted.hours,
    case when not coalesce(bool_or(job.current_run_id is not null or foreign_running.job_id is not null), false)
      then least(
        case when bool_or(job.status = 'active' and (
            job.last_run_status = 'completed' or job.last_run_status = 'failed' and coalesce(job.next_attempt, 1) <= 1
          )) then '-infinity'
          else min(${finite('job.next_run_at')}) filter (where job.status = 'active' and job.last_run_finished_at is null)
            + interval '30 minutes' end,
        greatest(min(place.created_at), coalesce(min(${finite('job.created_at')}), min(wanted.created_at)))
          + wanted.hours * interval '1 hour'
      )
    end as missed_at
  from wanted
  join place on place.id = wanted.brand_id
  left join (
    refresher join scheduled_jobs job on job.job_type = refresher."jobType" and job.status in ('active', 'paused')
      and ${isSwitchedOn}
  ) on job.brand_id = wanted.brand_id and refresher.dataset = wanted.dataset_key
  left join foreign_running on foreign_running.job_id = job.id
  group by wanted.brand_id, wanted.dataset_key, wanted.hours
)`

/**
 * When jobs of a type of a brand start nothing, by holds in force and planned: those that follow each other are one, so that what is due in one
 * starts at its upper bound (null = never). While there is no hold nothing is looked through.
 */
const closed = `
held as materialized (
  select place.id as brand_id, hold.job_type, tstzrange(hold.starts_at, hold.ends_at) as span
  from holds hold
  join place on place.organization_id = hold.organization_id and (hold.brand_id is null or hold.brand_id = place.id)
  where ${notOver('hold', '(select now from moment)')}
), closed as materialized (
  select typed.brand_id, typed.job_type, range_agg(held.span) as spans
  from held
  join (
    select distinct job.brand_id, job.job_type from scheduled_jobs job
    where job.status = 'active' and (select exists (select from held))
  ) typed on typed.brand_id = held.brand_id and (held.job_type is null or held.job_type = typed.job_type)
  group by typed.brand_id, typed.job_type
)`

/** Of `job`, by `closed`, which is null of what nothing holds. What is due starts now; what is not planned (null) waits for nothing. */
const startsAt = (dueAt: string): string => `
  case when ${dueAt} is not null and closed.spans @> greatest(${dueAt}, moment.now)
    then (select upper(span) from unnest(closed.spans) span where span @> greatest(${dueAt}, moment.now))
    else ${dueAt} end`

/** F7, for the organizations that want to know. A run in progress may still be in time, and its end will tell; an age that is a warning is one. */
const risks = `
risk as materialized (
  select fact.brand_id, fact.dataset_key, planned.next_run_at, planned.next_run_at is null and planned.held as is_held,
    least(fact.warn_at, case when planned.running then null
      when planned.next_run_at is not null then case when planned.next_run_at > fact.stale_at then '-infinity'::timestamptz end
      -- The last tenth; in seconds, because days are longer and shorter where the clocks change.
      else fact.stale_at - greatest(interval '30 minutes', case when fact.due_days is null then fact.hours * interval '6 minutes'
        else extract(epoch from fact.stale_at - fact.success)::double precision * interval '0.1 seconds' end)
    end) as begins_at
  from fact
  join place on place.id = fact.brand_id and place.watches_risk
  left join (
    select job.brand_id, refresher.dataset as dataset_key,
      bool_or(job.current_run_id is not null or foreign_running.job_id is not null) as running,
      min(${startsAt(finite('job.next_run_at'))}) filter (where job.status = 'active') as next_run_at,
      bool_or(job.status = 'active' and job.next_run_at is not null and closed.spans @> greatest(${finite('job.next_run_at')}, moment.now)) as held
    from scheduled_jobs job
    cross join moment
    join refresher on refresher."jobType" = job.job_type
    left join foreign_running on foreign_running.job_id = job.id
    left join closed on closed.brand_id = job.brand_id and closed.job_type = job.job_type
    where job.status in ('active', 'paused') and ${isSwitchedOn} and not ${isForOldDays('job', 'moment.now')}
    group by job.brand_id, refresher.dataset
  ) planned on planned.brand_id = fact.brand_id and planned.dataset_key = fact.dataset_key
  where (fact.stale_at >= (select now from moment) or fact.hours is null) and (select coalesce(bool_or(watches_risk), false) from watched)
)`

const known = `
known as materialized (
  select id, kind, organization_id, brand_id, dataset_key from incidents
  where resolved_at is null and kind in ('dataset_stale', 'dataset_never_synced', 'at_risk')
)`

const isUnknown = (kind: DatasetKind, row: string): string => `not exists (
  select from known
  where known.kind = '${kind}' and known.brand_id = ${row}.brand_id and known.dataset_key = ${row}.dataset_key
)`

/** Of what never succeeded nobody asks when it is due. */
const dueOf = (kind: DatasetKind): string =>
  kind === 'dataset_never_synced'
    ? `null::integer as "dueDays", null as "dueAt", null as "dueZone"`
    : `turned.due_days as "dueDays", to_char(turned.due_at, 'HH24:MI') as "dueAt", turned.due_zone as "dueZone"`

interface BegunColumns {
  readonly since: string
  readonly success: string
  readonly nextRunAt?: string
  readonly isHeld?: string
  readonly warnedAt?: string
}

const none = 'null::timestamptz'

const begun = (
  kind: DatasetKind,
  { since, success, nextRunAt = none, isHeld = 'null::boolean', warnedAt = none }: BegunColumns,
): string => `
select 'begun' as change, '${kind}' as kind, null::uuid as "incidentId", null as ending,
  place.organization_id as "organizationId", place.id as "brandId", place.name as "brandName",
  turned.dataset_key as dataset, ${success} as "lastSuccessAt", turned.hours as "maxAgeHours", ${since} as since,
  ${nextRunAt} as "nextRunAt", ${isHeld} as "isHeld", ${warnedAt} as "warnedAt", ${dueOf(kind)}`

const statement: Statement = {
  name: 'evaluate_datasets',
  text: `
with moment as materialized (select coalesce($1::timestamptz, now()) as now),
${watchedOrganizations('$4', {
  watches_stale: 'dataset_stale',
  watches_never: 'dataset_never_synced',
  watches_risk: 'at_risk',
})}, ${foreignRunningJobs}, ${facts}, ${missing}, ${closed}, ${risks}, ${known}
${begun('dataset_stale', { since: 'turned.stale_at', success: 'turned.success' })}
from fact turned
join place on place.id = turned.brand_id and place.watches_stale
where turned.stale_at < (select now from moment) and ${isUnknown('dataset_stale', 'turned')}
union all
${begun('dataset_never_synced', { since: finite('turned.missed_at'), success: 'null' })}
from missing turned
join place on place.id = turned.brand_id and place.watches_never
where turned.missed_at < (select now from moment) and ${isUnknown('dataset_never_synced', 'turned')}
union all
${begun('at_risk', {
  since: 'turned.stale_at',
  success: 'turned.success',
  nextRunAt: 'risk.next_run_at',
  isHeld: 'risk.is_held',
  warnedAt: 'case when turned.warn_at < (select now from moment) then turned.warn_at end',
})}
from risk
join fact turned on turned.brand_id = risk.brand_id and turned.dataset_key = risk.dataset_key
join place on place.id = turned.brand_id
where risk.begins_at < (select now from moment) and ${isUnknown('at_risk', 'turned')}
union all
select 'over', known.kind, known.id, case
    when place.id is null or fact.brand_id is null and missing.hours is null then 'gone'
    when known.kind <> 'at_risk' and fact.hours is null and missing.hours is null then 'gone'
    when not case known.kind when 'dataset_stale' then place.watches_stale
      when 'dataset_never_synced' then place.watches_never else place.watches_risk end then 'unwatched'
    when fact.success is null then 'lost'
    when fact.stale_at < (select now from moment) then 'stale'
    else 'fresh'
  end, known.organization_id, known.brand_id, coalesce(place.name, ''), known.dataset_key, fact.success,
  coalesce(fact.hours, missing.hours), null, null, null, null, null, null, null
from known
left join place on place.id = known.brand_id
left join fact on fact.brand_id = known.brand_id and fact.dataset_key = known.dataset_key
left join missing on missing.brand_id = known.brand_id and missing.dataset_key = known.dataset_key
left join risk on risk.brand_id = known.brand_id and risk.dataset_key = known.dataset_key
where case known.kind
  when 'dataset_stale' then (place.watches_stale and fact.stale_at < (select now from moment)) is not true
  -- Due or not: what was opened ends with a success, not with a run that begins.
  when 'dataset_never_synced' then (place.watches_never and missing.hours is not null) is not true
  else (risk.begins_at < (select now from moment)) is not true
end
union all
select 'next', null, null, null, null, null, '', '', null, null, ${finite('next.turn_at')}, null, null, null, null, null, null
from (
  select least(
    (select min(fact.stale_at) from fact, moment where fact.stale_at >= moment.now),
    (select min(missing.missed_at) from missing, moment where missing.missed_at >= moment.now),
    (select min(risk.begins_at) from risk, moment where risk.begins_at >= moment.now),
    (select min(lower(held.span)) from held, moment where lower(held.span) > moment.now)
  ) as turn_at
) next`,
}

export interface EvaluatedDatasets {
  readonly differences: readonly DatasetDifference[]
  /** When the next one turns by the clock; null = none does. */
  readonly nextTurnAt: Date | null
}

type Row = Omit<DatasetDifference, 'change' | 'due'> &
  StoredDue & { readonly change: DatasetDifference['change'] | 'next' }

/** `now`: stands in for the database's clock in tests; `defaults`: which kinds are watched where nobody has decided. */
export async function evaluateDatasets(
  database: Database,
  now: Date | null,
  catalog: EvaluatedCatalog,
  defaults: Readonly<Record<string, boolean>>,
): Promise<EvaluatedDatasets> {
  const { maximums, refreshers } = catalog
  const values = [now, JSON.stringify(maximums), JSON.stringify(refreshers), JSON.stringify(defaults)]
  const rows = await database.query<Row>(statement, values)
  const differences = rows.flatMap(({ dueDays, dueAt, dueZone, change, ...row }): DatasetDifference[] =>
    change === 'next' ? [] : [{ ...row, change, due: dueFrom({ dueDays, dueAt, dueZone }) }],
  )
  return { differences, nextTurnAt: rows.find(({ change }) => change === 'next')?.since ?? null }
}

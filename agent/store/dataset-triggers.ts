import type { RefreshedTrigger, TriggerOutcome } from '../../shared/dataset-triggers.ts'
import type { JsonObject } from '../../shared/domain.ts'
import { askedFor } from '../../shared/retry.ts'
import { concurrencyKeyOf } from './concurrency-key.ts'
import type { Database, Statement } from './database.ts'
import { waitsForPerson } from './job-conditions.ts'

export interface StoredTrigger {
  readonly id: string
  readonly organizationId: string
  readonly brandId: string
  readonly brandName: string
  readonly isBrandArchived: boolean
  readonly datasetKey: string
  /** Null = a type with parameters of its own. */
  readonly jobId: string | null
  /** Null where the trigger names no job, and for a job that was deleted. */
  readonly jobName: string | null
  readonly jobStatus: string | null
  readonly jobType: string
  /** What it would run with now. */
  readonly parameters: JsonObject
  readonly debounceSeconds: number
  readonly pausedAt: Date | null
  readonly pausedBecause: string | null
  readonly lastSuccessAt: Date | null
  /** By refreshes that have been seen; null = none waits. */
  readonly dueAt: Date | null
  readonly lastFiredAt: Date | null
  readonly lastOutcome: TriggerOutcome | null
  readonly lastReason: string | null
  readonly lastJobId: string | null
  readonly changedAt: Date
  readonly changedBy: string
  readonly asOf: Date
}

const columns = `
  trigger.id, brand.organization_id as "organizationId", trigger.brand_id as "brandId", brand.name as "brandName",
  brand.archived_at is not null as "isBrandArchived",
  trigger.dataset_key as "datasetKey", trigger.job_id as "jobId", job.name as "jobName", job.status as "jobStatus",
  coalesce(job.job_type, trigger.job_type) as "jobType", coalesce(job.parameters, trigger.parameters) as parameters,
  trigger.debounce_seconds as "debounceSeconds", trigger.paused_at as "pausedAt", trigger.paused_because as "pausedBecause",
  case when isfinite(status.last_success_at) then status.last_success_at end as "lastSuccessAt", trigger.due_at as "dueAt",
  trigger.last_fired_at as "lastFiredAt", trigger.last_outcome as "lastOutcome", trigger.last_reason as "lastReason",
  trigger.last_job_id as "lastJobId", trigger.changed_at as "changedAt", trigger.changed_by as "changedBy", now() as "asOf"`

const joined = `
from dataset_triggers trigger
join brands brand on brand.id = trigger.brand_id
left join dataset_status status on status.brand_id = trigger.brand_id and status.dataset_key = trigger.dataset_key
left join scheduled_jobs job on job.id = trigger.job_id and job.brand_id = trigger.brand_id`

const listStatement: Statement = {
  name: 'list_dataset_triggers',
  text: `
select ${columns}
${joined}
where ($1::uuid is null or brand.organization_id = $1::uuid) and ($2::uuid[] is null or trigger.brand_id = any ($2::uuid[]))
  and ($3::text is null or trigger.dataset_key = $3::text)
order by lower(brand.name), brand.id, trigger.dataset_key, trigger.created_at, trigger.id
limit 2000`,
}

/** Those of an organization, of some brands, or of one dataset; null = whichever. */
export async function listDatasetTriggers(
  database: Database,
  filter: {
    readonly organizationId: string | null
    readonly brandIds: readonly string[] | null
    readonly dataset: string | null
  },
): Promise<StoredTrigger[]> {
  return database.query<StoredTrigger>(listStatement, [filter.organizationId, filter.brandIds, filter.dataset])
}

const inUseStatement: Statement = {
  name: 'list_dataset_triggers_in_use',
  text: `
select ${columns}
${joined}
where brand.organization_id = $1::uuid and (brand.archived_at is null or brand.id = any ($2::uuid[]))
order by trigger.created_at, trigger.id`,
}

/** All triggers of an organization's brands in use, the oldest first. `alsoOf`: ids of archived brands whose triggers are listed too. */
export async function listTriggersInUse(
  database: Database,
  organizationId: string,
  alsoOf: readonly string[] = [],
): Promise<StoredTrigger[]> {
  return database.query<StoredTrigger>(inUseStatement, [organizationId, alsoOf])
}

const lockBrandStatement: Statement = {
  name: 'lock_triggers_of_brand',
  text: `select pg_advisory_xact_lock(hashtextextended('dataset triggers ' || $1::text, 0))`,
}

/** The triggers of a brand, held so that two that are made at once cannot close a loop together. */
export async function lockTriggersOfBrand(
  database: Database,
  brand: { readonly organizationId: string; readonly brandId: string },
): Promise<StoredTrigger[]> {
  await database.query(lockBrandStatement, [brand.brandId])
  return listDatasetTriggers(database, {
    organizationId: brand.organizationId,
    brandIds: [brand.brandId],
    dataset: null,
  })
}

const lockStatement: Statement = {
  name: 'lock_dataset_trigger',
  text: `select id from dataset_triggers where id = $1::uuid for update`,
}

const getStatement: Statement = {
  name: 'get_dataset_trigger',
  text: `select ${columns} ${joined} where trigger.id = $1::uuid and brand.organization_id = $2::uuid`,
}

/** The trigger of this organization, held until the end of the transaction; null = there is none. */
export async function lockDatasetTrigger(
  database: Database,
  triggerId: string,
  organizationId: string,
): Promise<StoredTrigger | null> {
  await database.query(lockStatement, [triggerId])
  const [row] = await database.query<StoredTrigger>(getStatement, [triggerId, organizationId])
  return row ?? null
}

export interface NewTrigger {
  readonly brandId: string
  readonly datasetKey: string
  readonly jobId: string | null
  readonly jobType: string
  readonly parameters: JsonObject
  readonly debounceSeconds: number
  readonly createdBy: string
}

/** Successes further ahead of the database's clock than this are a mistake of whoever wrote them; they wait until they are true. */
const newestTolerated = `now() + interval '5 minutes'`

/** A success that a clock ahead of ours has written counts as seen, too. */
const insertStatement: Statement = {
  name: 'insert_dataset_trigger',
  text: `
insert into dataset_triggers (
  brand_id, dataset_key, job_id, job_type, parameters, debounce_seconds, created_by, changed_by, fired_for
)
select $1::uuid, $2::text, $3::uuid, $4::text, $5::jsonb, $6::integer, $7::text, $7::text, greatest(now(), (
  select status.last_success_at from dataset_status status
  where status.brand_id = $1::uuid and status.dataset_key = $2::text and isfinite(status.last_success_at)
    and status.last_success_at <= ${newestTolerated}
))
returning id`,
}

/** Returns its id. Throws a unique violation for one that is there already. */
export async function insertDatasetTrigger(database: Database, trigger: NewTrigger): Promise<string> {
  const { brandId, datasetKey, jobId, jobType, parameters, debounceSeconds, createdBy } = trigger
  const values = [brandId, datasetKey, jobId, jobType, JSON.stringify(parameters), debounceSeconds, createdBy]
  const [row] = await database.query<{ id: string }>(insertStatement, values)
  if (row === undefined) throw new Error('insert_dataset_trigger returned no row')
  return row.id
}

const updateStatement: Statement = {
  name: 'update_dataset_trigger',
  text: `
update dataset_triggers trigger
set debounce_seconds = $2::integer, due_at = null, paused_because = null,
  paused_at = case when $3::boolean then coalesce(trigger.paused_at, now()) end,
  fired_for = case when trigger.paused_at is not null and not $3::boolean then greatest(trigger.fired_for, now(), (
    select status.last_success_at from dataset_status status
    where status.brand_id = trigger.brand_id and status.dataset_key = trigger.dataset_key
      and status.last_success_at <= ${newestTolerated}
  )) else trigger.fired_for end,
  hour_began_at = case when trigger.paused_at is null then trigger.hour_began_at end,
  fired_in_hour = case when trigger.paused_at is null then trigger.fired_in_hour else 0 end,
  changed_at = now(), changed_by = $4::text
where id = $1::uuid`,
}

/** What is refreshed while it is paused fires nothing when it is resumed. Call it with the trigger held. */
export async function updateDatasetTrigger(
  database: Database,
  triggerId: string,
  change: { readonly debounceSeconds: number; readonly isPaused: boolean; readonly changedBy: string },
): Promise<void> {
  await database.query(updateStatement, [triggerId, change.debounceSeconds, change.isPaused, change.changedBy])
}

const deleteStatement: Statement = {
  name: 'delete_dataset_trigger',
  text: `delete from dataset_triggers where id = $1::uuid`,
}

export async function deleteDatasetTrigger(database: Database, triggerId: string): Promise<void> {
  await database.query(deleteStatement, [triggerId])
}

const roundLockStatement: Statement = {
  name: 'lock_trigger_round',
  text: `select pg_try_advisory_xact_lock(hashtextextended('dataset trigger round', 0)) as locked`,
}

/** One round at a time, whoever believes to lead. False = another one is under way. */
export async function tryTriggerRoundLock(database: Database): Promise<boolean> {
  const [row] = await database.query<{ locked: boolean }>(roundLockStatement, [])
  return row?.locked === true
}

/** A trigger whose dataset has a success that was not dealt with. */
export interface StoredRefresh extends RefreshedTrigger {
  readonly id: string
  readonly datasetKey: string
  /** To the microsecond, as the database writes it: what is marked must be what was seen. */
  readonly success: string
}

const milliseconds = (instant: string): string => `(extract(epoch from ${instant}) * 1000)::double precision`

/** A brand is not put away between what is decided and what is written. One probe into dataset_status for each trigger: 10 ms for a thousand of them over 50,000 datasets, 250 ms when all of them fire. */
const refreshedStatement: Statement = {
  name: 'list_refreshed_triggers',
  text: `
select trigger.id, trigger.dataset_key as "datasetKey", status.last_success_at::text as success, ${milliseconds('now()')} as "nowMs",
  ${milliseconds('status.last_success_at')} as "successMs", ${milliseconds('trigger.due_at')} as "dueMs",
  trigger.debounce_seconds * 1000::double precision as "debounceMs", brand.archived_at is not null as "isBrandArchived",
  case when trigger.job_id is not null then coalesce(job.status, 'gone') end as "jobStatus",
  case when job.overlap_policy = 'skip' then 'skip' else 'queue' end as "overlapPolicy",
  exists (
    select from scheduled_jobs busy
    where ${concurrencyKeyOf('busy')}
      = coalesce(job.concurrency_key, (trigger.brand_id::text || ':') || coalesce(job.job_type, trigger.job_type))
      and busy.current_run_id is not null
  ) as "isBusy",
  exists (
    select from scheduled_jobs queued
    where queued.id = trigger.last_job_id and queued.status = 'active' and queued.current_run_id is null
      and queued.next_run_at is not null
  ) as "isWaiting",
  ${milliseconds('trigger.hour_began_at')} as "hourBeganMs", trigger.fired_in_hour as "firedInHour"
from dataset_triggers trigger
join brands brand on brand.id = trigger.brand_id
join dataset_status status on status.brand_id = trigger.brand_id and status.dataset_key = trigger.dataset_key
left join scheduled_jobs job on job.id = trigger.job_id and job.brand_id = trigger.brand_id
where trigger.paused_at is null and status.last_success_at > trigger.fired_for
  and status.last_success_at <= ${newestTolerated} and (trigger.due_at is null or trigger.due_at <= now())
order by trigger.id
limit $1::integer
for update of trigger for key share of brand`,
}

/** Those that do not wait for the end of their debounce, held until the end of the transaction. */
export async function listRefreshedTriggers(database: Database, most: number): Promise<StoredRefresh[]> {
  return database.query<StoredRefresh>(refreshedStatement, [most])
}

const nextDueStatement: Statement = {
  name: 'next_due_trigger',
  text: `
select ${milliseconds('min(due_at) - now()')} as "waitMs" from dataset_triggers
where paused_at is null and due_at > now()`,
}

/** How long until the next debounce ends, ms; null = none runs. */
export async function nextDueTrigger(database: Database): Promise<number | null> {
  const [row] = await database.query<{ waitMs: number | null }>(nextDueStatement, [])
  return row?.waitMs ?? null
}

export interface DecidedTrigger {
  readonly id: string
  readonly kind: 'wait' | TriggerOutcome
  readonly success: string
  readonly dueMs: number | null
  readonly reason: string | null
  readonly requestedBy: string
  readonly hourBeganMs: number | null
  readonly firedInHour: number | null
}

const instantOf = (column: string): string => `to_timestamp(${column} / 1000)`

/**
 * The mark and the job of a firing are one statement: neither is ever there without the other. A job of its that is dead (J5) is tried
 * once more, as the trigger has it now, in place of a new one: what fails every hour is one job and one incident, and a success ends it.
 * One whose outcome is unknown waits for a person.
 */
const writeStatement: Statement = {
  name: 'write_trigger_decisions',
  text: `
with decided as materialized (
  select decided.*, case when decided.kind = 'queued' then coalesce(dead.id, gen_random_uuid()) end as job_id
  from jsonb_to_recordset($1::jsonb) as decided (
    id uuid, kind text, success timestamptz, "dueMs" double precision, reason text, "requestedBy" text,
    "hourBeganMs" double precision, "firedInHour" integer
  )
  left join dataset_triggers trigger on trigger.id = decided.id
  left join scheduled_jobs dead on dead.id = trigger.last_job_id and dead.brand_id = trigger.brand_id
    and dead.schedule_type = 'one_time' and dead.status = 'active' and dead.next_run_at is null
    and dead.current_run_id is null and dead.last_run_status = 'failed' and not ${waitsForPerson('dead')}
), queued as (
  insert into scheduled_jobs (
    id, brand_id, product_id, name, job_type, schedule_type, next_run_at, status, parameters, priority, trigger_source, requested_by,
    overlap_policy, max_retries, timeout_minutes, concurrency_key
  )
  select decided.job_id, trigger.brand_id, job.product_id, coalesce(job.name, trigger.job_type),
    coalesce(job.job_type, trigger.job_type), 'one_time', now(), 'active', coalesce(job.parameters, trigger.parameters),
    coalesce(job.priority, 1::smallint), 'api', decided."requestedBy", coalesce(job.overlap_policy, 'queue'),
    coalesce(job.max_retries, 3), job.timeout_minutes, job.concurrency_key
  from decided
  join dataset_triggers trigger on trigger.id = decided.id
  left join scheduled_jobs job on job.id = trigger.job_id and job.brand_id = trigger.brand_id
  where decided.job_id is not null
  on conflict (id) do update
  -- A person may have put it away or begun it just now.
  set status = 'active', next_run_at = case when scheduled_jobs.current_run_id is null then now() end, next_attempt = ${askedFor},
    product_id = excluded.product_id, name = excluded.name, job_type = excluded.job_type, parameters = excluded.parameters,
    priority = excluded.priority, trigger_source = excluded.trigger_source, requested_by = excluded.requested_by,
    overlap_policy = excluded.overlap_policy, max_retries = excluded.max_retries,
    timeout_minutes = excluded.timeout_minutes, concurrency_key = excluded.concurrency_key,
    version = scheduled_jobs.version + 1, updated_at = now()
)
update dataset_triggers trigger
set due_at = case when decided.kind = 'wait' then ${instantOf('decided."dueMs"')} end,
  fired_for = case when decided.kind = 'wait' then trigger.fired_for else decided.success end,
  last_fired_at = case when decided.kind = 'wait' then trigger.last_fired_at else now() end,
  last_outcome = case when decided.kind = 'wait' then trigger.last_outcome else decided.kind end,
  last_reason = case when decided.kind = 'wait' then trigger.last_reason else decided.reason end,
  last_job_id = coalesce(decided.job_id, trigger.last_job_id),
  hour_began_at = coalesce(${instantOf('decided."hourBeganMs"')}, trigger.hour_began_at),
  fired_in_hour = coalesce(decided."firedInHour", trigger.fired_in_hour),
  paused_at = case when decided.kind = 'stopped' then now() else trigger.paused_at end,
  paused_because = case when decided.kind = 'stopped' then decided.reason else trigger.paused_because end
from decided
where trigger.id = decided.id`,
}

/** Writes what was decided of triggers that are held. */
export async function writeTriggerDecisions(database: Database, decisions: readonly DecidedTrigger[]): Promise<void> {
  await database.query(writeStatement, [JSON.stringify(decisions)])
}

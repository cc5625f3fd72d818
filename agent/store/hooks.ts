import type { HookMapping, HookStyle } from '../../shared/hook-mapping.ts'
import type { Database, Statement } from './database.ts'
import { waitsForPerson } from './job-conditions.ts'

export interface StoredHook {
  readonly id: string
  readonly organizationId: string
  readonly brandId: string
  readonly brandName: string
  readonly isBrandArchived: boolean
  readonly name: string
  readonly style: HookStyle
  readonly jobType: string
  readonly mapping: HookMapping
  readonly enabled: boolean
  readonly refusedAt: Date | null
  readonly refusedBecause: string | null
  readonly changedAt: Date
  readonly changedBy: string
  readonly isRemoved: boolean
}

const columns = `
  hook.id, brand.organization_id as "organizationId", hook.brand_id as "brandId", brand.name as "brandName",
  brand.archived_at is not null as "isBrandArchived", hook.name, hook.style, hook.job_type as "jobType", hook.mapping,
  hook.enabled, hook.refused_at as "refusedAt", hook.refused_because as "refusedBecause", hook.changed_at as "changedAt",
  hook.changed_by as "changedBy", hook.removed_at is not null as "isRemoved"`

const joined = `from hooks hook join brands brand on brand.id = hook.brand_id`

const listStatement: Statement = {
  name: 'list_hooks',
  text: `
select ${columns}
${joined}
where ($1::uuid is null or brand.organization_id = $1::uuid) and ($2::uuid is null or hook.brand_id = $2::uuid)
  and hook.removed_at is null
order by lower(hook.name), hook.id
limit 1000`,
}

/** Those in use, of an organization, of a brand, or all. */
export async function listHooks(
  database: Database,
  { organizationId, brandId }: { readonly organizationId: string | null; readonly brandId: string | null },
): Promise<StoredHook[]> {
  return database.query<StoredHook>(listStatement, [organizationId, brandId])
}

const openStatement: Statement = {
  name: 'open_hook',
  text: `select ${columns}, hook.sealed_secret as "sealedSecret" ${joined} where hook.id = $1::uuid and hook.removed_at is null`,
}

export interface OpenHook extends StoredHook {
  /** As it is stored. */
  readonly sealedSecret: Buffer
}

/** Null = there is none, or it was removed. */
export async function openHook(database: Database, hookId: string): Promise<OpenHook | null> {
  const [row] = await database.query<OpenHook>(openStatement, [hookId])
  return row ?? null
}

const getText = `select ${columns} ${joined} where hook.id = $1::uuid and brand.organization_id = $2::uuid`
const getStatement: Statement = { name: 'get_hook', text: getText }

/** Of this organization, removed or not; null = there is none. */
export async function getHook(database: Database, hookId: string, organizationId: string): Promise<StoredHook | null> {
  const [row] = await database.query<StoredHook>(getStatement, [hookId, organizationId])
  return row ?? null
}

const lockStatement: Statement = {
  name: 'lock_hook',
  text: `${getText} for update of hook`,
}

/** The same, held until the end of the transaction. */
export async function lockHook(database: Database, hookId: string, organizationId: string): Promise<StoredHook | null> {
  const [row] = await database.query<StoredHook>(lockStatement, [hookId, organizationId])
  return row ?? null
}

export interface HookContents {
  readonly name: string
  readonly style: HookStyle
  readonly jobType: string
  readonly mapping: HookMapping
  readonly enabled: boolean
}

const insertStatement: Statement = {
  name: 'insert_hook',
  text: `
insert into hooks (brand_id, name, style, job_type, mapping, enabled, sealed_secret, changed_by)
values ($1::uuid, $2::text, $3::text, $4::text, $5::jsonb, $6::boolean, $7::bytea, $8::text)
returning id`,
}

/** Returns its id. */
export async function insertHook(
  database: Database,
  hook: HookContents & { readonly brandId: string; readonly sealedSecret: Uint8Array; readonly changedBy: string },
): Promise<string> {
  const [row] = await database.query<{ id: string }>(insertStatement, [
    hook.brandId,
    ...valuesOf(hook),
    hook.sealedSecret,
    hook.changedBy,
  ])
  if (row === undefined) throw new Error('insert_hook returned no row')
  return row.id
}

function valuesOf({ name, style, jobType, mapping, enabled }: HookContents): unknown[] {
  return [name, style, jobType, JSON.stringify(mapping), enabled]
}

const updateStatement: Statement = {
  name: 'update_hook',
  text: `
update hooks
set name = $2::text, style = $3::text, job_type = $4::text, mapping = $5::jsonb, enabled = $6::boolean,
  sealed_secret = coalesce($7::bytea, sealed_secret), changed_by = $8::text, changed_at = now(),
  removed_at = case when $9::boolean then coalesce(removed_at, now()) end
where id = $1::uuid`,
}

/** Call it with the hook held. `sealedSecret` null = it stays. */
export async function updateHook(
  database: Database,
  hookId: string,
  change: HookContents & {
    readonly sealedSecret: Uint8Array | null
    readonly changedBy: string
    readonly isRemoved: boolean
  },
): Promise<void> {
  const { sealedSecret, changedBy, isRemoved } = change
  await database.query(updateStatement, [hookId, ...valuesOf(change), sealedSecret, changedBy, isRemoved])
}

const refusedStatement: Statement = {
  name: 'note_hook_refusal',
  text: `
update hooks set refused_at = now(), refused_because = $2::text
where id = $1::uuid and (refused_at is null or refused_at < now() - interval '10 seconds')`,
}

/** What was not signed as it should be leaves this one trace, so that nobody can fill a table from outside. */
export async function noteHookRefusal(database: Database, hookId: string, because: string): Promise<void> {
  await database.query(refusedStatement, [hookId, because])
}

export interface HookDelivery {
  readonly id: string
  readonly messageId: string
  readonly receivedAt: Date
  readonly outcome: 'queued' | 'refused'
  readonly reason: string | null
  readonly jobId: string | null
}

const deliveryColumns = `
  id::text, message_id as "messageId", received_at as "receivedAt", outcome, reason, job_id as "jobId"`

const takenStatement: Statement = {
  name: 'find_taken_delivery',
  text: `select ${deliveryColumns} from hook_deliveries where hook_id = $1::uuid and message_key = $2::text and outcome = 'queued'`,
}

/** The delivery by which this message was taken before; null = it was not. */
export async function findTakenDelivery(
  database: Database,
  hookId: string,
  messageKey: string,
): Promise<HookDelivery | null> {
  const [row] = await database.query<HookDelivery>(takenStatement, [hookId, messageKey])
  return row ?? null
}

const recordStatement: Statement = {
  name: 'record_hook_delivery',
  text: `
insert into hook_deliveries (hook_id, message_key, message_id, outcome, reason, job_id)
values ($1::uuid, $2::text, $3::text, $4::text, $5::text, $6::uuid)
on conflict do nothing`,
}

export async function recordHookDelivery(
  database: Database,
  delivery: {
    readonly hookId: string
    readonly messageKey: string
    readonly messageId: string
    readonly outcome: 'queued' | 'refused'
    readonly reason: string | null
    readonly jobId: string | null
  },
): Promise<void> {
  const { hookId, messageKey, messageId, outcome, reason, jobId } = delivery
  await database.query(recordStatement, [hookId, messageKey, messageId, outcome, reason, jobId])
}

const deadStatement: Statement = {
  name: 'archive_dead_jobs_of_hook',
  text: `
update scheduled_jobs dead
set status = 'archived', updated_at = now()
from scheduled_jobs queued
where queued.id = $2::uuid and dead.id <> queued.id and dead.brand_id = queued.brand_id and dead.job_type = queued.job_type
  and dead.parameters = queued.parameters and dead.schedule_type = 'one_time' and dead.status = 'active'
  and dead.next_run_at is null and dead.current_run_id is null and dead.last_run_status = 'failed'
  and not ${waitsForPerson('dead')}
  and dead.id in (select job_id from hook_deliveries where hook_id = $1::uuid and outcome = 'queued')
returning dead.id`,
}

/** Those that would do the same as this job of the hook; one whose outcome is unknown waits for a person. Returns their ids. */
export async function archiveDeadJobsOfHook(
  database: Database,
  { hookId, jobId }: { readonly hookId: string; readonly jobId: string },
): Promise<string[]> {
  const rows = await database.query<{ id: string }>(deadStatement, [hookId, jobId])
  return rows.map(({ id }) => id)
}

const deliveriesStatement: Statement = {
  name: 'list_hook_deliveries',
  text: `select ${deliveryColumns} from hook_deliveries where hook_id = $1::uuid order by id desc limit $2::integer`,
}

/** The newest first. */
export async function listHookDeliveries(database: Database, hookId: string, most: number): Promise<HookDelivery[]> {
  return database.query<HookDelivery>(deliveriesStatement, [hookId, most])
}

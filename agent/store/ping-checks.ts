import type { CheckFacts, StoredState } from '../../shared/pings/check.ts'
import type { PingPlan } from '../../shared/pings/plan.ts'
import type { Database, Statement } from './database.ts'

/** What a person decides about a check. */
export interface CheckSettings extends PingPlan {
  readonly name: string
  readonly slug: string
  readonly datasetKey: string
  /** A ping does not wake it once it is paused. */
  readonly resumesByHand: boolean
}

export interface StoredCheck extends CheckSettings, CheckFacts {
  readonly id: string
  readonly organizationId: string
  readonly brandId: string
  /** The maximum age that it gave its dataset, hours; null: somebody else's holds. */
  readonly policyHours: number | null
  readonly changedAt: Date
  readonly changedBy: string
  readonly removedAt: Date | null
  readonly pings: number
}

/** As it comes out of the database. */
export interface CheckRow extends Omit<StoredCheck, 'schedule' | 'openRuns'> {
  readonly periodSeconds: number | null
  readonly cron: string | null
  readonly timeZone: string | null
  readonly openRuns: readonly { readonly runId: string; readonly rid: string | null; readonly startedAt: string }[]
}

export const checkColumns = `
  ping_check.id, ping_check.organization_id as "organizationId", ping_check.brand_id as "brandId",
  ping_check.dataset_key as "datasetKey", ping_check.name, ping_check.slug,
  ping_check.period_seconds as "periodSeconds", ping_check.cron_expression as cron,
  ping_check.time_zone as "timeZone", ping_check.grace_seconds as "graceSeconds",
  ping_check.resumes_by_hand as "resumesByHand", ping_check.policy_hours::double precision as "policyHours",
  ping_check.changed_at as "changedAt", ping_check.changed_by as "changedBy", ping_check.removed_at as "removedAt",
  ping_check.status, ping_check.last_ping_at as "lastPingAt", ping_check.last_duration_ms as "lastDurationMs",
  ping_check.open_runs as "openRuns", ping_check.pings`

export function storedCheck({ periodSeconds, cron, timeZone, openRuns, ...others }: CheckRow): StoredCheck {
  return {
    ...others,
    schedule:
      periodSeconds === null
        ? { kind: 'cron', cron: cron ?? '', timeZone: timeZone ?? '' }
        : { kind: 'period', periodSeconds },
    openRuns: openRuns.map((run) => ({ ...run, startedAt: new Date(run.startedAt) })),
  }
}

const listStatement: Statement = {
  name: 'list_ping_checks',
  text: `
select ${checkColumns}
from ping_checks ping_check
join brands brand on brand.id = ping_check.brand_id and brand.archived_at is null
where ($1::uuid is null or ping_check.organization_id = $1::uuid)
  and ($2::uuid is null or ping_check.brand_id = $2::uuid)
  and ping_check.removed_at is null
order by lower(ping_check.name), ping_check.id`,
}

/** Those that are not removed: of all organizations, of one, or of one of its brands. */
export async function listPingChecks(
  database: Database,
  { organizationId, brandId }: { readonly organizationId: string | null; readonly brandId: string | null },
): Promise<StoredCheck[]> {
  return (await database.query<CheckRow>(listStatement, [organizationId, brandId])).map(storedCheck)
}

const getStatement: Statement = {
  name: 'get_ping_check',
  text: `select ${checkColumns} from ping_checks ping_check where ping_check.id = $1::uuid`,
}

/** Also one that is removed; null = there is none. */
export async function getPingCheck(database: Database, checkId: string): Promise<StoredCheck | null> {
  const [row] = await database.query<CheckRow>(getStatement, [checkId])
  return row === undefined ? null : storedCheck(row)
}

const lockStatement: Statement = {
  name: 'lock_ping_check',
  text: `${getStatement.text} for update`,
}

/** The same, held until the end of the transaction. */
export async function lockPingCheck(database: Database, checkId: string): Promise<StoredCheck | null> {
  const [row] = await database.query<CheckRow>(lockStatement, [checkId])
  return row === undefined ? null : storedCheck(row)
}

const addressStatement: Statement = {
  name: 'get_ping_address',
  text: `select code from ping_checks where id = $1::uuid`,
}

/** The secret part of its address. */
export async function getPingCode(database: Database, checkId: string): Promise<string | null> {
  const [row] = await database.query<{ code: string }>(addressStatement, [checkId])
  return row?.code ?? null
}

const renewStatement: Statement = {
  name: 'renew_ping_address',
  text: `
update ping_checks set code = gen_random_uuid(), changed_at = now(), changed_by = $2::text
where id = $1::uuid returning code`,
}

/** The address before leads nowhere from now on. */
export async function renewPingCode(database: Database, checkId: string, changedBy: string): Promise<void> {
  await database.query(renewStatement, [checkId, changedBy])
}

const otherStatement: Statement = {
  name: 'find_ping_check_of_dataset',
  text: `
select id, name from ping_checks
where brand_id = $1::uuid and dataset_key = $2::text and removed_at is null and id is distinct from $3::uuid`,
}

/** The check that keeps this dataset, other than this one; null = none does. */
export async function findCheckOfDataset(
  database: Database,
  { brandId, datasetKey, besides }: { brandId: string; datasetKey: string; besides: string | null },
): Promise<{ readonly id: string; readonly name: string } | null> {
  const [row] = await database.query<{ id: string; name: string }>(otherStatement, [brandId, datasetKey, besides])
  return row ?? null
}

const foreignStatement: Statement = {
  name: 'is_dataset_of_others',
  text: `
select exists (
    select from dataset_status
    where brand_id = $1::uuid and dataset_key = $2::text
      and (last_success_at is not null or last_attempt_at is not null)
  )
  and not exists (select from ping_checks where brand_id = $1::uuid and dataset_key = $2::text)
  and not exists (
    select from external_runs where brand_id = $1::uuid and dataset_key = $2::text and source = 'ping'
  )
  and not exists (
    select from operator_actions
    where organization_id = $3::uuid and action = 'ping.create' and state_after ->> 'dataset' = $2::text
      -- Older records do not say of which brand, which is no question where one brand alone has the dataset.
      and coalesce(state_after ->> 'brandId' = $1::text, (
        select count(*) = 1 from dataset_status where organization_id = $3::uuid and dataset_key = $2::text
      ))
  ) as "isForeign"`,
}

/** Whether something has told of this dataset of the brand, and no check ever has: neither one that is there, nor one that was removed and is gone. */
export async function isDatasetOfOthers(
  database: Database,
  brand: { readonly id: string; readonly organizationId: string },
  datasetKey: string,
): Promise<boolean> {
  const values = [brand.id, datasetKey, brand.organizationId]
  const [row] = await database.query<{ isForeign: boolean }>(foreignStatement, values)
  return row?.isForeign ?? false
}

const countStatement: Statement = {
  name: 'count_ping_checks',
  text: `select count(*) as checks from ping_checks where organization_id = $1::uuid and removed_at is null`,
}

export async function countPingChecks(database: Database, organizationId: string): Promise<number> {
  const [row] = await database.query<{ checks: number }>(countStatement, [organizationId])
  return row?.checks ?? 0
}

const insertStatement: Statement = {
  name: 'insert_ping_check',
  text: `
insert into ping_checks (
  organization_id, brand_id, name, slug, dataset_key, period_seconds, cron_expression, time_zone, grace_seconds,
  resumes_by_hand, changed_by
)
values (
  $1::uuid, $2::uuid, $3::text, $4::text, $5::text, $6::integer, $7::text, $8::text, $9::integer, $10::boolean, $11::text
)
returning id`,
}

/** Returns its id. */
export async function insertPingCheck(
  database: Database,
  brand: { readonly id: string; readonly organizationId: string },
  settings: CheckSettings,
  changedBy: string,
): Promise<string> {
  const values = [brand.organizationId, brand.id, ...settingValues(settings), changedBy]
  const [row] = await database.query<{ id: string }>(insertStatement, values)
  if (row === undefined) throw new Error('insert_ping_check returned no row')
  return row.id
}

const updateStatement: Statement = {
  name: 'update_ping_check',
  text: `
update ping_checks
set name = $2::text, slug = $3::text, dataset_key = $4::text, period_seconds = $5::integer,
  cron_expression = $6::text, time_zone = $7::text, grace_seconds = $8::integer, resumes_by_hand = $9::boolean,
  changed_at = now(), changed_by = $10::text
where id = $1::uuid`,
}

export async function updatePingCheck(
  database: Database,
  checkId: string,
  settings: CheckSettings,
  changedBy: string,
): Promise<void> {
  await database.query(updateStatement, [checkId, ...settingValues(settings), changedBy])
}

function settingValues({ name, slug, datasetKey, schedule, graceSeconds, resumesByHand }: CheckSettings): unknown[] {
  const timing =
    schedule.kind === 'period' ? [schedule.periodSeconds, null, null] : [null, schedule.cron, schedule.timeZone]
  return [name, slug, datasetKey, ...timing, graceSeconds, resumesByHand]
}

const stateStatement: Statement = {
  name: 'set_ping_check_state',
  text: `
update ping_checks
set status = $2::text, removed_at = case when $3::boolean then coalesce(removed_at, now()) end,
  open_runs = '[]', changed_at = now(), changed_by = $4::text
where id = $1::uuid`,
}

/** Paused, resumed, removed or restored; runs under way are forgotten. */
export async function setPingCheckState(
  database: Database,
  change: { checkId: string; status: StoredState; isRemoved: boolean; changedBy: string },
): Promise<void> {
  const { checkId, status, isRemoved, changedBy } = change
  await database.query(stateStatement, [checkId, status, isRemoved, changedBy])
}

const policyStatement: Statement = {
  name: 'set_ping_check_policy',
  text: `update ping_checks set policy_hours = $2::numeric where id = $1::uuid`,
}

export async function notePolicy(database: Database, checkId: string, policyHours: number | null): Promise<void> {
  await database.query(policyStatement, [checkId, policyHours])
}

const announceStatement: Statement = {
  name: 'announce_ping_dataset',
  text: `
insert into dataset_status (brand_id, dataset_key, organization_id, last_status)
values ($1::uuid, $2::text, $3::uuid, 'unknown')
on conflict (brand_id, dataset_key) do nothing`,
}

/** The brand has this dataset from now on: it is shown, as never synced, before the first ping. */
export async function announceDataset(
  database: Database,
  brand: { readonly id: string; readonly organizationId: string },
  datasetKey: string,
): Promise<void> {
  await database.query(announceStatement, [brand.id, datasetKey, brand.organizationId])
}

import { setTimeout as delay } from 'node:timers/promises'
import { type HoldFacts, type HoldScope, longest, type Wait, waitFor } from '../../shared/holds.ts'
import type { Database, Statement } from './database.ts'
import { inForce, notOver } from './hold-conditions.ts'

export interface Hold extends HoldFacts {
  readonly brandName: string | null
  readonly startsAt: Date
  readonly createdAt: Date
  readonly changedAt: Date
  readonly changedBy: string
  /** By hand; null also for one that is over by its time. */
  readonly endedBy: string | null
  readonly endedAt: Date | null
  /** Of the database, when the row was read. */
  readonly asOf: Date
}

const columns = `
  hold.id, hold.organization_id as "organizationId", hold.brand_id as "brandId", brand.name as "brandName",
  hold.job_type as "jobType", hold.starts_at as "startsAt", hold.ends_at as "endsAt", hold.reason,
  hold.created_by as "createdBy", hold.created_at as "createdAt", hold.changed_by as "changedBy",
  hold.changed_at as "changedAt", hold.ended_by as "endedBy", hold.ended_at as "endedAt", now() as "asOf"`
const source = 'from holds hold left join brands brand on brand.id = hold.brand_id'

/** How long holds that are over are listed, days. */
export const listedDays = 7

const listStatement: Statement = {
  name: 'list_holds',
  text: `
select ${columns}
${source}
where ($1::uuid is null or hold.organization_id = $1::uuid)
  and ($2::uuid is null or hold.brand_id is null or hold.brand_id = $2::uuid)
  and coalesce(hold.ended_at, hold.ends_at, 'infinity') > now() - interval '${listedDays} days'
order by hold.starts_at desc, hold.id
limit 1000`,
}

/**
 * Holds in force, planned, and over since at most 7 days; those that begin last first, 1,000 at most. `organizationId` null: of all; `brandId`:
 * only what is about this brand, alone or with others.
 */
export async function listHolds(
  database: Database,
  { organizationId, brandId }: { readonly organizationId: string | null; readonly brandId: string | null },
): Promise<Hold[]> {
  return database.query<Hold>(listStatement, [organizationId, brandId])
}

const inForceStatement: Statement = {
  name: 'list_holds_in_force',
  text: `select ${columns} ${source} where ${inForce('hold', 'now()')} and ($1::uuid is null or hold.organization_id = $1::uuid)`,
}

/** What holds something now, of an organization or of all (null): a few rows at most, by an index that has no others. */
export async function listHoldsInForce(database: Database, organizationId: string | null): Promise<Hold[]> {
  return database.query<Hold>(inForceStatement, [organizationId])
}

const notOverStatement: Statement = {
  name: 'list_holds_not_over',
  text: `select ${columns} ${source} where ${notOver('hold', 'now()')} and ($1::uuid is null or hold.organization_id = $1::uuid)`,
}

/** What is held now or will be, of an organization or of all (null), by the same index. */
export async function listHoldsNotOver(database: Database, organizationId: string | null): Promise<Hold[]> {
  return database.query<Hold>(notOverStatement, [organizationId])
}

const ofBrandsStatement: Statement = {
  name: 'list_holds_of_brands',
  text: `
select held.id as "ofBrandId", ${columns}
${source}
join brands held on held.organization_id = hold.organization_id and (hold.brand_id is null or hold.brand_id = held.id)
where ${notOver('hold', 'now()')} and ($1::uuid[] is null or held.id = any ($1::uuid[]))
order by hold.id`,
}

/** What keeps jobs of a type of a brand from starting now: of several that which ends last; null = nothing does. */
export type HeldBy = (job: { readonly brandId: string; readonly jobType: string }) => HoldFacts | null

/** What such a job that is due then waits for, by holds in force and planned. */
export type WaitOf = (job: { readonly brandId: string; readonly jobType: string }, at: Date, now: Date) => Wait<Hold>

export interface HoldsOfBrands {
  readonly heldBy: HeldBy
  readonly waitOf: WaitOf
}

/** For these brands, or for all (null). */
export async function readHolds(database: Database, brandIds: readonly string[] | null): Promise<HoldsOfBrands> {
  const byBrand = await listHoldsByBrand(database, brandIds)
  const about = ({ brandId, jobType }: { readonly brandId: string; readonly jobType: string }): readonly Hold[] =>
    (byBrand.get(brandId) ?? none).filter((hold) => hold.jobType === null || hold.jobType === jobType)
  return {
    heldBy: (job) => longest(about(job).filter((hold) => hold.startsAt <= hold.asOf)),
    waitOf: (job, at, now) => waitFor(about(job), at, now),
  }
}

const none: readonly Hold[] = []

/** What is held now or will be, by each brand that it is about; of these brands, or of all (null). */
export async function listHoldsByBrand(
  database: Database,
  brandIds: readonly string[] | null,
): Promise<ReadonlyMap<string, readonly Hold[]>> {
  const rows = await database.query<Hold & { readonly ofBrandId: string }>(ofBrandsStatement, [brandIds])
  return Map.groupBy(rows, ({ ofBrandId }) => ofBrandId)
}

const countStatement: Statement = {
  name: 'count_open_holds',
  text: `
select count(*) as open from holds hold
where hold.organization_id = $1::uuid and hold.ended_at is null and coalesce(hold.ends_at, 'infinity') > now()`,
}

/** Those of the organization that are in force or planned. */
export async function countOpenHolds(database: Database, organizationId: string): Promise<number> {
  const [row] = await database.query<{ open: number }>(countStatement, [organizationId])
  return row?.open ?? 0
}

const lockNewStatement: Statement = {
  name: 'lock_new_holds',
  text: `select pg_advisory_xact_lock(hashtextextended('new holds ' || $1::text, 0))`,
}

/** Until the end of the transaction nobody else makes a hold of the organization: two of one request would not see each other. */
export async function lockNewHolds(database: Database, organizationId: string): Promise<void> {
  await database.query(lockNewStatement, [organizationId])
}

const anyJobStatement: Statement = {
  name: 'any_job_to_hold',
  text: `
select exists (
  select from scheduled_jobs job join brands brand on brand.id = job.brand_id
  where brand.organization_id = $1::uuid and ($2::uuid is null or brand.id = $2::uuid)
    and job.job_type = $3::text and job.status is distinct from 'archived'
) as found`,
}

/** Whether there is a job of the type that such a hold would be about. */
export async function hasJobToHold(database: Database, scope: HoldScope): Promise<boolean> {
  const { organizationId, brandId, jobType } = scope
  const [row] = await database.query<{ found: boolean }>(anyJobStatement, [organizationId, brandId, jobType])
  return row?.found === true
}

const insertStatement: Statement = {
  name: 'insert_hold',
  text: `
insert into holds (organization_id, brand_id, job_type, starts_at, ends_at, reason, created_by, changed_by)
values ($1::uuid, $2::uuid, $3::text, coalesce($4::timestamptz, now()), $5::timestamptz, $6::text, $7::text, $7::text)
returning id`,
}

export interface NewHold extends HoldScope {
  /** Null = now. */
  readonly startsAt: Date | null
  /** Null = until it is ended. */
  readonly endsAt: Date | null
  readonly reason: string
  readonly createdBy: string
}

/** Returns its id. Throws a check violation for one that ends before it begins. */
export async function insertHold(database: Database, hold: NewHold): Promise<string> {
  const { organizationId, brandId, jobType, startsAt, endsAt, reason, createdBy } = hold
  const values = [organizationId, brandId, jobType, startsAt, endsAt, reason, createdBy]
  const [row] = await database.query<{ id: string }>(insertStatement, values)
  if (row === undefined) throw new Error('insert_hold returned no row')
  return row.id
}

const lockStatement: Statement = { name: 'lock_hold', text: 'select id from holds where id = $1::uuid for update' }
const getStatement: Statement = {
  name: 'get_hold',
  text: `select ${columns} ${source} where hold.id = $1::uuid and hold.organization_id = $2::uuid`,
}

/** The hold of this organization, kept from other changes until the end of the transaction; null = there is none. */
export async function lockHold(database: Database, holdId: string, organizationId: string): Promise<Hold | null> {
  await database.query(lockStatement, [holdId])
  const [row] = await database.query<Hold>(getStatement, [holdId, organizationId])
  return row ?? null
}

const updateStatement: Statement = {
  name: 'update_hold',
  text: `
update holds
set ends_at = $2::timestamptz, reason = $3::text, changed_by = $4::text, changed_at = now(),
  ended_by = case when $5::boolean then $4::text end, ended_at = case when $5::boolean then now() end
where id = $1::uuid`,
}

/** Call it with the hold locked. `isEnded`: by hand, now. */
export async function updateHold(
  database: Database,
  holdId: string,
  change: Pick<Hold, 'endsAt' | 'reason' | 'changedBy'> & { readonly isEnded: boolean },
): Promise<void> {
  await database.query(updateStatement, [holdId, change.endsAt, change.reason, change.changedBy, change.isEnded])
}

/*
 * A claim locks both tables before it looks, and what it looks at is what was written by then. Locks are seen by every role, other than
 * what others are asking.
 */
const claimsStatement: Statement = {
  name: 'list_claims_under_way',
  text: `
select claim.virtualtransaction as claim
from pg_locks claim
join pg_locks look on look.virtualtransaction = claim.virtualtransaction and look.pid = claim.pid
where claim.locktype = 'relation' and claim.relation = 'scheduled_jobs'::regclass and claim.mode = 'RowExclusiveLock'
  and look.locktype = 'relation' and look.relation = 'holds'::regclass and claim.granted and claim.pid <> pg_backend_pid()
  and claim.database = (select oid from pg_database where datname = current_database())
group by 1`,
}

/** ms */
const patience = { most: 3_000, between: 10 }

/**
 * Waits until every claim that is under way has ended, at most 3 s: those that begin later see what is committed now, so after this no claim can
 * have missed it. It keeps nobody waiting, as a lock would.
 */
export async function letClaimsEnd(database: Database): Promise<void> {
  const underWay = async (): Promise<string[]> =>
    (await database.query<{ claim: string }>(claimsStatement, [])).map(({ claim }) => claim)
  let waitedFor = await underWay()
  for (let waited = 0; waitedFor.length > 0 && waited < patience.most; waited += patience.between) {
    await delay(patience.between)
    const now = new Set(await underWay())
    waitedFor = waitedFor.filter((claim) => now.has(claim))
  }
}

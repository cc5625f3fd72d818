import type { StoredDue } from '../../shared/due.ts'
import type { Database, Statement } from './database.ts'

/** A brand with everything that Admin shows of it. */
export interface AdministeredBrand {
  readonly id: string
  readonly name: string
  /** Null = in use. */
  readonly archivedAt: Date | null
  readonly archivedBy: string | null
  readonly activeJobs: number
  readonly groups: readonly string[]
  readonly accounts: readonly {
    readonly accountId: string
    readonly name: string | null
    readonly isPrimary: boolean
    readonly currency: string | null
    readonly timeZone: string | null
  }[]
  readonly policies: readonly (StoredDue & {
    readonly dataset: string
    /** Null: only a warning age or a due time is its own. */
    readonly maxAgeHours: number | null
    /** As JSON has it: with the offset, to the microsecond. */
    readonly changedAt: string
  })[]
  readonly searches: readonly {
    readonly id: string
    readonly terms: string
    readonly pageIds: readonly string[]
    readonly countries: readonly string[]
  }[]
}

const listStatement: Statement = {
  name: 'list_administered_brands',
  text: `
select brand.id, brand.name, brand.archived_at as "archivedAt", brand.archived_by as "archivedBy",
  (select count(*) from scheduled_jobs job where job.brand_id = brand.id and job.status = 'active') as "activeJobs",
  array(select carried.name from brand_groups carried where carried.brand_id = brand.id order by carried.group_key) as groups,
  coalesce((
    select json_agg(json_build_object(
      'accountId', account.meta_ad_account_id, 'name', account.account_name,
      'isPrimary', coalesce(account.is_primary, false), 'currency', account.currency, 'timeZone', account.time_zone
    ) order by coalesce(account.is_primary, false) desc, account.meta_ad_account_id)
    from brand_ad_accounts account where account.brand_id = brand.id
  ), '[]') as accounts,
  coalesce((
    select json_agg(json_build_object(
      'dataset', policy.dataset_key, 'maxAgeHours', policy.max_age_hours, 'changedAt', policy.changed_at,
      'dueDays', policy.due_days, 'dueAt', to_char(policy.due_at, 'HH24:MI'), 'dueZone', policy.due_zone
    ) order by policy.dataset_key)
    from dataset_policies policy where policy.brand_id = brand.id
  ), '[]') as policies,
  coalesce((
    select json_agg(json_build_object(
      'id', search.id, 'terms', search.terms, 'pageIds', search.page_ids, 'countries', search.countries
    ) order by search.created_at, search.id)
    from brand_library_searches search where search.brand_id = brand.id
  ), '[]') as searches
from brands brand
where brand.organization_id = $1::uuid
order by brand.archived_at is not null, lower(brand.name), brand.id
limit $2::integer`,
}

/** Those in use first, by name. */
export async function listAdministeredBrands(
  database: Database,
  organizationId: string,
  limit: number,
): Promise<AdministeredBrand[]> {
  return database.query<AdministeredBrand>(listStatement, [organizationId, limit])
}

const renameStatement: Statement = {
  name: 'rename_brand',
  text: `update brands set name = $2::text where id = $1::uuid`,
}

/** Throws a unique violation where an older schema forbids two brands of one name. */
export async function renameBrand(database: Database, brandId: string, name: string): Promise<void> {
  await database.query(renameStatement, [brandId, name])
}

export interface HeldBrand {
  readonly id: string
  readonly name: string
  readonly organizationId: string
  readonly isArchived: boolean
  /** Jobs that were paused when it was put away. */
  readonly pausedJobs: readonly string[]
}

const holdStatement: Statement = {
  name: 'hold_brand',
  text: `
select id, name, organization_id as "organizationId", archived_at is not null as "isArchived",
  coalesce(paused_jobs, '{}') as "pausedJobs"
from brands where id = $1::uuid for update`,
}

/** The brand, held against changes until the end of the transaction; null = there is none. */
export async function holdBrand(database: Database, brandId: string): Promise<HeldBrand | null> {
  const [brand] = await database.query<HeldBrand>(holdStatement, [brandId])
  return brand ?? null
}

const stateStatement: Statement = {
  name: 'hold_brand_state',
  text: `select id, name, archived_at is not null as "isArchived" from brands where id = $1::uuid for key share`,
}

/** The brand, held against being put away or brought back, not against other changes; null = there is none. */
export async function holdBrandState(
  database: Database,
  brandId: string,
): Promise<Pick<HeldBrand, 'id' | 'name' | 'isArchived'> | null> {
  const [brand] = await database.query<Pick<HeldBrand, 'id' | 'name' | 'isArchived'>>(stateStatement, [brandId])
  return brand ?? null
}

const archiveStatement: Statement = {
  name: 'archive_brand',
  text: `
update brands set archived_at = now(), archived_by = $2::text,
  paused_jobs = array(
    select job.id from scheduled_jobs job
    where job.brand_id = $1::uuid and job.status = 'active'
      and (job.schedule_type = 'recurring' or job.next_run_at is not null or job.current_run_id is not null)
      -- What an interrupted restore did not come to is still to be resumed.
      or job.brand_id = $1::uuid and job.id = any (brands.paused_jobs)
  )
where id = $1::uuid
returning paused_jobs as jobs`,
}

/** Puts it away. Returns its active jobs, which are to be paused; not dead ones (J5), which would run when they are resumed. */
export async function archiveBrand(database: Database, brandId: string, operator: string): Promise<readonly string[]> {
  const [row] = await database.query<{ jobs: string[] }>(archiveStatement, [brandId, operator])
  return row?.jobs ?? []
}

const restoreStatement: Statement = {
  name: 'restore_brand',
  text: `update brands set archived_at = null, archived_by = null where id = $1::uuid`,
}

/** Its paused jobs stay on record until they are resumed. */
export async function restoreBrand(database: Database, brandId: string): Promise<void> {
  await database.query(restoreStatement, [brandId])
}

const resumedStatement: Statement = {
  name: 'forget_paused_jobs',
  text: `update brands set paused_jobs = null where id = $1::uuid and archived_at is null`,
}

/** Every one of them has been resumed, unless the brand has been put away again. */
export async function forgetPausedJobs(database: Database, brandId: string): Promise<void> {
  await database.query(resumedStatement, [brandId])
}

const lockStatement: Statement = {
  name: 'lock_brands_of_organization',
  text: `select id from organizations where id = $1::uuid for no key update`,
}

/**
 * Two changes to the brands of one organization come one after the other; rows that name the organization are added meanwhile. Held before
 * any of its brands is, or two of them wait for each other.
 */
export async function lockBrandsOf(database: Database, organizationId: string): Promise<void> {
  await database.query(lockStatement, [organizationId])
}

const ownersStatement: Statement = {
  name: 'list_account_owners',
  text: `
select regexp_replace(account.meta_ad_account_id, '^act_', '') as "accountId", account.brand_id as "brandId",
  account.account_name as name, coalesce(account.is_primary, false) as "isPrimary"
from brand_ad_accounts account
where regexp_replace(account.meta_ad_account_id, '^act_', '') = any($1::text[])`,
}

/** Which brands, of whatever organization, have these accounts (without `act_`). */
export async function listAccountOwners(
  database: Database,
  accountIds: readonly string[],
): Promise<
  {
    readonly accountId: string
    readonly brandId: string
    readonly name: string | null
    readonly isPrimary: boolean
  }[]
> {
  return database.query(ownersStatement, [accountIds])
}

import type { Database, Statement } from './database.ts'

export interface BrandAdAccount {
  /** As it was written: with or without `act_`. */
  readonly accountId: string
  readonly name: string | null
  readonly isPrimary: boolean
  /** ISO 4217; null = Meta has not been asked yet. */
  readonly currency: string | null
  /** IANA name; null = Meta has not been asked yet. */
  readonly timeZone: string | null
  /**
   * Another brand has the same account and had it first. A row of performance has one brand, so only the first may sync
   * it.
   */
  readonly isTaken: boolean
}

/** `act_1` and `1` are the same account. */
const bareId = (column: string): string => `regexp_replace(${column}, '^act_', '')`

const listStatement: Statement = {
  name: 'list_brand_ad_accounts',
  text: `
select account.meta_ad_account_id as "accountId", account.account_name as name,
  coalesce(account.is_primary, false) as "isPrimary", account.currency, account.time_zone as "timeZone",
  exists (
    select from brand_ad_accounts other
    where ${bareId('other.meta_ad_account_id')} = ${bareId('account.meta_ad_account_id')}
      and other.brand_id <> account.brand_id
      and (coalesce(other.created_at, '-infinity'), other.id) < (coalesce(account.created_at, '-infinity'), account.id)
  ) as "isTaken"
from brand_ad_accounts account
where account.brand_id = $1::uuid
order by coalesce(account.is_primary, false) desc, account.meta_ad_account_id`,
}

/** Of one brand, the primary one first. */
export async function listBrandAdAccounts(database: Database, brandId: string): Promise<BrandAdAccount[]> {
  return database.query<BrandAdAccount>(listStatement, [brandId])
}

const foreignStatement: Statement = {
  name: 'is_ad_account_of_other_organization',
  text: `
select exists (
  select from brand_ad_accounts other
  join brands brand on brand.id = other.brand_id
  where ${bareId('other.meta_ad_account_id')} = ${bareId('$2::text')} and brand.organization_id <> $1::uuid
) as "isForeign"`,
}

/** Whether a brand of another organization has the account, archived or not. */
export async function isAccountOfOthers(database: Database, organizationId: string, account: string): Promise<boolean> {
  const [row] = await database.query<{ isForeign: boolean }>(foreignStatement, [organizationId, account])
  return row?.isForeign ?? false
}

const linkStatement: Statement = {
  name: 'link_brand_ad_account',
  text: `
with others as (
  update brand_ad_accounts set is_primary = false
  where $4::boolean and brand_id = $1::uuid and meta_ad_account_id <> $2::text and is_primary
)
insert into brand_ad_accounts (brand_id, meta_ad_account_id, account_name, is_primary)
values (
  $1::uuid, $2::text, $3::text,
  $4::boolean or not exists (select from brand_ad_accounts where brand_id = $1::uuid)
)
on conflict (brand_id, meta_ad_account_id) do update
set account_name = coalesce(excluded.account_name, brand_ad_accounts.account_name),
  is_primary = $4::boolean or brand_ad_accounts.is_primary`,
}

/** Links an account to a brand, or changes how. The first account of a brand is its primary one; there is one at most. */
export async function linkBrandAdAccount(
  database: Database,
  account: {
    readonly brandId: string
    readonly accountId: string
    readonly name: string | null
    readonly isPrimary: boolean
  },
): Promise<void> {
  await database.query(linkStatement, [account.brandId, account.accountId, account.name, account.isPrimary])
}

const unlinkStatement: Statement = {
  name: 'unlink_brand_ad_account',
  text: `
delete from brand_ad_accounts
where brand_id = $1::uuid and regexp_replace(meta_ad_account_id, '^act_', '') = regexp_replace($2::text, '^act_', '')
returning meta_ad_account_id as "accountId", account_name as name, coalesce(is_primary, false) as "isPrimary"`,
}

/** Takes an account away from a brand; null = it did not have it. What was synced from it stays. */
export async function unlinkBrandAdAccount(
  database: Database,
  brandId: string,
  accountId: string,
): Promise<Pick<BrandAdAccount, 'accountId' | 'name' | 'isPrimary'> | null> {
  const [row] = await database.query<Pick<BrandAdAccount, 'accountId' | 'name' | 'isPrimary'>>(unlinkStatement, [
    brandId,
    accountId,
  ])
  return row ?? null
}

const confirmStatement: Statement = {
  name: 'confirm_brand_ad_account',
  text: `
update brand_ad_accounts
set account_name = coalesce(account_name, $3::text), currency = $4::text, time_zone = $5::text, confirmed_at = now()
where brand_id = $1::uuid and meta_ad_account_id = $2::text`,
}

/** Keeps what Meta says about an account. A name that a person gave it stays. */
export async function confirmBrandAdAccount(
  database: Database,
  brandId: string,
  accountId: string,
  facts: { readonly name: string; readonly currency: string; readonly timeZone: string },
): Promise<void> {
  await database.query(confirmStatement, [brandId, accountId, facts.name, facts.currency, facts.timeZone])
}

import type { Database, Statement } from './database.ts'

const ofGroupStatement: Statement = {
  name: 'list_brands_of_group',
  text: `
select carried.brand_id as id
from brand_groups carried
join brands brand on brand.id = carried.brand_id
where carried.group_key = $2::text and ($1::uuid is null or brand.organization_id = $1::uuid)`,
}

/** Ids of the brands that carry a group, those that were put away too; `key` as `groupKey` makes it. Without an organization: of all. */
export async function listBrandsOfGroup(
  database: Database,
  organizationId: string | null,
  key: string,
): Promise<string[]> {
  const rows = await database.query<{ id: string }>(ofGroupStatement, [organizationId, key])
  return rows.map(({ id }) => id)
}

export interface NamedGroup {
  readonly key: string
  readonly name: string
  /** Of those in use. */
  readonly brands: number
}

const groupsStatement: Statement = {
  name: 'list_groups',
  text: `
select carried.group_key as key, min(carried.name) as name,
  count(*) filter (where brand.archived_at is null) as brands
from brand_groups carried
join brands brand on brand.id = carried.brand_id
where ($1::uuid is null or brand.organization_id = $1::uuid)
group by carried.group_key
order by carried.group_key`,
}

/** Every group that a brand of the organization, or of any, carries. */
export async function listGroups(database: Database, organizationId: string | null): Promise<NamedGroup[]> {
  return database.query<NamedGroup>(groupsStatement, [organizationId])
}

export interface CarriedGroup {
  readonly brandId: string
  readonly key: string
  readonly name: string
}

const ofBrandsStatement: Statement = {
  name: 'list_groups_of_brands',
  text: `
select brand_id as "brandId", group_key as key, name
from brand_groups
where brand_id = any ($1::uuid[])
order by brand_id, group_key`,
}

/** What these brands carry, by brand and group. */
export async function listGroupsOfBrands(database: Database, brandIds: readonly string[]): Promise<CarriedGroup[]> {
  return brandIds.length === 0 ? [] : database.query<CarriedGroup>(ofBrandsStatement, [brandIds])
}

const addStatement: Statement = {
  name: 'add_brand_groups',
  text: `
insert into brand_groups (brand_id, group_key, name)
select * from unnest($1::uuid[], $2::text[], $3::text[])
on conflict (brand_id, group_key) do nothing`,
}

/** What a brand carries already stays as it is. */
export async function addBrandGroups(database: Database, groups: readonly CarriedGroup[]): Promise<void> {
  if (groups.length > 0) await database.query(addStatement, columnsOf(groups))
}

const removeStatement: Statement = {
  name: 'remove_brand_groups',
  text: `
delete from brand_groups carried
using unnest($1::uuid[], $2::text[]) gone (brand_id, group_key)
where carried.brand_id = gone.brand_id and carried.group_key = gone.group_key`,
}

export async function removeBrandGroups(database: Database, groups: readonly CarriedGroup[]): Promise<void> {
  if (groups.length > 0) await database.query(removeStatement, columnsOf(groups).slice(0, 2))
}

const respellStatement: Statement = {
  name: 'respell_brand_group',
  text: `
update brand_groups set name = $3::text
where brand_id = any ($1::uuid[]) and group_key = $2::text and name <> $3::text
returning brand_id as id`,
}

/** Writes a group that these brands carry in another case. Ids of the brands that had it otherwise. */
export async function respellBrandGroup(
  database: Database,
  brandIds: readonly string[],
  { key, name }: { readonly key: string; readonly name: string },
): Promise<string[]> {
  const rows = await database.query<{ id: string }>(respellStatement, [brandIds, key, name])
  return rows.map(({ id }) => id)
}

function columnsOf(groups: readonly CarriedGroup[]): string[][] {
  return [groups.map(({ brandId }) => brandId), groups.map(({ key }) => key), groups.map(({ name }) => name)]
}

const holdStatement: Statement = {
  name: 'hold_brands',
  text: `
select id, name, organization_id as "organizationId"
from brands
where id = any ($1::uuid[]) and organization_id = $2::uuid
order by id
for no key update`,
}

/** Those of these brands that are the organization's, held against changes until the end of the transaction. */
export async function holdBrandsOf(
  database: Database,
  organizationId: string,
  brandIds: readonly string[],
): Promise<{ readonly id: string; readonly name: string; readonly organizationId: string }[]> {
  return database.query(holdStatement, [brandIds, organizationId])
}

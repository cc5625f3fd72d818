import type { Database, Statement } from './database.ts'

export interface Brand {
  readonly id: string
  readonly name: string
  readonly organizationId: string
  readonly organizationName: string
}

const columns = `
  brand.id, brand.name, brand.organization_id as "organizationId", organization.name as "organizationName"`

const named = `
from brands brand
join organizations organization on organization.id = brand.organization_id`
const inOrderOfNames = `order by lower(organization.name), organization.id, lower(brand.name), brand.id`

const listStatement: Statement = {
  name: 'list_brands',
  text: `
select ${columns}
${named}
where ($1::uuid is null or brand.organization_id = $1::uuid) and brand.archived_at is null
${inOrderOfNames}`,
}

/** All brands in use, or those of one organization. */
export async function listBrands(database: Database, organizationId: string | null = null): Promise<Brand[]> {
  return database.query<Brand>(listStatement, [organizationId])
}

const archivedStatement: Statement = {
  name: 'list_archived_brands',
  text: `select ${columns} ${named} where brand.archived_at is not null ${inOrderOfNames}`,
}

/** Those that were put away. */
export async function listArchivedBrands(database: Database): Promise<Brand[]> {
  return database.query<Brand>(archivedStatement, [])
}

/** In the order of their names. */
export interface NamedBrands {
  /** The same for the same brands by the same names in the same order, with the same groups. */
  readonly version: string
  readonly brands: readonly NamedBrand[]
}

export interface NamedBrand {
  readonly id: string
  readonly name: string
  /** In the order of the alphabet. */
  readonly groups: readonly string[]
}

const inOrder = `order by lower(brand.name), brand.id`
/** Of all organizations together: summed up, they need no order. */
const groupsVersion = `(select concat_ws(' ', count(*), sum(hashtextextended(concat(carried.brand_id, carried.name), 0))) from brand_groups carried)`
/** 24 hexadecimal digits. */
const namesVersion = `left(md5(concat_ws(E'\\n', ${groupsVersion},
  string_agg(concat_ws(' ', brand.id, brand.name), E'\\n' ${inOrder}))), 24)`

const namesStatement: Statement = {
  name: 'list_brand_names',
  text: `
select ${namesVersion} as version,
  coalesce(json_agg(json_build_object(
    'id', brand.id, 'name', brand.name, 'groups', coalesce(carries.groups, '[]'::json)
  ) ${inOrder}), '[]') as brands
from brands brand
left join (
  select carried.brand_id, json_agg(carried.name order by carried.group_key) as groups
  from brand_groups carried
  group by carried.brand_id
) carries on carries.brand_id = brand.id
where brand.organization_id = $1::uuid and brand.archived_at is null`,
}

/** The brands of an organization that are in use. One row for all: a thousand of them take half as long as a row for each. */
export async function listBrandNames(database: Database, organizationId: string): Promise<NamedBrands> {
  const [named] = await database.query<NamedBrands>(namesStatement, [organizationId])
  return named ?? { version: '', brands: [] }
}

const everyNameStatement: Statement = {
  name: 'list_every_brand_name',
  text: `select id, name from brands where organization_id = $1::uuid`,
}

/** By id, also of brands that were put away: what was decided or told of them is still shown by their names. */
export async function everyBrandName(database: Database, organizationId: string): Promise<ReadonlyMap<string, string>> {
  const rows = await database.query<{ id: string; name: string }>(everyNameStatement, [organizationId])
  return new Map(rows.map(({ id, name }) => [id, name]))
}

const namesVersionStatement: Statement = {
  name: 'brand_names_version',
  text: `select ${namesVersion} as version from brands brand where brand.organization_id = $1::uuid and brand.archived_at is null`,
}

/** The version that `listBrandNames` would give now. */
export async function brandNamesVersion(database: Database, organizationId: string): Promise<string> {
  const [row] = await database.query<{ version: string }>(namesVersionStatement, [organizationId])
  return row?.version ?? ''
}

const getStatement: Statement = {
  name: 'get_brand',
  text: `
select ${columns}
${named}
where brand.id = $1::uuid`,
}

/** Null = there is none. */
export async function getBrand(database: Database, brandId: string): Promise<Brand | null> {
  const [brand] = await database.query<Brand>(getStatement, [brandId])
  return brand ?? null
}

const insertStatement: Statement = {
  name: 'insert_brand',
  text: `insert into brands (organization_id, name) values ($1::uuid, $2::text) returning id`,
}

/** Returns the id. Throws a unique violation where an older schema forbids two brands of one name. */
export async function insertBrand(database: Database, organizationId: string, name: string): Promise<string> {
  const [row] = await database.query<{ id: string }>(insertStatement, [organizationId, name])
  if (row === undefined) throw new Error('insert_brand returned no row')
  return row.id
}

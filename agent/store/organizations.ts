import type { Database, Statement } from './database.ts'

export interface Organization {
  readonly id: string
  readonly name: string
  readonly brands: number
}

const listStatement: Statement = {
  name: 'list_organizations',
  text: `
select organization.id, organization.name, count(brand.id) as brands
from organizations organization
left join brands brand on brand.organization_id = organization.id
group by organization.id
order by lower(organization.name), organization.id`,
}

export async function listOrganizations(database: Database): Promise<Organization[]> {
  return database.query<Organization>(listStatement, [])
}

const insertStatement: Statement = {
  name: 'insert_organization',
  text: `insert into organizations (name) values ($1::text) returning id`,
}

/** Returns the id. Names need not be unique. */
export async function insertOrganization(database: Database, name: string): Promise<string> {
  const [row] = await database.query<{ id: string }>(insertStatement, [name])
  if (row === undefined) throw new Error('insert_organization returned no row')
  return row.id
}

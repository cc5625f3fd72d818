import type { Database, Statement } from './database.ts'

/** What a brand wants to see of others in Meta's Ad Library. */
export interface LibrarySearchRow {
  readonly id: string
  /** Empty when pages are named. */
  readonly terms: string
  readonly pageIds: readonly string[]
  /** ISO 3166-1 alpha-2, or `ALL`. */
  readonly countries: readonly string[]
  readonly createdBy: string
  readonly createdAt: Date
}

const listStatement: Statement = {
  name: 'list_library_searches',
  text: `
select id, terms, page_ids as "pageIds", countries, created_by as "createdBy", created_at as "createdAt"
from brand_library_searches
where brand_id = $1::uuid
order by created_at, id`,
}

/** Those of a brand, the oldest first. */
export async function listLibrarySearches(database: Database, brandId: string): Promise<LibrarySearchRow[]> {
  return database.query<LibrarySearchRow>(listStatement, [brandId])
}

const addStatement: Statement = {
  name: 'add_library_search',
  text: `
insert into brand_library_searches (brand_id, terms, page_ids, countries, created_by)
values ($1::uuid, $2::text, $3::text[], $4::text[], $5::text)
on conflict do nothing
returning id`,
}

/** Returns its id; null when the brand has the same already. */
export async function addLibrarySearch(
  database: Database,
  brandId: string,
  search: Pick<LibrarySearchRow, 'terms' | 'pageIds' | 'countries' | 'createdBy'>,
): Promise<string | null> {
  const values = [brandId, search.terms, search.pageIds, search.countries, search.createdBy]
  const [row] = await database.query<{ id: string }>(addStatement, values)
  return row?.id ?? null
}

const removeStatement: Statement = {
  name: 'remove_library_search',
  text: `delete from brand_library_searches where brand_id = $1::uuid and id = $2::uuid
  returning terms, page_ids as "pageIds", countries`,
}

/** Returns what it was; null = there is none. What it has found stays. */
export async function removeLibrarySearch(
  database: Database,
  brandId: string,
  id: string,
): Promise<Pick<LibrarySearchRow, 'terms' | 'pageIds' | 'countries'> | null> {
  const [gone] = await database.query<LibrarySearchRow>(removeStatement, [brandId, id])
  return gone ?? null
}

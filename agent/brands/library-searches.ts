import { Problem } from '../../shared/errors.ts'
import type { Brand } from '../store/brands.ts'
import type { DatabasePool } from '../store/database.ts'
import { addLibrarySearch, type LibrarySearchRow, removeLibrarySearch } from '../store/library-searches.ts'
import { type Actor, insertOperatorAction } from '../store/operator-actions.ts'

type Owner = Pick<Brand, 'id' | 'organizationId'>
export type LibrarySearch = Pick<LibrarySearchRow, 'terms' | 'pageIds' | 'countries'>

/** What `template_scrape` searches the Ad Library for. Returns its id; null = the brand has it already. @throws Problem `invalid_input`. */
export async function addSearch(
  database: DatabasePool,
  actor: Actor,
  brand: Owner,
  wanted: LibrarySearch,
): Promise<string | null> {
  const search = checkSearch(wanted)
  return database.transaction(async (transaction) => {
    const id = await addLibrarySearch(transaction, brand.id, { ...search, createdBy: actor.operator })
    if (id !== null) {
      await insertOperatorAction(transaction, {
        ...about(brand),
        actor,
        action: 'brand.add_search',
        after: facts(search),
      })
    }
    return id
  })
}

/** Returns what it was; null = there is none. What it has found stays. */
export async function removeSearch(
  database: DatabasePool,
  actor: Actor,
  brand: Owner,
  searchId: string,
): Promise<LibrarySearch | null> {
  return database.transaction(async (transaction) => {
    const gone = await removeLibrarySearch(transaction, brand.id, searchId)
    if (gone === null) return null
    await insertOperatorAction(transaction, {
      ...about(brand),
      actor,
      action: 'brand.remove_search',
      before: facts(gone),
    })
    return gone
  })
}

function about({ id, organizationId }: Owner) {
  return { organizationId, subjectType: 'brand', subjectId: id, before: null, after: null } as const
}

function facts({ terms, pageIds, countries }: LibrarySearch) {
  return { terms, pageIds: [...pageIds], countries: [...countries] }
}

/** As it is stored. @throws Problem `invalid_input` */
function checkSearch(wanted: LibrarySearch): LibrarySearch {
  const terms = wanted.terms.trim()
  const pageIds = wanted.pageIds.map((id) => id.trim())
  const countries = wanted.countries.map((code) => code.trim().toUpperCase())
  const wrongPage = pageIds.find((id) => !/^\d{1,32}$/.test(id))
  const wrongCountry = countries.find((code) => !/^([A-Z]{2}|ALL)$/.test(code))
  if (wrongPage !== undefined)
    throw wrong('pageIds', wrongPage, 'Ids of pages are numbers: 106692016032144,15087023444')
  if (wrongCountry !== undefined || countries.length === 0) {
    throw wrong('countries', wrongCountry ?? '', 'Write two letters each, DE,GB, or ALL.')
  }
  if (terms.length > 100) throw wrong('terms', terms, 'Meta takes 100 characters at most.')
  if (terms === '' && pageIds.length === 0) throw wrong('terms', wanted.terms, 'Give words to search for, or pages.')
  return { terms, pageIds, countries }
}

function wrong(field: string, value: string, fix: string): Problem {
  return new Problem('invalid_input', `"${value.slice(0, 100)}" cannot be searched for.`, { field, value, fix })
}

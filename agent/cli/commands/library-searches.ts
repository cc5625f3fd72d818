import { Problem } from '../../../shared/errors.ts'
import {
  addLibrarySearch,
  type LibrarySearchRow,
  listLibrarySearches,
  removeLibrarySearch,
} from '../../store/library-searches.ts'
import { insertOperatorAction, type OperatorAction } from '../../store/operator-actions.ts'
import { cliActor } from '../actor.ts'
import type { CliContext, GlobalFlags } from '../context.ts'
import { brandNamed } from '../lookup.ts'
import { shortId } from '../output/printer.ts'
import { shellWord } from '../output/safe-text.ts'
import { withSession } from '../session.ts'

interface BrandFlags extends GlobalFlags {
  readonly brand: string
}

/** `pm brands searches --brand <name>`. */
export async function showSearches(context: CliContext, flags: BrandFlags): Promise<void> {
  await withSession(context, flags, 'read', async ({ database, print }) => {
    const brand = await brandNamed(database, flags.brand)
    const searches = await listLibrarySearches(database, brand.id)
    print.answer({ brand: { id: brand.id, name: brand.name }, searches }, () => {
      if (searches.length === 0)
        return print.line(`${brand.name} searches for nothing. Add a search: pm brands add-search`)
      print.table(columns, searches.map(cells))
    })
  })
}

const columns = [
  { title: 'words', shrinksTo: 12 },
  { title: 'pages' },
  { title: 'countries' },
  { title: 'by' },
  { title: 'id' },
]

function cells({ terms, pageIds, countries, createdBy, id }: LibrarySearchRow): string[] {
  return [terms || 'any', pageIds.join(', ') || 'any', countries.join(', '), createdBy, shortId(id)]
}

/** `pm brands add-search <words> --brand <name> --countries DE`. */
export async function addSearch(
  context: CliContext,
  words: string,
  flags: BrandFlags & { readonly countries: string; readonly pages?: string },
): Promise<void> {
  const search = checkSearch(words, flags)
  await withSession(context, flags, 'write', async ({ database, print }) => {
    const brand = await brandNamed(database, flags.brand)
    const actor = cliActor(context)
    const id = await database.transaction(async (transaction) => {
      const added = await addLibrarySearch(transaction, brand.id, { ...search, createdBy: actor.operator })
      if (added !== null) {
        await insertOperatorAction(transaction, { ...recordOf(brand, 'brand.add_search'), actor, after: search })
      }
      return added
    })
    print.answer({ id, created: id !== null }, () => {
      if (id === null) return print.line(`${brand.name} has this search already.`)
      print.line(`${brand.name} searches for it.`)
      print.line(`Next: pm run template_scrape --brand ${shellWord(brand.name)} --wait`)
    })
  })
}

/** `pm brands remove-search <id> --brand <name>`. */
export async function removeSearch(context: CliContext, text: string, flags: BrandFlags): Promise<void> {
  await withSession(context, flags, 'write', async ({ database, print }) => {
    const brand = await brandNamed(database, flags.brand)
    const wanted = text.trim().toLowerCase()
    const found = (await listLibrarySearches(database, brand.id)).filter(
      ({ id }) => wanted !== '' && id.startsWith(wanted),
    )
    const [search, ...others] = found
    if (search === undefined || others.length > 0) {
      const message =
        search === undefined ? `There is no search "${text}".` : `"${text}" could be ${found.length} searches.`
      const fix = `List them: pm brands searches --brand ${shellWord(brand.name)}`
      throw new Problem(search === undefined ? 'not_found' : 'ambiguous', message, { field: 'id', value: text, fix })
    }
    const { terms, pageIds, countries } = search
    await database.transaction(async (transaction) => {
      if (!(await removeLibrarySearch(transaction, brand.id, search.id))) return
      const action = {
        ...recordOf(brand, 'brand.remove_search'),
        before: { terms, pageIds: [...pageIds], countries: [...countries] },
      }
      await insertOperatorAction(transaction, { ...action, actor: cliActor(context) })
    })
    print.answer({ removed: search.id }, () => print.line('It is searched for no more; what it has found stays.'))
  })
}

function recordOf(
  { id, organizationId }: { readonly id: string; readonly organizationId: string },
  action: string,
): Omit<OperatorAction, 'actor'> {
  return { organizationId, action, subjectType: 'brand', subjectId: id, before: null, after: null }
}

/** @throws Problem `invalid_input` */
function checkSearch(words: string, flags: { readonly countries: string; readonly pages?: string }) {
  const terms = words.trim()
  const pageIds = partsOf(flags.pages ?? '')
  const countries = partsOf(flags.countries).map((code) => code.toUpperCase())
  const wrongPage = pageIds.find((id) => !/^\d{1,32}$/.test(id))
  const wrongCountry = countries.find((code) => !/^([A-Z]{2}|ALL)$/.test(code))
  if (wrongPage !== undefined)
    throw wrong('--pages', wrongPage, 'Ids of pages are numbers: 106692016032144,15087023444')
  if (wrongCountry !== undefined || countries.length === 0) {
    throw wrong('--countries', wrongCountry ?? flags.countries, 'Write two letters each, DE,GB, or ALL.')
  }
  if (terms.length > 100) throw wrong('words', terms, 'Meta takes 100 characters at most.')
  if (terms === '' && pageIds.length === 0) throw wrong('words', words, 'Give words to search for, or --pages.')
  return { terms, pageIds, countries }
}

function partsOf(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

function wrong(field: string, value: string, fix: string): Problem {
  return new Problem('invalid_input', `"${value.slice(0, 100)}" cannot be searched for.`, { field, value, fix })
}

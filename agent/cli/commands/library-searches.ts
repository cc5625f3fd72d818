import { Problem } from '../../../shared/errors.ts'
import { addSearch, removeSearch } from '../../brands/library-searches.ts'
import { type LibrarySearchRow, listLibrarySearches } from '../../store/library-searches.ts'
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
export async function addSearchOf(
  context: CliContext,
  words: string,
  flags: BrandFlags & { readonly countries: string; readonly pages?: string },
): Promise<void> {
  await withSession(context, flags, 'write', async ({ database, print }) => {
    const brand = await brandNamed(database, flags.brand)
    const wanted = { terms: words, pageIds: partsOf(flags.pages ?? ''), countries: partsOf(flags.countries) }
    const id = await addSearch(database, cliActor(context), brand, wanted)
    print.answer({ id, created: id !== null }, () => {
      if (id === null) return print.line(`${brand.name} has this search already.`)
      print.line(`${brand.name} searches for it.`)
      print.line(`Next: pm run template_scrape --brand ${shellWord(brand.name)} --wait`)
    })
  })
}

/** `pm brands remove-search <id> --brand <name>`. */
export async function removeSearchOf(context: CliContext, text: string, flags: BrandFlags): Promise<void> {
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
    await removeSearch(database, cliActor(context), brand, search.id)
    print.answer({ removed: search.id }, () => print.line('It is searched for no more; what it has found stays.'))
  })
}

function partsOf(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

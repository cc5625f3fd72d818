import type { JsonObject } from '../../../../shared/domain.ts'
import type { LibrarySearch } from '../../../connectors/meta/ad-library.ts'
import { StepFailure } from '../../executors/executor.ts'

/** Meta takes ten pages in one question. */
const mostPages = 10

/** What the parameters of a run ask for; null when they leave it to the brand. @throws StepFailure `invalid_parameters` */
export function searchOfParameters(parameters: JsonObject): LibrarySearch | null {
  const active = parameters['include_inactive'] === true ? 'ALL' : 'ACTIVE'
  const countries = listOf(parameters['countries'], 'ALL')
  const url = parameters['search_url']
  if (typeof url === 'string') return { ...searchOfAddress(url), active }
  const terms = typeof parameters['search_terms'] === 'string' ? parameters['search_terms'].trim() : ''
  const pageIds = listOf(parameters['page_ids'], '')
  return terms === '' && pageIds.length === 0 ? null : { terms, pageIds, countries, active }
}

function listOf(value: unknown, usual: string): string[] {
  const text = typeof value === 'string' ? value : usual
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

/** The address of a search of the Ad Library, as its page has it: the words, the page, the country. */
function searchOfAddress(text: string): Omit<LibrarySearch, 'active'> {
  const url = URL.parse(text)
  const isLibrary = url !== null && /(^|\.)facebook\.com$/.test(url.hostname) && url.pathname.startsWith('/ads/library')
  const terms = url?.searchParams.get('q')?.trim() ?? ''
  const page = url?.searchParams.get('view_all_page_id') ?? ''
  const pageIds = /^\d{1,32}$/.test(page) ? [page] : []
  if (!isLibrary || (terms === '' && pageIds.length === 0)) {
    throw new StepFailure(
      'invalid_parameters',
      'search_url must be the address of a search of the Ad Library, like https://www.facebook.com/ads/library/?country=DE&q=shoes',
    )
  }
  const country = url.searchParams.get('country') ?? ''
  return { terms, pageIds, countries: [/^[A-Z]{2}$/.test(country) ? country : 'ALL'] }
}

/** A brand may watch more pages than one question takes. */
export function questionsOf(search: LibrarySearch): LibrarySearch[] {
  if (search.pageIds.length <= mostPages) return [search]
  const parts = Array.from({ length: Math.ceil(search.pageIds.length / mostPages) }, (_, part) =>
    search.pageIds.slice(part * mostPages, (part + 1) * mostPages),
  )
  return parts.map((pageIds) => ({ ...search, pageIds }))
}

/** `"running shoes" in DE, GB`, for logs. */
export function searchInWords({ terms, pageIds, countries }: LibrarySearch): string {
  const what = [terms === '' ? '' : `"${terms}"`, pageIds.length === 0 ? '' : `pages ${pageIds.join(', ')}`]
  return `${what.filter((part) => part !== '').join(' on ')} in ${countries.join(', ')}`
}

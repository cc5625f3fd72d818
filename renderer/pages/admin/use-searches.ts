import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { AdministeredBrand } from '../../../shared/contract/admin.ts'
import { useClient, useQueries } from '../../client/context.tsx'
import { counted } from '../../components/counts.ts'
import { useRemoval } from '../../components/use-saving.ts'

export type BrandSearch = AdministeredBrand['searches'][number]

/** Adds searches of the Ad Library, and takes them away, with a way back. */
export function useSearches({ id: brandId, name }: Pick<AdministeredBrand, 'id' | 'name'>) {
  const { admin } = useClient()
  const queries = useQueries()
  const cache = useQueryClient()
  const onSettled = () => cache.invalidateQueries({ queryKey: queries.admin.key() })
  const add = useMutation(queries.admin.addLibrarySearch.mutationOptions({ onSettled }))
  const removal = useRemoval<BrandSearch>({
    remove: ({ id: searchId }) => admin.removeLibrarySearch({ brandId, searchId }),
    inWords: (search) => `${name.slice(0, 60)} no longer searches for ${searchInWords(search)}. What was found stays.`,
    undo: 'search for it again',
    bringBack: ({ id: _gone, ...search }) => admin.addLibrarySearch({ brandId, ...search }),
    backInWords: 'It is searched for again.',
    onSettled,
  })
  return { add, ...removal }
}

/** "running shoes in DE, GB" */
export function searchInWords({ terms, pageIds, countries }: Omit<BrandSearch, 'id'>): string {
  const pages = pageIds.length === 0 ? [] : [`on ${counted(pageIds.length, 'page')}`]
  const words = terms === '' ? 'all ads' : terms.slice(0, 60)
  const where = countries.length > 6 ? counted(countries.length, 'country', 'countries') : countries.join(', ')
  return [words, ...pages, 'in', where].join(' ')
}

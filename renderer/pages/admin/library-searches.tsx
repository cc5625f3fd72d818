import { ActionIcon, Button, Stack, TextInput } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import { useState } from 'react'
import type { AdministeredBrand } from '../../../shared/contract/admin.ts'
import { commandFailureOf } from '../../client/queries.ts'
import own from './admin.module.css'
import { FormButton } from './form-button.tsx'
import { searchInWords, useSearches } from './use-searches.ts'

interface SearchesProps {
  readonly brand: AdministeredBrand
  /** Why nothing can be changed now; null when it can. */
  readonly whyNot: string | null
}

/** What `template_scrape` searches Meta's Ad Library for. */
export function LibrarySearches({ brand, whyNot }: SearchesProps) {
  const { add, remove, isPending } = useSearches(brand)
  return (
    <ul className={own['things']}>
      {brand.searches.map((search) => (
        <li key={search.id}>
          <bdi title={search.pageIds.join(', ')}>{searchInWords(search)}</bdi>
          <ActionIcon
            variant="subtle"
            color="gray"
            size={24}
            disabled={whyNot !== null || isPending}
            aria-label={`Search no more for ${searchInWords(search)}, of ${brand.name}`}
            onClick={() => remove(search)}
          >
            <IconX size={12} />
          </ActionIcon>
        </li>
      ))}
      <li>
        <FormButton label={`Add search to ${brand.name}`} words="Add search" whyNot={whyNot}>
          {(close) => <SearchForm brandId={brand.id} add={add} onDone={close} />}
        </FormButton>
      </li>
    </ul>
  )
}

function SearchForm({
  brandId,
  add,
  onDone,
}: {
  brandId: string
  add: ReturnType<typeof useSearches>['add']
  onDone: () => void
}) {
  const [terms, setTerms] = useState('')
  const [pages, setPages] = useState('')
  const [countries, setCountries] = useState('')
  const isWhole = (terms.trim() !== '' || pages.trim() !== '') && countries.trim() !== ''
  const failure = add.error === null ? null : commandFailureOf(add.error)
  const faultAt = (...fields: readonly (string | null)[]): string | null =>
    failure !== null && fields.includes(failure.field) ? [failure.message, failure.fix].join(' ') : null
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        const search = { brandId, terms, pageIds: partsOf(pages), countries: partsOf(countries) }
        if (isWhole) add.mutate(search, { onSuccess: onDone })
      }}
    >
      <Stack gap="sm">
        <TextInput
          label="Words in the ad"
          data-autofocus
          value={terms}
          error={faultAt('terms')}
          onChange={(event) => setTerms(event.currentTarget.value)}
        />
        <TextInput
          label="Ids of pages"
          description="That advertise, separated by commas. Without words: all of their ads."
          value={pages}
          error={faultAt('pageIds')}
          onChange={(event) => setPages(event.currentTarget.value)}
        />
        <TextInput
          label="Countries"
          required
          description="Where the ads were shown: DE, GB or ALL."
          value={countries}
          error={faultAt('countries', null)}
          onChange={(event) => setCountries(event.currentTarget.value)}
        />
        <Button type="submit" loading={add.isPending} disabled={!isWhole}>
          Add
        </Button>
      </Stack>
    </form>
  )
}

function partsOf(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { useQueries } from '../client/context.tsx'
import type { Choice } from '../components/filters-bar.tsx'

/** Job types as choices of a filter, by their labels. */
export function useJobTypeChoices(): readonly Choice[] {
  const { data } = useQuery(useQueries().catalog.get.queryOptions())
  return useMemo(
    () =>
      (data?.jobTypes ?? [])
        .map(({ key, label }) => ({ value: key, label }))
        .toSorted((a, b) => a.label.localeCompare(b.label)),
    [data],
  )
}

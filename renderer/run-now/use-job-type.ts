import { useQuery } from '@tanstack/react-query'
import type { CatalogJobType } from '../../shared/contract/catalog.ts'
import { useQueries } from '../client/context.tsx'

/** What the catalog says of a job type; null while it is loading or when nobody knows the type. */
export function useJobType(key: string): CatalogJobType | null {
  const { data } = useQuery(useQueries().catalog.get.queryOptions())
  return data?.jobTypes.find((jobType) => jobType.key === key) ?? null
}

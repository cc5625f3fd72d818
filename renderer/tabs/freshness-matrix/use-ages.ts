import { keepPreviousData, useQueries as useManyQueries } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { DatasetFacts } from '../../../shared/contract/freshness.ts'
import { formatDuration } from '../../../shared/duration.ts'
import { useOrganizationId } from '../../app/places.ts'
import type { BoardBrand } from '../../board/board.ts'
import { useQueries } from '../../client/context.tsx'

/** Brands are asked about in blocks, so that scrolling back finds what was asked before. */
const blockSize = 40

/** The facts of the brands in view and of the block around them, by brand and dataset. Nothing is asked while nothing is wanted. */
export function useFactsInView(brands: readonly BoardBrand[], first: number, last: number, isWanted: boolean) {
  const organizationId = useOrganizationId()
  const queries = useQueries()
  const blocks = useMemo(() => {
    if (!isWanted || brands.length === 0) return []
    const from = Math.floor(first / blockSize)
    const until = Math.floor(Math.min(last, brands.length - 1) / blockSize)
    return Array.from({ length: until - from + 1 }, (_, index) => {
      const start = (from + index) * blockSize
      return brands.slice(start, start + blockSize).map(({ id }) => id)
    })
  }, [brands, first, last, isWanted])
  return useManyQueries({
    queries: blocks.map((brandIds) =>
      queries.freshness.cells.queryOptions({ input: { organizationId, brandIds }, placeholderData: keepPreviousData }),
    ),
    combine: combined,
  })
}

interface Answer {
  readonly data:
    | { readonly brands: readonly { readonly id: string; readonly datasets: readonly DatasetFacts[] }[] }
    | undefined
}

function combined(answers: readonly Answer[]): ReadonlyMap<string, ReadonlyMap<string, DatasetFacts>> {
  const brands = answers.flatMap(({ data }) => data?.brands ?? [])
  return new Map(brands.map(({ id, datasets }) => [id, new Map(datasets.map((facts) => [facts.dataset, facts]))]))
}

/** "3 h" of "3 h 12 min": a cell is narrow. */
export function shortAges(
  facts: ReadonlyMap<string, ReadonlyMap<string, DatasetFacts>>,
): ReadonlyMap<string, ReadonlyMap<string, string>> {
  return new Map(
    [...facts].map(([brandId, datasets]) => [
      brandId,
      new Map(
        [...datasets].flatMap(([key, { ageSeconds }]) =>
          ageSeconds === null ? [] : [[key, shortAge(ageSeconds)] as const],
        ),
      ),
    ]),
  )
}

function shortAge(seconds: number): string {
  return formatDuration(seconds * 1_000)
    .split(' ')
    .slice(0, 2)
    .join(' ')
}

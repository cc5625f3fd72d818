import { keepPreviousData, useQueries as useManyQueries } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { DatasetFacts } from '../../../shared/contract/freshness.ts'
import { formatDuration } from '../../../shared/duration.ts'
import { useOrganizationId } from '../../app/places.ts'
import type { BoardBrand } from '../../board/board.ts'
import { useQueries } from '../../client/context.tsx'

/** Brands are asked about in blocks, so that scrolling back finds what was asked before. Ages are small, facts are fifty times as much. */
const blockSizes = { ages: 40, facts: 4 } as const

/** The ids of the brands from `first` to `last` and of the blocks around them. */
function useBlocks(brands: readonly BoardBrand[], first: number, last: number, size: number): readonly string[][] {
  return useMemo(() => {
    if (brands.length === 0 || last < first) return []
    const from = Math.floor(first / size)
    const until = Math.floor(Math.min(last, brands.length - 1) / size)
    return Array.from({ length: until - from + 1 }, (_, index) => {
      const start = (from + index) * size
      return brands.slice(start, start + size).map(({ id }) => id)
    })
  }, [brands, first, last, size])
}

/** The ages of the brands in view, short, by brand and dataset; null while they are not shown, and nothing is asked. */
export function useAgesInView(
  brands: readonly BoardBrand[],
  { first, last }: { readonly first: number; readonly last: number },
  isShown: boolean,
): ReadonlyMap<string, ReadonlyMap<string, string>> | null {
  const organizationId = useOrganizationId()
  const queries = useQueries()
  const blocks = useBlocks(brands, first, isShown ? last : -1, blockSizes.ages)
  const ages = useManyQueries({
    queries: blocks.map((brandIds) => queries.freshness.ages.queryOptions({ input: { organizationId, brandIds } })),
    combine: shortAges,
  })
  return isShown ? ages : null
}

/** The facts of the brand that is looked at, and of those beside it, by brand and dataset. */
export function useFactsOf(brands: readonly BoardBrand[], row: number) {
  const organizationId = useOrganizationId()
  const queries = useQueries()
  const blocks = useBlocks(brands, row, row, blockSizes.facts)
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

interface AgesAnswer {
  readonly data:
    | {
        readonly datasets: readonly string[]
        readonly brands: readonly { readonly id: string; readonly ages: readonly (number | null)[] }[]
      }
    | undefined
}

/** Of an answer once: a row renders anew only when its own ages are new. */
const shortOf = new WeakMap<
  readonly (number | null)[],
  { readonly datasets: readonly string[]; readonly short: ReadonlyMap<string, string> }
>()

/** "3 h" of "3 h 12 min": a cell is narrow. */
function shortAges(answers: readonly AgesAnswer[]): ReadonlyMap<string, ReadonlyMap<string, string>> {
  return new Map(
    answers.flatMap(({ data }) =>
      (data?.brands ?? []).map(({ id, ages }) => [id, shortAgesOf(ages, data?.datasets ?? [])] as const),
    ),
  )
}

function shortAgesOf(ages: readonly (number | null)[], datasets: readonly string[]): ReadonlyMap<string, string> {
  const known = shortOf.get(ages)
  if (known?.datasets === datasets) return known.short
  const short = new Map(
    datasets.flatMap((dataset, place) => {
      const seconds = ages[place] ?? null
      return seconds === null ? [] : [[dataset, shortAge(seconds)] as const]
    }),
  )
  shortOf.set(ages, { datasets, short })
  return short
}

function shortAge(seconds: number): string {
  return formatDuration(seconds * 1_000)
    .split(' ')
    .slice(0, 2)
    .join(' ')
}

import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query'
import { useOrganizationId } from '../app/places.ts'
import type { Asking } from '../client/asking.ts'
import { useClient, useQueries } from '../client/context.tsx'
import type { Client } from '../client/door.ts'
import { useFollowClock } from '../client/now.tsx'
import type { Queries } from '../client/queries.ts'
import type { BoardBrand, BoardDataset } from './board.ts'

export interface Board {
  readonly asOf: Date
  readonly datasets: readonly BoardDataset[]
  readonly brands: readonly BoardBrand[]
}

/** The freshness of every dataset of every brand of the organization; not asked for, but where it is there already, while it is not wanted. */
export function useBoard({ isWanted = true }: { readonly isWanted?: boolean } = {}) {
  const organizationId = useOrganizationId()
  const [client, queries, cache] = [useClient(), useQueries(), useQueryClient()]
  const board = useQuery({ ...boardOf({ client, queries, cache }, organizationId), enabled: isWanted })
  useFollowClock(board.data?.asOf)
  return board
}

/** Asked before it is shown. */
export function askBoard(asking: Asking): Promise<unknown>[] {
  return [asking.cache.query(boardOf(asking, asking.place.organizationId))]
}

function boardOf(by: Omit<Asking, 'place'>, organizationId: string) {
  return {
    queryKey: by.queries.freshness.board.key({ input: { organizationId }, type: 'query' }),
    queryFn: ({ signal }: { signal: AbortSignal }) => readBoard(by, organizationId, signal),
  }
}

/** The brands are there already, or on their way: every page lists them. Only when they have changed meanwhile they come with the board. */
export async function readBoard(
  { client, queries, cache }: { client: Client; queries: Pick<Queries, 'session'>; cache: QueryClient },
  organizationId: string,
  signal: AbortSignal,
): Promise<Board> {
  const ofBrands = queries.session.brands.queryOptions({ input: { organizationId } })
  const [cells, known] = await Promise.all([
    client.freshness.board({ organizationId, withBrands: false }, { signal }),
    cache.query({ ...ofBrands, staleTime: 'static' }),
  ])
  if (known.version === cells.brandsVersion) return joined(cells, known.brands)
  const whole = await client.freshness.board({ organizationId }, { signal })
  const brands = whole.brands ?? []
  cache.setQueryData(ofBrands.queryKey, { version: whole.brandsVersion, brands })
  return joined(whole, brands)
}

type Answer = Awaited<ReturnType<Client['freshness']['board']>>

function joined({ asOf, datasets, cells }: Answer, brands: readonly Omit<BoardBrand, 'cells'>[]) {
  const lines = cells.split('\n')
  return { asOf, datasets, brands: brands.map((brand, index) => ({ ...brand, cells: lines[index] ?? '' })) }
}

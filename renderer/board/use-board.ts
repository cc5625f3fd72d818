import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useOrganizationId } from '../app/places.ts'
import { useClient, useQueries } from '../client/context.tsx'
import type { Client } from '../client/door.ts'
import { useFollowClock } from '../client/now.tsx'

/** States turn by the clock as well, with nobody telling; a board is small, so it is asked for anew now and then, ms. */
const clockTurnsMs = 30_000

type Board = Awaited<ReturnType<Client['freshness']['board']>>

/** The freshness of every dataset of every brand of the organization. */
export function useBoard() {
  const organizationId = useOrganizationId()
  const client = useClient()
  const cache = useQueryClient()
  const query = useQueries().freshness.board.queryOptions({ input: { organizationId }, refetchInterval: clockTurnsMs })
  const board = useQuery({
    ...query,
    queryFn: async ({ signal }) => {
      const known = cache.getQueryData<Board>(query.queryKey)
      const knownBrands = known?.brandsVersion
      const answer = await client.freshness.board(
        { organizationId, ...(knownBrands === undefined ? {} : { knownBrands }) },
        { signal },
      )
      return withKnownBrands(answer, known)
    },
  })
  useFollowClock(board.data?.asOf)
  return board
}

/** The answer with the brands that it leaves out because they are those of the board before. */
export function withKnownBrands(answer: Board, known: Board | undefined): Board {
  if (answer.cells === null || known === undefined) return answer
  const lines = answer.cells.split('\n')
  return {
    ...answer,
    brands: known.brands.map((brand, index) => ({ ...brand, cells: lines[index] ?? '' })),
    cells: null,
  }
}

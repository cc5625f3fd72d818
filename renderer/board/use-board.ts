import { useQuery } from '@tanstack/react-query'
import { useOrganizationId } from '../app/places.ts'
import { useQueries } from '../client/context.tsx'
import { useFollowClock } from '../client/now.tsx'

/** States turn by the clock as well, with nobody telling; a board is small, so it is asked for anew now and then, ms. */
const clockTurnsMs = 30_000

/** The freshness of every dataset of every brand of the organization. */
export function useBoard() {
  const board = useQuery(
    useQueries().freshness.board.queryOptions({
      input: { organizationId: useOrganizationId() },
      refetchInterval: clockTurnsMs,
    }),
  )
  useFollowClock(board.data?.asOf)
  return board
}

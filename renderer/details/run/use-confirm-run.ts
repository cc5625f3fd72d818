import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { RunOutcome } from '../../../shared/run-decision.ts'
import { useQueries } from '../../client/context.tsx'
import { notifyDone } from '../../components/notify.ts'

export interface Confirmation {
  readonly outcome: RunOutcome
  /** Absent = the start of the run. */
  readonly doneAt?: string
  readonly records?: number
  readonly note?: string
}

/** J5: says whether a run did its work. Saying the same twice changes nothing. */
export function useConfirmRun(runId: string, onDone: () => void) {
  const queries = useQueries()
  const cache = useQueryClient()
  const { mutate, isPending, error } = useMutation(
    queries.runs.confirm.mutationOptions({
      onSuccess: ({ message }) => {
        notifyDone(message)
        onDone()
      },
      // After a refusal, too: somebody else may have said it first.
      onSettled: () =>
        Promise.all([
          cache.invalidateQueries({ queryKey: queries.runs.key() }),
          cache.invalidateQueries({ queryKey: queries.jobs.key() }),
          cache.invalidateQueries({ queryKey: queries.incidents.key() }),
        ]),
    }),
  )
  return {
    isPending,
    error,
    start: (confirmation: Confirmation) => {
      if (!isPending) mutate({ runId, ...confirmation })
    },
  }
}

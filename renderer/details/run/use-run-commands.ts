import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { JsonObject } from '../../../shared/domain.ts'
import { useQueries } from '../../client/context.tsx'
import { useIntents } from '../../client/intents.ts'
import { notifyDone, notifyFailure } from '../../components/notify.ts'
import { useIsThere } from '../../components/use-is-there.ts'
import { useJobType } from '../../run-now/use-job-type.ts'
import { useWhyNot } from '../../run-now/why-not.ts'
import type { RunAnswer } from './run-answer.ts'

/** Sends a command once: pressing again while it is on its way does nothing. What fails is told, unless it is said in place. */
export interface RunCommand<Input extends readonly unknown[]> {
  readonly isPending: boolean
  readonly error: Error | null
  readonly start: (...input: Input) => void
}

/** What says a failure where the command was given may be closed when it comes. */
function useTold(isSaidInPlace: boolean): (error: unknown) => void {
  const isThere = useIsThere()
  return (error) => {
    if (!isSaidInPlace || !isThere()) notifyFailure(error)
  }
}

/** J11. The run is still running when this returns; its agent stops it. */
export function useCancelRun(runId: string, onDone: () => void, isSaidInPlace = false): RunCommand<[]> {
  const queries = useQueries()
  const cache = useQueryClient()
  const onError = useTold(isSaidInPlace)
  const { mutate, isPending, error } = useMutation(
    queries.runs.cancel.mutationOptions({
      onError,
      onSuccess: ({ message }) => {
        notifyDone(message)
        onDone()
        return cache.invalidateQueries({ queryKey: queries.runs.key() })
      },
    }),
  )
  return {
    isPending,
    error,
    start: () => {
      if (!isPending) mutate({ runId })
    },
  }
}

/** Why the work of a run cannot be done once more; null when it can, as far as is known. */
export function useWhyNotRerun(jobType: string, rerun: RunAnswer['rerun'] | undefined): string | null {
  const known = useJobType(jobType)
  const whyNot = useWhyNot()
  if (whyNot !== null) return whyNot
  if (known?.agents.length === 0) return `No agent can run ${jobType} now.`
  if (rerun === undefined || rerun.parametersReadable) return null
  return rerun.parametersOf === 'run' ? 'Its parameters cannot be read.' : 'The parameters of its job cannot be read.'
}

/** Queues the same work again; with other parameters when some are given. */
export function useRerun(
  runId: string,
  onDone: () => void,
  isSaidInPlace = false,
): RunCommand<[parameters?: JsonObject]> {
  const queries = useQueries()
  const cache = useQueryClient()
  const onError = useTold(isSaidInPlace)
  const intents = useIntents()
  const { mutateAsync, isPending, error } = useMutation(
    queries.runs.rerun.mutationOptions({
      onError,
      onSuccess: ({ message }) => {
        notifyDone(message)
        onDone()
        return Promise.all([
          cache.invalidateQueries({ queryKey: queries.runs.key() }),
          cache.invalidateQueries({ queryKey: queries.jobs.key() }),
        ])
      },
    }),
  )
  return {
    isPending,
    error,
    start: (parameters) => {
      const work = { runId, ...(parameters === undefined ? {} : { parameters }) }
      intents.send(work, (requestId) => mutateAsync({ ...work, requestId }))
    },
  }
}

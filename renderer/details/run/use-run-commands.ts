import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { JsonObject } from '../../../shared/domain.ts'
import { useQueries } from '../../client/context.tsx'
import { useIntents } from '../../client/intents.ts'
import { notifyDone } from '../../components/notify.ts'
import { useJobType } from '../../run-now/use-job-type.ts'
import { useWhyNot } from '../../run-now/why-not.ts'
import type { RunAnswer } from './run-answer.ts'

/** Sends a command once: pressing again while it is on its way does nothing. */
export interface RunCommand<Input extends readonly unknown[]> {
  readonly isPending: boolean
  readonly error: Error | null
  readonly start: (...input: Input) => void
}

/** J11. The run is still running when this returns; its agent stops it. */
export function useCancelRun(runId: string, onDone: () => void): RunCommand<[]> {
  const queries = useQueries()
  const cache = useQueryClient()
  const { mutate, isPending, error } = useMutation(
    queries.runs.cancel.mutationOptions({
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
export function useRerun(runId: string, onDone: () => void): RunCommand<[parameters?: JsonObject]> {
  const queries = useQueries()
  const cache = useQueryClient()
  const intents = useIntents()
  const { mutateAsync, isPending, error } = useMutation(
    queries.runs.rerun.mutationOptions({
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

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useQueries } from '../../client/context.tsx'
import { useIntents } from '../../client/intents.ts'
import { notifyDone, notifyFailure } from '../../components/notify.ts'
import type { RunAnswer } from './run-answer.ts'
import { shortened } from './run-words.ts'

export type ResumeOffer = NonNullable<RunAnswer['resume']>

/** `Resume at "publish"` */
export function resumeInWords({ step }: ResumeOffer): string {
  return `Resume at "${shortened(step, 40)}"`
}

/** What it would leave out, and what it would do once more although it comes before. */
export function resumeFacts({ done, again }: ResumeOffer): string {
  const skipped = `Not done again: ${stepNames(done.map(({ step }) => step))}.`
  return again.length === 0 ? skipped : `${skipped} Done once more, because it failed: ${stepNames(again)}.`
}

function stepNames(keys: readonly string[]): string {
  return shortened(keys.map((key) => shortened(key, 60)).join(', '), 300)
}

/** Goes on with a failed run at the step at which it failed. Says itself what became of it: the menu that asked may be gone by then. */
export function useResume(runId: string, onDone: () => void = ignore) {
  const queries = useQueries()
  const cache = useQueryClient()
  const intents = useIntents()
  const { mutateAsync, isPending } = useMutation(
    queries.runs.resume.mutationOptions({
      onError: notifyFailure,
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
    start: () => intents.send({ resume: runId }, (requestId) => mutateAsync({ runId, requestId })),
  }
}

function ignore(): void {}

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useCallback } from 'react'
import type { JobAction, JobRow } from '../../shared/contract/jobs.ts'
import { useOrganizationId } from '../app/places.ts'
import { useQueries } from '../client/context.tsx'
import { notifyDone, notifyFailure, notifyUndoable } from '../components/notify.ts'
import { jobActionWords } from './job-actions.ts'
import { counted } from './job-words.ts'

type Target = Pick<JobRow, 'id' | 'name' | 'version'>

/**
 * Does one thing to some jobs and says exactly what became of it. What can be taken back offers to; the undo names no version, so that
 * it works after the change it undoes.
 */
export function useJobActions(): { act: (action: JobAction, jobs: readonly Target[]) => void; isPending: boolean } {
  const organizationId = useOrganizationId()
  const queries = useQueries()
  const cache = useQueryClient()
  const { mutate, isPending } = useMutation(
    queries.jobs.act.mutationOptions({
      onError: notifyFailure,
      onSettled: () => cache.invalidateQueries({ queryKey: queries.jobs.key() }),
    }),
  )
  const act = useCallback(
    (action: JobAction, jobs: readonly Target[]): void => {
      if (jobs.length === 0) return
      const takeBack = (undo: JobAction, changed: readonly Target[]): void =>
        mutate(
          { organizationId, action: undo, jobs: changed.map(({ id }) => ({ id })) },
          { onSuccess: ({ results }) => notifyDone(outcomeInWords(undo, changed, results)) },
        )
      mutate(
        {
          organizationId,
          action,
          jobs: jobs.map(({ id, version }) => ({ id, version })),
          requestId: crypto.randomUUID(),
        },
        { onSuccess: ({ results }) => tell(action, jobs, results, takeBack) },
      )
    },
    [mutate, organizationId],
  )
  return { act, isPending }
}

interface Result {
  readonly jobId: string
  readonly changed: boolean
  readonly message: string
  readonly refused: string | null
}

function tell(
  action: JobAction,
  jobs: readonly Target[],
  results: readonly Result[],
  takeBack: (undo: JobAction, changed: readonly Target[]) => void,
): void {
  const { undo } = jobActionWords[action]
  const changed = jobs.filter(({ id }) => results.some((result) => result.jobId === id && result.changed))
  const message = outcomeInWords(action, jobs, results)
  if (undo === null || changed.length === 0) notifyDone(message)
  else
    notifyUndoable(message, {
      label: `Undo: ${jobActionWords[undo].verb.toLowerCase()}`,
      run: () => takeBack(undo, changed),
    })
}

/** One job answers in its own words; many are counted: "11 jobs paused, 1 not: It was changed by somebody else." */
function outcomeInWords(action: JobAction, jobs: readonly Target[], results: readonly Result[]): string {
  const [only] = results
  if (results.length === 1 && only !== undefined) return only.message
  const changed = results.filter((result) => result.changed).length
  const others = results.filter((result) => !result.changed)
  const [first] = others
  const rest = first === undefined ? '' : `; ${others.length} not. The first: ${first.message}`
  return `${counted(changed, 'job')} of ${jobs.length} ${jobActionWords[action].done}${rest}`
}

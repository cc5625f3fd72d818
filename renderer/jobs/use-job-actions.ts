import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useCallback } from 'react'
import type { JobRow } from '../../shared/contract/jobs.ts'
import type { JobAction } from '../../shared/domain.ts'
import { useAsk } from '../app/ask.tsx'
import { useOrganizationId } from '../app/places.ts'
import { useClient, useQueries } from '../client/context.tsx'
import { sendInBlocks } from '../client/in-blocks.ts'
import { useIntents } from '../client/intents.ts'
import { notifyDone, notifyFailure, notifyUndoable } from '../components/notify.ts'
import { jobActionWords } from './job-actions.ts'
import { brandOfJob, counted } from './job-words.ts'

type Target = Pick<JobRow, 'id' | 'version'>

interface Command {
  readonly requestId: string
  readonly action: JobAction
  readonly jobs: readonly { id: string; version?: number }[]
  /** Takes back what was done before. */
  readonly undo?: boolean
  readonly onSent?: ((left: string[]) => void) | undefined
}

/**
 * Does one thing to some jobs and says exactly what became of it. What can be taken back offers to; the undo names no version, so that
 * it works after the change it undoes.
 */
export function useJobActions(): {
  /** `onSent`: once there is an answer, with the ids of those that could not be sent any more. */
  readonly act: (action: JobAction, jobs: readonly Target[], onSent?: (left: string[]) => void) => void
  readonly isPending: boolean
} {
  const organizationId = useOrganizationId()
  const client = useClient()
  const queries = useQueries()
  const cache = useQueryClient()
  const intents = useIntents()
  const options = {
    mutationFn: ({ requestId, action, jobs, undo = false }: Command) =>
      sendInBlocks(jobs, (block) => client.jobs.act({ organizationId, action, jobs: block, undo, requestId })),
    onError: notifyFailure,
    onSettled: () => cache.invalidateQueries({ queryKey: queries.jobs.key() }),
  }
  const { mutate: takeBack } = useMutation({
    ...options,
    onSuccess: ({ results, failure }, { action }) => {
      notifyDone(outcomeInWords(action, results))
      if (failure !== null) notifyFailure(failure)
    },
  })
  // What is said is said here, not where `mutate` is called: the menu or bar that asked may be gone by then.
  const { mutateAsync, isPending } = useMutation({
    ...options,
    onSuccess: ({ results, failure }, { action, jobs, onSent }) => {
      onSent?.(jobs.slice(results.length).map(({ id }) => id))
      tell(action, results, (undo, changed) =>
        takeBack({ requestId: crypto.randomUUID(), action: undo, jobs: changed, undo: true }),
      )
      if (failure !== null) notifyFailure(failure)
    },
  })
  const act = useCallback(
    (action: JobAction, jobs: readonly Target[], onSent?: (left: string[]) => void): void => {
      if (jobs.length === 0) return
      const work = { action, jobs: jobs.map(({ id, version }) => ({ id, version })) }
      intents.send(work, (requestId) => mutateAsync({ ...work, requestId, onSent }))
    },
    [intents, mutateAsync],
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
  results: readonly Result[],
  takeBack: (undo: JobAction, jobs: { id: string }[]) => void,
): void {
  const { undo } = jobActionWords[action]
  const changed = results.filter((result) => result.changed).map(({ jobId }) => ({ id: jobId }))
  const message = outcomeInWords(action, results)
  if (undo === null || changed.length === 0) notifyDone(message)
  else {
    notifyUndoable(message, {
      label: `Undo: ${jobActionWords[undo].verb.toLowerCase()}`,
      run: () => takeBack(undo, changed),
    })
  }
}

/** One job answers in its own words; many are counted: "11 of 12 jobs paused; 1 not. The first: It was changed by somebody else." */
function outcomeInWords(action: JobAction, results: readonly Result[]): string {
  const [only] = results
  if (results.length === 1 && only !== undefined) return only.message
  const others = results.filter((result) => !result.changed)
  const [first] = others
  const rest = first === undefined ? '.' : `; ${others.length.toLocaleString()} not. The first: ${first.message}`
  const changed = (results.length - others.length).toLocaleString()
  return `${changed} of ${counted(results.length, 'job')} ${jobActionWords[action].done}${rest}`
}

/** As above, for one job; what cannot be taken back is asked for first. */
export function useJobAction(): (action: JobAction, job: JobRow) => void {
  const { act } = useJobActions()
  const ask = useAsk()
  return useCallback(
    (action, job) => {
      if (action !== 'cancel') return act(action, [job])
      return ask({
        question: `Cancel the run of ${job.name} for ${brandOfJob(job)}? Its agent stops the step in progress.`,
        yes: 'Cancel run',
        no: 'Keep running',
        isDangerous: true,
        onYes: () => act(action, [job]),
      })
    },
    [act, ask],
  )
}

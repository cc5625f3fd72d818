import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useCallback } from 'react'
import type { JobRow } from '../../shared/contract/jobs.ts'
import type { JobAction } from '../../shared/domain.ts'
import { useAsk } from '../app/ask.tsx'
import { useOrganizationId } from '../app/places.ts'
import { useClient, useQueries } from '../client/context.tsx'
import { sendInBlocks } from '../client/in-blocks.ts'
import { useIntents } from '../client/intents.ts'
import { counted } from '../components/counts.ts'
import { notifyFailure, notifyOutcomes } from '../components/notify.ts'
import { leftOf, type Outcome } from '../components/outcome-words.ts'
import { jobActionWords } from './job-actions.ts'
import { brandOfJob } from './job-words.ts'

type Target = Pick<JobRow, 'id' | 'version' | 'name' | 'brand'>
type Undone = Omit<Target, 'version'>

interface Command {
  readonly requestId: string
  readonly action: JobAction
  readonly jobs: readonly (Undone & { readonly version?: number })[]
  /** Takes back what was done before. */
  readonly undo?: boolean
  readonly onDone?: ((left: string[]) => void) | undefined
}

/**
 * Does one thing to some jobs and says exactly what became of it. What can be taken back offers to; the undo names no version, so that
 * it works after the change it undoes.
 */
export function useJobActions(): {
  /** `onDone`: once there is an answer, with the ids of those that were refused or could not be sent any more. */
  readonly act: (action: JobAction, jobs: readonly Target[], onDone?: (left: string[]) => void) => void
  readonly isPending: boolean
} {
  const organizationId = useOrganizationId()
  const client = useClient()
  const queries = useQueries()
  const cache = useQueryClient()
  const intents = useIntents()
  const options = {
    mutationFn: ({ requestId, action, jobs, undo = false }: Command) =>
      sendInBlocks(
        jobs.map(({ id, version }) => ({ id, version })),
        (block) => client.jobs.act({ organizationId, action, jobs: block, undo, requestId }),
      ),
    onError: notifyFailure,
    onSettled: () => cache.invalidateQueries({ queryKey: queries.jobs.key() }),
  }
  const { mutate: takeBack } = useMutation({
    ...options,
    onSuccess: ({ results, failure }, { action, jobs }) => {
      tell(action, outcomesOf(results, jobs), null)
      if (failure !== null) notifyFailure(failure)
    },
  })
  // What is said is said here, not where `mutate` is called: the menu or bar that asked may be gone by then.
  const { mutateAsync, isPending } = useMutation({
    ...options,
    onSuccess: ({ results, failure }, { action, jobs, onDone }) => {
      const outcomes = outcomesOf(results, jobs)
      onDone?.(leftOf(jobs, outcomes))
      tell(action, outcomes, (undo, ids) => {
        const changed = jobs.filter(({ id }) => ids.has(id)).map(({ version: _seen, ...job }) => job)
        takeBack({ requestId: crypto.randomUUID(), action: undo, jobs: changed, undo: true })
      })
      if (failure !== null) notifyFailure(failure)
    },
  })
  const act = useCallback(
    (action: JobAction, jobs: readonly Target[], onDone?: (left: string[]) => void): void => {
      if (jobs.length === 0) return
      const what = [action, ...jobs.map(({ id, version }) => [id, version])]
      intents.send(what, (requestId) => mutateAsync({ requestId, action, jobs, onDone }))
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

function outcomesOf(results: readonly Result[], jobs: readonly Undone[]): Outcome[] {
  const asked = new Map(jobs.map((job) => [job.id, job]))
  return results.map(({ jobId, changed, message, refused }) => {
    const job = asked.get(jobId)
    const name = job === undefined ? jobId : `${job.name} for ${brandOfJob(job)}`
    const result = changed ? 'done' : refused === null ? 'same' : 'refused'
    return { id: jobId, name, result, message, ...(job === undefined ? {} : { subject: job.name }) }
  })
}

/** `takeBack` null: it was taken back just now. */
function tell(
  action: JobAction,
  outcomes: readonly Outcome[],
  takeBack: ((undo: JobAction, changed: ReadonlySet<string>) => void) | null,
): void {
  const { undo, done } = jobActionWords[action]
  notifyOutcomes(outcomes, {
    counted: (count) => counted(count, 'job'),
    done,
    undo:
      undo === null || takeBack === null
        ? null
        : { verb: jobActionWords[undo].verb, run: (changed) => takeBack(undo, changed) },
  })
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

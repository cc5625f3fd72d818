import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useCallback } from 'react'
import type { JobRow } from '../../shared/contract/jobs.ts'
import type { JobAction } from '../../shared/domain.ts'
import { useAsk } from '../app/ask.tsx'
import { useOrganizationId } from '../app/places.ts'
import { useClient, useQueries, useUnanswered } from '../client/context.tsx'
import { type SentInBlocks, sendInBlocks } from '../client/in-blocks.ts'
import { useIntents } from '../client/intents.ts'
import { commandFailureOf, mayBeDone } from '../client/queries.ts'
import { counted } from '../components/counts.ts'
import { notifyFailure, notifyOutcomes } from '../components/notify.ts'
import { leftOf, type Outcome } from '../components/outcome-words.ts'
import { decidesNotDone, jobActionWords, mayBeTwice } from './job-actions.ts'
import { brandOfJob } from './job-words.ts'

type Target = Pick<JobRow, 'id' | 'version' | 'name' | 'brand'> & Partial<Pick<JobRow, 'lastRun'>>
type Undone = Omit<Target, 'version'>

interface Command {
  readonly requestId: string
  readonly action: JobAction
  readonly jobs: readonly (Undone & { readonly version?: number })[]
  /** Takes back what was done before. */
  readonly undo?: boolean
  /** The person was asked, and says that the last run has not done its work. */
  readonly notDone?: boolean
  readonly onDone?: ((left: string[]) => void) | undefined
}

/** Refusals after which a job may be done all the same: the agent itself does not know. */
const doubtful: ReadonlySet<string> = new Set(['INTERNAL_SERVER_ERROR', 'DATABASE_UNREACHABLE'])

/**
 * Does one thing to some jobs and says exactly what became of it. What can be taken back offers to; the undo names no version, so that
 * it works after the change it undoes.
 */
export function useJobActions(): {
  /** What may be done twice was asked about before. `onDone`: once there is an answer, with the ids of those that were refused or could not be sent any more. */
  readonly act: (action: JobAction, jobs: readonly Target[], onDone?: (left: string[]) => void) => void
  readonly isPending: boolean
} {
  const organizationId = useOrganizationId()
  const queries = useQueries()
  const cache = useQueryClient()
  const intents = useIntents()
  const options = {
    mutationFn: useSend(organizationId),
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
      intents.send(what, (requestId) =>
        mutateAsync({ requestId, action, jobs, notDone: decidesNotDone(action, jobs), onDone }),
      )
    },
    [intents, mutateAsync],
  )
  return { act, isPending }
}

/** A job is asked for under the id of which nobody has answered whether it was done, whatever it is chosen together with now. */
function useSend(organizationId: string): (command: Command) => Promise<SentInBlocks<Result>> {
  const client = useClient()
  const unanswered = useUnanswered()
  return ({ requestId: fresh, action, jobs, undo = false, notDone = false }) => {
    const keyOf = (jobId: string): string => `${action} ${jobId}`
    const requestIdOf = ({ id }: { readonly id: string }): string => unanswered.idOf(keyOf(id), fresh)
    const send = async (block: { id: string; version: number | undefined }[]): Promise<{ results: Result[] }> => {
      const requestId = block[0] === undefined ? fresh : requestIdOf(block[0])
      const all = block.map(({ id }) => keyOf(id))
      try {
        const answer = await client.jobs.act({ organizationId, action, jobs: block, undo, notDone, requestId })
        unanswered.remove(all)
        const inDoubt = answer.results.filter(({ refused }) => refused !== null && doubtful.has(refused))
        unanswered.add(
          inDoubt.map(({ jobId }) => keyOf(jobId)),
          requestId,
        )
        return answer
      } catch (error) {
        if (mayBeDone(commandFailureOf(error))) unanswered.add(all, requestId)
        else unanswered.remove(all)
        throw error
      }
    }
    return sendInBlocks(
      jobs.map(({ id, version }) => ({ id, version })),
      send,
      requestIdOf,
    )
  }
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
        : { verb: () => jobActionWords[undo].verb, run: (changed) => takeBack(undo, changed) },
  })
}

/** As above, for one job; what cannot be taken back, and what may be done twice, is asked for first. */
export function useJobAction(): (action: JobAction, job: JobRow) => void {
  return useAskFirst(useJobActions().act)
}

/** As above, by an `act` that is there. */
export function useAskFirst(act: ReturnType<typeof useJobActions>['act']): (action: JobAction, job: JobRow) => void {
  const ask = useAsk()
  return useCallback(
    (action, job) => {
      const question = questionOf(action, job)
      const onYes = (): void => act(action, [job])
      return question === null ? onYes() : ask({ ...question, isDangerous: true, onYes })
    },
    [act, ask],
  )
}

function questionOf(action: JobAction, job: JobRow): { question: string; yes: string; no: string } | null {
  const name = `${job.name} for ${brandOfJob(job)}`
  if (action === 'cancel') {
    const question = `Cancel the run of ${name}? Its agent stops the step in progress.`
    return { question, yes: 'Cancel run', no: 'Keep running' }
  }
  if (jobActionWords[action].looksFirst(job) === null) return null
  const question = `Retry ${name}? ${mayBeTwice}`
  return { question, yes: 'Retry all the same', no: 'Leave it' }
}

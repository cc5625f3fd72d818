import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { JobRow } from '../../../../shared/contract/jobs.ts'
import { useOrganizationId } from '../../../app/places.ts'
import { useClient, useQueries } from '../../../client/context.tsx'
import { type CallFailure, commandFailureOf, failureOf, mayBeDone } from '../../../client/queries.ts'
import { notifyDone, notifyFailure, notifyUndoable } from '../../../components/notify.ts'
import { useTellIfGone } from '../../../components/use-is-there.ts'
import type { Draft } from './draft.ts'
import { createInput, differences, updateInput, valuesOf } from './schedule-values.ts'

export interface SaveSchedule {
  readonly isPending: boolean
  readonly failure: CallFailure | null
  /** What somebody else saved meanwhile; null = nobody did. */
  readonly theirs: JobRow | null
  /** `jobId` null = a new one. Does nothing while one is on its way. */
  readonly save: (jobId: string | null, draft: Draft) => void
  /** The conflict is settled, or what was refused is being corrected. */
  readonly settle: () => void
}

interface Attempt {
  readonly jobId: string | null
  readonly draft: Draft
}

/**
 * Saves a draft; what was saved can be taken back. A conflict is looked into before anybody is bothered with it. `onUnanswered`: whether there
 * is a new schedule now is not known.
 */
export function useSaveSchedule(onSaved: (job: JobRow) => void, onUnanswered: (draft: Draft) => void): SaveSchedule {
  const organizationId = useOrganizationId()
  const queries = useQueries()
  const client = useClient()
  const cache = useQueryClient()
  const [theirs, setTheirs] = useState<JobRow | null>(null)
  const takeBack = useTakeBack()
  const tellIfGone = useTellIfGone()
  const create = useMutation(queries.schedules.create.mutationOptions())
  const update = useMutation(queries.schedules.update.mutationOptions())

  const current = async (jobId: string): Promise<JobRow> => (await client.jobs.get({ jobId })).job

  const send = async ({ jobId, draft }: Attempt): ReturnType<typeof update.mutateAsync> => {
    if (jobId === null) return create.mutateAsync(createInput(organizationId, draft.requestId, draft.values))
    try {
      return await update.mutateAsync(updateInput({ id: jobId, version: draft.version }, draft.base, draft.values))
    } catch (thrown) {
      const job = failureOf(thrown).code === 'CONFLICT' ? await current(jobId) : null
      if (job === null || job.version === draft.version) throw thrown
      // Paused, or moved by a run: nothing of what is edited here has another value.
      if (differences(draft.base, valuesOf(job)).length > 0) {
        setTheirs(job)
        throw thrown
      }
      return update.mutateAsync(updateInput(job, draft.base, draft.values))
    }
  }

  const saving = useMutation({
    mutationFn: send,
    onSuccess: ({ job, changed, message }, { jobId, draft }) => {
      if (changed) notifyUndoable(message, takeBack(jobId, draft, job))
      else notifyDone(message)
      onSaved(job)
    },
    onError: (thrown, { jobId, draft }) => {
      if (jobId === null && mayBeMade(commandFailureOf(thrown))) onUnanswered(draft)
      tellIfGone(thrown)
    },
    // Not waited for: the form of a conflict is there at once, and what is decided in it is saved at once.
    onSettled: () => {
      void cache.invalidateQueries({ queryKey: queries.jobs.key() })
      void cache.invalidateQueries({ queryKey: queries.schedules.key() })
    },
  })
  return {
    isPending: saving.isPending,
    failure: saving.error === null || theirs !== null ? null : commandFailureOf(saving.error),
    theirs,
    save: (jobId, draft) => {
      if (!saving.isPending) saving.mutate({ jobId, draft })
    },
    settle: () => {
      setTheirs(null)
      saving.reset()
    },
  }
}

/** No answer, or one that says that an earlier request with this id has made something. */
function mayBeMade(failure: CallFailure): boolean {
  return mayBeDone(failure) || (failure.code === 'CONFLICT' && failure.field === 'requestId')
}

/** Undo of creating is archiving; undo of an edit puts back what the edit changed. */
function useTakeBack(): (jobId: string | null, draft: Draft, saved: JobRow) => { label: string; run: () => void } {
  const queries = useQueries()
  const cache = useQueryClient()
  const options = {
    onSuccess: ({ message }: { message: string }) => notifyDone(message),
    onError: notifyFailure,
    onSettled: () => cache.invalidateQueries({ queryKey: queries.jobs.key() }),
  }
  const archive = useMutation(queries.jobs.archive.mutationOptions(options))
  const update = useMutation(queries.schedules.update.mutationOptions(options))
  return (jobId, draft, saved) =>
    jobId === null
      ? { label: 'Undo: archive', run: () => archive.mutate({ jobId: saved.id }) }
      : { label: 'Undo: change back', run: () => update.mutate(updateInput(saved, draft.values, draft.base)) }
}

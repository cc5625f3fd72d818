import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { TriggerView } from '../../../../shared/contract/triggers.ts'
import type { JsonObject } from '../../../../shared/domain.ts'
import { useOrganizationId, usePlace } from '../../../app/places.ts'
import { useClient, useQueries } from '../../../client/context.tsx'
import { useFollowClock } from '../../../client/now.tsx'
import { commandFailureOf } from '../../../client/queries.ts'
import { notifyDone, notifyFailure, notifyUndoable } from '../../../components/notify.ts'
import { useRemoval } from '../../../components/use-saving.ts'

export interface NewTrigger {
  readonly brandId: string
  readonly dataset: string
  /** One of the two. */
  readonly jobId: string | null
  readonly jobType: string | null
  /** Of a job type; left out: its usual ones. */
  readonly parameters?: JsonObject
  readonly debounceSeconds: number
}

/** Those of the brand or the group that the page is narrowed to, or of all. */
export function useTriggers() {
  const place = usePlace()
  const answer = useQuery(useQueries().triggers.list.queryOptions({ input: { ...place } }))
  useFollowClock(answer.data?.asOf)
  return answer
}

/** Makes one; it can be taken back. */
export function useCreateTrigger(onMade: () => void) {
  const { organizationId, calls, onSettled } = useTriggerCalls()
  const remove = useTakeAway()
  const making = useMutation({
    mutationFn: (trigger: NewTrigger) => calls.create({ organizationId, ...trigger }),
    onSuccess: ({ trigger, changed, message }) => {
      onMade()
      if (!changed) return notifyDone(message)
      notifyUndoable(message, { label: 'Undo: remove it', run: () => remove(trigger.id) })
    },
    onSettled,
  })
  return {
    create: making.mutate,
    isPending: making.isPending,
    failure: making.error === null ? null : commandFailureOf(making.error),
  }
}

function useTakeAway() {
  const { organizationId, calls, onSettled } = useTriggerCalls()
  const { mutate } = useMutation({
    mutationFn: (triggerId: string) => calls.remove({ organizationId, triggerId }),
    onSuccess: () => notifyDone('The trigger is gone again.'),
    onError: notifyFailure,
    onSettled,
  })
  return mutate
}

export interface TriggerChange {
  readonly isPaused?: boolean
  readonly debounceSeconds?: number
}

/** Changes one as it was seen; the change can be taken back as long as nobody has changed it since. */
export function useChangeTrigger() {
  const { organizationId, calls, onSettled } = useTriggerCalls()
  const write = ({ trigger, change }: { trigger: TriggerView; change: TriggerChange }) =>
    calls.update({ organizationId, triggerId: trigger.id, seenAt: trigger.changedAt.toISOString(), ...change })
  const { mutate: undo } = useMutation({
    mutationFn: write,
    onSuccess: () => notifyDone('The trigger is as it was.'),
    onError: notifyFailure,
    onSettled,
  })
  const { mutate, isPending } = useMutation({
    mutationFn: write,
    onSuccess: ({ trigger, changed, message }, { trigger: before }) => {
      if (!changed) return notifyDone(message)
      const change = { isPaused: before.pausedAt !== null, debounceSeconds: before.debounceSeconds }
      notifyUndoable(message, { label: 'Undo: change it back', run: () => undo({ trigger, change }) })
    },
    onError: notifyFailure,
    onSettled,
  })
  return { change: (trigger: TriggerView, change: TriggerChange) => mutate({ trigger, change }), isPending }
}

/** Removes one as it was seen; it can be added again. */
export function useRemoveTrigger() {
  const { organizationId, calls, onSettled } = useTriggerCalls()
  return useRemoval<TriggerView>({
    remove: ({ id: triggerId, changedAt }) =>
      calls.remove({ organizationId, triggerId, seenAt: changedAt.toISOString() }),
    inWords: ({ dataset }) => `Removed the trigger of ${dataset.slice(0, 100)}.`,
    undo: 'add it again',
    bringBack: async ({ brand, dataset, job, jobType, parameters, debounceSeconds, pausedAt }) => {
      const target = job === null ? { jobType, parameters } : { jobId: job.id }
      const made = await calls.create({ organizationId, brandId: brand.id, dataset, ...target, debounceSeconds })
      if (pausedAt !== null) await calls.update({ organizationId, triggerId: made.trigger.id, isPaused: true })
    },
    backInWords: 'The trigger is there again.',
    onSettled,
  })
}

function useTriggerCalls() {
  const organizationId = useOrganizationId()
  const { triggers: calls } = useClient()
  const queries = useQueries()
  const cache = useQueryClient()
  const onSettled = () => cache.invalidateQueries({ queryKey: queries.triggers.key() })
  return { organizationId, calls, onSettled }
}

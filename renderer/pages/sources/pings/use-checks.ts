import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { CheckAction } from '../../../../shared/contract/pings.ts'
import { useOrganizationId } from '../../../app/places.ts'
import { useClient, useQueries } from '../../../client/context.tsx'
import { failureOf } from '../../../client/queries.ts'
import { notifyDone, notifyFailure, notifyUndoable } from '../../../components/notify.ts'
import { type Check, type CheckValues, inputOf } from './check-values.ts'

interface Saving {
  /** As it was when the edit began; null for a new one. */
  readonly base: Check | null
  readonly values: CheckValues
  readonly onSaved: (checkId: string) => void
  /** Somebody saved it meanwhile; null: somebody removed it. */
  readonly onConflict: (theirs: Check | null) => void
}

/** Makes and changes checks. Nothing that somebody else saved meanwhile is overwritten. */
export function useSaveCheck() {
  const { organizationId, calls, current, onSettled } = useCheckCalls()
  const { mutate: act } = useAct()
  const saving = useMutation({
    mutationFn: ({ base, values }: Saving) =>
      calls.save({
        organizationId,
        ...(base === null ? {} : { checkId: base.id, seenAt: base.changedAt.toISOString() }),
        ...inputOf(values),
      }),
    onSuccess: ({ id, changed }, { base, values, onSaved }) => {
      onSaved(id)
      if (!changed) return notifyDone('The check is like this already.')
      if (base !== null) return notifyDone(`The check ${values.name} is saved.`)
      notifyUndoable(`${values.name} waits for its first ping.`, {
        label: 'Undo: remove it',
        run: () => act({ checkId: id, name: values.name, action: 'remove', isUndo: true }),
      })
    },
    onError: async (thrown, { base, onConflict }) => {
      const { code, field } = failureOf(thrown)
      if (base === null || (code !== 'NOT_FOUND' && field !== 'seenAt')) return
      onConflict(await current(base.id))
    },
    onSettled,
  })
  return {
    isPending: saving.isPending,
    save: (what: Saving) => {
      if (!saving.isPending) saving.mutate(what)
    },
    failure: saving.error === null ? null : failureOf(saving.error),
    /** What failed is being settled. */
    settle: saving.reset,
  }
}

interface Acting {
  readonly checkId: string
  readonly name: string
  readonly action: CheckAction
  readonly isUndo?: boolean
}

const words: Readonly<
  Record<CheckAction, { readonly done: string; readonly back: CheckAction; readonly undo: string }>
> = {
  pause: { done: 'Paused', back: 'resume', undo: 'Undo: resume it' },
  resume: { done: 'Resumed', back: 'pause', undo: 'Undo: pause it' },
  remove: { done: 'Removed', back: 'restore', undo: 'Undo: restore it' },
  restore: { done: 'Restored', back: 'remove', undo: 'Undo: remove it' },
}

/** Pauses, resumes, removes and restores; each can be taken back, and its address stays what it was. */
export function useAct() {
  const { calls, onSettled } = useCheckCalls()
  const acting = useMutation({
    mutationFn: ({ checkId, action }: Acting) => calls.act({ checkId, action }),
    onSuccess: ({ changed }, { checkId, name, action, isUndo = false }) => {
      const { done, back, undo } = words[action]
      if (!changed) return notifyDone(`${name} is so already.`)
      if (isUndo) return notifyDone(`${done} ${name}.`)
      notifyUndoable(`${done} ${name}.`, {
        label: undo,
        run: () => acting.mutate({ checkId, name, action: back, isUndo: true }),
      })
    },
    onError: notifyFailure,
    onSettled,
  })
  return { mutate: acting.mutate, isPending: acting.isPending }
}

/** Another address for a check, or another key for its brand: the one before leads nowhere then, for good. */
export function useRenew() {
  const { calls, onSettled } = useCheckCalls()
  return useMutation({
    mutationFn: (what: { readonly checkId: string } | { readonly brandId: string }) =>
      'checkId' in what ? calls.renewAddress(what) : calls.renewKey(what),
    onSuccess: () => notifyDone('The new address is there; the one before leads nowhere now.'),
    onError: notifyFailure,
    onSettled,
  })
}

function useCheckCalls() {
  const organizationId = useOrganizationId()
  const { pings: calls } = useClient()
  const queries = useQueries()
  const cache = useQueryClient()
  return {
    organizationId,
    calls,
    current: async (checkId: string): Promise<Check | null> => {
      const { checks } = await calls.list({ organizationId })
      return checks.find(({ id }) => id === checkId) ?? null
    },
    onSettled: () => cache.invalidateQueries({ queryKey: queries.pings.key() }),
  }
}

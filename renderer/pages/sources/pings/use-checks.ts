import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { CheckAction } from '../../../../shared/contract/pings.ts'
import { useAsk } from '../../../app/ask.tsx'
import { useOrganizationId } from '../../../app/places.ts'
import { useClient, useQueries, useSession } from '../../../client/context.tsx'
import { notifyDone, notifyFailure, notifyUndoable } from '../../../components/notify.ts'
import { useSaving } from '../../../components/use-saving.ts'
import { type Check, type CheckValues, inputOf, valuesOf } from './check-values.ts'

/** Makes and changes checks, with a way back. */
export function useSaveCheck() {
  return useSaving(useChecks(), ({ base, values: { name } }) =>
    base === null ? `${name} waits for its first ping.` : `The check ${name} is saved.`,
  )
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
  const { calls, onSettled } = useChecks()
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

interface Renewal {
  readonly call: () => Promise<unknown>
  /** Said once it is done. */
  readonly done: string
}

/** Another address for a check, or another key for its brand: the one before leads nowhere then, for good, so it is asked first. */
export function useRenew({ id: checkId, name, brand }: Check) {
  const { calls, onSettled } = useChecks()
  const { mutate, isPending } = useMutation({
    mutationFn: ({ call }: Renewal) => call(),
    onSuccess: (_answer, { done }) => notifyDone(done),
    onError: notifyFailure,
    onSettled,
  })
  const ask = useAsk()
  const renewKey = (done: string): void => mutate({ call: () => calls.renewKey({ brandId: brand.id }), done })
  return {
    isPending,
    replaceAddress: () =>
      ask({
        question: `Replace the address of ${name.slice(0, 100)}? What calls the old one is answered with 404 from then on.`,
        yes: 'Replace the address',
        no: 'Keep the address',
        isDangerous: true,
        onYes: () =>
          mutate({
            call: () => calls.renewAddress({ checkId }),
            done: `${name} has a new address; the one before leads nowhere now.`,
          }),
      }),
    replaceKey: () =>
      ask({
        question: `Replace the ping key of ${brand.name.slice(0, 100)}? Every address by slug of this brand changes; the old ones are answered with 404 from then on.`,
        yes: 'Replace the ping key',
        no: 'Keep the ping key',
        isDangerous: true,
        onYes: () => renewKey(`${brand.name} has a new ping key; addresses with the one before lead nowhere now.`),
      }),
    makeKey: () => renewKey(`${brand.name} has a ping key now: its checks can be named by their slugs.`),
  }
}

function useChecks() {
  const organizationId = useOrganizationId()
  const { defaultTimeZone } = useSession()
  const { pings: calls } = useClient()
  const queries = useQueries()
  const cache = useQueryClient()
  return {
    calls,
    what: 'check',
    valuesOf: (check: Check) => valuesOf(check, defaultTimeZone),
    inputOf,
    read: async (checkId: string): Promise<Check | null> => {
      const { checks } = await calls.list({ organizationId })
      return checks.find(({ id }) => id === checkId) ?? null
    },
    write: (seen: Check | null, values: CheckValues) => {
      const place = seen === null ? {} : { checkId: seen.id, seenAt: seen.changedAt.toISOString() }
      return calls.save({ organizationId, ...place, ...inputOf(values) })
    },
    remove: ({ id: checkId }: Check) => calls.act({ checkId, action: 'remove' }),
    onSettled: () => cache.invalidateQueries({ queryKey: queries.pings.key() }),
  }
}

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { HookView } from '../../../../shared/contract/hooks.ts'
import { useIsShown } from '../../../app/organization.ts'
import { useBrandId, useOrganizationId } from '../../../app/places.ts'
import { useClient, useQueries } from '../../../client/context.tsx'
import { commandFailureOf, type Queries } from '../../../client/queries.ts'
import { notifyDone, notifyFailure } from '../../../components/notify.ts'
import { useRemoval } from '../../../components/use-saving.ts'

type HookInput = Parameters<Queries['hooks']['create']['call']>[0]
export type NewHook = Omit<HookInput, 'organizationId'>
export type HookChange = Partial<Pick<NewHook, 'name' | 'style' | 'jobType' | 'mapping' | 'enabled'>>

/** A secret that is shown this once. */
export interface ShownSecret {
  readonly hook: HookView
  readonly secret: string
}

/** Of the brands that the page is narrowed to. */
export function useHooks() {
  const organizationId = useOrganizationId()
  const [brandId] = useBrandId()
  const isShown = useIsShown()
  return useQuery(
    useQueries().hooks.list.queryOptions({
      input: { organizationId, brandId },
      select: (data) => ({ ...data, hooks: data.hooks.filter(({ brand }) => isShown(brand.id)) }),
    }),
  )
}

export function useDeliveries(hookId: string) {
  const organizationId = useOrganizationId()
  return useQuery(useQueries().hooks.deliveries.queryOptions({ input: { organizationId, hookId } }))
}

export function useCreateHook(onMade: (shown: ShownSecret) => void) {
  const { organizationId, calls, onSettled } = useHookCalls()
  const making = useMutation({
    mutationFn: (hook: NewHook) => calls.create({ organizationId, ...hook }),
    onSuccess: onMade,
    onSettled,
  })
  const failure = making.error === null ? null : commandFailureOf(making.error)
  return { create: making.mutate, isPending: making.isPending, failure }
}

/** Changes a hook as it was seen. */
export function useChangeHook(onChanged: () => void = () => undefined) {
  const { organizationId, calls, onSettled } = useHookCalls()
  const changing = useMutation({
    mutationFn: ({ hook, change }: { hook: HookView; change: HookChange }) =>
      calls.update({ organizationId, hookId: hook.id, seenAt: hook.changedAt.toISOString(), ...change }),
    onSuccess: ({ changed }) => {
      onChanged()
      notifyDone(changed ? 'The hook is saved.' : 'The hook is like this already.')
    },
    onError: notifyFailure,
    onSettled,
  })
  return {
    change: (hook: HookView, change: HookChange) => changing.mutate({ hook, change }),
    isPending: changing.isPending,
  }
}

/** Until then messages are signed with the old one: it cannot be taken back. */
export function useRenewSecret(onRenewed: (shown: ShownSecret) => void) {
  const { organizationId, calls, onSettled } = useHookCalls()
  const { mutate } = useMutation({
    mutationFn: ({ id: hookId, changedAt }: HookView) =>
      calls.renewSecret({ organizationId, hookId, seenAt: changedAt.toISOString() }),
    onSuccess: onRenewed,
    onError: notifyFailure,
    onSettled,
  })
  return { renew: mutate }
}

/** A removed hook keeps its secret and its address, so that it can come back. */
export function useRemoveHook() {
  const { organizationId, calls, onSettled } = useHookCalls()
  return useRemoval<HookView>({
    remove: ({ id: hookId, changedAt }) => calls.remove({ organizationId, hookId, seenAt: changedAt.toISOString() }),
    inWords: ({ name }) => `Removed the hook ${name.slice(0, 100)}.`,
    undo: 'bring it back',
    bringBack: ({ id: hookId }) => calls.restore({ organizationId, hookId }),
    backInWords: 'The hook is there again, with its secret.',
    onSettled,
  })
}

function useHookCalls() {
  const organizationId = useOrganizationId()
  const { hooks: calls } = useClient()
  const queries = useQueries()
  const cache = useQueryClient()
  const onSettled = () => cache.invalidateQueries({ queryKey: queries.hooks.key() })
  return { organizationId, calls, onSettled }
}

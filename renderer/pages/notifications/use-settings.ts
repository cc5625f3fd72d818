import type { InferContractRouterOutputs } from '@orpc/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { Contract } from '../../../shared/contract/index.ts'
import { useOrganizationId } from '../../app/places.ts'
import { useClient, useQueries } from '../../client/context.tsx'
import { failureOf } from '../../client/queries.ts'
import { notifyDone, notifyFailure, notifyUndoable } from '../../components/notify.ts'
import { same } from '../../components/settling.ts'

export type Settings = InferContractRouterOutputs<Contract>['notifications']['settings']
export type SettingsPart = Partial<Pick<Settings, 'kinds' | 'remindEveryMinutes' | 'quietHours'>>

/** One thing that somebody decides; all of it is stored together, so what others decided beside it has to stay. */
export interface Decision {
  /** As it was when it was decided. */
  readonly base: Settings
  /** What is decided, laid over what there is; and the same as it was before. */
  readonly set: (settings: Settings) => SettingsPart
  readonly unset: (settings: Settings) => SettingsPart
  /** The part that is decided on; when somebody else changed it, it is a conflict. */
  readonly part: (settings: SettingsPart) => unknown
  /** "Told of datasets at risk." */
  readonly done: string
  readonly onSaved?: () => void
  /** Left out: a conflict is told at once. */
  readonly onConflict?: (theirs: Settings) => void
}

/** Settings of the organization, and how to decide one of them: at once, with a way back, never over somebody else's decision. */
export function useSettings() {
  const organizationId = useOrganizationId()
  const client = useClient()
  const queries = useQueries()
  const cache = useQueryClient()
  const answer = useQuery(queries.notifications.settings.queryOptions({ input: { organizationId } }))
  const onSettled = () => cache.invalidateQueries({ queryKey: queries.notifications.key() })

  const write = ({ changedAt, changedBy: _by, ...rest }: Settings, part: SettingsPart) =>
    client.notifications.setSettings({
      organizationId,
      ...rest,
      ...part,
      seenAt: changedAt === null ? null : changedAt.toISOString(),
    })

  /** Somebody else may have decided something beside it: that stays, and it is tried once more. */
  const decide = async ({ base, set, part, onConflict }: Decision): Promise<{ changed: boolean }> => {
    try {
      return await write(base, set(base))
    } catch (thrown) {
      if (failureOf(thrown).code !== 'CONFLICT') throw thrown
      const theirs = await client.notifications.settings({ organizationId })
      if (same(part(base), part(theirs))) return write(theirs, set(theirs))
      onConflict?.(theirs)
      throw thrown
    }
  }

  const takeBack = useMutation({
    mutationFn: async ({ base, set, unset, part }: Decision) => {
      const now = await client.notifications.settings({ organizationId })
      if (!same(part(set(base)), part(now))) return 'Somebody has decided on it since, so nothing was taken back.'
      await write(now, unset(now))
      return 'It is as it was.'
    },
    onSuccess: notifyDone,
    onError: notifyFailure,
    onSettled,
  })

  const deciding = useMutation({
    mutationFn: decide,
    onSuccess: ({ changed }, decision) => {
      decision.onSaved?.()
      if (changed) notifyUndoable(decision.done, { label: 'Undo', run: () => takeBack.mutate(decision) })
      else notifyDone('It is like this already.')
    },
    onError: (thrown, { onConflict }) => {
      if (onConflict === undefined || failureOf(thrown).code !== 'CONFLICT') notifyFailure(thrown)
    },
    onSettled,
  })
  return { answer, decide: deciding.mutate, isPending: deciding.isPending }
}

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useOrganizationId } from '../../app/places.ts'
import { useQueries } from '../../client/context.tsx'
import { counted } from '../../components/counts.ts'
import { notifyDone, notifyFailure, notifyUndoable } from '../../components/notify.ts'
import { refreshBrands } from './use-brand-commands.ts'

export interface GroupsChange {
  readonly brandIds: readonly string[]
  readonly add?: readonly string[]
  readonly remove?: readonly string[]
}

/** Adds brands to groups and takes them out; what changed can be taken back, whatever else was changed since. */
export function useChangeGroups() {
  const organizationId = useOrganizationId()
  const queries = useQueries()
  const cache = useQueryClient()
  const onSettled = () => refreshBrands(cache, queries)
  const undo = useMutation(queries.admin.changeGroups.mutationOptions({ onSettled, onError: notifyFailure }))
  const changing = useMutation(queries.admin.changeGroups.mutationOptions({ onSettled }))
  const change = ({ brandIds, add = [], remove = [] }: GroupsChange, onDone?: () => void): void =>
    changing.mutate(
      { organizationId, brandIds: [...brandIds], add: [...add], remove: [...remove] },
      {
        onSuccess: ({ changed }) => {
          onDone?.()
          const [group] = [...add, ...remove]
          const [first] = changed
          if (first === undefined) return notifyDone('It is so already.')
          const what = changed.length === 1 ? first.name.slice(0, 60) : counted(changed.length, 'brand')
          const message = `${add.length > 0 ? 'Added' : 'Took'} ${what} ${add.length > 0 ? 'to' : 'out of'} ${group?.trim()}.`
          // All of them had the same done to them.
          const back = { add: first.removed, remove: first.added, brandIds: changed.map(({ brandId }) => brandId) }
          return notifyUndoable(message, { label: 'Undo', run: () => undo.mutate({ organizationId, ...back }) })
        },
        // A form says itself what is wrong with its field.
        ...(onDone === undefined ? { onError: notifyFailure } : {}),
      },
    )
  return { change, isPending: changing.isPending || undo.isPending, error: changing.error }
}

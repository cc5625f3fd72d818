import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useOrganizationId } from '../../../app/places.ts'
import { useClient, useQueries } from '../../../client/context.tsx'
import { failureOf } from '../../../client/queries.ts'
import { notifyDone, notifyFailure, notifyUndoable } from '../../../components/notify.ts'
import { isOurs, type Mapping, type MappingValues, valuesOf } from './mapping-values.ts'

interface Saving {
  /** As it was when the edit began; null for a new one. */
  readonly base: Mapping | null
  readonly values: MappingValues
  readonly onSaved: (mappingId: string) => void
  /** Somebody saved it meanwhile; null: somebody removed it. */
  readonly onConflict: (theirs: Mapping | null) => void
}

/** Makes and changes mappings. Nothing that somebody else saved meanwhile is overwritten, and what was saved can be taken back. */
export function useSaveMapping() {
  const { organizationId, calls, current, onSettled } = useMappingCalls()
  const takeBack = useTakeBack()
  const saving = useMutation({
    mutationFn: ({ base, values }: Saving) =>
      calls.setMapping({
        organizationId,
        ...(base === null ? {} : { mappingId: base.id, seenAt: base.changedAt.toISOString() }),
        ...values,
      }),
    onSuccess: ({ id, changed, applied }, { base, values, onSaved }) => {
      onSaved(id)
      if (!changed) return notifyDone('The mapping is like this already.')
      notifyUndoable(savedInWords(values, applied), {
        label: base === null ? 'Undo: remove it' : 'Undo: change it back',
        run: () => takeBack({ id, saved: values, before: base === null ? null : valuesOf(base) }),
      })
    },
    onError: async (thrown, { base, onConflict }) => {
      const { code, field } = failureOf(thrown)
      if (base === null) return
      if (code === 'CONFLICT' && field === 'seenAt') onConflict(await current(base.id))
      else if (code === 'NOT_FOUND' && field === 'mappingId') onConflict(null)
    },
    onSettled,
  })
  return {
    isPending: saving.isPending,
    /** Does nothing while one is on its way. */
    save: (what: Saving) => {
      if (!saving.isPending) saving.mutate(what)
    },
    failure: saving.error === null ? null : failureOf(saving.error),
    /** What failed is being settled. */
    settle: saving.reset,
  }
}

function savedInWords({ name, dataset }: MappingValues, applied: number): string {
  const told = applied === 0 ? '' : ' What was told last about it counts now.'
  return `${name.slice(0, 80)} means ${dataset}.${told}`
}

/** Removes a mapping as it was seen; it can be added again. */
export function useRemoveMapping() {
  const { organizationId, calls, onSettled } = useMappingCalls()
  const { mutate: addAgain } = useMutation({
    mutationFn: (values: MappingValues) => calls.setMapping({ organizationId, ...values }),
    onSuccess: () => notifyDone('The mapping is there again.'),
    onError: notifyFailure,
    onSettled,
  })
  const { mutate, isPending } = useMutation({
    mutationFn: ({ id: mappingId, changedAt }: Mapping) =>
      calls.removeMapping({ organizationId, mappingId, seenAt: changedAt.toISOString() }),
    onSuccess: (_answer, mapping) =>
      notifyUndoable(`Removed the mapping of ${mapping.name.slice(0, 80)}. What the dataset is, stays.`, {
        label: 'Undo: add it again',
        run: () => addAgain(valuesOf(mapping)),
      }),
    onError: notifyFailure,
    onSettled,
  })
  return { remove: mutate, isPending }
}

interface Saved {
  readonly id: string
  readonly saved: MappingValues
  /** Null: there was none. */
  readonly before: MappingValues | null
}

/** Puts back what was there before, unless somebody has changed it since. */
function useTakeBack() {
  const { organizationId, calls, current, onSettled } = useMappingCalls()
  const { mutate } = useMutation({
    mutationFn: async ({ id: mappingId, saved, before }: Saved) => {
      const now = await current(mappingId)
      if (now === null || JSON.stringify(valuesOf(now)) !== JSON.stringify(saved)) {
        return 'The mapping was changed since: nothing was taken back.'
      }
      const place = { organizationId, mappingId, seenAt: now.changedAt.toISOString() }
      if (before === null) await calls.removeMapping(place)
      else await calls.setMapping({ ...place, ...before })
      return before === null ? 'The mapping is gone again.' : 'The mapping is as it was.'
    },
    onSuccess: notifyDone,
    onError: notifyFailure,
    onSettled,
  })
  return mutate
}

function useMappingCalls() {
  const organizationId = useOrganizationId()
  const { sources: calls } = useClient()
  const queries = useQueries()
  const cache = useQueryClient()
  return {
    organizationId,
    calls,
    current: async (mappingId: string): Promise<Mapping | null> => {
      const { mappings } = await calls.lineage({ organizationId })
      return mappings.filter(isOurs).find(({ id }) => id === mappingId) ?? null
    },
    onSettled: () => cache.invalidateQueries({ queryKey: queries.sources.key() }),
  }
}

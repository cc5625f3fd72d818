import { useQueryClient } from '@tanstack/react-query'
import { useOrganizationId } from '../../../app/places.ts'
import { useClient, useQueries } from '../../../client/context.tsx'
import { useRemoval, useSaving } from '../../../components/use-saving.ts'
import { isOurs, type Mapping, type MappingValues, valuesOf } from './mapping-values.ts'

/** Makes and changes mappings, with a way back. */
export function useSaveMapping() {
  return useSaving(useMappings(), ({ values: { name, dataset }, written: { applied } }) => {
    const told = applied === 0 ? '' : ' What was told last about it counts now.'
    return `${name.slice(0, 80)} means ${dataset}.${told}`
  })
}

/** Removes a mapping as it was seen; it can be added again. */
export function useRemoveMapping() {
  const { write, remove, onSettled } = useMappings()
  return useRemoval<Mapping>({
    remove,
    inWords: ({ name }) => `Removed the mapping of ${name.slice(0, 80)}. What the dataset is, stays.`,
    undo: 'add it again',
    bringBack: (mapping) => write(null, valuesOf(mapping)),
    backInWords: 'The mapping is there again.',
    onSettled,
  })
}

function useMappings() {
  const organizationId = useOrganizationId()
  const { sources: calls } = useClient()
  const queries = useQueries()
  const cache = useQueryClient()
  const placeOf = ({ id: mappingId, changedAt }: Mapping) => ({ mappingId, seenAt: changedAt.toISOString() })
  return {
    what: 'mapping',
    valuesOf,
    inputOf: (values: MappingValues) => values,
    read: async (mappingId: string): Promise<Mapping | null> => {
      const { mappings } = await calls.lineage({ organizationId })
      return mappings.filter(isOurs).find(({ id }) => id === mappingId) ?? null
    },
    write: (seen: Mapping | null, values: MappingValues) =>
      calls.setMapping({ organizationId, ...(seen === null ? {} : placeOf(seen)), ...values }),
    remove: (mapping: Mapping) => calls.removeMapping({ organizationId, ...placeOf(mapping) }),
    onSettled: () => cache.invalidateQueries({ queryKey: queries.sources.key() }),
  }
}

import { type QueryClient, useMutation, useQueryClient } from '@tanstack/react-query'
import type { AdministeredBrand } from '../../../shared/contract/admin.ts'
import { useQueries } from '../../client/context.tsx'
import { dependents } from '../../client/live.tsx'
import type { Queries } from '../../client/queries.ts'
import { counted } from '../../components/counts.ts'
import { notifyFailure, notifyUndoable } from '../../components/notify.ts'

export type Commands = ReturnType<typeof useBrandCommands>
export type BrandAccount = AdministeredBrand['accounts'][number]
export type BrandPolicy = AdministeredBrand['policies'][number]

/** What a change of a dataset's ages is decided on, as `freshness.setPolicy` takes it. */
export function seenAtOf(policies: readonly BrandPolicy[], dataset: string): string | null {
  return policies.find((policy) => policy.dataset === dataset)?.changedAt.toISOString() ?? null
}

/** What brands are is on most pages: what the stream would ask again, and all of Admin, at once. */
export function refreshBrands(cache: QueryClient, queries: Queries): Promise<unknown> {
  const keys = [queries.admin.key(), ...dependents.brands.map((prefix) => [prefix])]
  return Promise.all(keys.map((queryKey) => cache.invalidateQueries({ queryKey })))
}

/** Everything that is done to a brand at once, each with its way back. */
export function useBrandCommands({ id: brandId, name }: Pick<AdministeredBrand, 'id' | 'name'>) {
  const queries = useQueries()
  const cache = useQueryClient()
  const common = { onError: notifyFailure, onSettled: () => refreshBrands(cache, queries) }
  const archive = useMutation(queries.admin.archiveBrand.mutationOptions(common))
  const restore = useMutation(queries.admin.restoreBrand.mutationOptions(common))
  const rename = useMutation(queries.admin.renameBrand.mutationOptions({ onSettled: common.onSettled }))
  const link = useMutation(queries.admin.linkAccount.mutationOptions(common))
  const unlink = useMutation(queries.admin.unlinkAccount.mutationOptions(common))
  const policy = useMutation(queries.freshness.setPolicy.mutationOptions(common))
  const title = name.slice(0, 60)
  const bringBack = (): void => restore.mutate({ brandId })
  return {
    isPending: archive.isPending || restore.isPending || unlink.isPending || policy.isPending,
    rename,
    link,
    policy,
    restore: bringBack,
    archive: (): void =>
      archive.mutate(
        { brandId },
        {
          onSuccess: ({ jobs }) =>
            notifyUndoable(`Put ${title} away; paused ${counted(jobs, 'job')}.`, {
              label: 'Bring it back',
              run: bringBack,
            }),
        },
      ),
    unlink: ({ accountId, name: accountName, isPrimary }: BrandAccount): void =>
      unlink.mutate(
        { brandId, accountId },
        {
          onSuccess: () =>
            notifyUndoable(`Took ${accountId} away from ${title}.`, {
              label: 'Link it again',
              run: () =>
                link.mutate({ brandId, accountId, isPrimary, ...(accountName === null ? {} : { name: accountName }) }),
            }),
        },
      ),
    clearPolicy: ({ dataset, maxAgeHours: hours, changedAt }: BrandPolicy): void =>
      policy.mutate(
        { brandId, dataset, maxAgeHours: null, seenAt: changedAt.toISOString() },
        {
          onSuccess: ({ before: maxAgeHours, warnBefore: warnAgeHours, dueBefore: due }) =>
            notifyUndoable(
              `The usual ${hours === null ? 'due time' : 'maximum age'} of ${dataset} counts again for ${title}.`,
              {
                label: 'Undo',
                // Only while nobody has set another since.
                run: () => policy.mutate({ brandId, dataset, maxAgeHours, warnAgeHours, due, seenAt: null }),
              },
            ),
        },
      ),
  }
}

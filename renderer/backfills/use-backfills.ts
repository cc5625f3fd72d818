import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { BackfillView } from '../../shared/contract/backfills.ts'
import type { JobRow } from '../../shared/contract/jobs.ts'
import { useIsShown } from '../app/organization.ts'
import { useBrandId, useOrganizationId } from '../app/places.ts'
import { useQueries } from '../client/context.tsx'
import { notifyDone, notifyFailure } from '../components/notify.ts'
import { brandOfJob } from '../jobs/job-words.ts'
import { useJobType } from '../run-now/use-job-type.ts'
import { useWhyNot } from '../run-now/why-not.ts'
import { type BackfillOf, useBackfilling } from './backfilling.tsx'

/** Those of the brands that the page is narrowed to. */
export function useBackfills() {
  const organizationId = useOrganizationId()
  const [brandId] = useBrandId()
  const isShown = useIsShown()
  return useQuery(
    useQueries().backfills.list.queryOptions({
      input: { organizationId, brandId },
      select: (data) => ({ ...data, backfills: data.backfills.filter(({ brand }) => isShown(brand.id)) }),
    }),
  )
}

export interface BackfillStart {
  /** Why it cannot be begun now; null = it can. */
  readonly reason: string | null
  readonly begin: () => void
}

/** "Backfill…" of a job type for a brand; null where there is no such thing. */
export function useBackfillOf(asked: BackfillOf | null): BackfillStart | null {
  const open = useBackfilling()
  const known = useJobType(asked?.jobType ?? '')
  const whyNot = useWhyNot()
  if (asked === null || known === null || known.backfill === null) return null
  const nobody = known.isRunnable ? null : `No agent can run ${asked.jobType} now.`
  return { reason: whyNot ?? nobody, begin: () => open(asked) }
}

/** The same of a job: its type, its brand and its other parameters, by its rules. */
export function useBackfillOfJob(job: JobRow): BackfillStart | null {
  return useBackfillOf(
    job.brand === null
      ? null
      : {
          brandId: job.brand.id,
          brandName: brandOfJob(job),
          jobType: job.jobType,
          likeJobId: job.id,
          parameters: job.parameters,
        },
  )
}

/** What can be done to one that is there. */
export function useBackfillCommands() {
  const organizationId = useOrganizationId()
  const queries = useQueries()
  const cache = useQueryClient()
  const told = {
    onError: notifyFailure,
    onSuccess: ({ message }: { message: string }) => notifyDone(message),
    onSettled: () => cache.invalidateQueries({ queryKey: queries.backfills.key() }),
  }
  const cancelling = useMutation(queries.backfills.cancel.mutationOptions(told))
  const retrying = useMutation(queries.backfills.retry.mutationOptions(told))
  const place = ({ id }: BackfillView) => ({ organizationId, backfillId: id })
  return {
    isPending: cancelling.isPending || retrying.isPending,
    cancel: (backfill: BackfillView) => cancelling.mutate(place(backfill)),
    retry: (backfill: BackfillView) => retrying.mutate(place(backfill)),
  }
}

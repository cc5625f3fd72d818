import type { InferContractRouterOutputs } from '@orpc/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { Contract } from '../../../../shared/contract/index.ts'
import { useOrganizationId } from '../../../app/places.ts'
import { useClient, useQueries } from '../../../client/context.tsx'
import { sendInBlocks } from '../../../client/in-blocks.ts'
import { type CallFailure, commandFailureOf, mayBeDone } from '../../../client/queries.ts'
import { counted } from '../../../components/counts.ts'
import { notifyFailure, notifyOutcomes } from '../../../components/notify.ts'
import type { Outcome } from '../../../components/outcome-words.ts'
import { useTellIfGone } from '../../../components/use-is-there.ts'
import { useJobActions } from '../../../jobs/use-job-actions.ts'
import type { Draft } from './draft.ts'
import { createManyInput } from './schedule-values.ts'

export interface CreateSchedules {
  readonly isPending: boolean
  readonly failure: CallFailure | null
  /** Does nothing while one is on its way. */
  readonly create: (draft: Draft) => void
  /** What was refused is being corrected. */
  readonly settle: () => void
}

type Result = InferContractRouterOutputs<Contract>['schedules']['createMany']['results'][number]

const results = { created: 'done', repeated: 'done', exists: 'same', refused: 'refused' } as const

/**
 * Makes a schedule for each of the draft's brands that has none and says what became of each; Undo archives those that were made. The draft's
 * request id is sent with it: what was made before an answer was lost is not made again, and counted with the others.
 */
export function useCreateSchedules(onDone: () => void, onUnanswered: (draft: Draft) => void): CreateSchedules {
  const organizationId = useOrganizationId()
  const client = useClient()
  const queries = useQueries()
  const cache = useQueryClient()
  const { act } = useJobActions()
  const tellIfGone = useTellIfGone()
  const creating = useMutation({
    mutationFn: ({ requestId, values }: Draft) =>
      sendInBlocks(values.brandIds ?? [], (block) =>
        client.schedules.createMany(createManyInput(organizationId, requestId, values, block)),
      ),
    onSuccess: (sent, draft) => {
      const { name, jobType } = draft.values
      tell(sent.results, name.trim() || jobType, (made) => act('archive', made))
      if (sent.failure === null) return onDone()
      // Sent again, those that were made are counted and the rest is made.
      notifyFailure(sent.failure)
      onUnanswered(draft)
    },
    onError: (thrown, draft) => {
      if (mayBeDone(commandFailureOf(thrown))) onUnanswered(draft)
      tellIfGone(thrown)
    },
    onSettled: () => {
      void cache.invalidateQueries({ queryKey: queries.jobs.key() })
      void cache.invalidateQueries({ queryKey: queries.schedules.key() })
    },
  })
  return {
    isPending: creating.isPending,
    failure: creating.error === null ? null : commandFailureOf(creating.error),
    create: (draft) => {
      if (!creating.isPending) creating.mutate(draft)
    },
    settle: () => creating.reset(),
  }
}

type Made = Parameters<ReturnType<typeof useJobActions>['act']>[1]

function tell(all: readonly Result[], jobName: string, archive: (made: Made) => void): void {
  const outcomes = all.map(
    ({ brandId, brandName, outcome, message }): Outcome => ({
      id: brandId,
      name: brandName ?? brandId,
      result: results[outcome],
      message: outcome === 'exists' ? 'There is one already; it is left as it is.' : message,
    }),
  )
  notifyOutcomes(outcomes, {
    counted: (count) => counted(count, 'brand'),
    done: all.length === 1 ? 'scheduled' : 'got a schedule',
    undo: {
      verb: () => 'Archive',
      run: (changed) =>
        archive(
          all.flatMap(({ brandId, brandName, jobId }) =>
            jobId === null || !changed.has(brandId)
              ? []
              : [{ id: jobId, version: 1, name: jobName, brand: { id: brandId, name: brandName ?? '' } }],
          ),
        ),
    },
  })
}

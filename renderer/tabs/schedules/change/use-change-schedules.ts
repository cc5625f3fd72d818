import { useDebouncedValue } from '@mantine/hooks'
import type { InferContractRouterOutputs } from '@orpc/contract'
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { Contract } from '../../../../shared/contract/index.ts'
import type { JobRow } from '../../../../shared/contract/jobs.ts'
import { useOrganizationId } from '../../../app/places.ts'
import { useClient, useQueries } from '../../../client/context.tsx'
import { mostInBlock, type SentInBlocks, sendInBlocks } from '../../../client/in-blocks.ts'
import { type CallFailure, commandFailureOf, failureOf } from '../../../client/queries.ts'
import { counted } from '../../../components/counts.ts'
import { notifyFailure, notifyOutcomes } from '../../../components/notify.ts'
import { leftOf, type Outcome } from '../../../components/outcome-words.ts'
import { brandOfJob } from '../../../jobs/job-words.ts'
import type { ScheduleChange } from './changed-fields.ts'

type Result = InferContractRouterOutputs<Contract>['schedules']['changeMany']['results'][number]

function useSend(): (changes: readonly ScheduleChange[], dryRun: boolean) => Promise<SentInBlocks<Result>> {
  const organizationId = useOrganizationId()
  const client = useClient()
  return (changes, dryRun) =>
    sendInBlocks(changes, (block) => client.schedules.changeMany({ organizationId, changes: block, dryRun }))
}

const typingMs = 250

export interface Preview {
  /** Null until it is known what would become of each, and while something else is typed. */
  readonly results: readonly Result[] | null
  readonly failure: CallFailure | null
}

/** What would become of each, as the database has them now. For as many as one call takes it is asked again when jobs change. */
export function usePreview(changes: readonly ScheduleChange[]): Preview {
  const send = useSend()
  const [settled] = useDebouncedValue(changes, typingMs)
  const query = useQuery({
    // As the keys of calls begin: the live feed names them by their first part. Thousands are not asked for at every change of some job.
    queryKey: [[settled.length <= mostInBlock ? 'schedules' : 'preview', 'changeMany'], { preview: settled }],
    queryFn: async () => {
      const { results, failure } = await send(settled, true)
      if (failure === null) return results
      throw failure instanceof Error ? failure : new Error('The agent does not answer.')
    },
    enabled: settled.length > 0,
    placeholderData: keepPreviousData,
    gcTime: 0,
  })
  const isOld = settled !== changes || query.isPlaceholderData || query.data === undefined
  return {
    results: isOld || changes.length === 0 ? null : query.data,
    failure: query.error === null ? null : failureOf(query.error),
  }
}

interface Asked {
  readonly changes: readonly ScheduleChange[]
  /** Ids of those that are not even asked for: it is known that they cannot be changed. */
  readonly refused: readonly string[]
}

/** `onDone`: with the ids of those that were refused. */
export function useChangeSchedules(jobs: readonly JobRow[], onDone: (left: string[]) => void) {
  const send = useSend()
  const queries = useQueries()
  const cache = useQueryClient()
  const onSettled = (): void => {
    void cache.invalidateQueries({ queryKey: queries.jobs.key() })
    void cache.invalidateQueries({ queryKey: queries.schedules.key() })
  }
  const { mutate: takeBack } = useMutation({
    mutationFn: (changes: readonly ScheduleChange[]) => send(changes, false),
    onSuccess: ({ results, failure }) => {
      notifyOutcomes(outcomesOf(results, jobs), { ...telling, done: 'changed back', undo: null })
      if (failure !== null) notifyFailure(failure)
    },
    onError: notifyFailure,
    onSettled,
  })
  const changing = useMutation({
    mutationFn: ({ changes }: Asked) => send(changes, false),
    onSuccess: ({ results, failure }, { changes, refused }) => {
      const outcomes = outcomesOf(results, jobs)
      notifyOutcomes(outcomes, {
        ...telling,
        done: 'changed',
        undo: { verb: () => 'Change back', run: () => takeBack(results.flatMap(undoOf)) },
      })
      if (failure !== null) notifyFailure(failure)
      const left = leftOf(
        changes.map(({ jobId }) => ({ id: jobId })),
        outcomes,
      )
      onDone([...refused, ...left])
    },
    onSettled,
  })
  return {
    isPending: changing.isPending,
    failure: changing.error === null ? null : commandFailureOf(changing.error),
    change: (asked: Asked): void => {
      if (!changing.isPending) changing.mutate(asked)
    },
    /** What was refused is being corrected. */
    settle: () => changing.reset(),
  }
}

const telling = { counted: (count: number) => counted(count, 'schedule') }
const outcomes = { changed: 'done', unchanged: 'same', refused: 'refused' } as const

/** Each as it was, unless somebody has changed it since. */
function undoOf({ jobId, version, before }: Result): ScheduleChange[] {
  return before === null || version === null ? [] : [{ jobId, version, ...before }]
}

export function outcomesOf(results: readonly Result[], jobs: readonly JobRow[]): Outcome[] {
  const known = new Map(jobs.map((job) => [job.id, job]))
  return results.map(({ jobId, outcome, message }) => {
    const job = known.get(jobId)
    const name = job === undefined ? jobId : `${job.name} for ${brandOfJob(job)}`
    return { id: jobId, name, result: outcomes[outcome], message, ...(job === undefined ? {} : { subject: job.name }) }
  })
}

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { JobStateWord, LastResult, ScheduleType } from '../../shared/domain.ts'
import type { Place } from '../client/asking.ts'
import { useQueries } from '../client/context.tsx'
import type { Queries } from '../client/queries.ts'

export type JobCounts = Readonly<Record<JobStateWord, number>>

export interface NarrowingInput extends Place {
  readonly jobTypes: string[]
  readonly scheduleType: ScheduleType | null
  readonly lastResults: LastResult[]
  readonly text: string
}

interface Narrowing {
  readonly type: readonly string[]
  readonly scheduleType: ScheduleType | null
  readonly last?: readonly LastResult[]
  readonly text: string
}

/** As lists and counts are asked. What the server would refuse is left out: a link from elsewhere must not break a page. */
export function jobNarrowing(
  { organizationId, brandId, group }: Place,
  { type, scheduleType, last = [], text }: Narrowing = { type: [], scheduleType: null, text: '' },
): NarrowingInput {
  const jobTypes = type.filter((one) => one.length > 0 && one.length <= 200).slice(0, 100)
  return { organizationId, brandId, group, jobTypes, scheduleType, lastResults: [...last], text: text.slice(0, 200) }
}

export function jobCounts(queries: Queries, input: NarrowingInput) {
  return queries.jobs.counts.queryOptions({ input, placeholderData: keepPreviousData })
}

/** How many jobs are in each state; null until it is known. */
export function useJobCounts(input: NarrowingInput, enabled = true): JobCounts | null {
  const { data } = useQuery({ ...jobCounts(useQueries(), input), enabled })
  return data?.byState ?? null
}

/** Of a list of these states; without any, of all that are not archived (J12). */
export function totalOf(counts: JobCounts | null, states: readonly JobStateWord[]): number | null {
  if (counts === null) return null
  const { archived, ...others } = counts
  if (states.length === 0) return Object.values(others).reduce((sum, count) => sum + count, 0)
  return states.reduce((sum, state) => sum + (state === 'archived' ? archived : others[state]), 0)
}

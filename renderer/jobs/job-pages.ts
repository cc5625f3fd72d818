import type { InferContractRouterInputs } from '@orpc/contract'
import { type InfiniteData, keepPreviousData } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { Contract } from '../../shared/contract/index.ts'
import type { JobRow } from '../../shared/contract/jobs.ts'
import type { Queries } from '../client/queries.ts'

const pageSize = 100
const noJobs: readonly JobRow[] = []

export type JobsInput = Omit<InferContractRouterInputs<Contract>['jobs']['list'], 'cursor' | 'limit'>

/** The jobs that match, page by page. */
export function jobPages(queries: Queries, input: JobsInput) {
  return queries.jobs.list.infiniteOptions({
    input: (cursor: string | null) => ({ ...input, cursor, limit: pageSize }),
    initialPageParam: null,
    getNextPageParam: (page) => page.nextCursor,
    placeholderData: keepPreviousData,
  })
}

type Answered = InfiniteData<{ readonly jobs: readonly JobRow[] }> | undefined

/** The jobs of all pages that are there; the same array while they are. */
export function useJobsOf(data: Answered): readonly JobRow[] {
  return useMemo(() => (data === undefined ? noJobs : onceEach(data.pages.flatMap(({ jobs }) => jobs))), [data])
}

/** Pages are read one after another, and a job that begins or ends between two of them moves: it may be on both, and is one row. */
export function onceEach(jobs: readonly JobRow[]): readonly JobRow[] {
  const byId = new Map(jobs.map((job) => [job.id, job]))
  return byId.size === jobs.length ? jobs : [...byId.values()]
}

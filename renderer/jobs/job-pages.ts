import type { InferContractRouterInputs } from '@orpc/contract'
import { keepPreviousData } from '@tanstack/react-query'
import type { Contract } from '../../shared/contract/index.ts'
import type { Queries } from '../client/queries.ts'

const pageSize = 100

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

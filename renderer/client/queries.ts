import { isDefinedError, ORPCError } from '@orpc/client'
import type { InferContractRouterErrorMap } from '@orpc/contract'
import { createTanstackQueryUtils, type RouterUtils } from '@orpc/tanstack-query'
import { QueryClient } from '@tanstack/react-query'
import type { ErrorCode, ProblemData } from '../../shared/contract/base.ts'
import type { Contract } from '../../shared/contract/index.ts'
import type { Client } from './door.ts'
import { sharedStructure } from './structural-sharing.ts'

/** `queries.jobs.list.queryOptions({ input })`: options for useQuery and useMutation of every call. */
export type Queries = RouterUtils<Client>

export function createQueries(client: Client): Queries {
  return createTanstackQueryUtils(client)
}

/** What a failed call says to a person. */
export interface CallFailure {
  readonly code: ErrorCode | 'UNAUTHORIZED' | 'UNEXPECTED' | 'UNREACHABLE'
  readonly message: string
  /** What to do next; null when there is nothing to do. */
  readonly fix: string | null
  readonly field: string | null
}

type AnyContractError = InferContractRouterErrorMap<Contract>

/** What was called: what is on screen, and asked again by itself; something read once; or something that changes what there is. */
export type Called = 'shown' | 'once' | 'command'

/** What to do when no answer came: a command may have been done all the same, and nobody sends it a second time. */
const unanswered: Readonly<Record<Called, string>> = {
  shown: 'It is asked again by itself.',
  once: 'Try again in a moment.',
  command: 'It is not known whether it was done: look, and do it again if it was not.',
}

/** Anything a command threw, in words. */
export function commandFailureOf(thrown: unknown): CallFailure {
  return failureOf(thrown, 'command')
}

/** Anything a call threw, in words. */
export function failureOf(thrown: unknown, called: Called = 'shown'): CallFailure {
  if (!(thrown instanceof ORPCError)) {
    return { code: 'UNREACHABLE', message: 'The agent does not answer.', fix: unanswered[called], field: null }
  }
  if (thrown.status === 401) {
    return {
      code: 'UNAUTHORIZED',
      message: 'You are not signed in any more.',
      fix: 'Open a new link: pm console',
      field: null,
    }
  }
  if (isDefinedError<AnyContractError & Error>(thrown as never) || thrown.defined) {
    // Every defined error of the contract carries this data (shared/contract/base.ts).
    const data = thrown.data as ProblemData | undefined
    return {
      code: thrown.code as ErrorCode,
      message: thrown.message,
      fix: data?.fix ?? null,
      field: data?.field ?? null,
    }
  }
  // What broke on the way back is no different from no answer.
  const fix = called === 'command' && thrown.status >= 500 ? unanswered.command : 'Try again in a moment.'
  return { code: 'UNEXPECTED', message: unexpectedWords(thrown), fix, field: null }
}

/** What a call says whose database cannot be used (agent/connection/trouble.ts). */
const databaseCodes: ReadonlySet<CallFailure['code']> = new Set([
  'DATABASE_UNREACHABLE',
  'DATABASE_REFUSED',
  'SCHEMA_OLDER',
  'SCHEMA_NEWER',
  'MIGRATION_EDITED',
])

/** Whether it failed only because the database cannot be used: the banner says why, and it is asked again when it can. */
export function isOfDatabase({ code }: CallFailure): boolean {
  return databaseCodes.has(code)
}

/** Too many calls, an agent that is still starting, and what a proxy says whose agent is away. */
const passingStatuses: ReadonlySet<number> = new Set([429, 502, 503, 504])
/** Whether a command that failed so may have been done all the same. */
export function mayBeDone({ code }: CallFailure): boolean {
  return code === 'UNREACHABLE' || code === 'UNEXPECTED' || code === 'DATABASE_UNREACHABLE'
}

/** Whether waiting may mend it: the same question, asked later, may be answered. */
export function isPassing(thrown: unknown): boolean {
  return !(thrown instanceof ORPCError) || passingStatuses.has(thrown.status) || isOfDatabase(failureOf(thrown))
}

/**
 * What was answered and may still be true: a failure that passes leaves it on screen. Nothing when the thing is not there any more, or not for
 * whoever asks: what was known of it must not look as if it were.
 */
export function knownOf<Data>({ data, error }: { readonly data: Data | undefined; readonly error: unknown }) {
  return error !== null && isGone(error) ? undefined : data
}

/** Whether the thing that was asked for does not exist any more, for whoever asks. */
function isGone(error: unknown): boolean {
  const { code } = failureOf(error)
  return code === 'NOT_FOUND' || code === 'NOT_ALLOWED'
}

/** Whoever stands between may answer as well, and says nothing but a number. */
function unexpectedWords({ message, code, status }: { message: string; code: string; status: number }): string {
  const isBare = message === '' || message.toUpperCase().replaceAll(' ', '_') === code
  return isBare ? `The agent could not answer (HTTP ${status}).` : message
}

/**
 * The agent of this machine answers whatever becomes of the network, and what a person has pressed is done now or told to have failed: the
 * library's own would keep it, without a word, until the network is back.
 */
const networkMode = 'always'

/**
 * Answers stay on screen until newer ones are there; when to ask again is said by the change feed (client/live.tsx), so nothing goes
 * stale by itself.
 */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        networkMode,
        staleTime: Number.POSITIVE_INFINITY,
        structuralSharing: sharedStructure,
        gcTime: 5 * 60_000,
        refetchOnWindowFocus: false,
        refetchOnReconnect: false,
        retry: (count, error) => failureOf(error).code === 'UNREACHABLE' && count < 2,
      },
      mutations: { networkMode, retry: false },
    },
  })
}

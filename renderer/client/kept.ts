/**
 * Answers that are older ones: while its database is away, or too slow, the agent answers as it did before, and says in a header as of
 * when. What is shown of them is marked, and the instants in them say nothing about what time it is now.
 */
import type { ClientContext } from '@orpc/client'
import type { StandardLinkOptions } from '@orpc/client/standard'
import { type OperationContext, TANSTACK_QUERY_OPERATION_CONTEXT_SYMBOL as operation } from '@orpc/tanstack-query'
import { hashKey, type QueryCache } from '@tanstack/react-query'
import { keptAsOfHeader } from '../../shared/contract/headers.ts'

/** More than are on screen at once, by far; an instant only has to be recognised while its answer is looked at. */
const mostInstants = 1_000

export class KeptAnswers {
  /** By the hash of the query: as of when its last answer was true. Only of those that were kept ones. */
  readonly #queries = new Map<string, Date>()
  /** What kept answers said the time was, ms. */
  readonly #instants = new Set<number>()
  readonly #listeners = new Set<() => void>()
  #version = 0

  /** A query was answered; `keptAsOf` null: freshly. */
  note(queryHash: string, keptAsOf: Date | null, answer: unknown): void {
    if (keptAsOf !== null) this.#noteInstant(answer)
    if (this.#queries.get(queryHash)?.getTime() === keptAsOf?.getTime()) return
    if (keptAsOf === null) this.#queries.delete(queryHash)
    else this.#queries.set(queryHash, keptAsOf)
    this.#version += 1
    for (const listener of this.#listeners) listener()
  }

  /** Whether a kept answer said that it is this time: then it was. */
  isPast(instant: Date): boolean {
    return this.#instants.has(instant.getTime())
  }

  /** As of when the oldest answer on screen was true; null while none of them is a kept one. */
  oldestOnScreen(cache: QueryCache): Date | null {
    const shown = cache.findAll({ type: 'active' }).flatMap(({ queryHash }) => this.#queries.get(queryHash) ?? [])
    return shown.reduce<Date | null>((oldest, asOf) => (oldest === null || asOf < oldest ? asOf : oldest), null)
  }

  has(queryHash: string): boolean {
    return this.#queries.has(queryHash)
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Another number with each change. */
  readonly version = (): number => this.#version

  #noteInstant(answer: unknown): void {
    if (typeof answer !== 'object' || answer === null || !('asOf' in answer) || !(answer.asOf instanceof Date)) return
    if (this.#instants.size >= mostInstants) this.#instants.clear()
    this.#instants.add(answer.asOf.getTime())
  }
}

/** Under which a call's own note travels with it. */
const noteKey = Symbol('kept as of')

interface Note {
  keptAsOf: Date | null
}

interface NotingContext extends ClientContext, OperationContext {
  readonly [noteKey]?: Note
}

/** What a door does around its calls, so that `kept` knows which answers are older ones. */
export function noteKept(
  kept: KeptAnswers,
): Required<Pick<StandardLinkOptions<NotingContext>, 'interceptors' | 'clientInterceptors'>> {
  return {
    interceptors: [
      async (options) => {
        const note: Note = { keptAsOf: null }
        const answer = await options.next({ ...options, context: { ...options.context, [noteKey]: note } })
        const key = options.context[operation]?.key
        if (key !== undefined) kept.note(hashKey(key), note.keptAsOf, answer)
        return answer
      },
    ],
    clientInterceptors: [
      async (options) => {
        const response = await options.next()
        const told = response.headers[keptAsOfHeader]
        const note = options.context[noteKey]
        if (note !== undefined && typeof told === 'string') note.keptAsOf = new Date(told)
        return response
      },
    ],
  }
}

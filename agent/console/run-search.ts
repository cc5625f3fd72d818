/**
 * Text in errors and logs has no index: runs are searched in chunks, the newest first, and what is there after some seconds is the
 * answer, with how far it got. Going on from there is a matter of the next page.
 */
import type { RunConditions } from '../store/run-conditions.ts'
import { positionOfRun, type SearchedRun, searchRunPage } from '../store/run-list.ts'
import { type BrandFacts, pageSizes, type RunPosition } from '../store/run-sources.ts'
import type { ConsoleServices } from './context.ts'

export interface RunQuestion {
  readonly filter: RunConditions
  readonly brands: BrandFacts
  readonly after: RunPosition | null
  readonly text: string
}

export interface SearchOutcome {
  /** Newest first. */
  readonly matches: readonly SearchedRun[]
  /** The last run that was looked at; null = there was none. */
  readonly last: SearchedRun | null
  /** Nothing that matches is left after `last`. */
  readonly isComplete: boolean
}

/** Milliseconds. */
const patienceMs = 3_000
const slowMs = 200
const chunkSizes = pageSizes.filter((size) => size > 50)

/** Looks until it has that many matches, everything was looked at, or three seconds are over. */
export async function searchRuns(
  services: ConsoleServices,
  question: RunQuestion,
  wanted: number,
): Promise<SearchOutcome> {
  const began = services.clock.monotonic()
  const matches: SearchedRun[] = []
  let last: SearchedRun | null = null
  for await (const chunk of searchedChunks(services, question)) {
    matches.push(...chunk.runs.filter((run) => run.matches))
    last = chunk.runs.at(-1) ?? last
    if (chunk.isLast) return { matches, last, isComplete: true }
    if (matches.length >= wanted || services.clock.monotonic() - began > patienceMs) break
  }
  return { matches, last, isComplete: false }
}

interface Chunk {
  readonly runs: readonly SearchedRun[]
  readonly isLast: boolean
}

/** All runs of the question, each with whether it matches. A chunk takes about a fifth of a second. */
export async function* searchedChunks(
  { database, clock }: ConsoleServices,
  { filter, brands, after, text }: RunQuestion,
): AsyncGenerator<Chunk, void, void> {
  let position = after
  let size = 1
  for (;;) {
    const began = clock.monotonic()
    const limit = chunkSizes[size] ?? 50
    const runs = await searchRunPage(database, { filter, brands, after: position, limit }, text)
    const isLast = runs.length < limit
    yield { runs, isLast }
    if (isLast) return
    const last = runs.at(-1)
    position = last === undefined ? position : positionOfRun(last)
    const isQuick = clock.monotonic() - began < slowMs
    size = isQuick ? Math.min(size + 1, chunkSizes.length - 1) : Math.max(size - 1, 0)
  }
}

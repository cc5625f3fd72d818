import type { RunFilter } from '../../shared/contract/runs.ts'
import { cleanText, Problem } from '../../shared/errors.ts'
import type { RunConditions } from '../store/run-conditions.ts'
import type { RunPosition } from '../store/run-sources.ts'
import { seesPlatform } from './access.ts'
import { requireScope } from './brand-scope.ts'
import type { ConsoleContext } from './context.ts'

/** Longest text that a value of a filter can have. */
const longest = 200

/**
 * What the caller may see of what was asked for.
 * @throws Problem when the organization or the brand is not the caller's, and `invalid_input` for a range that ends before it begins.
 */
export async function checkedConditions(context: ConsoleContext, filter: RunFilter): Promise<RunConditions> {
  const { jobTypes, results, problems, triggers, agentIds, attempts, jobId, backfillId } = filter
  const range = checkedRange(filter)
  const { organizationId, brandId, brandIds, only } = await requireScope(context, filter)
  return {
    organizationId,
    withPlatform: only === null && seesPlatform(context),
    brandId,
    brandIds,
    // No text of the database holds a NUL; what cannot be asked for finds nothing.
    jobTypes: unique(jobTypes).map((jobType) => cleanText(jobType, longest)),
    results: unique(results),
    problems: unique(problems),
    triggers: unique(triggers),
    agentIds: unique(agentIds.map((id) => id.toLowerCase())),
    attempts,
    jobId,
    backfillId,
    ...range,
  }
}

/** @throws Problem `invalid_input` for a range that ends before it begins. */
export function checkedRange({ from, to }: Pick<RunFilter, 'from' | 'to'>): Pick<RunConditions, 'from' | 'to'> {
  const range = { from: from === null ? null : new Date(from), to: to === null ? null : new Date(to) }
  if (range.from !== null && range.to !== null && range.from >= range.to) {
    throw new Problem('invalid_input', 'The range of time ends before it begins.', {
      field: 'to',
      value: to,
      fix: 'Choose an end after the beginning.',
    })
  }
  return range
}

/** In the order given: each is walked through once. */
function unique<Value>(values: readonly Value[]): Value[] {
  return [...new Set(values)]
}

/** The text to search for, in a form that logs can hold; null = none. */
export function searchedText({ text }: RunFilter): string | null {
  return text.trim() === '' ? null : cleanText(text, longest)
}

const notStarted = 'none'
const cursorPattern =
  /^(none|-?infinity|\d{4,6}-[01]\d-[0-3]\d [0-2]\d:[0-5]\d:[0-5]\d(?:\.\d{1,6})?[+-]\d{2}(?::\d{2}){0,2}(?: BC)?)~([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

export function cursorOf({ startedAt, id }: RunPosition): string {
  return `${startedAt ?? notStarted}~${id}`
}

/** @throws Problem `invalid_input` for anything that cursorOf did not make. */
export function positionOf(cursor: string | null): RunPosition | null {
  if (cursor === null) return null
  const [, startedAt, id] = cursorPattern.exec(cursor) ?? []
  if (startedAt === undefined || id === undefined) throw brokenCursor(cursor)
  return { startedAt: startedAt === notStarted ? null : startedAt, id }
}

export function brokenCursor(cursor: string | null): Problem {
  return new Problem('invalid_input', 'This is not a cursor that this list gave out.', {
    field: 'cursor',
    value: cursor,
    fix: 'Start from the first page.',
  })
}

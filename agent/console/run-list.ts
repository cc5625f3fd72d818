import type { RunFilter, RunRow } from '../../shared/contract/runs.ts'
import { triggerSources } from '../../shared/domain.ts'
import { sqlState } from '../store/database.ts'
import { databaseNow } from '../store/database-clock.ts'
import type { RunConditions } from '../store/run-conditions.ts'
import { brandFacts, type ListedRun, listRunPage, listRunsById, positionOfRun } from '../store/run-list.ts'
import type { BrandFacts } from '../store/run-sources.ts'
import type { ConsoleContext, ConsoleServices } from './context.ts'
import { brokenCursor, checkedConditions, cursorOf, positionOf, searchedText } from './run-filter.ts'
import { searchRuns } from './run-search.ts'

export interface RunPageInput extends RunFilter {
  readonly cursor: string | null
  readonly limit: number
}

export interface RunListPage {
  readonly asOf: Date
  readonly runs: RunRow[]
  readonly nextCursor: string | null
  readonly searchedBackTo: Date | null
}

export async function listRuns(context: ConsoleContext, input: RunPageInput): Promise<RunListPage> {
  const { services } = context
  const after = positionOf(input.cursor)
  const text = searchedText(input)
  const { filter, brands } = await readFiltered(context, input)
  try {
    if (text !== null) return await searchedPage(services, { filter, brands, after, text }, input.limit)
    // One more than asked for tells whether there is a next page.
    const found = await listRunPage(services.database, { filter, brands, after, limit: input.limit + 1 })
    const rows = found.slice(0, input.limit)
    const last = found.length > input.limit ? rows.at(-1) : undefined
    return {
      asOf: rows[0]?.asOf ?? (await databaseNow(services.database)),
      runs: rows.map(runRow),
      nextCursor: last === undefined ? null : cursorOf(positionOfRun(last)),
      searchedBackTo: null,
    }
  } catch (error) {
    // A date that no calendar has: the cursor looked like ours and is not.
    if (after !== null && /^220(07|08)$/.test(sqlState(error) ?? '')) throw brokenCursor(input.cursor)
    throw error
  }
}

/** What the caller may see of what was asked for, and what the way to the runs is chosen by. @throws as `checkedConditions` */
export async function readFiltered(
  context: ConsoleContext,
  input: RunFilter,
): Promise<{ readonly filter: RunConditions; readonly brands: BrandFacts }> {
  const { organizationId, brandId, jobId, group } = input
  const { database } = context.services
  const factsOf = async (brandIds: readonly string[] | null): Promise<BrandFacts> =>
    brandId === null && jobId === null
      ? brandFacts(database, organizationId, brandIds)
      : { own: 0, all: 0, areKept: false }
  if (group === null) {
    const [filter, brands] = await Promise.all([checkedConditions(context, input), factsOf(null)])
    return { filter, brands }
  }
  const filter = await checkedConditions(context, input)
  return { filter, brands: await factsOf(filter.brandIds ?? null) }
}

async function searchedPage(
  services: ConsoleServices,
  question: Parameters<typeof searchRuns>[1],
  limit: number,
): Promise<RunListPage> {
  const { matches, last, isComplete } = await searchRuns(services, question, limit + 1)
  const isFull = matches.length > limit
  const next = isFull ? matches[limit - 1] : isComplete ? null : last
  const rows = await listRunsById(
    services.database,
    matches.slice(0, limit).map(({ id }) => id),
  )
  const asOf = rows[0]?.asOf ?? (await databaseNow(services.database))
  return {
    asOf,
    runs: rows.map(runRow),
    nextCursor: next ? cursorOf(positionOfRun(next)) : null,
    searchedBackTo: isFull || isComplete ? null : (last?.startedAt ?? asOf),
  }
}

/** As the contract has it; words of other programs are shown as they are where the contract has room for them. */
export function runRow(run: ListedRun): RunRow {
  const { jobId, jobName, jobType, brandId, brandName, agentId, agentName, status, problem, attempt } = run
  return {
    id: run.id,
    jobId,
    jobName,
    jobType,
    brand: brandId === null ? null : { id: brandId, name: brandName ?? '' },
    timeZone: run.timeZone,
    status,
    problem,
    attempt,
    scheduledFor: run.scheduledFor,
    startedAt: run.startedAt,
    completedAt: run.completedAt,
    durationMs: run.durationMs,
    records: run.records,
    triggerSource: triggerSources.find((word) => word === run.triggerSource) ?? null,
    requestedBy: run.requestedBy,
    agent: agentId === null ? null : { id: agentId, name: agentName ?? agentId },
    error: run.error,
  }
}

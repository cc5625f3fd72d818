import type { JobRow } from '../../shared/contract/jobs.ts'
import { type JobStateWord, jobStates, type LastResult } from '../../shared/domain.ts'
import { cleanText } from '../../shared/errors.ts'
import type { Database } from '../store/database.ts'
import { databaseNow } from '../store/database-clock.ts'
import {
  countJobsByState,
  type JobNarrowing,
  type JobSegment,
  listJobPage,
  type PlacedJob,
  type SegmentRequest,
  urgencyRanks,
} from '../store/job-pages.ts'
import { listJobProducts } from '../store/job-products.ts'
import { seesPlatform } from './access.ts'
import { type AskedScope, requireScope } from './brand-scope.ts'
import type { ConsoleContext } from './context.ts'
import { cursorProblem, jobCursor, readJobCursor } from './jobs-cursor.ts'
import { jobRow } from './jobs-view.ts'
import { readWorkforce } from './jobs-workforce.ts'
import { procedures } from './procedures.ts'

interface Part {
  readonly segment: JobSegment
  /** States that it can hold. */
  readonly states: readonly JobStateWord[]
  /** The last rank in it: a page that begins after that needs nothing of it. */
  readonly lastRank: number
}

const everyState: readonly JobStateWord[] = jobStates
/** The segments of each order, first to last. */
const orders = {
  urgency: [
    { segment: 'urgent', states: ['running', 'retrying', 'dead'], lastRank: urgencyRanks.dead },
    { segment: 'active', states: ['active'], lastRank: urgencyRanks.active },
    { segment: 'rest', states: ['paused', 'completed', 'archived'], lastRank: urgencyRanks.archived },
  ],
  next_run: [
    { segment: 'nextRunPlanned', states: ['running', 'retrying', 'active'], lastRank: 0 },
    { segment: 'nextRunRest', states: everyState, lastRank: 1 },
  ],
  name: [{ segment: 'byName', states: everyState, lastRank: 0 }],
  last_finished: [{ segment: 'byLastFinished', states: everyState, lastRank: 0 }],
} as const satisfies Record<string, readonly Part[]>

export const list = procedures.jobs.list.handler(async ({ context, input }) => {
  const { order, cursor, limit } = input
  const { database } = context.services
  const narrowing = await allowedNarrowing(context, input)
  const states = input.states.length === 0 ? everyState.filter((state) => state !== 'archived') : input.states
  const last = readJobCursor(order, cursor)
  const [found, workforce] = await Promise.all([
    pageOf(database, orders[order], { ...narrowing, states, after: last, limit: limit + 1 }).catch(
      (thrown: unknown) => {
        throw cursorProblem(cursor, thrown)
      },
    ),
    readWorkforce(context.services),
  ])
  const shown = found.slice(0, limit)
  const final = shown.at(-1)
  return {
    asOf: final?.asOf ?? (await databaseNow(database)),
    jobs: shown.map((view): JobRow => jobRow(view, workforce)),
    nextCursor: found.length > limit && final !== undefined ? jobCursor(order, final) : null,
  }
})

export const counts = procedures.jobs.counts.handler(async ({ context, input }) => {
  const { database } = context.services
  const narrowing = await allowedNarrowing(context, input)
  const [found, asOf] = await Promise.all([countJobsByState(database, narrowing), databaseNow(database)])
  const byState = { running: 0, retrying: 0, dead: 0, active: 0, paused: 0, completed: 0, archived: 0 }
  for (const { state, jobs } of found) byState[state] = jobs
  return { asOf, byState }
})

export const products = procedures.jobs.products.handler(async ({ context, input }) => {
  const { organizationId, only } = await requireScope(context, input)
  const asked = { organizationId, brandIds: only, jobTypes: input.jobTypes }
  return { products: await listJobProducts(context.services.database, asked) }
})

interface Narrowed extends AskedScope {
  readonly jobTypes: readonly string[]
  readonly scheduleType: string | null
  readonly productId: string | null
  readonly lastResults: readonly LastResult[]
  readonly text: string
}

/** @throws Problem for what the caller may not see. */
async function allowedNarrowing(context: ConsoleContext, input: Narrowed): Promise<JobNarrowing> {
  const { jobTypes, scheduleType, productId, lastResults, text } = input
  const { organizationId, brandId, brandIds, only } = await requireScope(context, input)
  return {
    organizationId,
    brandId,
    brandIds,
    withPlatform: only === null && seesPlatform(context),
    jobTypes: jobTypes.length === 0 ? null : jobTypes.map(storable),
    scheduleType,
    productId,
    lastResults: lastResults.length === 0 ? null : lastResults,
    text: storable(text),
  }
}

/** Of the segments that can hold what is asked for, the first jobs. */
function pageOf(database: Database, parts: readonly Part[], request: SegmentRequest): Promise<PlacedJob[]> {
  const { states, after } = request
  const wanted = parts.filter(
    (part) => states.some((state) => part.states.includes(state)) && (after?.rank ?? 0) <= part.lastRank,
  )
  return listJobPage(
    database,
    wanted.map(({ segment }) => segment),
    request,
  )
}

/** No text in the database holds a NUL, so what asks for one finds nothing (bad input 13). */
function storable(text: string): string {
  return cleanText(text, 1_000)
}

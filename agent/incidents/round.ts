import { incidentKinds } from '../../shared/incidents.ts'
import type { KnownCatalog } from '../freshness/known-catalog.ts'
import { CatalogMerger } from '../freshness/merged-catalog.ts'
import type { Catalog } from '../jobs/catalog/catalog.ts'
import type { Database, DatabasePool } from '../store/database.ts'
import { type EvaluatedAgent, listCatalogPublishers } from '../store/evaluated-agents.ts'
import { type WrittenPosition, writtenFrom } from '../store/evaluated-successes.ts'
import { beginRound, listOverdueIncidents, type OverdueIncident, type RoundStart } from '../store/incident-round.ts'
import { behindKey, findAgents } from './agent-findings.ts'
import { earliest, type Findings, together } from './conditions.ts'
import { findDatasets } from './dataset-findings.ts'
import { evaluatedCatalog } from './evaluated-catalog.ts'
import { followHolds } from './expectations.ts'
import { findExternal } from './external-findings.ts'
import { findJobs } from './job-findings.ts'
import { findRuns, type RunnableSince } from './run-findings.ts'
import { findSuccesses } from './success-findings.ts'
import { writeChanges } from './write-changes.ts'

export interface RoundOptions {
  /** Of this process; what agents published is added. */
  readonly catalog: Catalog
  readonly agentId: string
  /** After how long without a heartbeat an agent counts as lost, s. */
  readonly aliveSeconds: number
  /** Stands in for the database's clock in tests. */
  readonly now: Date | null
  /** For tests, which have less time. */
  readonly settleSeconds?: number
}

/** What one round leaves to the next. */
export interface RoundMemory {
  /** Successes written later than this are new. Null: those of the last hour are looked at. */
  readonly successesSince: WrittenPosition | null
  /**
   * Since when rounds have followed one another, by the database's clock. The database was out of reach before that, or this process
   * slept: agents that kept working need a moment until they are heard again.
   */
  readonly steadySince: Date | null
  readonly lastRoundAt: Date | null
  /** Since when each job type can be run without a break, as far as rounds have followed one another. */
  readonly runnableSince: RunnableSince
}

export const noMemory: RoundMemory = {
  successesSince: null,
  steadySince: null,
  lastRoundAt: null,
  runnableSince: new Map(),
}

export interface RoundResult {
  readonly memory: RoundMemory
  /** Something was written. */
  readonly hasChanged: boolean
  /** By the database's clock, as the next time. */
  readonly moment: Date
  /** When the clock alone may change the answer; null = never. */
  readonly nextTurnAt: Date | null
  /** There is more to look at, at once. */
  readonly hasMore: boolean
}

/** Agents say that they are there every 30 s; a minute after the last silence whoever works has done so. s */
const usualSettleSeconds = 60
/** Rounds further apart than this do not follow one another. s */
const silenceSeconds = 300
/** Writers need this long at most from taking the time to being seen. ms */
const lateWriteMs = 5_000

const merger = new CatalogMerger()

/**
 * Looks at everything once and writes what has changed, in one transaction; nothing is written when nothing has. Repeated or overlapping
 * rounds change nothing: what is open is read again under a lock before anything is decided, and the index has the last word.
 */
export async function evaluate(
  database: DatabasePool,
  options: RoundOptions,
  memory: RoundMemory,
): Promise<RoundResult> {
  return database.transaction(async (transaction) => {
    const start = await beginRound(transaction, options.now)
    const { steadySince, mayBeLost } = continuity(memory, start, options.settleSeconds ?? usualSettleSeconds)
    const publishers = await listCatalogPublishers(transaction, options.aliveSeconds)
    const catalog = await merger.merge(transaction, options.catalog, publishers)
    const isSteady = memory.steadySince?.getTime() === steadySince.getTime()
    const runnableSince: RunnableSince = isSteady ? memory.runnableSince : new Map()
    const found = await findAll(transaction, { ...options, start, catalog, mayBeLost, memory, runnableSince })
    const hasChanged = isAnything(found) && (await writeChanges(transaction, { now: options.now, catalog, ...found }))
    // In a minute what was heard of agents can be believed.
    const settled = new Date(start.moment.getTime() + usualSettleSeconds * 1_000)
    return {
      memory: {
        successesSince: found.successesSince,
        steadySince,
        lastRoundAt: start.startedAt,
        runnableSince: found.runnableSince,
      },
      hasChanged,
      moment: start.moment,
      nextTurnAt: earliest([found.findings.nextTurnAt, mayBeLost ? null : settled]),
      hasMore: found.hasMore,
    }
  })
}

/** Whether the database, and so the agents, could be heard for long enough to miss one. */
export function continuity(
  { steadySince, lastRoundAt }: RoundMemory,
  { startedAt, uptimeSeconds }: Pick<RoundStart, 'startedAt' | 'uptimeSeconds'>,
  settleSeconds: number,
): { readonly steadySince: Date; readonly mayBeLost: boolean } {
  const follows =
    steadySince !== null && lastRoundAt !== null && secondsBetween(lastRoundAt, startedAt) <= silenceSeconds
  const since = follows ? steadySince : startedAt
  const mayBeLost = secondsBetween(since, startedAt) >= settleSeconds && uptimeSeconds >= settleSeconds
  return { steadySince: since, mayBeLost }
}

function secondsBetween(from: Date, to: Date): number {
  return (to.getTime() - from.getTime()) / 1_000
}

interface Found {
  readonly findings: Findings
  readonly overdue: readonly OverdueIncident[]
  readonly agents: readonly EvaluatedAgent[]
  readonly successesSince: WrittenPosition
  readonly runnableSince: RunnableSince
  readonly hasMore: boolean
}

interface Question extends Omit<RoundOptions, 'catalog'> {
  readonly start: RoundStart
  readonly catalog: KnownCatalog
  readonly mayBeLost: boolean
  readonly memory: RoundMemory
  readonly runnableSince: RunnableSince
}

async function findAll(
  database: Database,
  { now, start, catalog, agentId, aliveSeconds, mayBeLost, memory, runnableSince }: Question,
): Promise<Found> {
  const { moment, startedAt } = start
  const datasets = await findDatasets(database, { now, moment, catalog, evaluated: evaluatedCatalog(catalog) })
  const stale = new Map(
    datasets.begun
      // What failed behind expected data is told by its own rules.
      .filter(({ kind, quietUntil }) => kind !== 'at_risk' && quietUntil === undefined)
      .map(({ brandId, datasetKey, organizationId }) => [`${brandId} ${datasetKey}`, organizationId]),
  )
  const behind = datasets.refreshers.filter(({ brandId, dataset }) => stale.has(`${brandId} ${dataset}`))
  const jobs = await findJobs(database, { now, behind: new Set(behind.map(({ jobId }) => jobId)) })
  const agents = await findAgents(database, {
    now,
    moment,
    ownId: agentId,
    aliveSeconds,
    mayBeLost,
    behind: new Set(
      behind.map(({ brandId, dataset, jobType }) => behindKey(stale.get(`${brandId} ${dataset}`) ?? null, jobType)),
    ),
  })
  const runs = await findRuns(database, { now, moment, catalog, agents: agents.agents, runnableSince })
  const successes = await findSuccesses(database, { since: memory.successesSince, catalog })
  const external = await findExternal(database, catalog)
  await followHolds(database, { now, moment, evaluated: evaluatedCatalog(catalog) })
  const { overdue, nextTurnAt } = await listOverdueIncidents(database, now, incidentKinds)
  const findings = together([datasets, jobs, agents, runs, successes, external])
  return {
    findings: { ...findings, nextTurnAt: earliest([findings.nextTurnAt, nextTurnAt]) },
    overdue,
    agents: agents.agents,
    successesSince: successes.moreSince ?? writtenFrom(new Date(startedAt.getTime() - lateWriteMs)),
    runnableSince: runs.runnableSince,
    hasMore: successes.moreSince !== null,
  }
}

function isAnything({ findings: { begun, over, updated }, overdue }: Found): boolean {
  return begun.length + over.length + updated.length + overdue.length > 0
}

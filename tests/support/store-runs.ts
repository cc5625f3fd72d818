/** Claims and writes of runs at the level of the store, where every instant is given. */
import { randomUUID } from 'node:crypto'
import { type ClaimedRun, claimRuns } from '../../agent/store/claim.ts'
import { type Database, type DatabasePool, openPool } from '../../agent/store/database.ts'
import type { RunEnd, RunProgress } from '../../agent/store/run-record.ts'

/** A pool with pinned plans, as an agent's. */
export function agentPool(url: string, size = 4): DatabasePool {
  return openPool({ url, applicationName: 'agent pool', size, purpose: 'agent', onConnectionError: () => undefined })
}

export interface ClaimOptions {
  readonly now?: Date | null
  readonly limit?: number
  readonly jobTypes?: readonly string[]
  readonly agentId?: string
  readonly leaseSeconds?: number
}

/** One statement's worth of claims; by default up to 10 of type `work` by an unknown agent. */
export function claim(database: Database, options: ClaimOptions = {}): Promise<ClaimedRun[]> {
  const { now = null, limit = 10, jobTypes = ['work'], agentId = randomUUID(), leaseSeconds = 150 } = options
  const ids = (): string[] => Array.from({ length: limit }, () => randomUUID())
  return claimRuns(database, { agentId, jobTypes, limit, leaseSeconds, runIds: ids(), runTokens: ids(), now })
}

export function progressOf(run: ClaimedRun, progress: Partial<RunProgress> = {}): RunProgress {
  const { runId, runToken, organizationId } = run
  return {
    runId,
    runToken,
    organizationId,
    isFirstWrite: false,
    steps: [],
    lines: [],
    datasets: [],
    history: [],
    ...progress,
  }
}

/** A plain success that leaves a one-time job completed, unless told otherwise. */
export function endOf(run: ClaimedRun, end: Partial<RunEnd> = {}): RunEnd {
  const job: RunEnd['job'] = {
    version: run.version,
    status: 'completed',
    nextRunAt: null,
    nextAttempt: 1,
    lastError: null,
    completedIncrement: 1,
  }
  return {
    ...progressOf(run),
    status: 'completed',
    problem: null,
    endedAgeMs: 0,
    errorMessage: null,
    logs: null,
    metadata: {},
    recordsAffected: null,
    job,
    ifCancelled: null,
    ...end,
  }
}

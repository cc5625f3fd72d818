/** Rows that are days old, and the pool that sweeps them. */
import type pg from 'pg'
import { passes } from '../../agent/housekeeping/passes.ts'
import { usualWalkPace, type WalkPace, walk } from '../../agent/housekeeping/walk.ts'
import { type DatabasePool, openPool } from '../../agent/store/database.ts'
import type { KeepDays } from '../../agent/store/housekeeping/sweeps.ts'
import { systemClock } from '../../shared/clock.ts'
import { addJob, addRun, type Columns } from './job-rows.ts'

export const usualKeep: KeepDays = { logs: 30, successfulRuns: 90, failedRuns: 180, history: 400, incidents: 400 }

/** Without a rest. */
export const hastyPace: WalkPace = { ...usualWalkPace, restTimes: 0, restMs: [0, 0] }

export function housekeepingPool(url: string): DatabasePool {
  return openPool({
    url,
    applicationName: 'housekeeping under test',
    size: 1,
    purpose: 'housekeeping',
    onConnectionError: () => undefined,
  })
}

/** Every walk, or the one that is named, until nothing is left or `signal` says so. Rows removed, by table. */
export async function walkAll(
  database: DatabasePool,
  options: { keep: KeepDays; pace: WalkPace; what?: string; signal?: AbortSignal },
): Promise<Record<string, number>> {
  const { keep, pace, what, signal = new AbortController().signal } = options
  const removed: Record<string, number> = {}
  const onBatch = (batch: { readonly removed: Readonly<Record<string, number>> }): void => {
    for (const [table, rows] of Object.entries(batch.removed)) {
      if (rows > 0) removed[table] = (removed[table] ?? 0) + rows
    }
  }
  const onKept = (reason: string): never => {
    throw new Error(reason)
  }
  const chosen = passes.filter((pass) => what === undefined || pass.what === what)
  try {
    for (const pass of chosen) {
      await walk(pass, { database, clock: systemClock, keep, from: null, pace, signal, onBatch, onKept })
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
  return removed
}

export function daysAgo(days: number): Date {
  return new Date(Date.now() - days * 86_400_000)
}

/** A paused recurring job that nothing runs. */
export function addQuietJob(client: pg.ClientBase, columns: Columns = {}): Promise<string> {
  return addJob(client, { cron_expression: '0 6 * * *', status: 'paused', next_run_at: null, ...columns })
}

/** A run that took a minute and ended so many days ago, of another program unless the columns name an agent. */
export function addOldRun(client: pg.ClientBase, jobId: string, days: number, columns: Columns = {}): Promise<string> {
  const completed = daysAgo(days)
  const started = new Date(completed.getTime() - 60_000)
  return addRun(client, jobId, { status: 'completed', started_at: started, completed_at: completed, ...columns })
}

export async function addLines(client: pg.ClientBase, runId: string, count: number): Promise<void> {
  await client.query(
    `insert into run_logs (run_id, seq, logged_at, level, message) select $1, n, now(), 'info', 'line' from generate_series(1, $2::int) n`,
    [runId, count],
  )
}

export async function addStep(client: pg.ClientBase, runId: string, datasetKey: string | null = null): Promise<void> {
  await client.query(
    `insert into run_steps (run_id, position, step_key, status, fatal, dataset_key) values ($1, 0, 'work', 'completed', true, $2)`,
    [runId, datasetKey],
  )
}

/** Ids in the table, in any order. */
export async function idsOf(client: pg.ClientBase, table: string, column = 'id'): Promise<Set<string>> {
  const { rows } = await client.query<{ id: string }>(`select ${column}::text as id from ${table}`)
  return new Set(rows.map(({ id }) => id))
}

import type { RefreshingJob } from '../store/refreshing-jobs.ts'

/*
 * N2: a run that failed before data last succeeded is not why it is old now. Where a time is unknown, it may be. All in ms since 1970.
 */

export interface JobEnd {
  readonly lastRunStatus: string | null
  readonly lastRunFinishedMs: number | null
  /** Null = nothing is planned. */
  readonly nextRunMs: number | null
}

export function endOf({ lastRunStatus, lastRunFinishedAt, nextRunAt }: RefreshingJob): JobEnd {
  const lastRunFinishedMs = lastRunFinishedAt?.getTime() ?? null
  return { lastRunStatus, lastRunFinishedMs, nextRunMs: nextRunAt?.getTime() ?? null }
}

export function hasFailedSince({ lastRunStatus, lastRunFinishedMs }: JobEnd, lastSuccessMs: number | null): boolean {
  if (lastRunStatus !== 'failed') return false
  return lastRunFinishedMs === null || lastSuccessMs === null || lastRunFinishedMs > lastSuccessMs
}

/** Dead, and others have refreshed the data since: it neither explains anything nor will do anything. Of jobs that do not run. */
export function isSpent(job: JobEnd, lastSuccessMs: number | null): boolean {
  return job.nextRunMs === null && job.lastRunStatus === 'failed' && !hasFailedSince(job, lastSuccessMs)
}

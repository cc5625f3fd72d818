import { type Cadence, parseCadence } from '../../shared/cadence.ts'
import { legacyTimeZone } from '../../shared/domain.ts'
import { formatDuration, formatInstant } from '../../shared/duration.ts'
import { lateRunMs, longestSurplusMs, longRunMs, usualMs } from '../../shared/overdue-runs.ts'
import { shortName } from '../../shared/short-text.ts'
import type { KnownCatalog } from '../freshness/known-catalog.ts'
import type { Database } from '../store/database.ts'
import type { EvaluatedAgent } from '../store/evaluated-agents.ts'
import {
  type EndedLateFire,
  type EndedLongRun,
  evaluateLateFires,
  evaluateRunningRuns,
  type LateFire,
  listEndedLateFires,
  listEndedLongRuns,
  type RunningRun,
} from '../store/evaluated-runs.ts'
import {
  type Condition,
  type Ending,
  earliest,
  type Findings,
  thing,
  together,
  watchedByDefault,
} from './conditions.ts'

/** By job type. */
export type RunnableSince = ReadonlyMap<string, Date>

export interface RunFindings extends Findings {
  readonly runnableSince: RunnableSince
}

interface RunQuestion {
  readonly now: Date | null
  /** What the database's clock says. */
  readonly moment: Date
  readonly catalog: KnownCatalog
  readonly agents: readonly EvaluatedAgent[]
  /** Of the round before this one; empty where none came shortly before. */
  readonly runnableSince: RunnableSince
}

/**
 * Runs that do not end, and fires that nobody takes. While nobody can run a job type, or nobody was heard (an outage, a laptop that slept), nothing of
 * it is late: whoever comes back has the whole time again. That nobody can run it is told by `no_agent`.
 */
export async function findRuns(database: Database, question: RunQuestion): Promise<RunFindings> {
  const { now, moment, agents } = question
  const runnable = new Set(agents.filter(({ isAlive }) => isAlive).flatMap(({ jobTypes }) => jobTypes))
  const runnableSince = new Map(
    [...runnable].map((jobType) => [jobType, question.runnableSince.get(jobType) ?? moment] as const),
  )
  const running = await evaluateRunningRuns(database, now, watchedByDefault)
  const fires = await evaluateLateFires(database, now, watchedByDefault, [...runnable])
  const ended = {
    long: (await listEndedLongRuns(database)).map(longRunEnding),
    late: (await listEndedLateFires(database, now, watchedByDefault)).map(lateFireEnding),
  }
  const findings = together([
    findLongRuns(running, question),
    findLateFires(fires, moment, runnableSince),
    { begun: [], over: [...ended.long, ...ended.late], updated: [], nextTurnAt: null },
  ])
  return { ...findings, runnableSince }
}

function findLongRuns(running: readonly RunningRun[], { moment, catalog }: RunQuestion): Findings {
  const unknown = running.filter(({ incidentId, isWatched }) => incidentId === null && isWatched)
  const judged = unknown.map((run) => {
    const expectedMinutes = catalog.jobTypes.get(run.jobType)?.expected_minutes ?? null
    const limitMs = longRunMs(expectedMinutes, run.durationsMs ?? [])
    // Of a young one nobody has asked how long it usually takes: before that time it is none in any case.
    const turnMs = limitMs ?? (run.durationsMs === null ? longestSurplusMs : null)
    return {
      run,
      expectedMinutes,
      limitMs,
      turnAt: turnMs === null ? null : new Date(run.startedAt.getTime() + turnMs),
    }
  })
  return {
    begun: judged.flatMap(({ run, expectedMinutes, limitMs, turnAt }) =>
      limitMs === null || turnAt === null || turnAt >= moment ? [] : [longRunCondition(run, expectedMinutes, limitMs)],
    ),
    over: running.flatMap(({ incidentId, isWatched }) =>
      incidentId === null || isWatched ? [] : [{ incidentId, ...unwatched }],
    ),
    updated: [],
    nextTurnAt: earliest(judged.map(({ turnAt }) => (turnAt !== null && turnAt >= moment ? turnAt : null))),
  }
}

const unwatched: Omit<Ending, 'incidentId'> = { resolution: 'Nobody watches for this any more.', isNews: false }

function longRunCondition(run: RunningRun, expectedMinutes: number | null, limitMs: number): Condition {
  const { organizationId, brandId, jobId, jobType, runId, startedAt, agentId } = run
  const usual = usualMs(run.durationsMs ?? [])
  const because =
    expectedMinutes !== null || usual === null
      ? `it is expected to take ${formatDuration(limitMs)} at most`
      : `its last runs took at most ${formatDuration(usual)}, but for a few`
  return {
    ...thing('run_long', { organizationId, brandId, jobId, jobType }),
    summary: `${nameOf(run)} has been running since ${formatInstant(startedAt)}: ${because}.`,
    nextStep: 'Look at its log; cancel the run if it hangs.',
    runId,
    details: { startedAt: startedAt.toISOString(), limitMs, expectedMinutes, usualMs: usual, lostAgentId: agentId },
    // Should its agent be lost, that is what is behind it.
    lostAgentId: agentId,
  }
}

function longRunEnding({ incidentId, jobName, status, completedAt }: EndedLongRun): Ending {
  const how = { completed: 'has completed', failed: 'has failed', cancelled: 'was cancelled' }[status ?? '']
  if (how === undefined) return { incidentId, resolution: 'Its run is not on record any more.', isNews: false }
  const at = completedAt === null ? '' : ` at ${formatInstant(completedAt)}`
  return { incidentId, resolution: `The run of ${shortName(jobName ?? 'its job')} ${how}${at}.`, isNews: true }
}

function findLateFires(fires: readonly LateFire[], moment: Date, runnableSince: RunnableSince): Findings {
  const judged = fires.map((fire) => {
    const since = Math.max(fire.freeSince.getTime(), runnableSince.get(fire.jobType)?.getTime() ?? moment.getTime())
    return { fire, turnAt: new Date(since + lateRunMs(cadenceOf(fire), fire.dueAt)) }
  })
  return {
    begun: judged.filter(({ turnAt }) => turnAt < moment).map(({ fire }) => lateCondition(fire)),
    over: [],
    updated: [],
    nextTurnAt: earliest(judged.map(({ turnAt }) => (turnAt >= moment ? turnAt : null))),
  }
}

/** Null when another program wrote one that is none. */
function cadenceOf({ cronExpression, timeZone }: LateFire): Cadence | null {
  try {
    return parseCadence(cronExpression ?? '', timeZone ?? legacyTimeZone)
  } catch {
    return null
  }
}

function lateCondition(fire: LateFire): Condition {
  const { organizationId, brandId, jobId, jobType, dueAt } = fire
  return {
    ...thing('run_late', { organizationId, brandId, jobId, jobType }),
    summary: `${nameOf(fire)} was due at ${formatInstant(dueAt)}, and no run has begun.`,
    nextStep: `See whether the agents that run ${shortName(jobType)} are busy, paused or stuck.`,
    runId: null,
    details: { dueAt: dueAt.toISOString() },
    lostAgentId: null,
  }
}

function lateFireEnding({ incidentId, jobName, status, isWatched, isHeld, beganAt, nextRunAt }: EndedLateFire): Ending {
  const name = shortName(jobName ?? 'Its job')
  if (status === null) return { incidentId, resolution: 'Its job does not exist any more.', isNews: false }
  if (beganAt !== null)
    return { incidentId, resolution: `A run of ${name} began at ${formatInstant(beganAt)}.`, isNews: true }
  if (!isWatched) return { incidentId, ...unwatched }
  if (status !== 'active') return { incidentId, resolution: `${name} is ${status}.`, isNews: true }
  if (isHeld) return { incidentId, resolution: `${name} is held.`, isNews: true }
  const next = nextRunAt === null ? 'No run of it is planned.' : `It runs next at ${formatInstant(nextRunAt)}.`
  return { incidentId, resolution: `That fire of ${name} is not waited for any more. ${next}`, isNews: true }
}

function nameOf({ jobName, brandName }: Pick<LateFire, 'jobName' | 'brandName'>): string {
  return brandName === null ? shortName(jobName) : `${shortName(jobName)} of ${shortName(brandName)}`
}

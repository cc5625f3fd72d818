import type { JsonObject } from '../../shared/domain.ts'
import { formatInstant } from '../../shared/duration.ts'
import { firstLine } from '../../shared/error-line.ts'
import { cleanText } from '../../shared/errors.ts'
import { failuresInRow, nextAttempt } from '../../shared/retry.ts'
import { sentence, shortName } from '../../shared/short-text.ts'
import type { Database } from '../store/database.ts'
import { type EvaluatedJob, evaluateJobs, type JobKind, type Verdict } from '../store/evaluated-jobs.ts'
import {
  type Condition,
  type Ending,
  type Findings,
  nothingFound,
  thing,
  together,
  type Update,
  type Words,
  watchedByDefault,
} from './conditions.ts'

/**
 * Jobs that fail. `behind`: jobs whose datasets have just gone stale; one of those that fails is what is behind it, although it will be
 * retried, and is told in place of them.
 */
export async function findJobs(
  database: Database,
  { now, behind }: { now: Date | null; behind: ReadonlySet<string> },
): Promise<Findings> {
  const jobs = await evaluateJobs(database, now, watchedByDefault, [...behind])
  return together(jobs.map((job) => findingsOf(job, behind.has(job.jobId))))
}

function findingsOf(job: EvaluatedJob, isBehind: boolean): Findings {
  const { verdict, known, status, watches } = job
  const unwatched = known.filter(({ kind }) => !watches[kind]).map(({ id }) => unwatchedEnding(id))
  if (verdict === null || !verdict.hasFailed || (status !== 'active' && status !== 'paused')) {
    return { ...nothingFound, over: known.map(({ id }) => recovery(id, job)) }
  }
  const kind = status === 'active' ? kindOf(job, verdict, isBehind) : null
  const watched = known.filter((one) => watches[one.kind])
  const isKnown = watched.some((one) => one.kind === kind)
  return {
    begun: kind === null || isKnown || !watches[kind] ? [] : [conditionOf(kind, job, verdict)],
    over: [...unwatched, ...watched.filter((one) => isOvertaken(one.kind, kind)).map(({ id }) => overtaken(id))],
    updated: watched.filter(({ runId }) => runId !== verdict.runId).map((one) => updateOf(one, job, verdict)),
    nextTurnAt: null,
  }
}

/**
 * N2: a final failure, and the first one of a run that a person asked for and waits for. One that stays open is never replaced by a
 * lesser one: a job that is tried again has not recovered yet.
 */
function kindOf(job: EvaluatedJob, verdict: Verdict, isBehind: boolean): JobKind {
  const isKnownAs = (wanted: JobKind): boolean => job.known.some(({ kind }) => kind === wanted)
  if (job.isIdle || isKnownAs('job_dead')) return 'job_dead'
  // A retry that was planned is called off by who moves the cadence, resumes or restores the job. Runs of others are counted from the runs alone.
  const isCalledOff = job.isBetweenFires && verdict.agentId !== null
  const isFinal = isCalledOff || nextAttempt({ status: 'failed', ...verdict }, job.maxRetries) === 1
  // Before so many in a row it is only shown; data that goes stale by it is told all the same.
  // What nobody knows is asked at once (J5): the next run that succeeds would take the question with it.
  const isEnough =
    job.alertAfter <= 1 || failuresInRow(job.recent) >= job.alertAfter || verdict.problem === 'outcome_unknown'
  if ((isFinal && isEnough) || isBehind || isKnownAs('run_failed') || verdict.triggerSource === 'manual')
    return 'run_failed'
  return 'run_failed_first'
}

/** A failed attempt whose run has failed for good is not over, it has become that. A failed run stands behind its dead job. */
function isOvertaken(known: JobKind, now: JobKind | null): boolean {
  return known === 'run_failed_first' && now !== null && now !== known
}

function overtaken(incidentId: string): Ending {
  return { incidentId, resolution: 'The run has failed for good.', isNews: false }
}

function unwatchedEnding(incidentId: string): Ending {
  return { incidentId, resolution: 'Nobody watches for this any more.', isNews: false }
}

function recovery(incidentId: string, { verdict, status, jobName }: EvaluatedJob): Ending {
  const name = shortName(jobName)
  if (verdict !== null && verdict.confirmedBy !== null) {
    const who = shortName(verdict.confirmedBy)
    return { incidentId, resolution: `The last run of ${name} was confirmed as done by ${who}.`, isNews: true }
  }
  if (verdict !== null && !verdict.hasFailed) {
    return { incidentId, resolution: `A run of ${name} completed at ${instant(verdict.completedAt)}.`, isNews: true }
  }
  if (verdict === null) return { incidentId, resolution: `No run of ${name} is on record any more.`, isNews: false }
  // Somebody has decided that it is not needed any more.
  return { incidentId, resolution: `${name} is ${status}.`, isNews: true }
}

function conditionOf(kind: JobKind, job: EvaluatedJob, verdict: Verdict): Condition {
  const { organizationId, brandId, jobId, jobType } = job
  return {
    ...thing(kind, { organizationId, brandId, jobId, jobType }),
    ...wordsOf(kind, job, verdict),
    lostAgentId: lostAgentOf(verdict),
  }
}

function updateOf({ id, kind }: EvaluatedJob['known'][number], job: EvaluatedJob, verdict: Verdict): Update {
  return { incidentId: id, ...wordsOf(kind, job, verdict) }
}

function lostAgentOf({ problem, agentId }: Verdict): string | null {
  return problem === 'agent_lost' ? agentId : null
}

function wordsOf(kind: JobKind, job: EvaluatedJob, verdict: Verdict): Words {
  const { attempt, problem, runId } = verdict
  const error = verdict.error === null ? null : firstLine(cleanText(verdict.error, 1_000))
  const details: JsonObject = {
    attempt,
    attempts: Math.max(0, job.maxRetries) + 1,
    ...(job.alertAfter > 1 ? { failuresInRow: failuresInRow(job.recent) } : {}),
    problem,
    error,
    failedAt: verdict.completedAt?.toISOString() ?? null,
    nextRunAt: job.nextRunAt?.toISOString() ?? null,
    lostAgentId: lostAgentOf(verdict),
  }
  return {
    summary: summaryOf(kind, job, verdict, error ?? 'no reason was given'),
    nextStep: nextStepOf(kind, job, verdict),
    runId,
    details,
  }
}

function summaryOf(kind: JobKind, job: EvaluatedJob, { attempt }: Verdict, error: string): string {
  const brand = job.brandName === null ? '' : ` of ${shortName(job.brandName)}`
  const name = `${shortName(job.jobName)}${brand}`
  const of = `attempt ${attempt} of ${Math.max(attempt, job.maxRetries + 1)}`
  if (kind === 'job_dead') return `${name} is dead, nothing is planned: ${sentence(error)}`
  return `${name} failed at ${of}: ${sentence(error)}`
}

function nextStepOf(kind: JobKind, job: EvaluatedJob, { problem }: Verdict): string {
  if (kind === 'job_dead' && job.scheduleType === 'recurring') return 'Correct its cron expression or time zone.'
  if (problem === 'outcome_unknown')
    return 'Find out whether the run did its work, and say so: it was done, or run it again.'
  if (problem === 'invalid_parameters') return 'Correct the parameters of the job, then retry it.'
  if (problem === 'configuration') return 'Do what the error says, then retry it.'
  if (kind === 'job_dead') return 'Look at its error; retry it when the reason is gone, or archive it.'
  const next = job.nextRunAt === null ? '' : ` It runs next at ${formatInstant(job.nextRunAt)}.`
  return `Look at its error and its log; retry it when the reason is gone.${next}`
}

function instant(at: Date | null): string {
  return at === null ? 'some time' : formatInstant(at)
}

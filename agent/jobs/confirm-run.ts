import { type BackfillRule, backfilledAsOf, coveredUntil } from '../../shared/backfills.ts'
import { counted } from '../../shared/counted.ts'
import { formatInstant } from '../../shared/duration.ts'
import { Problem } from '../../shared/errors.ts'
import { afterSuccess } from '../../shared/retry.ts'
import { decisionInWords, type RunDecision, type RunOutcome } from '../../shared/run-decision.ts'
import { zoneOr } from '../../shared/time-zone.ts'
import type { Database, DatabasePool } from '../store/database.ts'
import { type Actor, insertOperatorAction } from '../store/operator-actions.ts'
import {
  confirmDataset,
  readDecision,
  settleConfirmedJob,
  type UndecidedRun,
  writeDecision,
} from '../store/run-decisions.ts'
import { listRunSteps, type RunStep } from '../store/run-steps.ts'
import type { Run } from '../store/scheduled-job-runs.ts'
import type { Job } from '../store/scheduled-jobs.ts'
import { conflict, howTo } from './change-job.ts'
import { heldJob } from './job-transaction.ts'
import { retryHeldJob } from './retry-job.ts'

export interface Confirmation {
  readonly outcome: RunOutcome
  /** `done`: as of when the data counts; absent = the start of the run, which is never too late. */
  readonly doneAt?: Date | undefined
  readonly note?: string | null | undefined
  /** `done`: how many records the source has of it; absent = not counted. */
  readonly records?: number | undefined
}

/** As the catalog has its job type. */
interface KnownType {
  readonly steps: readonly { readonly key: string; readonly dataset: string | null }[]
  readonly backfill: BackfillRule | null
}

/** What the caller knows, and no row does. */
export interface Surroundings {
  /** Absent = nobody knows the job type. */
  readonly jobType: KnownType | undefined
  /** By whose clocks the days of a job without a zone begin and end. */
  readonly defaultTimeZone: string
}

/**
 * J5: what a person says of a run whose outcome nobody knows. Done: the dataset of the step is fresh as of then, and no fresher than the days that
 * the run was for (F2); the job goes on with its next fire. Not done: it is run again, as by a retry. The run keeps its status and problem, with the decision beside them.
 * @throws Problem `conflict` when the outcome is known, when somebody else has decided, and when it cannot be run again; `invalid_input` for a
 * time in the future.
 */
export async function confirmRun(
  database: DatabasePool,
  actor: Actor,
  run: Run,
  asked: Confirmation,
  surroundings: Surroundings,
): Promise<{ readonly changed: boolean; readonly message: string }> {
  return database.transaction(async (transaction) => {
    // Who decides holds the job, so that of two only one does.
    const job = await heldJob(transaction, run.jobId)
    const found = await readDecision(transaction, run.id)
    const decision = decisionOf(actor, run, found, asked)
    if (found?.decision) return alreadyDecided(actor, run, found.decision, asked)
    if (!(await writeDecision(transaction, run.id, decision))) throw notAsked(run)
    const message =
      decision.outcome === 'done'
        ? await settleDone(transaction, { job, run, decision, startedAt: found?.startedAt ?? null, surroundings })
        : await runAgain(transaction, actor, job, run)
    await insertOperatorAction(transaction, {
      actor,
      organizationId: run.organizationId,
      action: 'run.confirm',
      subjectType: 'run',
      subjectId: run.id,
      before: null,
      after: recorded(decision),
    })
    return { changed: true, message }
  })
}

function recorded({ outcome, doneAt, note, records }: RunDecision) {
  return { outcome, doneAt: doneAt?.toISOString() ?? null, note, records }
}

function decisionOf(actor: Actor, run: Run, found: UndecidedRun | null, asked: Confirmation): RunDecision {
  if (found === null || found.problem !== 'outcome_unknown') throw notAsked(run)
  const { outcome, note = null, records = null } = asked
  const decided = { outcome, by: actor.operator, at: found.asOf, note }
  if (outcome === 'not_done') return { ...decided, doneAt: null, records: null }
  const doneAt = asked.doneAt ?? found.startedAt ?? found.asOf
  if (doneAt > found.asOf) {
    const fix = 'Give the time at which the work was done, or leave it out for the start of the run.'
    const value = doneAt.toISOString()
    throw new Problem('invalid_input', `${formatInstant(doneAt)} is in the future.`, { field: 'doneAt', value, fix })
  }
  return { ...decided, doneAt, records }
}

function notAsked({ id, jobName, status }: Run): Problem {
  const message = `How the run of ${jobName} ended is known: ${status}.`
  return new Problem('conflict', message, { field: 'run', value: id, fix: 'Look at it again.' })
}

/** Saying the same twice changes nothing; whoever says something else, or says it second, is told what was decided first. */
function alreadyDecided(actor: Actor, run: Run, first: RunDecision, asked: Confirmation) {
  const { outcome, doneAt = first.doneAt, records = first.records, note } = asked
  const isSame =
    first.outcome === outcome &&
    first.doneAt?.getTime() === doneAt?.getTime() &&
    first.records === records &&
    first.note === (note ?? first.note)
  const message = `${decisionInWords(first)} at ${formatInstant(first.at)}`
  if (first.by === actor.operator && isSame) return { changed: false, message: `${message}.` }
  throw new Problem('conflict', `${message}${standsInWords(first)}.`, {
    field: 'run',
    value: run.id,
    fix: 'What was decided first stands. Look at the run again.',
  })
}

/** `, as of 2026-11-27 10:00 UTC, 12 records` */
function standsInWords({ doneAt, records }: RunDecision): string {
  return [
    doneAt === null ? '' : `, as of ${formatInstant(doneAt)}`,
    records === null ? '' : `, ${counted(records, 'record')}`,
  ].join('')
}

interface Done {
  readonly job: Job
  readonly run: Run
  readonly decision: RunDecision
  readonly startedAt: Date | null
  readonly surroundings: Surroundings
}

async function settleDone(transaction: Database, done: Done): Promise<string> {
  const { job, run, decision, surroundings } = done
  const { doneAt, records } = decision
  const dataset = refreshedBy(await listRunSteps(transaction, run.id), surroundings.jobType?.steps ?? [])
  const { brandId, organizationId } = run
  let fresh = ''
  if (dataset !== null && brandId !== null && organizationId !== null && doneAt !== null) {
    const freshAt = freshAsOf(doneAt, done)
    const confirmed = { brandId, organizationId, datasetKey: dataset, runId: run.id, doneAt, freshAt, records }
    await confirmDataset(transaction, confirmed)
    fresh = ` ${dataset} is refreshed as of ${formatInstant(freshAt)}.`
  }
  const next = await settleJob(transaction, job, run)
  return `The run of ${run.jobName} is confirmed as done.${fresh}${next}`
}

/** What was done at a time for days that were over makes nothing fresher than they are, as if the run had told it itself. */
function freshAsOf(doneAt: Date, { job, run, startedAt, surroundings }: Done): Date {
  const { jobType, defaultTimeZone } = surroundings
  const rule = jobType?.backfill ?? null
  if (rule === null) return doneAt
  const zone = zoneOr(job.timeZone, defaultTimeZone)
  return backfilledAsOf(doneAt, coveredUntil(rule, run.parameters ?? {}, { zone, beganAt: startedAt ?? doneAt }))
}

/** The dataset of the step that nobody knew about; null when it has none, or other steps that refresh it together with this one were not done. */
function refreshedBy(steps: readonly RunStep[], knownSteps: KnownType['steps']): string | null {
  const unknown = steps.findLast(({ status }) => status === 'unknown')
  const dataset = unknown?.datasetKey ?? null
  if (dataset === null) return null
  const states = new Map(steps.map(({ stepKey, status, metadata }) => [stepKey, isOver(status, metadata)]))
  const together = knownSteps.filter((step) => step.dataset === dataset && step.key !== unknown?.stepKey)
  return together.every(({ key }) => states.get(key) === true) ? dataset : null
}

/** Done by the run, or left out because it was not wanted or an earlier run has done it. */
function isOver(status: string, metadata: RunStep['metadata']): boolean {
  return status === 'completed' || (status === 'skipped' && metadata['skipped'] !== 'an earlier step ended the run')
}

/** J6. A job that has gone on since, or was put away, is not touched. */
async function settleJob(transaction: Database, job: Job, run: Run): Promise<string> {
  const isPaused = job.status === 'paused'
  if (job.lastRunId !== run.id || job.currentRunId !== null || (job.status !== 'active' && !isPaused)) return ''
  // A fire that is planned stands; what counts here is whether it was the last one.
  const facts = { ...job, cadence: null, now: job.asOf }
  const { status, runsCompleted } = afterSuccess(facts)
  const isOver = status !== 'active'
  await settleConfirmedJob(transaction, job.id, { status: isOver ? status : job.status, isOver, runsCompleted })
  if (isOver) return ' The job is done.'
  if (isPaused) return ' The job stays paused.'
  return job.nextRunAt === null ? '' : ` The next run is at ${formatInstant(job.nextRunAt)}.`
}

async function runAgain(transaction: Database, actor: Actor, job: Job, run: Run): Promise<string> {
  if (job.lastRunId !== run.id) {
    const fix = howTo(actor, 'Run it once more', `pm run ${run.jobType}`)
    throw conflict(job, `${job.name} has run since.`, fix)
  }
  const { message } = await retryHeldJob(transaction, actor, job)
  return `The run of ${run.jobName} was not done. ${message}`
}

import { nextFire } from '../../shared/cadence.ts'
import { describeError } from '../../shared/errors.ts'
import { type AfterFailure, afterCancel, afterFailure, afterLostLease, afterSkipped } from '../../shared/retry.ts'
import { wakeAgents } from '../store/agents.ts'
import { type Database, isTransient } from '../store/database.ts'
import {
  isAnythingToRecover,
  listExpiredRuns,
  listForeignStuckRuns,
  listRunsFailedByHand,
  listSkippableJobs,
  listUnplannedJobs,
  planJob,
  type Recovery as RecoveryRow,
  recoverRuns,
  releaseOrphanedJobs,
  rescheduleAfter,
  type StuckRun,
  type UnplannedJob,
} from '../store/recovery.ts'
import type { DatabaseTime } from './database-time.ts'
import type { AgentListener } from './events.ts'
import { cadenceOf } from './job-decision.ts'

export interface RecoverySettings {
  /** Pinned plans; every poll. */
  readonly database: Database
  /** Ordinary plans, for the questions that read whole tables now and then. */
  readonly consoleDatabase: Database
  readonly databaseTime: DatabaseTime
  readonly jobTypes: readonly string[]
  readonly restartGraceSeconds: number
  readonly now: () => Date | null
  readonly emit: AgentListener
  /** A job was given its next run, or the reason why it has none. */
  readonly onPlanned: () => void
}

const dayMs = 86_400_000
/** Whole-table questions are asked at the first poll and then at every so many. */
const pollsBetweenFullSweeps = 20

/** Puts right what nobody else will: runs of dead agents, jobs without a next run, fires to be skipped (J7, J10). */
export class Recovery {
  readonly #settings: RecoverySettings
  #polls = 0
  /** Ids of jobs that were found without a next run and could not be given one: only a full sweep tries them again. */
  #unplannable: readonly string[] = []

  constructor(settings: RecoverySettings) {
    this.#settings = settings
  }

  /** The start of every poll. Throws when the database cannot be asked. */
  async sweep(): Promise<void> {
    const isFull = this.#polls % pollsBetweenFullSweeps === 0
    if (isFull) await this.#putRight(true)
    else if (await this.#isNeeded()) await this.#putRight(false)
    this.#polls += 1
  }

  #isNeeded(): Promise<boolean> {
    const { database, restartGraceSeconds, jobTypes, now } = this.#settings
    const unplannable = this.#unplannable
    return isAnythingToRecover(database, { restartGraceSeconds, since: this.#dayAgo(), jobTypes, unplannable }, now())
  }

  async #putRight(isFull: boolean): Promise<void> {
    const { database, consoleDatabase, restartGraceSeconds, now } = this.#settings
    await this.#recover(await listExpiredRuns(database, restartGraceSeconds, now()), lostWords)
    if (isFull) {
      await this.#recover(await listForeignStuckRuns(consoleDatabase, new Date(0), now()), foreignWords)
      await this.#releaseOrphans()
    } else {
      await this.#recover(await listForeignStuckRuns(database, this.#dayAgo(), now()), foreignWords)
    }
    await this.planUnplanned()
    await this.#skip()
  }

  #dayAgo(): Date {
    return new Date(this.#settings.databaseTime.now().getTime() - dayMs)
  }

  /** Gives every recurring job of our types that lacks one its next run. */
  async planUnplanned(): Promise<void> {
    const { consoleDatabase, jobTypes } = this.#settings
    const unplannable: string[] = []
    for (let after: string | null = null; ; ) {
      const jobs: UnplannedJob[] = await listUnplannedJobs(consoleDatabase, jobTypes, after)
      for (const job of jobs) if (!(await this.#plan(job))) unplannable.push(job.jobId)
      after = jobs.at(-1)?.jobId ?? null
      if (after === null) break
    }
    this.#unplannable = unplannable
  }

  async #recover(stuck: readonly StuckRun[], words: (run: StuckRun) => string): Promise<void> {
    if (stuck.length === 0) return
    const now = this.#settings.databaseTime.now()
    const recoveries = stuck.map((run) => recoveryOf(run, words(run), now))
    const recovered = new Set(await this.#recoverTogether(recoveries))
    // Of any job type, so it may be another agent that can run them.
    if (recovered.size > 0) await wakeAgents(this.#settings.consoleDatabase)
    for (const { runId, jobId, errorMessage } of recoveries) {
      if (recovered.has(runId)) this.#settings.emit({ type: 'run_recovered', runId, jobId, message: errorMessage })
    }
  }

  /** Ids of the runs that were still stuck. One that the database refuses must not keep the others from being recovered. */
  async #recoverTogether(recoveries: readonly RecoveryRow[]): Promise<string[]> {
    const { database, now, emit } = this.#settings
    try {
      return await recoverRuns(database, recoveries, now())
    } catch (error) {
      if (isTransient(error)) throw error
      const [first] = recoveries
      if (recoveries.length > 1) {
        const apart: string[] = []
        for (const recovery of recoveries) apart.push(...(await this.#recoverTogether([recovery])))
        return apart
      }
      emit({ type: 'trouble', message: `Run ${first?.runId} could not be recovered: ${describeError(error)}` })
      return []
    }
  }

  async #releaseOrphans(): Promise<void> {
    const { consoleDatabase, databaseTime, emit, now } = this.#settings
    const failed = (await listRunsFailedByHand(consoleDatabase)).map((run) => failedByHand(run, databaseTime.now()))
    for (const jobId of failed.length > 0 ? await rescheduleAfter(consoleDatabase, failed, now()) : []) {
      emit({ type: 'trouble', message: `Job ${jobId} was held by a run that somebody else ended; it is free again.` })
    }
    for (const jobId of await releaseOrphanedJobs(consoleDatabase, now())) {
      emit({ type: 'trouble', message: `Job ${jobId} was held by a run that no longer exists; it is free again.` })
    }
  }

  async #skip(): Promise<void> {
    const { database, jobTypes, now } = this.#settings
    for (const job of await listSkippableJobs(database, jobTypes, now())) await this.#plan(job)
  }

  /** False when no next run can be computed or written. */
  async #plan(job: UnplannedJob): Promise<boolean> {
    const { database, databaseTime, emit } = this.#settings
    const now = databaseTime.now()
    const cadence = cadenceOf(job)
    const nextRunAt = cadence && (job.nextRunAt ? afterSkipped(job.nextRunAt, cadence, now) : nextFire(cadence, now))
    const problem = nextRunAt ? null : unreadable(job)
    try {
      const planned = await planJob(database, job, nextRunAt, problem)
      if (planned) this.#settings.onPlanned()
      if (!planned || job.reason === 'unplanned') return nextRunAt !== null
      const why =
        job.reason === 'missed' ? 'nobody was there to run it on time, or it was held' : 'its concurrency key was busy'
      emit({ type: 'job_skipped', jobId: job.jobId, message: `A run was skipped: ${why}.` })
      return nextRunAt !== null
    } catch (error) {
      emit({ type: 'trouble', message: `Job ${job.jobId} could not be planned: ${describeError(error)}` })
      return false
    }
  }
}

function unreadable(job: UnplannedJob): string {
  const zone = job.timeZone === null ? '' : ` in zone "${job.timeZone}"`
  return `The schedule "${job.cronExpression ?? ''}"${zone} cannot be read, so no next run is planned. Correct its cron expression or time zone.`
}

function lostWords(run: StuckRun): string {
  return `Agent ${run.agentName ?? '(unknown)'} was lost: it stopped renewing the lease of this run.`
}

function foreignWords(): string {
  return 'Running for more than 30 minutes without a lease; whoever ran it is presumed dead.'
}

function recoveryOf(run: StuckRun, errorMessage: string, now: Date): RecoveryRow {
  const { runId, jobId } = run
  // Nobody knows what it has done: a person has to look, whoever asked for its end (J5).
  if (run.cancelRequested && !run.outcomeUnknown) return cancelledRecovery(run, now)
  const problem = run.outcomeUnknown ? 'outcome_unknown' : 'agent_lost'
  // However many runs a job has had since, the latest one decides about it.
  if (!run.isLatest) return { runId, jobId, problem, errorMessage, reschedule: null }
  const failed = { ...run, cadence: cadenceOf(run), now, message: errorMessage }
  // A lease says that the agent died, which is not the job's fault: again at once. Without a lease nobody knows: J5.
  const after =
    run.runToken !== null && !run.outcomeUnknown
      ? afterLostLease(failed)
      : afterFailure({ ...failed, exhaustAtOnce: run.outcomeUnknown })
  return { runId, jobId, problem, errorMessage, reschedule: rescheduled(after) }
}

/** J5. Nobody knows why they ended it; what they wrote is the reason. */
function failedByHand(
  run: StuckRun & { readonly errorMessage: string | null },
  now: Date,
): Pick<RecoveryRow, 'runId' | 'reschedule'> {
  const message = run.errorMessage ?? 'Somebody else ended it in the database.'
  const failed = { ...run, cadence: cadenceOf(run), now, message, exhaustAtOnce: run.outcomeUnknown }
  return { runId: run.runId, reschedule: rescheduled(afterFailure(failed)) }
}

function rescheduled(after: AfterFailure): RecoveryRow['reschedule'] {
  const { nextAttempt, lastError } = after
  return { nextRunAt: after.nextRunAt?.toISOString() ?? null, nextAttempt, lastError, jobStatus: 'active' }
}

/** J11: somebody asked for its end, and it has ended; the work is not begun again. */
function cancelledRecovery(run: StuckRun, now: Date): RecoveryRow {
  const { runId, jobId, scheduleType, triggerSource } = run
  const errorMessage = 'Cancelled; the agent that ran it was lost before it could say so.'
  const facts = { scheduleType, triggerSource, runsCompleted: 0, maxRuns: null, cadence: cadenceOf(run), now }
  const after = afterCancel(facts)
  const nextRunAt = after.nextRunAt?.toISOString() ?? null
  const reschedule = { nextRunAt, nextAttempt: 1, lastError: after.lastError, jobStatus: after.status }
  return { runId, jobId, problem: 'cancelled', errorMessage, reschedule: run.isLatest ? reschedule : null }
}

import { type Cadence, nextFire } from './cadence.ts'
import type { JobStatus, RunProblem, RunStatus, ScheduleType, TriggerSource } from './domain.ts'
import { formatInstant } from './duration.ts'
import { cleanText } from './errors.ts'

const minuteMs = 60_000
/** What the column of attempt numbers holds; a row of another program may be that far. */
const mostAttempts = 2_147_483_647
const longestBackoffMinutes = 60
/**
 * As the next attempt of a job: the first one, but of work that was given back or that somebody asked for. It is no fire of the
 * cadence, so no policy skips it (J10). The run itself is attempt 1.
 */
export const askedFor = 0
/** A fire that is late by less than this is late, not missed. ms */
export const missedAfterMs = minuteMs

/** J5: minutes to wait after the failure of `attempt` (1 for the first): min(5 × 2^(attempt-1), 60). */
export function backoffMinutes(attempt: number): number {
  // From the fifth attempt on the cap holds; a larger exponent would only overflow.
  const doublings = Math.min(Math.max(attempt, 1), 10) - 1
  return Math.min(5 * 2 ** doublings, longestBackoffMinutes)
}

export interface LastRun {
  readonly status: RunStatus
  /** 1 for the first attempt. */
  readonly attempt: number
  readonly problem: RunProblem | null
}

/** Given back without having failed: the next claim carries the same attempt number. */
const keepsAttempt: ReadonlySet<RunProblem | null> = new Set(['released', 'snoozed'])
/** Ended the series of attempts at once, however many were left (J5). */
const endsSeries: ReadonlySet<RunProblem | null> = new Set(['invalid_parameters', 'configuration', 'outcome_unknown'])

/**
 * J4: the attempt number of the next run, counted from the last one (null = the job has never run).
 * `maxRetries` is how many attempts may follow the first; below 0 counts as 0.
 */
export function nextAttempt(last: LastRun | null, maxRetries: number): number {
  if (last === null) return 1
  if (keepsAttempt.has(last.problem)) return Math.max(1, last.attempt)
  if (last.status !== 'failed' || endsSeries.has(last.problem)) return 1
  return last.attempt <= maxRetries ? attemptAfter(last.attempt) : 1
}

export interface FailedAttempt {
  /** 1 for the first attempt. */
  readonly attempt: number
  readonly maxRetries: number
  readonly scheduleType: ScheduleType
  /** Null for one-time jobs, and for recurring ones whose stored schedule cannot be read. */
  readonly cadence: Cadence | null
  /** By the database clock. */
  readonly now: Date
  /** Why it failed, for a person. */
  readonly message: string
}

export interface AfterFailure {
  /** Null = the job does not run again by itself. */
  readonly nextRunAt: Date | null
  /** True when the next run is another attempt at the same work. */
  readonly retry: boolean
  /** The attempt number of the next run. */
  readonly nextAttempt: number
  /** Which attempt failed, why, and what happens next. */
  readonly lastError: string
  /** Active, but with nothing planned: a person has to act. */
  readonly dead: boolean
}

/**
 * J5: what a failed attempt leads to. While `attempt` <= `maxRetries` it is retried after the backoff. Exhausted, or with
 * `exhaustAtOnce` (invalid parameters, configuration, unknown outcome), a recurring job waits for its cadence and a
 * one-time job is dead. A recurring job with no readable schedule still gets its retries, and is then dead too.
 */
export function afterFailure(input: FailedAttempt & { readonly exhaustAtOnce: boolean }): AfterFailure {
  const failed = `${attemptWords(input)} failed: ${sentence(input.message)}`
  if (input.exhaustAtOnce || !mayRetry(input)) return exhausted(input, failed)
  const nextRunAt = new Date(input.now.getTime() + backoffMinutes(input.attempt) * minuteMs)
  const lastError = `${failed} Retry at ${formatInstant(nextRunAt)}.`
  return { nextRunAt, retry: true, nextAttempt: attemptAfter(input.attempt), lastError, dead: false }
}

/** J7: an attempt whose agent is gone is repeated at once as the next attempt, bounded by `maxRetries`; then as in J5. */
export function afterLostLease(input: FailedAttempt): AfterFailure {
  const lost = `${attemptWords(input)} was lost: ${sentence(input.message)}`
  if (!mayRetry(input)) return exhausted(input, lost)
  const lastError = `${lost} It runs again at once.`
  return { nextRunAt: input.now, retry: true, nextAttempt: attemptAfter(input.attempt), lastError, dead: false }
}

function attemptAfter(attempt: number): number {
  return Math.min(attempt + 1, mostAttempts)
}

function mayRetry(input: FailedAttempt): boolean {
  return input.attempt <= input.maxRetries
}

function exhausted(input: FailedAttempt, what: string): AfterFailure {
  const nextRunAt = followingFire(input)
  const retries = mayRetry(input) ? 'It is not retried until somebody corrects this.' : 'No retries are left.'
  const next = nextRunAt === null ? deadWords(input) : `The next run is at ${formatInstant(nextRunAt)}.`
  const lastError = `${what} ${retries} ${next}`
  return { nextRunAt, retry: false, nextAttempt: 1, lastError, dead: nextRunAt === null }
}

function deadWords(input: FailedAttempt): string {
  return input.scheduleType === 'recurring' ? noSchedule : 'The job is dead; retry it by hand.'
}

const noSchedule =
  'The job is recurring, but its cron expression or time zone is not valid, so no next run is planned. Correct its schedule.'

function followingFire(job: { scheduleType: ScheduleType; cadence: Cadence | null; now: Date }): Date | null {
  return job.scheduleType === 'recurring' && job.cadence !== null ? nextFire(job.cadence, job.now) : null
}

function attemptWords(input: FailedAttempt): string {
  const total = Math.max(0, input.maxRetries) + 1
  return input.attempt <= total ? `Attempt ${input.attempt} of ${total}` : `Attempt ${input.attempt}`
}

const messageLimit = 8_000

function sentence(message: string): string {
  const text = cleanText(message.trim(), messageLimit) || 'no reason was given'
  return /[.!?…]$/.test(text) ? text : `${text}.`
}

export interface SucceededRun {
  readonly scheduleType: ScheduleType
  /** Who asked for the job: a one-time job of a person or a program is put away once it is done. */
  readonly triggerSource: TriggerSource
  /** Before this run. */
  readonly runsCompleted: number
  /** Null = no limit. */
  readonly maxRuns: number | null
  readonly cadence: Cadence | null
  /** By the database clock. */
  readonly now: Date
}

export interface AfterSuccess {
  readonly status: JobStatus
  readonly nextRunAt: Date | null
  readonly runsCompleted: number
  /** Null clears what an earlier failure left; a text says why a recurring job has no next run. */
  readonly lastError: string | null
}

/** J11: what a cancelled run leads to: a recurring job goes on with its next fire, a one-time job has had its chance. */
export function afterCancel(input: SucceededRun): AfterSuccess {
  // It does not count as one of `maxRuns`.
  return { ...afterSuccess({ ...input, maxRuns: null }), runsCompleted: input.runsCompleted }
}

/** J6: what a successful run leads to. */
export function afterSuccess(input: SucceededRun): AfterSuccess {
  const runsCompleted = input.runsCompleted + 1
  const done = { nextRunAt: null, runsCompleted, lastError: null }
  if (input.scheduleType === 'one_time') {
    return { ...done, status: input.triggerSource === 'scheduled' ? 'completed' : 'archived' }
  }
  if (input.maxRuns !== null && runsCompleted >= input.maxRuns) return { ...done, status: 'completed' }
  const nextRunAt = followingFire(input)
  return { status: 'active', nextRunAt, runsCompleted, lastError: nextRunAt === null ? noSchedule : null }
}

/**
 * J10: the next run of a recurring job whose fire at `dueAt` is skipped at `now`: a later fire that is less than a minute old
 * still runs, otherwise the next one does. Null when the cadence never fires again.
 */
export function afterSkipped(dueAt: Date, cadence: Cadence, now: Date): Date | null {
  return nextFire(cadence, new Date(Math.max(dueAt.getTime(), now.getTime() - missedAfterMs)))
}

/** The most runs in a row that may fail before it is told. */
export const mostAlertAfter = 20

/**
 * How many runs in a row have failed for good: works, not attempts, since the last one that succeeded. `runs`: the decided ones of a job, newest first.
 * A failed attempt that another one followed was not final; of the newest that is not asked here.
 */
export function failuresInRow(runs: readonly { readonly hasFailed: boolean; readonly attempt: number }[]): number {
  const succeeded = runs.findIndex(({ hasFailed }) => !hasFailed)
  const failed = succeeded === -1 ? runs : runs.slice(0, succeeded)
  return failed.filter((_run, index) => (failed[index - 1]?.attempt ?? 1) <= 1).length
}

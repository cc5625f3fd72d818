import { formatAge, formatInstant } from '../../shared/duration.ts'
import { heldWords } from '../../shared/holds.ts'
import { sentence, shortName } from '../../shared/short-text.ts'
import type { HeldBy } from '../store/holds.ts'
import type { OutsideRefresher } from '../store/outside-refreshers.ts'
import type { RefreshingJob } from '../store/refreshing-jobs.ts'
import { outsideWords } from './outside-words.ts'
import { endOf, hasFailedSince, isSpent } from './past-failures.ts'

export interface RefreshSituation {
  /** The jobs of the brand that refresh the dataset. */
  readonly jobs: readonly RefreshingJob[]
  /** Another program that does; null = none is known. */
  readonly outside: OutsideRefresher | null
  /** Job types that a living agent, or lately another program, can run. */
  readonly runnable: ReadonlySet<string>
  readonly anyAgentAlive: boolean
  readonly heldBy: HeldBy
  /** The step at which the last attempt of this very dataset failed. */
  readonly failedStep: string | null
  /** Its error, when its last attempt failed. */
  readonly error: string | null
  /** Null = never. */
  readonly lastSuccessAt: Date | null
  /** By the database clock. */
  readonly now: Date
}

/** Why a dataset has not been refreshed and what comes next, in sentences for a person. */
export function refreshReason(situation: RefreshSituation): string {
  const { jobs } = situation
  const running = jobs.find((job) => job.runningSince !== null)
  if (running !== undefined) return runningWords(running, situation.now)
  if (jobs.length === 0) return [refresherWords(situation), attemptWords(situation) ?? ''].join(' ').trim()
  const paused = jobs.filter((job) => job.status === 'paused')
  const planned = jobs.filter((job) => job.status === 'active' && !isSpent(endOf(job), successMs(situation)))
  if (planned.length === 0 && paused.length > 0) return pausedWords(paused, situation.now)
  const active = planned.length === 0 ? jobs : planned
  return (
    heldReason(active, situation) ??
    unrunnableWords(active, situation) ??
    failureWords(active, situation) ??
    waitingWords(active, situation)
  )
}

function successMs({ lastSuccessAt }: RefreshSituation): number | null {
  return lastSuccessAt?.getTime() ?? null
}

function refresherWords({ outside, now }: RefreshSituation): string {
  return outside === null ? 'No job of this brand refreshes it.' : `${outsideWords(outside, now)} Look where it runs.`
}

function runningWords(job: RefreshingJob, now: Date): string {
  const step = job.runningStep === null ? '' : ` at step ${job.runningStep}`
  return `A run of ${job.jobType} is in progress${step}, started ${formatAge(job.runningSince, now)}.`
}

function pausedWords(jobs: readonly RefreshingJob[], now: Date): string {
  const [first] = jobs.toSorted((left, right) => (right.pausedAt?.getTime() ?? 0) - (left.pausedAt?.getTime() ?? 0))
  const since = first?.pausedAt ?? null
  const when = since === null ? '' : ` since ${formatInstant(since)} (${formatAge(since, now)})`
  return `${first?.name ?? 'Its job'} is paused${when}.`
}

/** What it waits for first, where all that could refresh it wait. */
function heldReason(jobs: readonly RefreshingJob[], { heldBy }: RefreshSituation): string | null {
  const [first] = jobs
  const hold = first === undefined ? null : heldBy(first)
  if (first === undefined || hold === null || jobs.some((job) => heldBy(job) === null)) return null
  return sentence(`${first.jobType} is ${heldWords(hold)}`)
}

function unrunnableWords(jobs: readonly RefreshingJob[], { runnable, anyAgentAlive }: RefreshSituation): string | null {
  if (jobs.some((job) => runnable.has(job.jobType))) return null
  const types = [...new Set(jobs.map((job) => job.jobType))].join(', ')
  return anyAgentAlive ? `No agent can run ${types}.` : `No agent is running, so nobody runs ${types}.`
}

function attemptWords({ failedStep, error }: RefreshSituation): string | null {
  return error === null
    ? null
    : `The last attempt failed${failedStep === null ? '' : ` at step ${failedStep}`}: ${error}`
}

function failureWords(jobs: readonly RefreshingJob[], situation: RefreshSituation): string | null {
  const attempt = attemptWords(situation)
  if (attempt !== null) return attempt
  const failed = jobs.find((job) => hasFailedSince(endOf(job), successMs(situation)))
  if (failed === undefined) return null
  const what = failed.failedStepError ?? failed.lastError ?? 'no reason was given'
  const dead = failed.nextRunAt === null ? ' It is dead: its attempts are exhausted.' : ''
  const step = failed.failedStep === null ? '' : ` at step ${failed.failedStep}`
  return `The last run of ${failed.jobType} failed${step}: ${sentence(what)}${dead}`
}

function waitingWords(jobs: readonly RefreshingJob[], { now }: RefreshSituation): string {
  const overdue = jobs.find((job) => job.nextRunAt !== null && job.nextRunAt < now)
  if (overdue !== undefined) {
    return `A run of ${overdue.jobType} has been due since ${formatInstant(overdue.nextRunAt ?? now)} and ${overdueWords(overdue)}.`
  }
  if (jobs.every((job) => job.lastRunStatus === null)) return 'It has never run.'
  const [next] = jobs.flatMap((job) => job.nextRunAt ?? []).toSorted((left, right) => left.getTime() - right.getTime())
  return next === undefined
    ? 'No run is planned.'
    : `The next run is at ${formatInstant(next)} (${formatAge(next, now)}).`
}

/** After what is due: an agent that can run it is there, or that is said instead. */
export function overdueWords({ waitsBehind }: Pick<RefreshingJob, 'waitsBehind'>): string {
  return waitsBehind === null
    ? 'waits for an agent that is free'
    : `waits until the run of ${shortName(waitsBehind)} has ended, which has the same key`
}

import { type DatasetStatusFacts, suspicionWords } from './dataset-status.ts'
import type { AttemptStatus, FreshnessState, JsonObject, ReadinessVerdict } from './domain.ts'
import type { Due } from './due.ts'
import { formatAge, formatDuration } from './duration.ts'
import { freshnessState } from './freshness.ts'

/** The one action that makes a dataset fresh again: a job type with parameters. */
export interface Fix {
  readonly jobType: string
  readonly parameters: JsonObject
}

export interface Requirement {
  /** `dataset_key` */
  readonly dataset: string
  readonly label: string
  /** The page's own maximum, hours. */
  readonly maxAgeHours: number
  /** F9: when it counts, as everybody's maximum of this dataset of this brand does; null = always. */
  readonly due: Due | null
  /** Null = nothing in the catalog can refresh it. */
  readonly fix: Fix | null
  /** Null = the dataset has no row yet. */
  readonly status: DatasetStatusFacts | null
}

export interface ReadinessItem {
  readonly dataset: string
  readonly label: string
  readonly maxAgeHours: number
  readonly due: Due | null
  readonly state: FreshnessState
  readonly lastStatus: AttemptStatus
  readonly suspicious: boolean
  readonly lastSuccessAt: Date | null
  readonly lastAttemptAt: Date | null
  /** Of the last attempt, when it failed or nobody knows how it went. */
  readonly error: string | null
  /** Since the last success; null without one. */
  readonly ageHours: number | null
  readonly staleAt: Date | null
  /** Null when there is nothing to say against this dataset. */
  readonly reason: string | null
  readonly fix: Fix | null
}

export interface Readiness {
  readonly verdict: ReadinessVerdict
  /** What keeps it from being ready, worst first, each with what to do next; empty when ready. */
  readonly reasons: readonly string[]
  /** In the order of the requirements. */
  readonly items: readonly ReadinessItem[]
}

/**
 * F9: ready; degraded = every dataset is fresh, but a last attempt failed or a last success is suspicious; else not ready.
 * Only the last success decides about fresh (F5); no requirements are ready. Throws Problem for an impossible maximum.
 */
export function readiness(requirements: readonly Requirement[], now: Date): Readiness {
  const items = requirements.map((requirement) => itemOf(requirement, now))
  const blocking = items.filter((item) => !usable(item))
  const doubtful = items.filter((item) => usable(item) && item.reason !== null)
  const verdict = blocking.length > 0 ? 'not_ready' : doubtful.length > 0 ? 'degraded' : 'ready'
  const reasons = [...blocking, ...doubtful].flatMap((item) => item.reason ?? [])
  return { verdict, reasons, items }
}

/** The exit status of `pm ready`: degraded data is usable. */
export function exitCodeOf(verdict: ReadinessVerdict): 0 | 1 {
  return exitCodes[verdict]
}

const exitCodes = { ready: 0, degraded: 0, not_ready: 1 } as const satisfies Record<ReadinessVerdict, 0 | 1>

function usable(item: ReadinessItem): boolean {
  return item.state === 'fresh'
}

function itemOf(requirement: Requirement, now: Date): ReadinessItem {
  const { dataset, label, maxAgeHours, due, fix, status } = requirement
  const lastSuccessAt = status?.lastSuccessAt ?? null
  // Readiness is about now. A next run that is done at once leaves nothing for F7 to predict.
  const { state, ageHours, staleAt, reason } = freshnessState({
    lastSuccessAt,
    maxAgeHours,
    due,
    now,
    nextRunAt: now,
    graceMinutes: 0,
  })
  const against =
    state === 'fresh' ? doubtOf(requirement, now) : `${label}: ${afterColon(reason ?? '')} ${nextThing(requirement)}`
  return {
    dataset,
    label,
    maxAgeHours,
    due,
    state,
    lastStatus: status?.lastStatus ?? 'unknown',
    suspicious: status?.suspicious ?? false,
    lastSuccessAt,
    lastAttemptAt: status?.lastAttemptAt ?? null,
    error: status?.lastStatus === 'failed' || status?.lastStatus === 'unknown' ? status.errorMessage : null,
    ageHours,
    staleAt,
    reason: against,
    fix,
  }
}

function afterColon(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1)
}

function doubtOf(requirement: Requirement, now: Date): string | null {
  const { status, label } = requirement
  if (status === null || status.lastSuccessAt === null) return null
  const age = formatDuration(now.getTime() - status.lastSuccessAt.getTime())
  if (status.lastStatus === 'failed') {
    const error = firstLine(status.errorMessage)
    const failed = `the last attempt failed ${formatAge(status.lastAttemptAt, now)}${error === '' ? '' : `: ${error}`}`
    return `${label}: fresh (${age} old), but ${failed}. ${nextThing(requirement)}`
  }
  if (status.suspicious) return `${label}: ${afterColon(suspicionWords(status))} Check its source.`
  return null
}

function nextThing({ status, fix }: Requirement): string {
  if (status?.lastStatus === 'running') return 'A run is in progress.'
  const failed = status?.lastStatus === 'failed' && status.errorMessage !== null
  if (fix === null) return failed ? 'Look at its last error.' : 'Nothing in the catalog refreshes it.'
  const parameters = Object.entries(fix.parameters).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  return `Run ${[fix.jobType, ...parameters].join(' ')}.`
}

const errorLimit = 160

/** Enough of an error to recognise it; the whole text is on the run. */
function firstLine(error: string | null): string {
  const line = (error ?? '').trim().split('\n', 1)[0] ?? ''
  return (line.length > errorLimit ? `${line.slice(0, errorLimit)}…` : line).replace(/\.$/, '')
}

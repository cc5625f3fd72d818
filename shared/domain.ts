/** The words of the domain as values. Every union here is the only spelling used in rows, JSON and the console. */

/** What a person chose for a job. `archived` jobs appear only under their own filter. */
export const jobStatuses = ['active', 'paused', 'completed', 'archived'] as const
export type JobStatus = (typeof jobStatuses)[number]

/** What a list of jobs tells apart. `retrying`: waits for its next attempt after a failed one. `dead`: see J5. */
export const jobStates = ['running', 'retrying', 'dead', 'active', 'paused', 'completed', 'archived'] as const
export type JobStateWord = (typeof jobStates)[number]

/** How the last run of a job ended; `never` = none has. What needs a person first. */
export const lastResults = ['failed', 'cancelled', 'completed', 'never'] as const
export type LastResult = (typeof lastResults)[number]

/** What can be done to one job or to many. */
export const jobActions = ['pause', 'resume', 'retry', 'archive', 'restore', 'cancel', 'run_now'] as const
export type JobAction = (typeof jobActions)[number]

export const scheduleTypes = ['recurring', 'one_time'] as const
export type ScheduleType = (typeof scheduleTypes)[number]

/** J14. A run that completed with warnings is `completed` with problem `warnings`. */
export const runStatuses = ['pending', 'running', 'completed', 'failed', 'cancelled'] as const
export type RunStatus = (typeof runStatuses)[number]

/** Why a run needs attention; null while it runs and after a plain success (indexes name this column, never the status). */
export const runProblems = [
  'warnings',
  'failed',
  'timed_out',
  'lease_lost',
  'agent_lost',
  'outcome_unknown',
  'invalid_parameters',
  'configuration',
  'cancelled',
  'released',
  'snoozed',
] as const
export type RunProblem = (typeof runProblems)[number]

export const stepStatuses = ['running', 'completed', 'failed', 'skipped', 'cancelled', 'unknown'] as const
export type StepStatus = (typeof stepStatuses)[number]

export const triggerSources = ['scheduled', 'manual', 'api'] as const
export type TriggerSource = (typeof triggerSources)[number]

/** J10. What happens to a job that falls due while its concurrency key is busy. */
export const overlapPolicies = ['queue', 'skip'] as const
export type OverlapPolicy = (typeof overlapPolicies)[number]

/** J10. What happens to fires that nobody was there for: one run for any number of them, or none. */
export const catchUpPolicies = ['latest', 'skip'] as const
export type CatchUpPolicy = (typeof catchUpPolicies)[number]

/** Higher is claimed first. The numbers are stored; the words are shown. */
export const priorities = { low: 0, normal: 1, high: 2, urgent: 3 } as const
export type Priority = keyof typeof priorities

/** F6, first axis: is the data young enough? `no_policy` = it has succeeded and nothing says how old it may be. */
export const freshnessStates = ['fresh', 'at_risk', 'stale', 'never_synced', 'no_policy'] as const
export type FreshnessState = (typeof freshnessStates)[number]

/** F6, second axis: how the last attempt went. */
export const attemptStatuses = ['completed', 'failed', 'running', 'unknown'] as const
export type AttemptStatus = (typeof attemptStatuses)[number]

export const readinessVerdicts = ['ready', 'degraded', 'not_ready'] as const
export type ReadinessVerdict = (typeof readinessVerdicts)[number]

export const logLevels = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof logLevels)[number]

export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue }
export type JsonObject = { [key: string]: JsonValue }

/** Older rows carry no zone; the program that wrote them meant this one (J13). */
export const legacyTimeZone = 'America/Los_Angeles'

/** The zone that a job's times are meant in; null for a job that runs once and names none: its time is an instant. */
export function zoneOfJob(job: {
  readonly scheduleType: ScheduleType
  readonly timeZone: string | null
}): string | null {
  return job.timeZone ?? (job.scheduleType === 'recurring' ? legacyTimeZone : null)
}

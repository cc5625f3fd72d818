import type { OverlapPolicy } from './domain.ts'
import { formatDuration } from './duration.ts'

/*
 * "When dataset X of a brand is refreshed, run job Y", as plain rules. The first refresh that has not been dealt with opens a time of
 * waiting (the debounce); at its end the trigger fires once, for the newest success there is then. What it queues is a one-time job,
 * so that claims, leases, retries and the concurrency key are those of every other run.
 */

export const triggerOutcomes = ['queued', 'skipped', 'stopped'] as const
export type TriggerOutcome = (typeof triggerOutcomes)[number]

/** Seconds. */
export const debounceSeconds = { usual: 60, most: 86_400 } as const

/** Beyond so many within an hour a trigger pauses itself: the catalog does not know every way from a run back to its dataset. */
export const mostFiringsPerHour = 30
const hourMs = 3_600_000

/** A trigger whose dataset has a success that was not dealt with, and what stands in its way. Instants in ms since 1970. */
export interface RefreshedTrigger {
  readonly nowMs: number
  readonly successMs: number
  /** The end of the debounce; null = this refresh is the first that is seen. */
  readonly dueMs: number | null
  readonly debounceMs: number
  readonly isBrandArchived: boolean
  /** Null = it names none, but a type with parameters of its own; `gone`: the job was deleted. */
  readonly jobStatus: string | null
  readonly overlapPolicy: OverlapPolicy
  /** A run holds the concurrency key. */
  readonly isBusy: boolean
  /** What it queued before has not begun. */
  readonly isWaiting: boolean
  readonly hourBeganMs: number | null
  readonly firedInHour: number
}

export type TriggerDecision =
  | { readonly kind: 'wait'; readonly dueMs: number }
  | { readonly kind: 'queued'; readonly hourBeganMs: number; readonly firedInHour: number }
  /** The refresh is dealt with, and nothing runs. */
  | { readonly kind: 'skipped'; readonly reason: string }
  /** As skipped, and the trigger pauses itself. */
  | { readonly kind: 'stopped'; readonly reason: string }

/** What becomes of the refresh now. */
export function decideTrigger(trigger: RefreshedTrigger): TriggerDecision {
  const dueMs = trigger.dueMs ?? Math.min(trigger.successMs, trigger.nowMs) + trigger.debounceMs
  if (dueMs > trigger.nowMs) return { kind: 'wait', dueMs }
  const reason = hindrance(trigger)
  if (reason !== null) return { kind: 'skipped', reason }
  const { hourBeganMs, firedInHour } = countFiring(trigger)
  if (firedInHour <= mostFiringsPerHour) return { kind: 'queued', hourBeganMs, firedInHour }
  const since = formatDuration(trigger.nowMs - hourBeganMs)
  return {
    kind: 'stopped',
    reason: `It fired ${mostFiringsPerHour} times within ${since}, so it may be part of a loop. Look at what refreshes the dataset, then resume it.`,
  }
}

/** What keeps a trigger from firing, whatever is refreshed; a sentence, null = nothing does. */
export function lastingHindrance({
  isBrandArchived,
  jobStatus,
}: Pick<RefreshedTrigger, 'isBrandArchived' | 'jobStatus'>): string | null {
  if (isBrandArchived) return 'The brand is archived.'
  if (jobStatus === 'gone') return 'The job was deleted.'
  return jobStatus === null || jobStatus === 'active' ? null : `The job is ${jobStatus}.`
}

/** Why nothing runs; null = nothing is in the way. */
function hindrance(trigger: RefreshedTrigger): string | null {
  const lasting = lastingHindrance(trigger)
  if (lasting !== null) return lasting
  const { isWaiting, isBusy, overlapPolicy } = trigger
  if (isWaiting) return 'The run that it queued before has not begun; it will see this refresh too.'
  if (isBusy && overlapPolicy === 'skip')
    return 'A run of the same concurrency key is in progress, and the job skips what overlaps.'
  return null
}

function countFiring({ nowMs, hourBeganMs, firedInHour }: RefreshedTrigger): {
  hourBeganMs: number
  firedInHour: number
} {
  const isOver = hourBeganMs === null || nowMs - hourBeganMs >= hourMs || nowMs < hourBeganMs
  return isOver ? { hourBeganMs: nowMs, firedInHour: 1 } : { hourBeganMs, firedInHour: firedInHour + 1 }
}

/** One trigger as a way from a dataset over a job type to the datasets that it refreshes. */
export interface TriggerWay {
  readonly dataset: string
  readonly jobType: string
  readonly refreshes: readonly string[]
}

/**
 * The chain that the new trigger would close, as words that alternate between datasets and job types and end with the dataset they
 * began with; the shortest one. Null = it closes none.
 */
export function findTriggerLoop(existing: readonly TriggerWay[], added: TriggerWay): string[] | null {
  const reached = new Map<string, readonly string[]>()
  let frontier: readonly TriggerWay[] = [added]
  const start: readonly string[] = [added.dataset]
  while (frontier.length > 0) {
    const next: TriggerWay[] = []
    for (const { dataset, jobType, refreshes } of frontier) {
      const chain = [...(dataset === added.dataset ? start : (reached.get(dataset) ?? start)), jobType]
      for (const refreshed of refreshes) {
        if (refreshed === added.dataset) return [...chain, refreshed]
        if (reached.has(refreshed)) continue
        reached.set(refreshed, [...chain, refreshed])
        next.push(...existing.filter((way) => way.dataset === refreshed))
      }
    }
    frontier = next
  }
  return null
}

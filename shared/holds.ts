/** Holds: "start nothing of this until then". Rows of jobs are not touched; a claim passes over what is held. */
import { formatInstant } from './duration.ts'

/** The longest reason, characters. */
export const longestHoldReason = 500

/** Null in both means all. */
export interface HoldScope {
  readonly organizationId: string
  readonly brandId: string | null
  readonly jobType: string | null
}

export interface HoldFacts extends HoldScope {
  readonly id: string
  /** Null = until somebody ends it. */
  readonly endsAt: Date | null
  readonly reason: string
  readonly createdBy: string
}

/** What can be held: a job, or one to be. Null organization: the platform's, which no organization holds. */
export interface Holdable {
  readonly organizationId: string | null
  readonly brandId: string | null
  readonly jobType: string
}

/** Whether a hold is about the job, in force or not. */
export function isAbout({ organizationId, brandId, jobType }: HoldScope, job: Holdable): boolean {
  if (job.brandId === null || organizationId !== job.organizationId) return false
  return (brandId === null || brandId === job.brandId) && (jobType === null || jobType === job.jobType)
}

/** Of holds in force, the one that the job waits for: that which ends last. Null = the job is not held. */
export function holdOf<Hold extends HoldFacts>(holds: readonly Hold[], job: Holdable): Hold | null {
  return longest(holds.filter((hold) => isAbout(hold, job)))
}

/** That which ends last; null of none. */
export function longest<Hold extends Pick<HoldFacts, 'endsAt'>>(holds: readonly Hold[]): Hold | null {
  return holds.reduce<Hold | null>((last, hold) => (last === null || endMs(hold) > endMs(last) ? hold : last), null)
}

function endMs({ endsAt }: Pick<HoldFacts, 'endsAt'>): number {
  return endsAt?.getTime() ?? Number.POSITIVE_INFINITY
}

/** When a hold is in force: from its start on, until before its end (null = until somebody ends it). */
export interface HoldSpan {
  readonly startsAt: Date
  readonly endsAt: Date | null
}

export interface Wait<Hold extends HoldSpan> {
  /** Null = nobody can say: the last of the holds has no end. */
  readonly startsAt: Date | null
  /** The last of the holds that it waits for, which ends when it may start; null = it waits for none. */
  readonly hold: Hold | null
}

/**
 * When something that is due at `at` (passed: now) may start: past every hold that is in force by then, and past those that are by the end of
 * these. `holds`: what is about it, in force or planned. What waits for none starts at `at`, passed or not.
 */
export function waitFor<Hold extends HoldSpan>(holds: readonly Hold[], at: Date, now: Date): Wait<Hold> {
  let startMs = Math.max(at.getTime(), now.getTime())
  let last: Hold | null = null
  for (let next = longestAt(holds, startMs); next !== null; next = longestAt(holds, startMs)) {
    last = next
    if (next.endsAt === null) return { startsAt: null, hold: next }
    startMs = next.endsAt.getTime()
  }
  return { startsAt: last === null ? at : new Date(startMs), hold: last }
}

/** Of those in force at `ms`, that which ends last. */
function longestAt<Hold extends HoldSpan>(holds: readonly Hold[], ms: number): Hold | null {
  return longest(holds.filter((hold) => hold.startsAt.getTime() <= ms && ms < endMs(hold)))
}

/** "held until 2026-11-27 14:00 UTC: warehouse migration"; for what has no end "held by Ana until it is ended: …". */
export function heldWords({ endsAt, createdBy, reason }: Omit<HoldFacts, keyof HoldScope | 'id'>): string {
  const until = endsAt === null ? `by ${createdBy} until it is ended` : `until ${formatInstant(endsAt)} by ${createdBy}`
  return `held ${until}: ${reason}`
}

/** "Acme", "meta_sync of all brands", "meta_sync of Acme", "all brands". */
export function heldThing(brandName: string | null, jobType: string | null): string {
  const brand = brandName ?? 'all brands'
  return jobType === null ? brand : `${jobType} of ${brand}`
}

/** Of one that has begun and nobody has ended: whether it is not over by its time. */
export function isInForce({ endsAt }: Pick<HoldFacts, 'endsAt'>, now: Date): boolean {
  return endsAt === null || now < endsAt
}

/** `planned`: it begins later. `over`: by its time or by hand. */
export const holdStates = ['in_force', 'planned', 'over'] as const
export type HoldState = (typeof holdStates)[number]

export function holdState(
  {
    startsAt,
    endsAt,
    endedAt,
  }: { readonly startsAt: Date; readonly endsAt: Date | null; readonly endedAt: Date | null },
  now: Date,
): HoldState {
  if (endedAt !== null || (endsAt !== null && endsAt <= now)) return 'over'
  return startsAt <= now ? 'in_force' : 'planned'
}

/** A job that refreshes a dataset, with all that holds it now or will. */
export interface HeldRefresher<Hold extends HoldSpan> {
  /** Null = nothing is planned, or it runs. */
  readonly nextRunAt: Date | null
  readonly holds: readonly Hold[]
}

/**
 * Whether stale data is expected, because each job that refreshes it is held now and waits for that: by when the first of them may start (null = nobody
 * can say), and the last hold that it waits for. Null: a job is free, or plans nothing, or runs after the hold in any case, so the hold is not why.
 */
export function expectedBy<Hold extends HoldSpan>(
  jobs: readonly HeldRefresher<Hold>[],
  now: Date,
): { readonly until: Date | null; readonly hold: Hold } | null {
  const waits = jobs.map(({ nextRunAt, holds }) => {
    if (nextRunAt === null || longestAt(holds, now.getTime()) === null) return null
    const { startsAt, hold } = waitFor(holds, nextRunAt, now)
    return hold === null ? null : { until: startsAt, hold }
  })
  const found = waits.flatMap((wait) => (wait === null ? [] : [wait]))
  if (found.length < jobs.length) return null
  return found.reduce<(typeof found)[number] | null>(
    (first, wait) => (first === null || endOf(wait) < endOf(first) ? wait : first),
    null,
  )
}

function endOf({ until }: { readonly until: Date | null }): number {
  return until?.getTime() ?? Number.POSITIVE_INFINITY
}

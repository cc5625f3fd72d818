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
  const about = holds.filter((hold) => isAbout(hold, job))
  return about.reduce<Hold | null>((last, hold) => (last === null || endMs(hold) > endMs(last) ? hold : last), null)
}

function endMs({ endsAt }: Pick<HoldFacts, 'endsAt'>): number {
  return endsAt?.getTime() ?? Number.POSITIVE_INFINITY
}

/** "held until 2026-11-27 14:00 UTC by Ana: warehouse migration"; for what has no end "held by Ana until it is ended: …". */
export function heldWords({ endsAt, createdBy, reason }: Omit<HoldFacts, keyof HoldScope | 'id'>): string {
  const until = endsAt === null ? `by ${createdBy} until it is ended` : `until ${formatInstant(endsAt)} by ${createdBy}`
  return `held ${until}: ${reason}`
}

/** "Acme", "meta_sync of all brands", "meta_sync of Acme", "all brands". */
export function heldThing(brandName: string | null, jobType: string | null): string {
  const brand = brandName ?? 'all brands'
  return jobType === null ? brand : `${jobType} of ${brand}`
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

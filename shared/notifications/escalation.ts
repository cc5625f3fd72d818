/*
 * Routes that wait: told once for each incident on their channel (or again every so often, 10 times at most), of what is open still and nobody is on some minutes after it opened. It is no transition of
 * the incident, so the clock decides; everything else that keeps incidents quiet keeps these quiet, too.
 */
import type { OrganizationRules } from './dispatch-plan.ts'
import { quietUntil } from './quiet-hours.ts'

/** How often more a route is told of one incident, where it is told again. */
export const mostRepetitions = 10

/** An incident that a route waits for: open, a root, told at once, nobody on it, not snoozed, and no rule keeps it quiet. */
export interface WaitingEscalation {
  readonly incidentId: string
  readonly routeId: string
  readonly channel: string
  /** Whose route it is. */
  readonly organizationId: string
  /**
   * So many minutes after it opened, woke or was given back, or after the route was changed: a new route does not tell at once of all that is
   * open. Told again, so many minutes after it was told last.
   */
  readonly dueAt: Date
}

export interface EscalationPlan<Waiting> {
  readonly due: readonly Waiting[]
  /** When the next is due, as things are; null = none waits. */
  readonly nextAt: Date | null
}

/** What comes due in quiet hours waits for their end, and is told then if it is open still and nobody is on it. */
export function planEscalations<Waiting extends WaitingEscalation>(
  waiting: readonly Waiting[],
  organizations: readonly OrganizationRules[],
  now: Date,
): EscalationPlan<Waiting> {
  const hours = new Map(organizations.map(({ organizationId, quietHours }) => [organizationId, quietHours]))
  const timed = waiting.map((one) => {
    const quietHours = hours.get(one.organizationId) ?? null
    const from = one.dueAt > now ? one.dueAt : now
    return { one, at: quietHours === null ? one.dueAt : (quietUntil(quietHours, from) ?? one.dueAt) }
  })
  const later = timed.filter(({ at }) => at > now).map(({ at }) => at.getTime())
  return {
    due: timed.filter(({ at }) => at <= now).map(({ one }) => one),
    nextAt: later.length === 0 ? null : new Date(later.reduce((first, at) => Math.min(first, at))),
  }
}

/** Those of `organizationIds` whose quiet hours it is at `now`, each with when they end: nothing of theirs is told before. */
export function quietOrganizations(
  organizationIds: readonly string[],
  organizations: readonly OrganizationRules[],
  now: Date,
): ReadonlyMap<string, Date> {
  const asked = new Set(organizationIds)
  return new Map(
    organizations.flatMap(({ organizationId, quietHours }) => {
      if (quietHours === null || !asked.has(organizationId)) return []
      const until = quietUntil(quietHours, now)
      return until === null ? [] : [[organizationId, until] as const]
    }),
  )
}

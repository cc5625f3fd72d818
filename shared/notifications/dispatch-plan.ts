/*
 * Who is told of what: pure rules over the transitions that nobody has looked at yet. Nothing here decides what is wrong (that is the
 * evaluation of incidents) or how it is told (that are the channels).
 */
import { groupKey } from '../brand-groups.ts'
import type { ToldTransition } from '../incidents.ts'
import { isSamePerson } from '../on-it.ts'
import { type QuietHours, quietUntil } from './quiet-hours.ts'

/** What an organization wants told where. Several routes to one channel add up. */
export interface NotificationRoute {
  readonly channel: string
  /** Null: all. */
  readonly kinds: readonly string[] | null
  readonly brandIds: readonly string[] | null
  /** Names of groups, besides: whoever carries one of them then. With neither brands nor groups: of every brand. */
  readonly groups: readonly string[] | null
  /** Whether it is told also when an incident ends. */
  readonly tellsResolved: boolean
  readonly enabled: boolean
  /** Null: at once. Otherwise only what is open still, and nobody is on, so many minutes later (escalation.ts). */
  readonly afterMinutes: number | null
  /** Of what waits: told again every so many minutes while nobody is on it; null: once. */
  readonly repeatMinutes: number | null
  /** Null: of whatever fits. Otherwise only what somebody else gives to this person, and its end while it is theirs. */
  readonly person: string | null
}

export interface OrganizationRules {
  readonly organizationId: string
  readonly quietHours: QuietHours | null
  readonly routes: readonly KnownRoute[]
}

export interface KnownRoute extends NotificationRoute {
  /** Null: what holds where nobody has decided. */
  readonly id: string | null
}

/** One transition of an incident, with what decides about it. */
export interface Transition {
  readonly eventId: string
  readonly transition: ToldTransition
  readonly incidentId: string
  readonly kind: string
  /** Null: an agent, which concerns every organization, or a platform-level job (J12). */
  readonly organizationId: string | null
  readonly brandId: string | null
  /** What its brand carries, as `groupKey` has them. */
  readonly brandGroups: readonly string[]
  /** It has a cause that is open still. */
  readonly isEffect: boolean
  readonly isSnoozed: boolean
  readonly isAcknowledged: boolean
  /** Of `assigned`: to whom it was given, null when it is somebody else's by now. Of all others: who is on it, null = nobody. */
  readonly onIt: string | null
  /** Organizations with a rule that keeps it quiet. */
  readonly mutedBy: readonly string[]
  /** How often the same thing has opened within the last hour, this time included. */
  readonly openings: number
  /** Channels that were told of this incident before. */
  readonly toldOn: readonly string[]
  /** Routes that wait and were told of this incident. */
  readonly escalatedTo: readonly string[]
  /** Channels that were told of this very transition; N2: they are not told again. */
  readonly doneOn: readonly string[]
}

/** Why something is told later, with all else that was held, in one message. */
export const holdReasons = ['quiet_hours', 'flapping'] as const
export type HoldReason = (typeof holdReasons)[number]

/** What one channel is told, for one organization (null: for all of them). Event ids, in the order of the transitions. */
export interface ChannelPlan {
  readonly organizationId: string | null
  readonly channel: string
  readonly told: readonly string[]
  readonly held: { readonly [Reason in HoldReason]: readonly string[] }
}

/** N4, point 31: what comes within this time is told together, ms. */
export const gatherMs = 10_000
/** More than this many are one summary. */
export const mostSingles = 2
/** Point 31: a thing that opens more often than this within an hour is told once an hour. */
export const mostOpenings = 3
export const flappingMs = 3_600_000

/** The one channel that needs no route: every device of an operator, as long as the organization has not said otherwise. */
export const desktopChannel = 'desktop' as const
const desktopByDefault: KnownRoute = {
  id: null,
  channel: desktopChannel,
  kinds: null,
  brandIds: null,
  groups: null,
  tellsResolved: true,
  enabled: true,
  afterMinutes: null,
  repeatMinutes: null,
  person: null,
}

interface Draft {
  readonly organizationId: string | null
  readonly channel: string
  readonly told: string[]
  readonly held: Record<HoldReason, string[]>
}

/**
 * Transitions → channels. Not told are effects (only their cause is), what an organization has muted, reminders of what somebody is
 * on, and what is snoozed until it ends; none of that keeps it from whoever was given it. An end is told only where the beginning was.
 */
export function planDispatch(
  transitions: readonly Transition[],
  organizations: readonly OrganizationRules[],
  now: Date,
): ChannelPlan[] {
  const drafts = new Map<string, Draft>()
  const toldHere = new Set<string>()
  for (const transition of transitions) {
    for (const [channel, audience] of audiences(transition, organizations, toldHere)) {
      const { organizationId, eventId, incidentId } = transition
      toldHere.add(`${channel} ${incidentId}`)
      const key = `${channel} ${organizationId}`
      const draft = drafts.get(key) ?? {
        organizationId,
        channel,
        told: [],
        held: { quiet_hours: [], flapping: [] },
      }
      drafts.set(key, draft)
      const reason = whyHeld(transition, audience, now)
      if (reason === null) draft.told.push(eventId)
      else draft.held[reason].push(eventId)
    }
  }
  return [...drafts.values()]
}

/** The channels that are told, each with the organizations that want it. */
function audiences(
  transition: Transition,
  organizations: readonly OrganizationRules[],
  toldHere: ReadonlySet<string>,
): Map<string, OrganizationRules[]> {
  const found = new Map<string, OrganizationRules[]>()
  if (isQuietByItself(transition)) return found
  for (const organization of organizations) {
    if (!isTheirs(transition, organization)) continue
    const routes = matching(transition, organization).filter((route) => !isMuted(transition, organization, route))
    for (const channel of new Set(routes.map((route) => route.channel))) {
      const isKnown = transition.toldOn.includes(channel) || toldHere.has(`${channel} ${transition.incidentId}`)
      if (!isNews(transition, isKnown) || transition.doneOn.includes(channel)) continue
      found.set(channel, [...(found.get(channel) ?? []), organization])
    }
  }
  return found
}

/** An end is news where the incident is known; what a mute rule kept back opens once more, for whoever was not told the first time. */
function isNews({ transition }: Transition, isKnown: boolean): boolean {
  if (transition === 'resolved') return isKnown
  return transition !== 'opened' || !isKnown
}

function isQuietByItself(one: Transition): boolean {
  const { transition, isSnoozed, isAcknowledged, onIt } = one
  // Somebody wants them to hear of it, whatever keeps everybody else from it.
  if (transition === 'assigned') return onIt === null
  if (isToldByCause(one)) return true
  return transition !== 'resolved' && (isSnoozed || (transition === 'reminded' && isAcknowledged))
}

/** N2: only its cause is told, also when that was found after it; an end is told, as it may have become an effect after it was told. */
export function isToldByCause({ transition, isEffect }: Transition): boolean {
  return isEffect && transition !== 'resolved' && transition !== 'assigned'
}

/**
 * N3: openings that a rule keeps from being told, each with the organizations that would have been told. Once no rule fits any more, what is
 * open still opens for them.
 */
export function keptBack(
  transitions: readonly Transition[],
  organizations: readonly OrganizationRules[],
): { readonly incidentId: string; readonly organizationIds: readonly string[] }[] {
  return transitions
    .filter((one) => one.transition === 'opened' && !isToldByCause(one))
    .map((one) => ({
      incidentId: one.incidentId,
      organizationIds: organizations
        .filter((organization) => isTheirs(one, organization) && one.mutedBy.includes(organization.organizationId))
        .map(({ organizationId }) => organizationId),
    }))
    .filter(({ organizationIds }) => organizationIds.length > 0)
}

function isTheirs({ organizationId }: Transition, organization: OrganizationRules): boolean {
  return organizationId === null || organizationId === organization.organizationId
}

/** Whatever keeps an incident quiet for others: whoever was given it hears of that, and of its end. */
function isMuted({ mutedBy }: Transition, { organizationId }: OrganizationRules, { person }: KnownRoute): boolean {
  return person === null && mutedBy.includes(organizationId)
}

function matching(one: Transition, organization: OrganizationRules): KnownRoute[] {
  const { transition, kind, organizationId, escalatedTo } = one
  // J12: what is wrong with a platform-level job is for its administrators, who have the database; no channel of an organization's.
  const isPlatform = organizationId === null && kind !== 'agent_lost'
  return effectiveRoutes(organization).filter(
    (route) =>
      (!isPlatform || route.channel === desktopChannel) &&
      // What waits hears of the end of what it was told of, and of nothing else here.
      (route.afterMinutes === null || (transition === 'resolved' && escalatedTo.includes(route.id ?? ''))) &&
      isForWhom(route, one) &&
      (route.tellsResolved || transition !== 'resolved') &&
      (route.kinds === null || route.kinds.includes(kind)) &&
      isAboutBrand(route, one),
  )
}

function isAboutBrand({ brandIds, groups }: KnownRoute, { brandId, brandGroups }: Transition): boolean {
  if (brandIds === null && groups === null) return true
  if (brandId !== null && brandIds?.includes(brandId) === true) return true
  return groups?.some((group) => brandGroups.includes(groupKey(group))) === true
}

/** A person's route hears of what they are given, and of its end while it is theirs; every other one of all else. */
function isForWhom({ person }: KnownRoute, { transition, onIt }: Transition): boolean {
  if (person === null) return transition !== 'assigned'
  if (transition !== 'assigned' && transition !== 'resolved') return false
  return isSamePerson(onIt, person)
}

/** Whether a route hears of what opens when it opens: it waits for no time and nobody. */
export const isAtOnce = ({ afterMinutes, person }: Pick<NotificationRoute, 'afterMinutes' | 'person'>): boolean =>
  afterMinutes === null && person === null

/** A route that waits takes nothing away: desktops are told at once until a route says what they are told at once, also one that is off. */
function effectiveRoutes({ routes }: OrganizationRules): KnownRoute[] {
  const enabled = routes.filter((route) => route.enabled)
  const isDecided = routes.some((route) => route.channel === desktopChannel && isAtOnce(route))
  return isDecided ? enabled : [...enabled, desktopByDefault]
}

function whyHeld(transition: Transition, audience: readonly OrganizationRules[], now: Date): HoldReason | null {
  if (nobodyBefore(audience, now) > now) return 'quiet_hours'
  return transition.openings > mostOpenings && transition.transition !== 'assigned' ? 'flapping' : null
}

/** When the first of them may be told. */
function nobodyBefore(audience: readonly OrganizationRules[], now: Date): Date {
  const times = audience.map(({ quietHours }) => (quietHours === null ? now : (quietUntil(quietHours, now) ?? now)))
  return times.length === 0 ? now : new Date(Math.min(...times.map(Number)))
}

/** What was held together: one message, once nothing holds it any more. */
export interface Held {
  readonly organizationId: string | null
  readonly channel: string
  readonly reason: HoldReason
  /** Since the first of them was held. */
  readonly since: Date
}

/** Whether anybody is told on its channel still. */
export function isAwaited(held: Held, organizations: readonly OrganizationRules[]): boolean {
  return audienceOf(held, organizations).length > 0
}

/** Whether a route tells there still of one transition among what was held: a person's tells of nothing but what is theirs. */
export function isWanted(
  held: Held,
  { transition, assignee }: { readonly transition: string; readonly assignee: string | null },
  organizations: readonly OrganizationRules[],
): boolean {
  const routes = concernedBy(held, organizations).flatMap(effectiveRoutes)
  return routes.some(({ channel, person }) => {
    if (channel !== held.channel) return false
    if (transition === 'assigned') return person !== null && isSamePerson(person, assignee)
    return person === null || transition === 'resolved'
  })
}

/**
 * When it is told: at once when that is not after `now`. Hours that are no longer quiet hold nothing, whatever they were; while no route
 * tells there, those of the organization hold it, so that a route may come back.
 */
export function releaseAt(held: Held, organizations: readonly OrganizationRules[], now: Date): Date {
  const audience = audienceOf(held, organizations)
  const earliest = nobodyBefore(audience.length === 0 ? concernedBy(held, organizations) : audience, now)
  if (held.reason === 'quiet_hours') return earliest
  return new Date(Math.max(earliest.getTime(), held.since.getTime() + flappingMs))
}

function audienceOf(held: Held, organizations: readonly OrganizationRules[]): OrganizationRules[] {
  return concernedBy(held, organizations).filter((organization) =>
    effectiveRoutes(organization).some(({ channel }) => channel === held.channel),
  )
}

function concernedBy({ organizationId }: Held, organizations: readonly OrganizationRules[]): OrganizationRules[] {
  return organizations.filter((one) => organizationId === null || organizationId === one.organizationId)
}

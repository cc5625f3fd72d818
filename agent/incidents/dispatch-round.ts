import { v7 as timeOrderedId } from 'uuid'
import type { ChannelType } from '../../shared/incidents.ts'
import {
  type ChannelPlan,
  desktopChannel,
  type HoldReason,
  holdReasons,
  isAwaited,
  isToldByCause,
  isWanted,
  keptBack,
  mostSingles,
  type OrganizationRules,
  planDispatch,
  releaseAt,
} from '../../shared/notifications/dispatch-plan.ts'
import { planEscalations, quietOrganizations } from '../../shared/notifications/escalation.ts'
import type { NotificationMessage } from '../../shared/notifications/message.ts'
import type { Database, DatabasePool } from '../store/database.ts'
import {
  escalateIncidents,
  listWaitingEscalations,
  listWaitingOrganizations,
  type StoredEscalation,
} from '../store/escalations.ts'
import {
  dropHeldNotification,
  dropOldNotifications,
  type HeldNotification,
  holdNotification,
  insertNotificationEvents,
  insertNotifications,
  listHeldNotifications,
  listNotificationRules,
  type NewNotification,
  releaseHeldNotification,
  type ToldEvent,
  tryDispatchLock,
  wakeDeliveries,
} from '../store/notification-dispatch.ts'
import {
  keepBack,
  listEventsOfNotification,
  listUndispatchedEvents,
  markEventsDispatched,
  type TellableEvent,
  type UndispatchedEvent,
} from '../store/undispatched-events.ts'
import { composeMessage } from './compose-message.ts'
import { readKnownChannels, typeOfChannel } from './known-channels.ts'
import { storedQuietHours } from './stored-quiet-hours.ts'

export interface DispatchSettings {
  /** How long transitions wait for others, ms. */
  readonly gatherMs: number
  /** For how long after its last heartbeat an agent counts as alive. */
  readonly aliveSeconds: number
  /** Of what waits on routes, so much is looked at in one round; the rest at once in the next. */
  readonly mostEscalations?: number
  /** Told once a round has been committed; not when another process was in the middle of one. */
  readonly onDone?: () => void
}

/** What could not be told for so long is dropped, hours. */
const oldHours = 24
/** Transitions of one round; what is beyond comes in the next. */
const mostEvents = 20_000
const usualMostEscalations = 20_000

/**
 * One round of the dispatch, in one transaction: transitions become messages for channels and are marked as dispatched, what was held
 * is released, what nobody is on is told on routes that wait. A repeated or overlapping round changes nothing: only one at a time reads, and what is marked is not read again.
 * @returns when there is something to do next, ms; null = when something happens.
 */
export async function dispatchRound(database: DatabasePool, settings: DispatchSettings): Promise<number | null> {
  const nextMs = await database.transaction(async (transaction) => {
    const now = await tryDispatchLock(transaction)
    // Another one is at it.
    if (now === null) return undefined
    await dropOldNotifications(transaction, oldHours, `No agent could tell it within ${oldHours} hours.`)
    const events = await listUndispatchedEvents(transaction, mostEvents)
    const waitMs = settings.gatherMs - Math.max(0, ...events.map(({ ageMs }) => ageMs))
    const isReady = events.length > 0 && waitMs <= 0
    const held = await listHeldNotifications(transaction)
    const waiting = await listWaitingOrganizations(transaction)
    if (!isReady && held.length === 0 && waiting.length === 0) return events.length === 0 ? null : waitMs
    const round = await openRound(transaction, now, settings)
    if (isReady) await round.tell(events)
    const releaseMs = await round.release(isReady ? await listHeldNotifications(transaction) : held)
    const escalationMs = await round.escalate(waiting, settings.mostEscalations ?? usualMostEscalations)
    // There are more than one round takes.
    if (isReady && events.length === mostEvents) return 0
    const nextMs = Math.min(releaseMs, escalationMs, events.length === 0 || isReady ? Number.POSITIVE_INFINITY : waitMs)
    return nextMs === Number.POSITIVE_INFINITY ? null : nextMs
  })
  if (nextMs === undefined) return settings.gatherMs
  settings.onDone?.()
  return nextMs
}

async function openRound(transaction: Database, now: Date, { aliveSeconds }: DispatchSettings): Promise<Round> {
  const stored = await listNotificationRules(transaction)
  const rules = stored.map((rule) => ({ ...rule, quietHours: storedQuietHours(rule.quietHours) }))
  const channels = await readKnownChannels(transaction, aliveSeconds)
  return new Round(transaction, now, rules, (channel) => typeOfChannel(channels, channel))
}

/** The writes of one round. */
class Round {
  readonly #transaction: Database
  readonly #now: Date
  readonly #rules: readonly OrganizationRules[]
  readonly #typeOf: (channel: string) => ChannelType | null

  constructor(
    transaction: Database,
    now: Date,
    rules: readonly OrganizationRules[],
    typeOf: (channel: string) => ChannelType | null,
  ) {
    this.#transaction = transaction
    this.#now = now
    this.#rules = rules
    this.#typeOf = typeOf
  }

  async tell(events: readonly UndispatchedEvent[]): Promise<void> {
    const byId = new Map(events.map((event) => [event.eventId, event]))
    const plans = planDispatch(events, this.#rules, this.#now).filter(({ channel }) => this.#isListened(channel))
    const messages: NewNotification[] = []
    const told: ToldEvent[] = []
    for (const plan of plans) {
      const { channel, organizationId } = plan
      const tells = this.#compose({ organizationId, channel }, eventsOf(byId, plan.told))
      messages.push(...tells.messages)
      told.push(...tells.told, ...(await this.#hold(plan)))
    }
    await this.#write(messages, told)
    await keepBack(this.#transaction, keptBack(events, this.#rules))
    // Should they outlive their cause, they are told then.
    const untold = events.filter(isToldByCause).map(({ eventId }) => eventId)
    await markEventsDispatched(this.#transaction, [...byId.keys()], untold)
  }

  #compose(
    { organizationId, channel }: Pick<ChannelPlan, 'organizationId' | 'channel'>,
    events: readonly TellableEvent[],
  ): { readonly messages: NewNotification[]; readonly told: ToldEvent[] } {
    const messages: NewNotification[] = []
    const told: ToldEvent[] = []
    for (const group of groups(events)) {
      const message = composeMessage(group, null)
      if (message === null) continue
      const id = timeOrderedId()
      messages.push({ id, organizationId, channel, ...this.#beginning(channel, message, group.length) })
      told.push(...group.map(({ eventId }) => ({ eventId, channel, notificationId: id })))
    }
    return { messages, told }
  }

  async #write(messages: readonly NewNotification[], told: readonly ToldEvent[]): Promise<void> {
    if (messages.length > 0) await insertNotifications(this.#transaction, messages)
    if (told.length > 0) await insertNotificationEvents(this.#transaction, told)
    // They hear of it when the round is committed.
    if (messages.length > 0) await wakeDeliveries(this.#transaction)
  }

  /** Tells what nothing holds any more. Returns when the next is due, ms; infinity = none is held. */
  async release(held: readonly HeldNotification[]): Promise<number> {
    const waits = held.map((one) => ({
      one,
      ms: releaseAt(one, this.#rules, this.#now).getTime() - this.#now.getTime(),
    }))
    const due = waits.filter(({ ms }) => ms <= 0)
    for (const { one } of due) await this.#releaseOne(one)
    if (due.length > 0) await wakeDeliveries(this.#transaction)
    return Math.min(Number.POSITIVE_INFINITY, ...waits.filter(({ ms }) => ms > 0).map(({ ms }) => ms))
  }

  /** Tells on routes that wait what is due there. Returns when to look again, ms; infinity = none waits. */
  async escalate(organizations: readonly string[], limit: number): Promise<number> {
    if (organizations.length === 0) return Number.POSITIVE_INFINITY
    const quiet = quietOrganizations(organizations, this.#rules, this.#now)
    const waiting = await listWaitingEscalations(this.#transaction, {
      quietOrganizations: [...quiet.keys()],
      unheardChannels: this.#isListened(desktopChannel) ? [] : [desktopChannel],
      limit,
    })
    const { due, nextAt } = planEscalations(waiting, this.#rules, this.#now)
    await this.#tellEscalations(due)
    // There are more than one round takes; what is beyond is due after the last of these.
    const isFull = waiting.length === limit
    if (isFull && due.length > 0) return 0
    const again = Math.min(
      ...new Set(due.map(({ repeatMinutes }) => (repeatMinutes ?? Number.POSITIVE_INFINITY) * 60_000)),
    )
    const next = [nextAt, ...quiet.values(), isFull ? (waiting.at(-1)?.dueAt ?? null) : null]
    return Math.min(
      again,
      ...next.map((at) => (at === null ? Number.POSITIVE_INFINITY : at.getTime() - this.#now.getTime())),
    )
  }

  async #tellEscalations(due: readonly StoredEscalation[]): Promise<void> {
    const messages: NewNotification[] = []
    const told: ToldEvent[] = []
    const groupsOf = Map.groupBy(
      await escalateIncidents(this.#transaction, due),
      ({ event, channel }) => `${event.organizationId} ${channel}`,
    )
    for (const group of groupsOf.values()) {
      const [first] = group
      if (first === undefined) continue
      // Two routes to one channel that are due together are one message.
      const events = new Map(group.map(({ event }) => [event.incidentId, event]))
      const { channel, event } = first
      const tells = this.#compose({ organizationId: event.organizationId, channel }, [...events.values()])
      messages.push(...tells.messages)
      told.push(...tells.told)
    }
    await this.#write(messages, told)
  }

  async #releaseOne(held: HeldNotification): Promise<void> {
    const { id, channel, reason } = held
    if (!isAwaited(held, this.#rules)) {
      return dropHeldNotification(this.#transaction, id, nobodyTold)
    }
    const all = await listEventsOfNotification(this.#transaction, id)
    const current = all.filter(({ isOvertaken }) => !isOvertaken)
    const events = current.filter((event) => isWanted(held, event, this.#rules))
    if (all.length > 0 && events.length === 0) {
      const why = current.length === 0 ? 'What was given was taken back, or handed on.' : nobodyTold
      return dropHeldNotification(this.#transaction, id, why)
    }
    const message = composeMessage(events, reason)
    if (message === null) return dropHeldNotification(this.#transaction, id, 'What it told of is gone.')
    await releaseHeldNotification(this.#transaction, { id, ...this.#beginning(channel, message, events.length) })
  }

  async #hold({ organizationId, channel, held }: ChannelPlan): Promise<ToldEvent[]> {
    const told: ToldEvent[] = []
    for (const reason of holdReasons) {
      const eventIds = held[reason]
      if (eventIds.length === 0) continue
      const channelType = this.#typeOf(channel)
      const added = { organizationId, channel, channelType, reason, transitions: eventIds.length }
      const notificationId = await holdNotification(this.#transaction, { ...added, title: heldTitles[reason] })
      told.push(...eventIds.map((eventId) => ({ eventId, channel, notificationId })))
    }
    return told
  }

  /** Where no device has ever been, nothing is kept for one; any other channel may come. */
  #isListened(channel: string): boolean {
    return channel !== desktopChannel || this.#typeOf(channel) !== null
  }

  /** A message for desktops is there for each of them to read; any other waits for an agent that has the channel. */
  #beginning(channel: string, message: NotificationMessage, transitions: number) {
    const state = channel === desktopChannel ? ('delivered' as const) : ('pending' as const)
    return { channelType: this.#typeOf(channel), state, message, transitions }
  }
}

const nobodyTold = 'No route tells there any more.'

const heldTitles = {
  quiet_hours: 'Held until the quiet hours are over',
  flapping: 'Held because it opens again and again',
} as const satisfies Record<HoldReason, string>

/** N4: one message each, or one for all of them when they are more than two. */
function groups<Event>(events: readonly Event[]): (readonly Event[])[] {
  return events.length > mostSingles ? [events] : events.map((event) => [event])
}

function eventsOf<Event>(byId: ReadonlyMap<string, Event>, eventIds: readonly string[]): Event[] {
  return eventIds.flatMap((eventId) => byId.get(eventId) ?? [])
}

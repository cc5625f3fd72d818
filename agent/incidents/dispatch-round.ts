import { v7 as timeOrderedId } from 'uuid'
import type { ChannelType } from '../../shared/incidents.ts'
import {
  type ChannelPlan,
  desktopChannel,
  type HoldReason,
  holdReasons,
  isAwaited,
  isToldByCause,
  keptBack,
  mostSingles,
  type OrganizationRules,
  planDispatch,
  releaseAt,
} from '../../shared/notifications/dispatch-plan.ts'
import type { NotificationMessage } from '../../shared/notifications/message.ts'
import type { Database, DatabasePool } from '../store/database.ts'
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
}

/** What could not be told for so long is dropped, hours. */
const oldHours = 24
/** Transitions of one round; what is beyond comes in the next. */
const mostEvents = 20_000

/**
 * One round of the dispatch, in one transaction: transitions become messages for channels and are marked as dispatched, what was held
 * is released. A repeated or overlapping round changes nothing: only one at a time reads, and what is marked is not read again.
 * @returns when there is something to do next, ms; null = when something happens.
 */
export async function dispatchRound(database: DatabasePool, settings: DispatchSettings): Promise<number | null> {
  return database.transaction(async (transaction) => {
    const now = await tryDispatchLock(transaction)
    if (now === null) return settings.gatherMs
    await dropOldNotifications(transaction, oldHours, `No agent could tell it within ${oldHours} hours.`)
    const events = await listUndispatchedEvents(transaction, mostEvents)
    const waitMs = settings.gatherMs - Math.max(0, ...events.map(({ ageMs }) => ageMs))
    const isReady = events.length > 0 && waitMs <= 0
    const held = await listHeldNotifications(transaction)
    if (!isReady && held.length === 0) return events.length === 0 ? null : waitMs
    const round = await openRound(transaction, now, settings)
    if (isReady) await round.tell(events)
    const releaseMs = await round.release(isReady ? await listHeldNotifications(transaction) : held)
    // There are more than one round takes.
    if (isReady && events.length === mostEvents) return 0
    const nextMs = Math.min(releaseMs, events.length === 0 || isReady ? Number.POSITIVE_INFINITY : waitMs)
    return nextMs === Number.POSITIVE_INFINITY ? null : nextMs
  })
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
      for (const eventIds of groups(plan.told)) {
        const message = composeMessage(eventsOf(byId, eventIds), null)
        if (message === null) continue
        const id = timeOrderedId()
        messages.push({ id, organizationId, channel, ...this.#beginning(channel, message, eventIds.length) })
        told.push(...eventIds.map((eventId) => ({ eventId, channel, notificationId: id })))
      }
      told.push(...(await this.#hold(plan)))
    }
    if (messages.length > 0) await insertNotifications(this.#transaction, messages)
    if (told.length > 0) await insertNotificationEvents(this.#transaction, told)
    await keepBack(this.#transaction, keptBack(events, this.#rules))
    // Should they outlive their cause, they are told then.
    const untold = events.filter(isToldByCause).map(({ eventId }) => eventId)
    await markEventsDispatched(this.#transaction, [...byId.keys()], untold)
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

  async #releaseOne(held: HeldNotification): Promise<void> {
    const { id, channel, reason } = held
    if (!isAwaited(held, this.#rules)) {
      return dropHeldNotification(this.#transaction, id, 'No route tells there any more.')
    }
    const events = await listEventsOfNotification(this.#transaction, id)
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

const heldTitles = {
  quiet_hours: 'Held until the quiet hours are over',
  flapping: 'Held because it opens again and again',
} as const satisfies Record<HoldReason, string>

/** N4: one message each, or one for all of them when they are more than two. */
function groups(eventIds: readonly string[]): (readonly string[])[] {
  if (eventIds.length > mostSingles) return [eventIds]
  return eventIds.map((eventId) => [eventId])
}

function eventsOf(byId: ReadonlyMap<string, UndispatchedEvent>, eventIds: readonly string[]): UndispatchedEvent[] {
  return eventIds.flatMap((eventId) => byId.get(eventId) ?? [])
}

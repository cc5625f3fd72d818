import type { Clock } from '../../shared/clock.ts'
import { describeError } from '../../shared/errors.ts'
import { desktopChannel, mostSingles } from '../../shared/notifications/dispatch-plan.ts'
import { type NotificationMessage, notificationMessage } from '../../shared/notifications/message.ts'
import type { Database } from '../store/database.ts'
import { type Broadcast, latestBroadcast, listBroadcasts } from '../store/notification-delivery.ts'
import type { DesktopPort } from './channels/desktop.ts'
import { deviceMessage } from './channels/device-message.ts'
import { combineMessages } from './compose-message.ts'
import type { DeviceMessage, DeviceOutbox } from './device-outbox.ts'
import { Rounds } from './rounds.ts'

export interface DesktopFollowerOptions {
  readonly database: Database
  readonly outbox: DeviceOutbox
  readonly port: DesktopPort
  readonly clock: Clock
  /** What comes within this time is shown together, ms. */
  readonly gatherMs: number
  /** The longest time between two looks, ms. */
  readonly pollMs: () => number
  readonly onTrouble: (message: string) => void
}

/** How often it is asked whether the device may be disturbed again, ms. */
const disturbMs = 15_000
const pageSize = 500

/**
 * Shows on this device what is told on desktops. Every device reads for itself, from where it was: the place is kept with what is to be
 * shown, in one transaction on the device, so that it shows each message at most once (N4).
 *
 * The cursor is the `sequence` of notifications: the leader has already left out what is muted, held or an effect, and what is released
 * later comes later. While the device is not to be disturbed nothing is read, so what has come meanwhile is one summary afterwards.
 */
export class DesktopFollower {
  readonly #options: DesktopFollowerOptions
  readonly #rounds: Rounds
  /** Of the latest messages that were shown, monotonic ms. */
  #shownAt: number[] = []

  constructor(options: DesktopFollowerOptions) {
    this.#options = options
    const { pollMs, onTrouble } = options
    this.#rounds = new Rounds({ name: 'The desktop is not told', round: () => this.#round(), pollMs, onTrouble })
  }

  start(): void {
    this.#rounds.start()
  }

  /** There may be something to show. */
  poke(): void {
    this.#rounds.poke()
  }

  stop(): Promise<void> {
    return this.#rounds.stop()
  }

  async #round(): Promise<number | null> {
    if (this.#options.port.state() === 'do_not_disturb') return disturbMs
    const waitMs = this.#pauseMs()
    if (waitMs > 0) return waitMs
    await this.#read()
    await this.#show()
    return null
  }

  /** N4: after two messages the next ones are gathered. */
  #pauseMs(): number {
    const { clock, gatherMs } = this.#options
    const now = clock.monotonic()
    this.#shownAt = this.#shownAt.filter((at) => now - at < gatherMs)
    const [oldest] = this.#shownAt
    return oldest === undefined || this.#shownAt.length < mostSingles ? 0 : gatherMs - (now - oldest)
  }

  async #read(): Promise<void> {
    const { database, outbox } = this.#options
    const cursor = outbox.cursor()
    const latest = await latestBroadcast(database, desktopChannel)
    // A new device shows nothing from before its time, and neither does one whose database was restored from an older copy (fault 30).
    if (cursor === null || !/^\d{1,18}$/.test(cursor) || BigInt(cursor) > BigInt(latest)) return outbox.take([], latest)
    if (cursor === latest) return
    const found: Broadcast[] = []
    for (let after = cursor; ; ) {
      const page = await listBroadcasts(database, desktopChannel, after, pageSize)
      found.push(...page)
      after = page.at(-1)?.sequence ?? after
      if (page.length < pageSize) break
    }
    outbox.take(messagesOf(found), found.at(-1)?.sequence ?? cursor)
  }

  async #show(): Promise<void> {
    const { outbox, port, clock } = this.#options
    for (const message of outbox.pending(pageSize)) {
      outbox.showing(message.id)
      try {
        await port.show(message)
        outbox.shown(message.id)
        this.#shownAt.push(clock.monotonic())
      } catch (error) {
        outbox.failed(message.id, describeError(error))
      }
    }
  }
}

/** Each by itself, or one summary of all when they are more than two. */
function messagesOf(broadcasts: readonly Broadcast[]): DeviceMessage[] {
  const known = broadcasts.flatMap(({ id, sequence, message }): (Broadcast & { message: NotificationMessage })[] => {
    const parsed = notificationMessage.safeParse(message)
    return parsed.success ? [{ id, sequence, message: parsed.data }] : []
  })
  if (known.length <= mostSingles) return known.map(({ id, message }) => deviceMessage(id, message))
  const id = `${known[0]?.sequence}-${known.at(-1)?.sequence}`
  return [deviceMessage(id, combineMessages(known.map(({ message }) => message)))]
}

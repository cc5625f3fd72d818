import type { JsonValue } from '../../shared/domain.ts'
import { describeError } from '../../shared/errors.ts'
import { deliveryWaitMs } from '../../shared/notifications/delivery-retry.ts'
import { notificationMessage } from '../../shared/notifications/message.ts'
import { RunAborted } from '../jobs/abort.ts'
import type { SecretMasker } from '../jobs/log/secret-masker.ts'
import { cleanMessage } from '../jobs/log/terminal-text.ts'
import type { DatabasePool } from '../store/database.ts'
import {
  type ClaimedDelivery,
  claimDeliveries,
  type DeliveryEnd,
  deliveryOutlook,
  recoverDeliveries,
  settleDelivery,
} from '../store/notification-delivery.ts'
import { type Channel, DeliveryFailure } from './channels/channel.ts'
import { retried } from './retried.ts'
import { Rounds } from './rounds.ts'

export interface DelivererOptions {
  readonly database: DatabasePool
  readonly agent: { readonly id: string; readonly name: string }
  /** What this agent can tell, by name. */
  readonly channels: ReadonlyMap<string, Channel>
  readonly masker: SecretMasker
  /** For how long after its last heartbeat an agent counts as alive. */
  readonly aliveSeconds: number
  /** Where people reach the console; null = nobody has said. */
  readonly consoleUrl: string | null
  /** The longest time between two looks, ms. */
  readonly pollMs: () => number
  /** 0 up to, not including, 1. */
  readonly random: () => number
  readonly onTrouble: (message: string) => void
}

/** What is kept of an answer and of a failure, characters. */
const shownCharacters = 500
/** How long an agent that stops waits for what it is telling, ms. */
const stopGraceMs = 1_000
/** How often it is looked whether those who tell something still live, ms. */
const watchMs = 60_000
const lostAgain = 'The agent that told it was lost, so it is not known whether it arrived.'

/**
 * Takes messages of this agent's channels and tells them, one at a time for each channel, the channels beside each other.
 *
 * A message is `sending` before the other side is asked, so nobody else tells it meanwhile, and whoever was taken for lost cannot say
 * any more what became of it (the number of the attempt fences). An agent that is killed in between leaves it `sending`: another one
 * tells it once more, with the same id, rather than never; after a second loss it has failed.
 */
export class Deliverer {
  readonly #options: DelivererOptions
  readonly #rounds: Rounds
  readonly #names: readonly string[]
  readonly #stopping = new AbortController()
  /** What is under way, by channel. */
  readonly #sending = new Map<string, { readonly id: string; readonly settled: Promise<void> }>()
  /** Somebody may have been lost while they told something; at the start, an earlier life of this agent. */
  #isSomebodyLost = true

  constructor(options: DelivererOptions) {
    this.#options = options
    this.#names = [...options.channels.keys()]
    const { pollMs, onTrouble } = options
    this.#rounds = new Rounds({ name: 'Messages wait', round: () => this.#round(), pollMs, onTrouble })
  }

  start(): void {
    if (this.#names.length > 0) this.#rounds.start()
  }

  /** There may be something to tell. */
  poke(): void {
    this.#rounds.poke()
  }

  /** Gives what it is telling a moment, then stops it. Complete when it resolves; safe twice, safe before start. */
  async stop(): Promise<void> {
    await this.#rounds.stop()
    const grace = setTimeout(
      () => this.#stopping.abort(new RunAborted('shutdown', 'The agent stopped while it told this.')),
      stopGraceMs,
    )
    await Promise.all([...this.#sending.values()].map(({ settled }) => settled))
    clearTimeout(grace)
    this.#stopping.abort()
  }

  async #round(): Promise<number | null> {
    const { database, agent } = this.#options
    if (this.#isSomebodyLost) await this.#recover()
    const idle = this.#names.filter((name) => !this.#sending.has(name))
    for (const delivery of await claimDeliveries(database, idle, agent)) this.#begin(delivery)
    const free = this.#names.filter((name) => !this.#sending.has(name))
    const { dueInMs, othersSend } = await deliveryOutlook(database, free, agent)
    this.#isSomebodyLost = othersSend
    if (!othersSend) return dueInMs
    return Math.min(dueInMs ?? watchMs, watchMs)
  }

  async #recover(): Promise<void> {
    const { database, aliveSeconds, onTrouble } = this.#options
    const underWay = [...this.#sending.values()].map(({ id }) => id)
    const about = { aliveSeconds, failure: lostAgain, underWay }
    for (const { state } of await recoverDeliveries(database, this.#names, about)) {
      if (state === 'failed') onTrouble(lostAgain)
    }
  }

  #begin(delivery: ClaimedDelivery): void {
    const settled = this.#send(delivery)
      .catch((error: unknown) => this.#options.onTrouble(`Telling ${delivery.channel}: ${describeError(error)}`))
      .finally(() => {
        this.#sending.delete(delivery.channel)
        this.#rounds.poke()
      })
    this.#sending.set(delivery.channel, { id: delivery.id, settled })
  }

  async #send(delivery: ClaimedDelivery): Promise<void> {
    const { database, agent, onTrouble } = this.#options
    const end = await this.#tell(delivery)
    if (end.state === 'failed') onTrouble(`The channel "${delivery.channel}" failed: ${end.failure}`)
    const attempt = { id: delivery.id, agentId: agent.id, attempt: delivery.attempt }
    // What arrived and is not noted would be told once more.
    await retried(() => settleDelivery(database, attempt, end), this.#stopping.signal)
  }

  async #tell({
    id,
    channel: name,
    attempt,
    isTest,
    message: stored,
    sendingAt,
  }: ClaimedDelivery): Promise<DeliveryEnd> {
    const channel = this.#options.channels.get(name)
    // The row is JSON, and keeps being one with its secrets masked.
    const message = notificationMessage.safeParse(this.#options.masker.maskJson(stored as JsonValue))
    if (channel === undefined || !message.success) {
      return { state: 'failed', waitMs: 0, answer: null, failure: 'The message is in no form that this program knows.' }
    }
    const late = AbortSignal.timeout(channel.timeoutMs)
    const signal = AbortSignal.any([this.#stopping.signal, late])
    try {
      const delivery = { id, message: message.data, sentAt: sendingAt, consoleUrl: this.#options.consoleUrl }
      const answer = await channel.deliver(delivery, signal)
      return { state: 'delivered', waitMs: 0, answer: this.#shown(answer), failure: null }
    } catch (error) {
      const silence = `It gave no answer within ${channel.timeoutMs / 1_000} s.`
      return this.#failed(
        late.aborted && !(error instanceof DeliveryFailure) ? new Error(silence) : error,
        attempt,
        isTest,
      )
    }
  }

  #failed(error: unknown, attempt: number, isTest: boolean): DeliveryEnd {
    const failure = this.#shown(describeError(error))
    const known = error instanceof DeliveryFailure ? error : null
    const said = known?.answer ?? null
    const answer = said === null ? null : this.#shown(said)
    const isOver = isTest || known?.isWorthAnotherTry === false
    if (isOver) return { state: 'failed', waitMs: 0, answer, failure }
    // Somebody else may tell it at once.
    if (this.#stopping.signal.aborted) return { state: 'pending', waitMs: 0, answer, failure }
    const waitMs = deliveryWaitMs(attempt, known?.retryAfterMs ?? null, this.#options.random())
    return waitMs === null
      ? { state: 'failed', waitMs: 0, answer, failure }
      : { state: 'pending', waitMs, answer, failure }
  }

  /** As the other side said it, without what a terminal would obey and without secrets, cut. */
  #shown(text: string): string {
    const clean = cleanMessage(text)
    const shown = this.#options.masker.maskUntil(clean, shownCharacters)
    return clean.length > shownCharacters ? `${shown}…` : shown
  }
}

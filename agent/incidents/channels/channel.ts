import type { Clock } from '../../../shared/clock.ts'
import type { ChannelType } from '../../../shared/incidents.ts'
import type { NotificationMessage } from '../../../shared/notifications/message.ts'
import type { Environment } from '../../jobs/executors/command-lookup.ts'

/** One message on its way to one channel. */
export interface Delivery {
  /** The same for every try, so that the other side can tell a repetition. */
  readonly id: string
  readonly message: NotificationMessage
  /** When this try began, by the database's clock. */
  readonly sentAt: Date
  /** Where people reach the console, `https://ops.example.com`; null when nobody has said. */
  readonly consoleUrl: string | null
}

/** A way to tell somebody that this agent has. */
export interface Channel {
  readonly type: ChannelType
  /** How long one try may take, ms; the signal is aborted then. */
  readonly timeoutMs: number
  /**
   * Tells it, and returns what the other side said, as it said it: whoever keeps it cleans, masks and cuts it.
   * @throws DeliveryFailure; anything else counts as worth another try.
   */
  deliver(delivery: Delivery, signal: AbortSignal): Promise<string>
}

/** What a channel has of its agent. */
export interface ChannelPlace {
  readonly environment: Environment
  /** Value of a named variable that is set; masked in everything written from then on. */
  readonly secret: (name: string) => string | undefined
  /** Makes a value known as secret that is part of another one. */
  readonly mask: (value: string) => void
  /** Absolute folder of the catalog file. */
  readonly baseDirectory: string
  readonly httpAllowHosts: readonly string[]
  readonly clock: Clock
}

/** Why a message did not arrive. */
export class DeliveryFailure extends Error {
  /** The other side may take it later; otherwise a person has to change something. */
  readonly isWorthAnotherTry: boolean
  /** What the other side said; null when it said nothing. */
  readonly answer: string | null
  /** How long it asked to be left alone, ms. */
  readonly retryAfterMs: number | null

  constructor(
    message: string,
    detail: {
      readonly isWorthAnotherTry: boolean
      readonly answer?: string
      readonly retryAfterMs?: number | undefined
      readonly cause?: unknown
    },
  ) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause })
    this.name = 'DeliveryFailure'
    this.isWorthAnotherTry = detail.isWorthAnotherTry
    this.answer = detail.answer ?? null
    this.retryAfterMs = detail.retryAfterMs ?? null
  }
}

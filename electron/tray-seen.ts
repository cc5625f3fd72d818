import { hasWorkingTray, type TraySupportOptions } from './tray-support.ts'

export interface TraySeenOptions extends TraySupportOptions {
  /** A tray is seen where none was before: an icon that was made earlier is not in it. */
  readonly onAppear: () => void
}

/** While none is seen: a panel starts late, or starts again, ms. */
const lookMs = 30_000
/** While somebody waits for one, ms. */
const waitingLookMs = 2_000

/** Whether a tray icon is seen, asked again and again: what starts with the session is there before the panel is. */
export class TraySeen {
  readonly #options: TraySeenOptions
  #isSeen = false
  #looking: Promise<boolean> | null = null
  #timer: NodeJS.Timeout | null = null

  constructor(options: TraySeenOptions) {
    this.#options = options
  }

  /** As of the last look. */
  get isSeen(): boolean {
    return this.#isSeen
  }

  async start(): Promise<void> {
    this.#timer = setInterval(() => (this.#isSeen ? undefined : void this.look()), lookMs)
    await this.look()
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }

  /** Whether it is seen now. Takes seconds where the session does not answer; never rejects. */
  look(): Promise<boolean> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = null
    })
    return this.#looking
  }

  /** Resolves to true as soon as one is seen, and to false when none was for so long, ms. */
  async within(ms: number): Promise<boolean> {
    for (let waited = 0; !this.#isSeen && waited < ms; waited += waitingLookMs) {
      await new Promise((resolve) => setTimeout(resolve, waitingLookMs))
      await this.look()
    }
    return this.#isSeen
  }

  async #look(): Promise<boolean> {
    const wasSeen = this.#isSeen
    this.#isSeen = await hasWorkingTray(this.#options)
    if (this.#isSeen && !wasSeen) this.#options.onAppear()
    return this.#isSeen
  }
}

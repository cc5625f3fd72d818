import { describeError } from '../../shared/errors.ts'

export interface RoundsOptions {
  /** For troubles: "Telling". */
  readonly name: string
  /** Does what there is to do, and says when the next round is due, ms; null = when somebody pokes. */
  readonly round: () => Promise<number | null>
  /** The longest time between two rounds, ms. */
  readonly pollMs: () => number
  /** Told once for each time of trouble. */
  readonly onTrouble: (message: string) => void
}

const retryMs = { first: 1_000, most: 30_000 }

/**
 * Runs rounds one at a time: when poked, when the last round said so, and now and then because a poke may be lost. A round that fails
 * is tried again, more and more patiently; a poke tries at once.
 */
export class Rounds {
  readonly #options: RoundsOptions
  #timer: NodeJS.Timeout | null = null
  #running: Promise<void> | null = null
  #isWanted = false
  #isStopped = true
  #retryDelay = retryMs.first

  constructor(options: RoundsOptions) {
    this.#options = options
  }

  start(): void {
    if (!this.#isStopped) return
    this.#isStopped = false
    this.poke()
  }

  /** Something may have to be done. */
  poke(): void {
    if (this.#isStopped) return
    this.#isWanted = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#running ??= this.#run().finally(() => {
      this.#running = null
      // Poked after the last look and before this.
      if (this.#isWanted) this.poke()
    })
  }

  /** Complete when the round under way has ended; safe twice, safe before start. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#isWanted = false
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    await this.#running
  }

  async #run(): Promise<void> {
    let nextMs: number | null = null
    while (this.#isWanted) {
      this.#isWanted = false
      nextMs = await this.#one()
    }
    if (this.#isStopped) return
    const waitMs = Math.min(nextMs ?? Number.POSITIVE_INFINITY, this.#options.pollMs())
    this.#timer = setTimeout(() => this.poke(), Math.max(0, waitMs))
  }

  async #one(): Promise<number | null> {
    try {
      const nextMs = await this.#options.round()
      this.#retryDelay = retryMs.first
      return nextMs
    } catch (error) {
      if (this.#retryDelay === retryMs.first) this.#options.onTrouble(`${this.#options.name}: ${describeError(error)}`)
      const delay = this.#retryDelay
      this.#retryDelay = Math.min(delay * 2, retryMs.most)
      return delay
    }
  }
}

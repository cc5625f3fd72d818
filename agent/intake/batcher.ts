import { describeError, Problem } from '../../shared/errors.ts'
import { isUnreachable } from '../store/database.ts'

export interface BatcherOptions<Item, Answer> {
  /**
   * Writes them, whole or not at all (one transaction), and answers each in its place. An `Error` as an answer fails that one alone. When
   * it throws, the batch is tried again in halves, so that one item which cannot be written does not take the others with it.
   */
  readonly write: (items: readonly Item[]) => Promise<readonly (Answer | Error)[]>
  /** Most items of one batch. */
  readonly mostItems: number
  /** How long the first item of a batch waits for others, ms; while a batch is written, the next one gathers anyway. */
  readonly gatherMs: number
  /** Items that wait, or are being written; more are refused. */
  readonly mostWaiting: number
}

interface Waiting<Item, Answer> {
  readonly item: Item
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
}

/** Seconds after which somebody who was refused may try again. */
export const retryAfterSeconds = 1

/**
 * What arrives within some milliseconds is written together: one batch at a time, answered once it is committed. What waits is bounded;
 * the rest is refused at once, and not lost: whoever sent it hears of it and sends it again.
 */
export class Batcher<Item, Answer> {
  readonly #options: BatcherOptions<Item, Answer>
  #waiting: Waiting<Item, Answer>[] = []
  #inHand = 0
  #timer: NodeJS.Timeout | null = null
  #writing: Promise<void> | null = null
  #isStopped = false

  constructor(options: BatcherOptions<Item, Answer>) {
    this.#options = options
  }

  /**
   * Resolves once it is committed. @throws Problem `too_many_requests` when too much waits, `unavailable` after stop,
   * `database_unreachable`, and whatever `write` threw for this item.
   */
  add(item: Item): Promise<Answer> {
    if (this.#isStopped) return Promise.reject(stopped())
    if (this.#inHand >= this.#options.mostWaiting) return Promise.reject(full(this.#options.mostWaiting))
    this.#inHand += 1
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    this.#waiting.push({ item, resolve, reject })
    this.#schedule()
    return promise
  }

  /** What waits is written, then nothing is left. Safe twice. */
  async stop(): Promise<void> {
    this.#isStopped = true
    while (this.#inHand > 0) {
      this.#flush()
      await this.#writing
    }
    this.#disarm()
  }

  #schedule(): void {
    if (this.#writing !== null) return
    if (this.#waiting.length >= this.#options.mostItems) this.#flush()
    else this.#timer ??= setTimeout(() => this.#flush(), this.#options.gatherMs)
  }

  #disarm(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  #flush(): void {
    this.#disarm()
    if (this.#writing !== null || this.#waiting.length === 0) return
    const batch = this.#waiting.splice(0, this.#options.mostItems)
    this.#writing = this.#write(batch).finally(() => {
      this.#inHand -= batch.length
      this.#writing = null
      // What came meanwhile has gathered long enough.
      this.#flush()
    })
  }

  /** Never rejects: every item hears for itself. */
  async #write(batch: readonly Waiting<Item, Answer>[]): Promise<void> {
    const outcome = await this.#options.write(batch.map(({ item }) => item)).catch((error: unknown) => ({ error }))
    if (!('error' in outcome)) return settle(batch, outcome)
    const isAway = isUnreachable(outcome.error)
    if (isAway || batch.length === 1) {
      const told = isAway ? away(outcome.error) : outcome.error
      for (const { reject } of batch) reject(told)
      return
    }
    const middle = Math.ceil(batch.length / 2)
    await this.#write(batch.slice(0, middle))
    await this.#write(batch.slice(middle))
  }
}

function settle<Item, Answer>(batch: readonly Waiting<Item, Answer>[], answers: readonly (Answer | Error)[]): void {
  for (const [at, { resolve, reject }] of batch.entries()) {
    const answer = answers[at]
    if (answer instanceof Error) reject(answer)
    else if (at < answers.length)
      resolve(answer as Answer) // `in` cannot tell an absent answer from an undefined one
    else reject(new Error('The batch was written, but this item has no answer.'))
  }
}

function full(most: number): Problem {
  return new Problem('too_many_requests', `${most} messages wait to be written already.`, {
    fix: `Try again in ${retryAfterSeconds} s.`,
  })
}

function away(cause: unknown): Problem {
  return new Problem('database_unreachable', `The database does not answer: ${describeError(cause)}`, {
    fix: 'Try again in a moment; the agent keeps trying to reach it.',
    cause,
  })
}

function stopped(): Problem {
  return new Problem('unavailable', 'The agent stops: nothing is taken any more.', { fix: 'Try again in a moment.' })
}

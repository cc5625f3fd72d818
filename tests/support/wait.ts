import { setTimeout as delay } from 'node:timers/promises'
import { systemClock } from '../../shared/clock.ts'
import { describeError } from '../../shared/errors.ts'

export interface WaitOptions {
  /** Default 10,000. */
  readonly timeoutMs?: number
  /** What is waited for, for the failure: "the run to be running". */
  readonly describe: string
}

/**
 * Asks every 20 ms until the answer is truthy, and returns it. A condition that throws counts as "not yet"; after the
 * timeout the failure names what was waited for, the last answer and the last error.
 */
export async function waitFor<T>(condition: () => T | Promise<T>, options: WaitOptions): Promise<NonNullable<T>> {
  const timeoutMs = options.timeoutMs ?? 10_000
  const giveUpAt = systemClock.monotonic() + timeoutMs
  let answer: T | undefined
  let failure: unknown
  for (;;) {
    try {
      failure = undefined
      answer = await condition()
      if (answer) return answer
    } catch (error) {
      failure = error
    }
    if (systemClock.monotonic() > giveUpAt) break
    await delay(20)
  }
  const last =
    failure === undefined ? `last answer: ${JSON.stringify(answer)}` : `last error: ${describeError(failure)}`
  throw new Error(`Waited ${timeoutMs} ms for ${options.describe}; ${last}`, { cause: failure })
}

/*
 * Calls whose answer goes on: changes, a log that is followed, an export. What a caller may is looked up when the call is made; a token that is
 * revoked, a session that is ended and a section that is switched off afterwards are noticed here.
 */
import { describeError, Problem } from '../../shared/errors.ts'
import { settledWithin } from '../scheduler/settled-within.ts'
import { isUnreachable } from '../store/database.ts'
import type { ConsoleContext } from './context.ts'
import { callerError } from './errors.ts'

/** How long a caller is believed, ms. */
const trustedMs = 30_000
/** How long a piece of the answer waits for the question, ms: a database that hangs is told of over these very streams. */
const patienceMs = 2_500

/** @throws as the call would if it were made now, or a little before. */
export type Confirm = () => Promise<void>

/**
 * Lets a long call begin, when `check` lets it. What is answered is called before each piece, and looks everything up again every 30 s; while
 * the database cannot be asked or does not answer, the caller is believed.
 * @throws as `check` does; Problem `too_many_requests` when the caller has as many of them as one may.
 */
export async function beginLongCall({ door, services }: ConsoleContext, check: Confirm): Promise<Confirm> {
  const { clock } = services
  await check()
  door?.beginStream()
  let askedAt = clock.monotonic()
  let question: Promise<void> | null = null
  let refusal: Error | null = null
  const ask = async (): Promise<void> => {
    try {
      await door?.confirmCaller()
      await check()
    } catch (thrown) {
      // Behind the first event of a stream nobody translates errors any more.
      if (!isAway(thrown)) refusal = callerError(thrown) ?? asError(thrown)
    } finally {
      question = null
    }
  }
  return async () => {
    if (question === null && clock.monotonic() - askedAt >= trustedMs) {
      askedAt = clock.monotonic()
      question = ask()
      await settledWithin([question], patienceMs)
    }
    if (refusal !== null) throw refusal
  }
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(describeError(thrown))
}

function isAway(thrown: unknown): boolean {
  return isUnreachable(thrown) || (thrown instanceof Problem && thrown.code === 'database_unreachable')
}

import type { Clock } from '../../shared/clock.ts'
import type { LiveEvent } from '../../shared/contract/live.ts'
import { databaseNow } from '../store/database-clock.ts'
import { requireOrganization } from './access.ts'
import { ChangeMailbox, type Mail } from './change-mailbox.ts'
import type { ConsoleServices } from './context.ts'
import { callerError } from './errors.ts'
import { procedures } from './procedures.ts'

const changes = procedures.live.changes.handler(async ({ context, input, signal }) => {
  // Before the stream begins, so that a refusal is an error of the call.
  await requireOrganization(context, input.organizationId)
  return follow(context.services, signal)
})

/** Ends when the caller goes or the agent stops. Its caller may read as slowly as it likes. */
async function* follow(
  { changes, database, clock }: ConsoleServices,
  signal: AbortSignal | undefined,
): AsyncGenerator<LiveEvent, void, void> {
  const mailbox = new ChangeMailbox()
  const end = (): void => mailbox.put({ type: 'end' })
  signal?.addEventListener('abort', end)
  if (signal?.aborted === true) end()
  const unsubscribe = await changes.subscribe(mailbox.put)
  try {
    // Asked after listening has begun: what is shown as of then misses nothing.
    const time = new FollowedTime(clock, await databaseNow(database).catch(rethrown))
    yield { type: 'hello', asOf: time.now() }
    for (;;) {
      const mail = await mailbox.take()
      if (signal?.aborted === true) return
      yield* eventsOf(mail, time)
      if (mail.end) return
    }
  } finally {
    unsubscribe()
    signal?.removeEventListener('abort', end)
  }
}

function* eventsOf({ database, resync, topics, beat }: Mail, time: FollowedTime): Generator<LiveEvent, void, void> {
  if (beat !== null) time.set(beat)
  const asOf = time.now()
  if (database !== null) yield { ...database, asOf }
  if (resync) yield { type: 'hello', asOf }
  if (topics.length > 0) yield { type: 'changed', topics: [...topics], asOf }
  if (beat !== null) yield { type: 'beat', asOf: beat }
}

/** Behind the first event of a stream nobody translates errors any more. */
function rethrown(thrown: unknown): never {
  throw callerError(thrown) ?? thrown
}

/** The database's clock, carried on by the monotonic one from what it said last. */
class FollowedTime {
  readonly #clock: Clock
  #databaseMs: number
  #at: number

  constructor(clock: Clock, now: Date) {
    this.#clock = clock
    this.#databaseMs = now.getTime()
    this.#at = clock.monotonic()
  }

  set(now: Date): void {
    this.#databaseMs = now.getTime()
    this.#at = this.#clock.monotonic()
  }

  now(): Date {
    return new Date(this.#databaseMs + this.#clock.monotonic() - this.#at)
  }
}

export const live = { changes }

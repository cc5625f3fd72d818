import type { LiveEvent } from '../../shared/contract/live.ts'
import type { ConnectionSupervisor, DatabaseView } from '../connection/supervisor.ts'
import { isUnreachable } from '../store/database.ts'
import { databaseNow } from '../store/database-clock.ts'
import { requireOrganization, requireOwn } from './access.ts'
import { ChangeMailbox, type Mail } from './change-mailbox.ts'
import type { ConsoleContext } from './context.ts'
import { callerError } from './errors.ts'
import { procedures } from './procedures.ts'

const changes = procedures.live.changes.handler(async ({ context, input: { organizationId }, signal }) => {
  const { supervisor } = context.services
  // Before the stream begins, so that a refusal is an error of the call.
  if (supervisor.canRead) await requireOrganization(context, organizationId)
  else requireOwn(context, organizationId)
  return follow(context, organizationId, signal)
})

/** Ends when the caller goes or the agent stops. Its caller may read as slowly as it likes. */
async function* follow(
  context: ConsoleContext,
  organizationId: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<LiveEvent, void, void> {
  const { changes, supervisor } = context.services
  const mailbox = new ChangeMailbox()
  const end = (): void => mailbox.put({ type: 'end' })
  signal?.addEventListener('abort', end)
  if (signal?.aborted === true) end()
  let isAllowed = supervisor.canRead
  const unsubscribe = await changes.subscribe(mailbox.put)
  try {
    if (isAllowed) yield* greeting(context)
    for (;;) {
      const mail = await mailbox.take()
      if (signal?.aborted === true) return
      // Begun while nobody could say whether the organization exists: nothing but the state of the database was told.
      if (!isAllowed && supervisor.canRead) await requireOrganization(context, organizationId).catch(rethrown)
      isAllowed ||= supervisor.canRead
      yield* eventsOf(mail, supervisor)
      if (mail.end) return
    }
  } finally {
    unsubscribe()
    signal?.removeEventListener('abort', end)
  }
}

/** Asked after listening has begun: what is shown as of then misses nothing. A database that has just gone is told in a moment. */
async function* greeting({ services }: ConsoleContext): AsyncGenerator<LiveEvent, void, void> {
  const { supervisor, database } = services
  try {
    supervisor.observe(await databaseNow(database))
  } catch (thrown) {
    if (isUnreachable(thrown)) return
    rethrown(thrown)
  }
  yield databaseEvent(supervisor, supervisor.view)
  yield { type: 'hello', asOf: supervisor.now() }
}

function* eventsOf(
  { database, resync, topics, beat }: Mail,
  supervisor: ConnectionSupervisor,
): Generator<LiveEvent, void, void> {
  const asOf = supervisor.now()
  if (database !== null) yield databaseEvent(supervisor, database.view)
  if (resync) yield { type: 'hello', asOf }
  if (topics.length > 0) yield { type: 'changed', topics: [...topics], asOf }
  if (beat !== null) yield { type: 'beat', asOf: beat }
}

function databaseEvent(supervisor: ConnectionSupervisor, view: DatabaseView): LiveEvent {
  const reachable = view.state === 'up' || view.state === 'limited'
  return { type: 'database', reachable, ...view, asOf: supervisor.now() }
}

/** Behind the first event of a stream nobody translates errors any more. */
function rethrown(thrown: unknown): never {
  throw callerError(thrown) ?? thrown
}

export const live = { changes }

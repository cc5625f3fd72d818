import type { LiveEvent } from '../../shared/contract/live.ts'
import type { ConnectionSupervisor, DatabaseView } from '../connection/supervisor.ts'
import { isUnreachable } from '../store/database.ts'
import { databaseNow } from '../store/database-clock.ts'
import { requireOrganization, requireOwn } from './access.ts'
import { ChangeMailbox, type Mail } from './change-mailbox.ts'
import type { ConsoleContext } from './context.ts'
import { callerError } from './errors.ts'
import { beginLongCall, type Confirm } from './long-call.ts'
import { procedures } from './procedures.ts'

const changes = procedures.live.changes.handler(async ({ context, input: { organizationId }, signal }) => {
  const followed: Followed = { organizationId, isAllowed: false }
  // Before the stream begins, so that a refusal is an error of the call.
  const confirm = await beginLongCall(context, () => allow(context, followed))
  return follow(context, { confirm, followed }, signal)
})

interface Followed {
  readonly organizationId: string
  /** False while nobody can say whether there is such an organization: then nothing is told but the state of the database. */
  isAllowed: boolean
}

async function allow(context: ConsoleContext, followed: Followed): Promise<void> {
  if (!context.services.supervisor.canRead) return requireOwn(context, followed.organizationId)
  await requireOrganization(context, followed.organizationId)
  followed.isAllowed = true
}

/** Ends when the caller goes or the agent stops. Its caller may read as slowly as it likes. */
async function* follow(
  context: ConsoleContext,
  { confirm, followed }: { readonly confirm: Confirm; readonly followed: Followed },
  signal: AbortSignal | undefined,
): AsyncGenerator<LiveEvent, void, void> {
  const { changes, supervisor } = context.services
  const mailbox = new ChangeMailbox()
  const end = (): void => mailbox.put({ type: 'end' })
  signal?.addEventListener('abort', end)
  if (signal?.aborted === true) end()
  const unsubscribe = await changes.subscribe(mailbox.put)
  try {
    yield* greeting(context)
    for (;;) {
      const mail = await mailbox.take()
      if (signal?.aborted === true) return
      if (!followed.isAllowed) await allow(context, followed).catch(rethrown)
      await confirm()
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
  yield databaseEvent(supervisor, supervisor.view)
  if (!supervisor.canRead) return
  try {
    supervisor.observe(await databaseNow(database))
  } catch (thrown) {
    if (isUnreachable(thrown)) return
    rethrown(thrown)
  }
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

/** The store of an agent in a folder of the test, with everything that is kept in it. */
import { StoredHeartbeatMemory } from '../../agent/offline/heartbeat-memory.ts'
import { type OfflineStore, openOfflineStore } from '../../agent/offline/offline-store.ts'
import { StoredRunOutbox } from '../../agent/offline/run-outbox.ts'
import { offlineSubjects } from '../../agent/offline/subjects.ts'
import { systemClock } from '../../shared/clock.ts'

export interface TestStore extends Disposable {
  readonly store: OfflineStore
  readonly outbox: StoredRunOutbox
  readonly heartbeatMemory: StoredHeartbeatMemory
  /** What was told about it. */
  readonly log: string[]
}

export async function openTestStore(folder: string): Promise<TestStore> {
  const log: string[] = []
  const onLog = ({ message }: { message: string }): void => void log.push(message)
  const store = await openOfflineStore({ folder, subjects: offlineSubjects, clock: systemClock, onLog })
  return {
    store,
    outbox: new StoredRunOutbox(store, (message) => log.push(message)),
    heartbeatMemory: new StoredHeartbeatMemory(store),
    log,
    [Symbol.dispose]: () => store.close(),
  }
}

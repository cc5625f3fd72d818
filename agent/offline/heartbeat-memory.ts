import type { HeartbeatMemory } from '../scheduler/database-witness.ts'
import type { OfflineStore } from './offline-store.ts'
import type { Subject } from './subject.ts'

export const lastHeartbeat: Subject = {
  name: 'last_heartbeat',
  steps: ['create table last_heartbeat (one integer primary key check (one = 1), at integer not null) strict'],
  precious: ['last_heartbeat'],
  // Without power an older one is remembered, which reports nothing by mistake.
  isDurable: false,
}

/** Times are the database's, ms. */
export class StoredHeartbeatMemory implements HeartbeatMemory {
  readonly #store: OfflineStore

  constructor(store: OfflineStore) {
    this.#store = store
  }

  recall(): Date | null {
    const rows = this.#store.run(
      lastHeartbeat,
      (section) => section.all<{ at: number }>('select at from last_heartbeat'),
      [],
    )
    return rows[0] === undefined ? null : new Date(rows[0].at)
  }

  remember(at: Date): void {
    const statement = 'insert or replace into last_heartbeat (one, at) values (1, ?)'
    this.#store.run(lastHeartbeat, (section) => section.change(statement, [at.getTime()]), 0)
  }
}

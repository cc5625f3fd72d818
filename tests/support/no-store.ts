/** What a scheduler is given on a device whose store cannot be used. */
import type { HeartbeatMemory } from '../../agent/scheduler/database-witness.ts'
import type { RunOutbox } from '../../agent/scheduler/run-outbox.ts'

export const noOutbox: RunOutbox = {
  keep: () => false,
  remove: () => undefined,
  runIds: () => [],
  load: () => [],
  count: () => 0,
}

export const noHeartbeatMemory: HeartbeatMemory = { recall: () => null, remember: () => undefined }

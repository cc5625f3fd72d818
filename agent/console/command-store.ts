import type { JsonObject } from '../../shared/domain.ts'
import type { Identity } from './context.ts'

/** Something an operator asked for while the database was away. */
export interface KeptCommand {
  readonly id: string
  /** `incidents.acknowledge` */
  readonly call: string
  /** As the contract has checked it; it says what the operator saw. */
  readonly input: JsonObject
  readonly identity: Identity
  /** The organization it is about; null where it names none. */
  readonly organizationId: string | null
  /** By the database's clock. */
  readonly askedAt: Date
  /** `conflict`: the database is back, and it made no sense any more. */
  readonly state: 'waiting' | 'conflict'
  /** Why not, of a conflict. */
  readonly message: string | null
}

/** Keeps on this device what operators asked for. Nothing here throws or waits. */
export interface CommandStore {
  /** False when it cannot be kept: then whoever asked must be told that it was not done. */
  add(command: KeptCommand): boolean
  /** The oldest first. */
  list(): KeptCommand[]
  conflict(id: string, message: string): void
  /** False when there is none. */
  remove(id: string): boolean
}
